#include "rehearse/emulator_tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/check.h"
#include "net/tls.h"

namespace hookline::rehearse {
namespace {

template <class Thing, void (*free_thing)(Thing*)>
struct Free {
    void operator()(Thing* thing) const { free_thing(thing); }
};
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO, BIO_free_all>>;

Memory memory_of(const std::string& text) {
    return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

}  // namespace

Result<std::unique_ptr<EmulatorTls>> EmulatorTls::make(const std::vector<std::string>& names, int days, bool only_1_2) {
    const auto pair = net::make_self_signed(names, days);
    if (!pair) return failed("make a certificate for the emulator", pair.error());
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    check(context != nullptr, "OpenSSL has no memory");
    std::unique_ptr<EmulatorTls> tls(new EmulatorTls(context, pair->certificate_pem));

    const Memory certificate_text = memory_of(pair->certificate_pem);
    const Memory key_text = memory_of(pair->key_pem);
    const Certificate certificate(PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr));
    const Key key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
    const bool taken = certificate && key && SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
                       SSL_CTX_use_PrivateKey(context, key.get()) == 1;
    ERR_clear_error();
    if (!taken) return failed("OpenSSL does not take the emulator's certificate");
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (only_1_2) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return tls;
}

EmulatorTls::~EmulatorTls() { SSL_CTX_free(context_); }

}  // namespace hookline::rehearse
