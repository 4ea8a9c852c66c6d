#include "net/curl_trust.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/check.h"

namespace hookline::net {
namespace {

/// The bundle that libcurl was built for: /etc/ssl/certs/ca-certificates.crt on Debian. Empty: it knows of none.
std::string system_bundle() {
    const curl_version_info_data* about = curl_version_info(CURLVERSION_NOW);
    const bool tells = about->age >= CURLVERSION_SEVENTH && about->cainfo != nullptr;
    return tells ? about->cainfo : "";
}

std::optional<std::filesystem::file_time_type> changed_at(const std::string& file) {
    std::error_code error;
    const auto when = std::filesystem::last_write_time(file, error);
    if (error) return {};
    return when;
}

CURLcode apply_to_context(CURL*, void* context, void* trust) {
    static_cast<CurlTrust*>(trust)->apply_to(static_cast<SSL_CTX*>(context));
    return CURLE_OK;
}

}  // namespace

Result<std::unique_ptr<CurlTrust>> CurlTrust::load(const std::string& ca_file) {
    std::unique_ptr<CurlTrust> trust(new CurlTrust);
    if (!ca_file.empty()) {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(ca_file.c_str(), "re"), std::fclose);
        if (!file) return failed("read CA file " + ca_file + ": " + std::strerror(errno));
        while (X509* certificate = PEM_read_X509(file.get(), nullptr, nullptr, nullptr)) {
            trust->extra_.emplace_back(certificate, X509_free);
        }
        if (trust->extra_.empty()) return failed("read CA file " + ca_file + ": it holds no PEM certificate");
    }
    trust->make_store();
    return trust;
}

void CurlTrust::make_store() {
    store_ = std::shared_ptr<X509_STORE>(X509_STORE_new(), X509_STORE_free);
    check(store_ != nullptr, "OpenSSL gives no store");
    const std::string bundle = system_bundle();
    system_changed_ = changed_at(bundle);
    // A machine without ca-certificates trusts the configured file alone.
    if (system_changed_) X509_STORE_load_file(store_.get(), bundle.c_str());
    for (const auto& certificate : extra_) X509_STORE_add_cert(store_.get(), certificate.get());
    ERR_clear_error();  // ends of files are reported as "no start line"
}

void CurlTrust::apply(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &apply_to_context);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

void CurlTrust::apply_to(ssl_ctx_st* context) {
    if (changed_at(system_bundle()) != system_changed_) make_store();
    SSL_CTX_set1_cert_store(context, store_.get());
}

std::size_t CurlTrust::authorities() const {
    const auto count = sk_X509_OBJECT_num(X509_STORE_get0_objects(store_.get()));
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace hookline::net
