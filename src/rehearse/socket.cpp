#include "rehearse/socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace hookline::rehearse {
namespace {

using namespace std::chrono;

TimePoint now() { return steady_clock::now(); }

/// For poll(2): rounded up, so that a wait never ends before its time and spins.
int milliseconds_until(TimePoint when) {
    if (when == never) return -1;
    const auto left = ceil<milliseconds>(when - now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

Wake::Wake() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { check(descriptor_ >= 0, "no eventfd"); }

Wake::~Wake() { ::close(descriptor_); }

void Wake::ring() {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then it is rung already.
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

bool Wake::rung() const {
    pollfd look{descriptor_, POLLIN, 0};
    return ::poll(&look, 1, 0) > 0;
}

void Wake::quiet() {
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto count = ::read(descriptor_, &rings, sizeof rings);
}

void Socket::FreeTls::operator()(ssl_st* tls) const { SSL_free(tls); }

Socket::Socket(int descriptor, const Wake& wake) : descriptor_(descriptor), wake_(wake) {
    ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Socket::~Socket() {
    tls_.reset();
    ::close(descriptor_);
}

Socket::Ready Socket::wait(short events, TimePoint deadline) const {
    for (;;) {
        std::array<pollfd, 2> look{pollfd{descriptor_, events, 0}, pollfd{wake_.descriptor(), POLLIN, 0}};
        const int ready = ::poll(look.data(), look.size(), milliseconds_until(deadline));
        if (ready < 0 && errno == EINTR) continue;
        if (look[1].revents != 0) return Ready::stopped;
        if (look[0].revents != 0) return Ready::yes;
        if (now() >= deadline) return Ready::late;
    }
}

Socket::Ready Socket::wait_for_tls(int outcome, TimePoint deadline) {
    switch (SSL_get_error(tls_.get(), outcome)) {
        case SSL_ERROR_WANT_READ:
            return wait(POLLIN, deadline);
        case SSL_ERROR_WANT_WRITE:
            return wait(POLLOUT, deadline);
        default:
            ERR_clear_error();
            return Ready::stopped;
    }
}

bool Socket::accept_tls(ssl_ctx_st* context, TimePoint deadline) {
    tls_.reset(SSL_new(context));
    check(tls_ != nullptr, "OpenSSL has no memory");
    SSL_set_fd(tls_.get(), descriptor_);
    for (;;) {
        ERR_clear_error();
        const int outcome = SSL_accept(tls_.get());
        if (outcome == 1) return true;
        if (wait_for_tls(outcome, deadline) != Ready::yes) return false;
    }
}

bool Socket::await_bytes(TimePoint deadline) {
    return (tls_ && SSL_pending(tls_.get()) > 0) || wait(POLLIN, deadline) == Ready::yes;
}

Socket::Read Socket::read(char* into, std::size_t bytes_max, TimePoint deadline) {
    using End = Read::End;
    for (;;) {
        Ready ready = Ready::yes;
        if (tls_) {
            ERR_clear_error();
            const int count = SSL_read(tls_.get(), into, static_cast<int>(bytes_max));
            if (count > 0) return {End::bytes, static_cast<std::size_t>(count)};
            const int why = SSL_get_error(tls_.get(), count);
            if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
                ERR_clear_error();
                return {End::closed, 0};
            }
            ready = wait(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline);
        } else {
            const ssize_t count = ::recv(descriptor_, into, bytes_max, 0);
            if (count > 0) return {End::bytes, static_cast<std::size_t>(count)};
            if (count == 0 || (errno != EAGAIN && errno != EINTR)) return {End::closed, 0};
            ready = wait(POLLIN, deadline);
        }
        if (ready == Ready::late) return {End::late, 0};
        if (ready == Ready::stopped) return {End::stopped, 0};
    }
}

bool Socket::write(std::string_view bytes, TimePoint deadline) {
    while (!bytes.empty()) {
        Ready ready = Ready::yes;
        if (tls_) {
            ERR_clear_error();
            const auto some = static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20));
            const int count = SSL_write(tls_.get(), bytes.data(), some);
            if (count > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(count));
                continue;
            }
            ready = wait_for_tls(count, deadline);
        } else {
            const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count > 0) {
                bytes.remove_prefix(static_cast<std::size_t>(count));
                continue;
            }
            if (errno != EAGAIN && errno != EINTR) return false;
            ready = wait(POLLOUT, deadline);
        }
        if (ready != Ready::yes) return false;
    }
    return true;
}

bool Socket::pass_time(TimePoint when) { return wait(POLLRDHUP, when) == Ready::late; }

void Socket::end_gently(milliseconds patience) {
    if (tls_) SSL_shutdown(tls_.get());
    ERR_clear_error();
    ::shutdown(descriptor_, SHUT_WR);
    const TimePoint deadline = now() + patience;
    std::array<char, 16 * 1024> unread{};
    while (wait(POLLIN, deadline) == Ready::yes) {
        if (::recv(descriptor_, unread.data(), unread.size(), 0) <= 0) break;
    }
}

void Socket::end_by_reset() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace hookline::rehearse
