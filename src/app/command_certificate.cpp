#include "app/command_certificate.h"

#include <algorithm>
#include <memory>

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/text.h"

namespace hookline::app {
namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* thing) const {
        free(thing);
    }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>>;
using Input = std::unique_ptr<BIO, Free<BIO_free_all>>;

std::vector<Certificate> read_chain(const std::string& pem) {
    std::vector<Certificate> chain;
    const Input input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    while (X509* one = PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr)) chain.emplace_back(one);
    return chain;
}

std::string text_of(const GENERAL_NAME& name) {
    if (name.type == GEN_DNS) {
        const auto* bytes = ASN1_STRING_get0_data(name.d.dNSName);
        return std::string(reinterpret_cast<const char*>(bytes),
                           static_cast<std::size_t>(ASN1_STRING_length(name.d.dNSName)));
    }
    if (name.type == GEN_IPADD) {
        char text[INET6_ADDRSTRLEN] = {};
        const bool four = ASN1_STRING_length(name.d.iPAddress) == 4;
        ::inet_ntop(four ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name.d.iPAddress), text, sizeof text);
        return text;
    }
    return {};
}

std::vector<std::string> names_of(X509* certificate) {
    std::vector<std::string> found;
    const Names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const std::string name = text_of(*sk_GENERAL_NAME_value(names.get(), i));
        if (!name.empty()) found.push_back(ascii_lower(name));
    }
    return found;
}

WallTime time_of(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return WallTime(std::chrono::seconds(::timegm(&parts)));
}

/// What a person should do about OpenSSL's verdict.
std::string sentence_of(int verdict, std::size_t length) {
    switch (verdict) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return "it is self-signed: no public authority vouches for it";
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "its chain ends at an authority that this system does not know";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
            return length == 1 ? "the intermediate certificate is missing from the file (use the full chain), or its "
                                 "authority is not public"
                               : "its chain is incomplete, or its authority is not public";
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "it, or one of its chain, has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "it, or one of its chain, is not yet valid";
        default:
            return X509_verify_cert_error_string(verdict);
    }
}

}  // namespace

Result<CertificateView> look_at_certificate(const Path& chain_file, WallTime when) {
    const auto pem = read_file(chain_file);
    if (!pem) return tl::unexpected(pem.error());
    const std::vector<Certificate> chain = read_chain(*pem);
    if (chain.empty()) return failed(chain_file.string() + " holds no certificate in PEM form");
    CertificateView view;
    view.names = names_of(chain.front().get());
    view.expires_at = time_of(X509_get0_notAfter(chain.front().get()));

    const Store store(X509_STORE_new());
    X509_STORE_set_default_paths(store.get());
    STACK_OF(X509)* others = sk_X509_new_null();
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others, chain[i].get());
    const StoreContext context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others);
    X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()),
                               std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count());
    view.trusted = X509_verify_cert(context.get()) == 1;
    if (!view.trusted) view.fault = sentence_of(X509_STORE_CTX_get_error(context.get()), chain.size());
    sk_X509_free(others);
    return view;
}

bool covers(const std::vector<std::string>& names, const std::string& host) {
    const std::string wanted = ascii_lower(host);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        if (name == wanted) return true;
        if (!name.starts_with("*.")) return false;
        const std::size_t dot = wanted.find('.');
        return dot != std::string::npos && dot > 0 && wanted.substr(dot) == name.substr(1);
    });
}

}  // namespace hookline::app
