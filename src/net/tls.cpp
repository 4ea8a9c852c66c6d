#include "net/tls.h"

#include <algorithm>
#include <ctime>
#include <mutex>
#include <optional>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/time_text.h"

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
using Certificate = std::unique_ptr<X509, Frees<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Frees<EVP_PKEY_free>>;
using Context = std::shared_ptr<SSL_CTX>;

std::string openssl_reason() {
    const unsigned long error = ERR_peek_last_error();
    const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
    ERR_clear_error();
    return reason == nullptr ? "OpenSSL gave no reason" : reason;
}

Bio bio_of(std::string_view text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

WallTime wall_time(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return WallTime(std::chrono::seconds(::timegm(&parts)));
}

/// A key that is locked would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

Result<std::vector<Certificate>> read_chain(const Path& path) {
    const auto pem = read_file(path);
    if (!pem) return tl::unexpected(pem.error());
    const Bio bio = bio_of(*pem);
    std::vector<Certificate> chain;
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)) chain.emplace_back(next);
    ERR_clear_error();  // the end of the file is an error to OpenSSL
    if (chain.empty()) {
        return failed("read " + path.string() + ": it holds no certificate; a PEM file is expected that begins with " +
                      "the server's own certificate, the issuers' behind it");
    }
    return chain;
}

Result<Key> read_key(const Path& path) {
    const auto pem = read_secret_file(path);
    if (!pem) return tl::unexpected(pem.error());
    const Bio bio = bio_of(pem->reveal());
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!key) return failed("read " + path.string() + ": it holds no private key in PEM without a passphrase");
    return key;
}

Result<void> judge(const std::vector<Certificate>& chain, EVP_PKEY& key, const Path& certificate, const Path& key_path,
                   WallTime now) {
    X509* leaf = chain.front().get();
    if (X509_check_private_key(leaf, &key) != 1) {
        ERR_clear_error();
        for (const Certificate& other : chain) {
            if (X509_check_private_key(other.get(), &key) != 1) continue;
            return failed(certificate.string() + ": the certificate of " + key_path.string() +
                          " does not come first; put the server's own certificate at the top of the file");
        }
        ERR_clear_error();
        return failed("the key in " + key_path.string() + " does not belong to the certificate in " +
                      certificate.string());
    }
    const WallTime from = wall_time(X509_get0_notBefore(leaf));
    const WallTime to = wall_time(X509_get0_notAfter(leaf));
    if (now >= to) {
        return failed("the certificate in " + certificate.string() + " expired at " + format_rfc3339(to) +
                      "; Okta would refuse it: renew it");
    }
    if (now < from) {
        return failed("the certificate in " + certificate.string() + " is valid only from " + format_rfc3339(from) +
                      "; if that is past, this machine's clock is wrong");
    }
    return {};
}

/// Of what the client offers, HTTP/1.1; a client that offers only others gets no answer and decides for itself.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_bytes, void*) {
    static constexpr unsigned char http_1_1[] = "\x08http/1.1";
    unsigned char* selected = nullptr;
    if (SSL_select_next_proto(&selected, length, http_1_1, sizeof http_1_1 - 1, offered, offered_bytes) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *chosen = selected;
    return SSL_TLSEXT_ERR_OK;
}

Result<Context> make_context(const std::vector<Certificate>& chain, EVP_PKEY& key, const Path& certificate) {
    Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    if (!context) return failed("TLS: " + openssl_reason());
    SSL_CTX* raw = context.get();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    // A sender may close without close_notify; where a request ends is known from its framing alone.
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(raw,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(raw, 1);  // one read(2) for a record and not two
    // Sessions are resumed by tickets alone: no memory here, and one ticket is enough for one sender.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(raw, 1);
    SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
    // AES-128 with SHA-256 first, as Mozilla's guide has it: OpenSSL's own order begins with SHA-384, for which most
    // processors have no instructions, and a handshake hashes a lot.
    if (SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM+AES128:ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set_ciphersuites(raw, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") !=
            1 ||
        SSL_CTX_use_certificate(raw, chain.front().get()) != 1 || SSL_CTX_use_PrivateKey(raw, &key) != 1) {
        return failed("use the certificate in " + certificate.string() + ": " + openssl_reason());
    }
    for (std::size_t place = 1; place < chain.size(); ++place) {
        if (SSL_CTX_add1_chain_cert(raw, chain[place].get()) != 1) {
            return failed("use the issuers in " + certificate.string() + ": " + openssl_reason());
        }
    }
    return context;
}

}  // namespace

struct TlsServer::State {
    struct Stamps {
        std::optional<FileStamp> certificate;
        std::optional<FileStamp> key;
        friend bool operator==(const Stamps&, const Stamps&) = default;
    };
    struct Paths {
        Path certificate;
        Path key;
        [[nodiscard]] Stamps stamps() const { return {stamp_of(certificate), stamp_of(key)}; }
        friend bool operator==(const Paths&, const Paths&) = default;
    };

    const Clock& clock;

    mutable std::mutex mutex;  // guards what follows
    Paths paths;
    Context context;
    WallTime expires{};
    Stamps seen;

    [[nodiscard]] Paths paths_now() const {
        const std::lock_guard lock(mutex);
        return paths;
    }
};

TlsServer::TlsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServer::~TlsServer() = default;

Result<std::shared_ptr<TlsServer>> TlsServer::open(Path certificate, Path key, const Clock& clock) {
    std::shared_ptr<TlsServer> server(new TlsServer(std::unique_ptr<State>(new State{clock, {}, {}, {}, {}, {}})));
    if (auto loaded = server->reload(std::move(certificate), std::move(key)); !loaded)
        return tl::unexpected(loaded.error());
    return server;
}

Result<void> TlsServer::reload(Path certificate, Path key_path) {
    const State::Paths paths{std::move(certificate), std::move(key_path)};
    // Looked at before they are read: a file that is replaced meanwhile is read again at the next look.
    const State::Stamps stamps = paths.stamps();
    {
        // A pair that is refused is refused once, and not at every look.
        const std::lock_guard lock(state_->mutex);
        if (paths == state_->paths) state_->seen = stamps;
    }
    auto chain = read_chain(paths.certificate);
    if (!chain) return tl::unexpected(chain.error());
    auto key = read_key(paths.key);
    if (!key) return tl::unexpected(key.error());
    if (auto good = judge(*chain, **key, paths.certificate, paths.key, state_->clock.wall()); !good) return good;
    auto context = make_context(*chain, **key, paths.certificate);
    if (!context) return tl::unexpected(context.error());

    const std::lock_guard lock(state_->mutex);
    state_->paths = paths;
    state_->seen = stamps;
    state_->context = std::move(*context);
    state_->expires = wall_time(X509_get0_notAfter(chain->front().get()));
    return {};
}

Result<void> TlsServer::reload() {
    State::Paths paths = state_->paths_now();
    return reload(std::move(paths.certificate), std::move(paths.key));
}

Result<bool> TlsServer::reload_if_changed() {
    const State::Stamps stamps = state_->paths_now().stamps();
    {
        const std::lock_guard lock(state_->mutex);
        if (stamps == state_->seen) return false;
    }
    if (auto reloaded = reload(); !reloaded) return tl::unexpected(reloaded.error());
    return true;
}

std::shared_ptr<ssl_ctx_st> TlsServer::context() const {
    const std::lock_guard lock(state_->mutex);
    return state_->context;
}

WallTime TlsServer::expires_at() const {
    const std::lock_guard lock(state_->mutex);
    return state_->expires;
}

}  // namespace hookline::net
