#pragma once
// The other end of the HTTP client in its tests: a server on loopback that does exactly what a test tells it to, byte
// by byte, each connection on a thread of its own; and a letter box that a test can wait at.

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/mailbox.h"
#include "base/text.h"
#include "net/http_client.h"

namespace hookline::test {

/// Runs nothing until the test's own thread waits at it.
class WaitingInbox final : public Mailbox {
 public:
    void post(std::vector<Task> tasks) override {
        const std::lock_guard lock(mutex_);
        for (Task& task : tasks) tasks_.push_back(std::move(task));
        news_.notify_one();
    }
    void run_one() {
        Task task;
        {
            std::unique_lock lock(mutex_);
            news_.wait(lock, [this] { return !tasks_.empty(); });
            task = std::move(tasks_.front());
            tasks_.erase(tasks_.begin());
        }
        task();
    }
    bool empty() {
        const std::lock_guard lock(mutex_);
        return tasks_.empty();
    }

 private:
    std::mutex mutex_;
    std::condition_variable news_;
    std::vector<Task> tasks_;
};

struct TestCertificate {
    std::shared_ptr<X509> certificate;
    std::shared_ptr<EVP_PKEY> key;
    std::string pem;
};
/// Self-signed, for an address, valid for `days` from now (negative: it has expired).
inline TestCertificate make_certificate(const std::string& alternative_name, int days) {
    TestCertificate made;
    made.key = std::shared_ptr<EVP_PKEY>(EVP_EC_gen("P-256"), EVP_PKEY_free);
    made.certificate = std::shared_ptr<X509>(X509_new(), X509_free);
    X509* x509 = made.certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -10L * 86'400);
    X509_gmtime_adj(X509_getm_notAfter(x509), days * 86'400L);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_set_pubkey(x509, made.key.get());
    X509_EXTENSION* name = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_name.c_str());
    X509_add_ext(x509, name, -1);
    X509_EXTENSION_free(name);
    X509_sign(x509, made.key.get(), EVP_sha256());

    BIO* memory = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(memory, x509);
    char* text = nullptr;
    const long length = BIO_get_mem_data(memory, &text);
    made.pem.assign(text, static_cast<std::size_t>(length));
    BIO_free(memory);
    return made;
}

/// One accepted connection, on its own thread.
class PeerConnection {
 public:
    PeerConnection(int descriptor, SSL* ssl) : descriptor_(descriptor), ssl_(ssl) {}

    std::string read_some() {
        std::string bytes(65'536, '\0');
        const auto count = ssl_ != nullptr ? SSL_read(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                           : ::recv(descriptor_, bytes.data(), bytes.size(), 0);
        bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return bytes;
    }
    /// Up to the empty line; empty when the client is gone.
    std::string read_head() {
        while (true) {
            if (const auto end = pending_.find("\r\n\r\n"); end != std::string::npos) {
                std::string head = pending_.substr(0, end + 4);
                pending_.erase(0, end + 4);
                return head;
            }
            const std::string more = read_some();
            if (more.empty()) return {};
            pending_ += more;
        }
    }
    std::string read_body(std::size_t bytes) {
        while (pending_.size() < bytes) {
            const std::string more = read_some();
            if (more.empty()) break;
            pending_ += more;
        }
        const std::string body = pending_.substr(0, bytes);
        pending_.erase(0, body.size());
        return body;
    }
    /// A head and its body by Content-Length. Empty head: the client is gone.
    struct Request {
        std::string head;
        std::string body;
    };
    Request read_request() {
        Request request;
        request.head = read_head();
        const std::string lower = ascii_lower(request.head);
        const auto length = lower.find("content-length:");
        if (length != std::string::npos) request.body = read_body(std::stoul(lower.substr(length + 15)));
        return request;
    }
    void write(const std::string& text) {
        if (ssl_ != nullptr) {
            SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
        } else {
            (void)!::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
        }
    }
    /// Until the client's bytes stop coming: its buffers and ours are full.
    void wait_until_sender_is_stuck() const {
        for (int before = -1, now = 0; now != before || now == 0;) {
            before = now;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            ::ioctl(descriptor_, FIONREAD, &now);
        }
    }
    /// The close that follows is a reset.
    void close_by_reset() const {
        const linger hard{1, 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }

 private:
    int descriptor_;
    SSL* ssl_;
    std::string pending_;
};

class Peer {
 public:
    using Behaviour = std::function<void(PeerConnection&)>;

    explicit Peer(Behaviour behaviour, const TestCertificate* certificate = nullptr)
        : behaviour_(std::move(behaviour)), listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        // OpenSSL writes with write(2): a client that refuses the certificate and goes away would end this process.
        std::signal(SIGPIPE, SIG_IGN);
        if (certificate != nullptr) {
            context_.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
            SSL_CTX_use_certificate(context_.get(), certificate->certificate.get());
            SSL_CTX_use_PrivateKey(context_.get(), certificate->key.get());
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        check(::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
        check(::listen(listening_, 64) == 0, "listen");
        socklen_t length = sizeof address;
        ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &length);
        port = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept_all(); });
    }
    ~Peer() {
        ::shutdown(listening_, SHUT_RDWR);
        accepting_.join();
        {
            const std::lock_guard lock(mutex_);
            for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
        }
        for (std::thread& thread : threads_) thread.join();
        ::close(listening_);
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    [[nodiscard]] std::string url() const {
        return std::string(context_ ? "https" : "http") + "://127.0.0.1:" + std::to_string(port);
    }

    std::uint16_t port = 0;
    std::atomic<int> connections = 0;  ///< accepted so far
    std::atomic<int> open_now = 0;
    std::atomic<int> open_most = 0;

 private:
    void accept_all() {
        while (true) {
            const int descriptor = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
            if (descriptor < 0) return;
            ++connections;
            const std::lock_guard lock(mutex_);
            open_.push_back(descriptor);
            threads_.emplace_back([this, descriptor] { serve(descriptor); });
        }
    }
    void serve(int descriptor) {
        open_most = std::max(open_most.load(), ++open_now);
        SSL* ssl = nullptr;
        if (context_) {
            ssl = SSL_new(context_.get());
            SSL_set_fd(ssl, descriptor);
        }
        if (ssl == nullptr || SSL_accept(ssl) == 1) {
            PeerConnection connection(descriptor, ssl);
            behaviour_(connection);
        }
        SSL_free(ssl);
        --open_now;
        const std::lock_guard lock(mutex_);
        std::erase(open_, descriptor);
        ::close(descriptor);
    }

    Behaviour behaviour_;
    int listening_;
    std::shared_ptr<SSL_CTX> context_;
    std::thread accepting_;
    std::mutex mutex_;  // guards what follows
    std::vector<int> open_;
    std::vector<std::thread> threads_;
};

}  // namespace hookline::test
