#include "net/acceptor.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "net/forwarded.h"

namespace hookline::net {
namespace {

constexpr int backlog = 1024;
constexpr unsigned accepted_in_a_turn = 64;
constexpr std::chrono::milliseconds pause_without_descriptors{100};

union SocketAddress {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

SocketAddress address_of(const Endpoint& endpoint, bool ipv6) {
    SocketAddress address{};
    if (ipv6) {
        address.v6.sin6_family = AF_INET6;
        address.v6.sin6_port = htons(endpoint.port);
        if (!endpoint.address.empty()) ::inet_pton(AF_INET6, endpoint.address.c_str(), &address.v6.sin6_addr);
    } else {
        address.v4.sin_family = AF_INET;
        address.v4.sin_port = htons(endpoint.port);
        if (!endpoint.address.empty()) ::inet_pton(AF_INET, endpoint.address.c_str(), &address.v4.sin_addr);
    }
    return address;
}

std::string text_of(const SocketAddress& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (address.any.sa_family == AF_INET6) {
        ::inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof text);
    } else {
        ::inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof text);
    }
    return plain_address(text);
}

void set_flag(int socket, int level, int option, int value) {
    (void)::setsockopt(socket, level, option, &value, sizeof value);
}

std::string why_not(const Endpoint& endpoint, int code) {
    const std::string shown = to_string(endpoint);
    if (code == EADDRINUSE) {
        return "listen on " + shown +
               ": the address is already in use; stop what listens there, or choose another with --listen";
    }
    if (code == EACCES) {
        return "listen on " + shown +
               ": not permitted; ports below 1024 need CAP_NET_BIND_SERVICE, or choose a higher one";
    }
    if (code == EADDRNOTAVAIL) return "listen on " + shown + ": this machine has no such address";
    return "listen on " + shown + ": " + std::strerror(code);
}

/// A bound, listening, non-blocking socket, or the errno that prevented it.
tl::expected<int, int> listen_on(const Endpoint& endpoint, bool ipv6) {
    const int socket = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return tl::unexpected(errno);
    set_flag(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    if (ipv6) set_flag(socket, IPPROTO_IPV6, IPV6_V6ONLY, endpoint.address.empty() ? 0 : 1);
    const SocketAddress address = address_of(endpoint, ipv6);
    const socklen_t length = ipv6 ? sizeof address.v6 : sizeof address.v4;
    if (::bind(socket, &address.any, length) == 0 && ::listen(socket, backlog) == 0) return socket;
    const int code = errno;
    ::close(socket);
    return tl::unexpected(code);
}

SocketAddress bound_address(int socket) {
    SocketAddress address{};
    socklen_t length = sizeof address;
    ::getsockname(socket, &address.any, &length);
    return address;
}

std::uint16_t port_of(const SocketAddress& address) {
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

int option_of(int socket, int option) {
    int value = 0;
    socklen_t length = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

}  // namespace

Result<Endpoint> endpoint_of_listening(int socket) {
    const SocketAddress address = bound_address(socket);
    const bool tcp = address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6;
    if (!tcp || option_of(socket, SO_TYPE) != SOCK_STREAM || option_of(socket, SO_ACCEPTCONN) != 1) {
        return failed("this is no TCP socket that listens");
    }
    return Endpoint{text_of(address), port_of(address)};
}

Result<std::shared_ptr<Acceptor>> Acceptor::open(const Endpoint& endpoint, Loops& loops, ServerShared& shared) {
    const bool both = endpoint.address.empty();
    auto socket = listen_on(endpoint, both || endpoint.address.find(':') != std::string::npos);
    // A machine without IPv6 has no socket that takes both families.
    if (!socket && both && socket.error() == EAFNOSUPPORT) socket = listen_on(endpoint, false);
    if (!socket) return failed(why_not(endpoint, socket.error()));
    return std::make_shared<Acceptor>(*socket, Endpoint{endpoint.address, port_of(bound_address(*socket))}, loops,
                                      shared);
}

Result<std::shared_ptr<Acceptor>> Acceptor::take_over(int socket, Loops& loops, ServerShared& shared) {
    auto endpoint = endpoint_of_listening(socket);
    if (!endpoint) return failed("take over a socket", endpoint.error());
    // Another process may have accepted, meanwhile, whom this one was woken for.
    const int flags = ::fcntl(socket, F_GETFL);
    if (flags < 0 || ::fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0) {
        return failed("take over the socket on " + to_string(*endpoint) + ": " + std::strerror(errno));
    }
    return std::make_shared<Acceptor>(socket, *endpoint, loops, shared);
}

Acceptor::Acceptor(int socket, Endpoint bound, Loops& loops, ServerShared& shared)
    : endpoint_(std::move(bound)),
      loops_(loops),
      shared_(shared),
      listener_(loops.front()->context(), socket),
      pause_(loops.front()->context()) {}

void Acceptor::begin() { wait(); }

void Acceptor::finish() {
    if (closed_) return;
    (void)accept_waiting(backlog);
    close();
}

void Acceptor::close() {
    closed_ = true;
    boost::system::error_code ignored;
    listener_.close(ignored);
    pause_.cancel();
}

void Acceptor::wait() {
    listener_.async_wait(decltype(listener_)::wait_read,
                         [self = shared_from_this()](const boost::system::error_code& problem) {
                             if (!problem) self->accept_all();
                         });
}

void Acceptor::accept_all() {
    if (closed_) return;
    if (!accept_waiting(accepted_in_a_turn)) return pause();
    wait();
}

/// False when there is no descriptor or memory left for one that waits.
bool Acceptor::accept_waiting(unsigned count_max) {
    for (unsigned turn = 0; turn < count_max; ++turn) {
        SocketAddress peer{};
        socklen_t length = sizeof peer;
        const int socket = ::accept4(listener_.native_handle(), &peer.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) {
            // Otherwise nobody waits, or one that has gone again.
            return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
        }
        set_flag(socket, IPPROTO_TCP, TCP_NODELAY, 1);
        shared_.connections.fetch_add(1);
        loops_[next_loop_]->adopt(socket, text_of(peer), std::chrono::steady_clock::now());
        next_loop_ = (next_loop_ + 1) % loops_.size();
    }
    return true;
}

/// Out of descriptors: the waiting connection would wake the listener at once, again and again.
void Acceptor::pause() {
    const std::string reason = std::strerror(errno);
    if (const auto held_back = log_pause_.pass(std::chrono::steady_clock::now())) {
        log_warn("cannot accept connections: no file descriptors or memory; raise the limit of open files",
                 {{"listen", to_string(endpoint_)}, {"reason", reason}, {"not_logged_before", *held_back}});
    }
    pause_.expires_after(pause_without_descriptors);
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& problem) {
        if (!problem && !self->closed_) self->wait();
    });
}

}  // namespace hookline::net
