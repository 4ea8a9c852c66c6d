#include "unit/net/raw_connection.h"

#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/text.h"

namespace hookline::test {

RawConnection::RawConnection(const net::Endpoint& server) : context_(nullptr, SSL_CTX_free) {
    const bool ipv6 = server.address.find(':') != std::string::npos;
    socket_ = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int failed = 0;
    if (ipv6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(server.port);
        ::inet_pton(AF_INET6, server.address.c_str(), &address.sin6_addr);
        failed = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server.port);
        ::inet_pton(AF_INET, server.address.empty() ? "127.0.0.1" : server.address.c_str(), &address.sin_addr);
        failed = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    if (failed != 0) {
        ::close(socket_);
        socket_ = -1;
    }
}

RawConnection::~RawConnection() {
    SSL_free(ssl_);
    if (socket_ >= 0) ::close(socket_);
}

bool RawConnection::start_tls(int version_min, int version_max) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context_.get(), 0);  // so that old versions can be offered at all
    SSL_CTX_set_min_proto_version(context_.get(), version_min);
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    ssl_ = SSL_new(context_.get());
    SSL_set_fd(ssl_, socket_);
    if (!protocols_.empty()) {
        SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(protocols_.data()),
                            static_cast<unsigned>(protocols_.size()));
    }
    return SSL_connect(ssl_) == 1;
}

std::string RawConnection::tls_version() const { return SSL_get_version(ssl_); }

std::string RawConnection::tls_protocol() const {
    const unsigned char* name = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_, &name, &length);
    return name == nullptr ? "" : std::string(reinterpret_cast<const char*>(name), length);
}

std::string RawConnection::certificate_name() const {
    X509* certificate = SSL_get1_peer_certificate(ssl_);
    char name[256] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    X509_free(certificate);
    return name;
}

bool RawConnection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                             : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void RawConnection::end_sending() { ::shutdown(socket_, SHUT_WR); }

bool RawConnection::receive_more() {
    char buffer[16 * 1024];
    const ssize_t got =
        ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof buffer) : ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

RawAnswer RawConnection::answer(bool to_head) {
    RawAnswer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
        if (!receive_more()) return answer;
    }
    answer.head = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    std::size_t length = 0;
    const std::string lower = ascii_lower(answer.head);
    if (const auto at = lower.find("content-length: "); at != std::string::npos && !to_head) {
        length = std::stoul(lower.substr(at + std::strlen("content-length: ")));
    }
    while (received_.size() < length) {
        if (!receive_more()) return answer;
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    answer.status = std::stoi(answer.head.substr(std::strlen("HTTP/1.1 ")));
    return answer;
}

std::string RawConnection::rest() {
    while (receive_more()) {
    }
    return std::move(received_);
}

bool RawConnection::is_closed() {
    if (socket_ < 0) return true;
    return received_.empty() && !receive_more();
}

}  // namespace hookline::test
