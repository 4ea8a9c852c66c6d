#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "net/network.h"
#include "net/tls.h"

namespace hookline::net {
namespace {

template <auto function>
struct Frees {
    template <class Thing>
    void operator()(Thing* thing) const {
        function(thing);
    }
};
using Bio = std::unique_ptr<BIO, Frees<BIO_free_all>>;

bool is_address(const std::string& name) {
    Networks probe;
    return probe.add(name).has_value();
}

bool add_extension(X509& certificate, int kind, const std::string& value) {
    const std::unique_ptr<X509_EXTENSION, Frees<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()));
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

std::string text_of(BIO& bio) {
    char* data = nullptr;
    const long bytes = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(bytes)};
}

}  // namespace

Result<SelfSigned> make_self_signed(const std::vector<std::string>& names, int days) {
    const std::unique_ptr<EVP_PKEY, Frees<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Frees<X509_free>> certificate(X509_new());
    if (!key || !certificate) return failed("make a certificate: OpenSSL has no memory");

    constexpr long day_seconds = 24L * 60 * 60;
    constexpr long hour_seconds = 60L * 60;  // clocks of two machines differ a little
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), days > 0 ? -hour_seconds : 2 * days * day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * day_seconds);
    X509_set_pubkey(certificate.get(), key.get());

    const std::string common_name = names.empty() ? "localhost" : names.front();
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    std::string alternatives;
    for (const std::string& name : names) {
        alternatives += (alternatives.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
    }
    const bool made =
        add_extension(*certificate, NID_subject_alt_name, alternatives.empty() ? "DNS:localhost" : alternatives) &&
        add_extension(*certificate, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(*certificate, NID_key_usage, "critical,digitalSignature") &&
        add_extension(*certificate, NID_ext_key_usage, "serverAuth") &&
        X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0;
    if (!made) return failed("make a certificate: a name in it is not well-formed");

    const Bio certificate_out(BIO_new(BIO_s_mem()));
    const Bio key_out(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(certificate_out.get(), certificate.get()) != 1 ||
        PEM_write_bio_PKCS8PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return failed("make a certificate: OpenSSL has no memory");
    }
    return SelfSigned{text_of(*certificate_out), text_of(*key_out)};
}

}  // namespace hookline::net
