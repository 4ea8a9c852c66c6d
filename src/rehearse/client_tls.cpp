#include "rehearse/client_tls.h"

#include <array>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.h"

namespace hookline::rehearse {
namespace {

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

}  // namespace

Result<std::unique_ptr<ClientTls>> ClientTls::make(const std::string& ca_file) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    check(context != nullptr, "OpenSSL has no memory");
    std::unique_ptr<ClientTls> tls(new ClientTls(context));
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_default_verify_paths(context);
    const bool trusted = ca_file.empty() || SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) == 1;
    ERR_clear_error();
    if (!trusted) return failed("read the trusted certificates in " + ca_file);
    return tls;
}

ClientTls::~ClientTls() { SSL_CTX_free(context_); }

ssl_st* ClientTls::start(int descriptor, const std::string& host) const {
    SSL* tls = SSL_new(context_);
    check(tls != nullptr, "OpenSSL has no memory");
    SSL_set_fd(tls, descriptor);
    SSL_set_connect_state(tls);
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str());
    } else {
        SSL_set1_host(tls, host.c_str());
        // A macro with an old-style cast stands behind SSL_set_tlsext_host_name; this is what it calls.
        std::string name = host;
        SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
    }
    return tls;
}

std::string ClientTls::problem_of(const ssl_st* tls) {
    const long verdict = SSL_get_verify_result(tls);
    if (verdict != X509_V_OK)
        return std::string("the certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return std::string("the TLS handshake failed: ") + (reason == nullptr ? "the connection ended" : reason);
}

}  // namespace hookline::rehearse
