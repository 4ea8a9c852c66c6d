#include "net/channel.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace hookline::net {
namespace {

Channel::Moved moved_plain(ssize_t result, Channel::State when_blocked) {
    if (result > 0) return {Channel::State::done, static_cast<std::size_t>(result)};
    if (result == 0) return {Channel::State::closed, 0};
    if (errno == EAGAIN || errno == EINTR) return {when_blocked, 0};
    return {Channel::State::failed, 0};
}

int clamped(std::size_t bytes) {
    return static_cast<int>(std::min<std::size_t>(bytes, std::numeric_limits<int>::max()));
}

}  // namespace

Channel::~Channel() { SSL_free(ssl_); }

bool Channel::start_tls(ssl_ctx_st& context) {
    ssl_ = SSL_new(&context);
    if (ssl_ == nullptr || SSL_set_fd(ssl_, descriptor_) != 1) return false;
    SSL_set_accept_state(ssl_);
    return true;
}

Channel::State Channel::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return State::done;
    return judge(result).state;
}

Channel::Moved Channel::judge(int result) {
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_WANT_READ:
            return {State::want_read, 0};
        case SSL_ERROR_WANT_WRITE:
            return {State::want_write, 0};
        case SSL_ERROR_ZERO_RETURN:
            return {State::closed, 0};
        default:
            break;
    }
    broken_ = true;
    const unsigned long error = ERR_peek_error();
    if (error == 0) {
        failure_ = "the connection was lost";
    } else {
        const char* reason = ERR_reason_error_string(error);
        failure_ = reason != nullptr ? reason : "TLS failed";
        spoke_plain_http_ = ERR_GET_LIB(error) == ERR_LIB_SSL && (ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST ||
                                                                  ERR_GET_REASON(error) == SSL_R_HTTPS_PROXY_REQUEST);
    }
    ERR_clear_error();
    return {State::failed, 0};
}

Channel::Moved Channel::read(char* into, std::size_t bytes_max) {
    if (ssl_ == nullptr) return moved_plain(::recv(descriptor_, into, bytes_max, 0), State::want_read);
    ERR_clear_error();
    const int result = SSL_read(ssl_, into, clamped(bytes_max));
    if (result > 0) return {State::done, static_cast<std::size_t>(result)};
    return judge(result);
}

Channel::Moved Channel::write(std::string_view bytes) {
    if (ssl_ == nullptr) {
        return moved_plain(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL), State::want_write);
    }
    ERR_clear_error();
    const int result = SSL_write(ssl_, bytes.data(), clamped(bytes.size()));
    if (result > 0) return {State::done, static_cast<std::size_t>(result)};
    return judge(result);
}

bool Channel::has_buffered() const { return ssl_ != nullptr && SSL_has_pending(ssl_) == 1; }

void Channel::write_plain(std::string_view bytes) const {
    (void)!::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

Channel::Moved Channel::read_plain(char* into, std::size_t bytes_max) const {
    return moved_plain(::recv(descriptor_, into, bytes_max, 0), State::want_read);
}

void Channel::end_writing() {
    if (ssl_ != nullptr && !broken_ && SSL_is_init_finished(ssl_) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_);  // close_notify; the answer is not waited for
        ERR_clear_error();
    }
    ::shutdown(descriptor_, SHUT_WR);
}

}  // namespace hookline::net
