#include "rehearse/post_connection.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

namespace hookline::rehearse {

Result<HookAddress> HookAddress::resolve(const HookUrl& url) {
    HookAddress address;
    address.url = url;
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int outcome = ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &wanted, &found);
    if (outcome != 0) return failed("find the address of " + url.host + ": " + ::gai_strerror(outcome));
    for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
        Socket& socket = address.sockets.emplace_back();
        std::memcpy(&socket.storage, each->ai_addr, each->ai_addrlen);
        socket.length = each->ai_addrlen;
    }
    ::freeaddrinfo(found);
    return address;
}

void PostConnection::FreeTls::operator()(ssl_st* tls) const { SSL_free(tls); }

void PostConnection::close() {
    tls_.reset();
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    step_ = Step::idle;
}

PostConnection::Progress PostConnection::fail(std::string why) {
    problem_ = std::move(why);
    close();
    return Progress::failed;
}

PostConnection::Progress PostConnection::connect(std::size_t turn) {
    close();
    const HookAddress::Socket& to = address_.sockets[turn % address_.sockets.size()];
    descriptor_ = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor_ < 0) return fail(std::string("no socket could be had: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    step_ = Step::connecting;
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to.storage), to.length) == 0) return connect_on();
    if (errno == EINPROGRESS) return Progress::wants_write;
    return fail(std::string("could not connect: ") + std::strerror(errno));
}

PostConnection::Progress PostConnection::connect_on() {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return fail(std::string("could not connect: ") + std::strerror(error));
    step_ = Step::idle;
    return Progress::connected;
}

PostConnection::Progress PostConnection::begin_tls() {
    tls_.reset(tls_context_->start(descriptor_, address_.url.host));
    step_ = Step::handshake;
    return handshake_on();
}

PostConnection::Progress PostConnection::handshake_on() {
    ERR_clear_error();
    const int outcome = SSL_do_handshake(tls_.get());
    if (outcome == 1) {
        step_ = Step::idle;
        return Progress::secured;
    }
    switch (SSL_get_error(tls_.get(), outcome)) {
        case SSL_ERROR_WANT_READ:
            return Progress::wants_read;
        case SSL_ERROR_WANT_WRITE:
            return Progress::wants_write;
        default: {
            std::string why = ClientTls::problem_of(tls_.get());
            ERR_clear_error();
            return fail(std::move(why));
        }
    }
}

PostConnection::Progress PostConnection::send(std::string_view request) {
    unsent_ = request;
    answer_.begin();
    step_ = Step::sending;
    return send_on();
}

PostConnection::Progress PostConnection::send_on() {
    while (!unsent_.empty()) {
        if (tls_) {
            ERR_clear_error();
            const int count = SSL_write(tls_.get(), unsent_.data(), static_cast<int>(unsent_.size()));
            if (count > 0) {
                unsent_.remove_prefix(static_cast<std::size_t>(count));
                continue;
            }
            const int why = SSL_get_error(tls_.get(), count);
            if (why == SSL_ERROR_WANT_WRITE) return Progress::wants_write;
            if (why == SSL_ERROR_WANT_READ) return Progress::wants_read;
        } else {
            const ssize_t count = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
            if (count > 0) {
                unsent_.remove_prefix(static_cast<std::size_t>(count));
                continue;
            }
            if (errno == EAGAIN) return Progress::wants_write;
        }
        // The other side may have answered before it stopped reading; what it said counts.
        unsent_ = {};
    }
    step_ = Step::receiving;
    return Progress::wants_read;
}

PostConnection::Progress PostConnection::receive_on() {
    std::array<char, 16 * 1024> bytes;
    for (;;) {
        ssize_t count = 0;
        if (tls_) {
            ERR_clear_error();
            count = SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
            const int why = count > 0 ? SSL_ERROR_NONE : SSL_get_error(tls_.get(), static_cast<int>(count));
            if (why == SSL_ERROR_WANT_READ) return Progress::wants_read;
            if (why == SSL_ERROR_WANT_WRITE) return Progress::wants_write;
            ERR_clear_error();
        } else {
            count = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
            if (count < 0 && errno == EAGAIN) return Progress::wants_read;
        }
        const AnswerReader::State state =
            count > 0 ? answer_.add({bytes.data(), static_cast<std::size_t>(count)}) : answer_.end();
        if (state == AnswerReader::State::done) {
            step_ = Step::idle;
            if (!answer_.keep_alive() || count <= 0) close();
            return Progress::answered;
        }
        if (state == AnswerReader::State::broken) {
            return fail(answer_.began() ? "the answer was cut off" : "the connection was closed without an answer");
        }
    }
}

PostConnection::Progress PostConnection::go_on() {
    switch (step_) {
        case Step::connecting:
            return connect_on();
        case Step::handshake:
            return handshake_on();
        case Step::sending:
            return send_on();
        case Step::receiving:
            return receive_on();
        case Step::idle:
            break;
    }
    // Nothing was asked: whatever comes now ends a connection that nobody uses.
    return fail("the hook closed an idle connection");
}

}  // namespace hookline::rehearse
