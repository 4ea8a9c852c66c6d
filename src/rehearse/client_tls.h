#pragma once
// The TLS context with which the simulated Okta connects: certificates are checked, as Okta does. Any thread once made.

#include <memory>
#include <string>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace hookline::rehearse {

class ClientTls {
 public:
    /// Trusts the system's authorities, and the certificates in `ca_file` if that is not empty.
    static Result<std::unique_ptr<ClientTls>> make(const std::string& ca_file);
    ~ClientTls();
    ClientTls(const ClientTls&) = delete;
    ClientTls& operator=(const ClientTls&) = delete;

    /// A client's side on that descriptor, which insists on a certificate for `host`.
    [[nodiscard]] ssl_st* start(int descriptor, const std::string& host) const;
    /// Why a handshake failed, in words.
    static std::string problem_of(const ssl_st* tls);

 private:
    explicit ClientTls(ssl_ctx_st* context) : context_(context) {}
    ssl_ctx_st* context_;
};

}  // namespace hookline::rehearse
