#pragma once
// Whom the HTTP client trusts: the system's certificate authorities, and those of one file besides.
//
// All of them stand in one store that is made once and shared by all connections: reading the system's bundle takes
// OpenSSL 50 ms. libcurl's own cache of it loses what is added (its issue 11800, mended in 8.4). When the system's
// bundle is replaced, it is read again for the next connection. Network thread only, once it is made.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <curl/curl.h>

#include "base/result.h"

struct ssl_ctx_st;
struct x509_st;
struct x509_store_st;

namespace hookline::net {

class CurlTrust {
 public:
    /// Reads the system's authorities and the PEM certificates of `ca_file`; an empty name: the system's alone.
    static Result<std::unique_ptr<CurlTrust>> load(const std::string& ca_file);

    /// Sets a handle up to trust them. This object must outlive the handle.
    void apply(CURL* easy);
    /// Makes a TLS context trust them.
    void apply_to(ssl_ctx_st* context);
    [[nodiscard]] std::size_t authorities() const;

 private:
    CurlTrust() = default;
    void make_store();

    std::vector<std::shared_ptr<x509_st>> extra_;
    std::shared_ptr<x509_store_st> store_;
    std::optional<std::filesystem::file_time_type> system_changed_;  ///< of the bundle as it was read
};

}  // namespace hookline::net
