#pragma once
// The emulated listener's certificate and TLS context. Any thread once it is made.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct ssl_ctx_st;

namespace hookline::rehearse {

class EmulatorTls {
 public:
    static Result<std::unique_ptr<EmulatorTls>> make(const std::vector<std::string>& names, int days, bool only_1_2);
    ~EmulatorTls();
    EmulatorTls(const EmulatorTls&) = delete;
    EmulatorTls& operator=(const EmulatorTls&) = delete;

    [[nodiscard]] ssl_ctx_st* context() const { return context_; }
    [[nodiscard]] const std::string& certificate_pem() const { return certificate_pem_; }

 private:
    EmulatorTls(ssl_ctx_st* context, std::string certificate_pem)
        : context_(context), certificate_pem_(std::move(certificate_pem)) {}
    ssl_ctx_st* context_;
    std::string certificate_pem_;
};

}  // namespace hookline::rehearse
