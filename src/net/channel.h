#pragma once
// The bytes of one accepted connection, plain or through TLS, without blocking. Loop thread only.
//
// OpenSSL works on the descriptor itself (SSL_set_fd): no memory BIOs between, so an idle TLS connection costs some
// 16 kB instead of 75 to 90. It writes with write(2), therefore the server ignores SIGPIPE.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/network.h"

struct ssl_st;
struct ssl_ctx_st;

namespace hookline::net {

class Channel {
 public:
    enum class State { done, want_read, want_write, closed, failed };
    struct Moved {
        State state = State::done;
        std::size_t bytes = 0;
    };

    /// Does not own the descriptor, which is non-blocking.
    explicit Channel(int descriptor) : descriptor_(descriptor) {}
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// From here on bytes are TLS. False when OpenSSL has no memory.
    bool start_tls(ssl_ctx_st& context);
    [[nodiscard]] bool over_tls() const { return ssl_ != nullptr; }

    /// The server's side of the handshake. `failed` with `spoke_plain_http()` when the other side sent HTTP.
    State handshake();
    [[nodiscard]] bool spoke_plain_http() const { return spoke_plain_http_; }
    /// Why TLS failed, for the log; holds nothing that the other side chose.
    [[nodiscard]] const std::string& failure() const { return failure_; }

    Moved read(char* into, std::size_t bytes_max);
    /// May take a part only. A write that was not taken may be tried again with the same bytes in another place.
    Moved write(std::string_view bytes);
    /// True when OpenSSL holds bytes that the descriptor will not announce any more.
    [[nodiscard]] bool has_buffered() const;
    /// Writes past TLS: only after a failed handshake.
    void write_plain(std::string_view bytes) const;
    /// Reads before TLS: the PROXY header.
    [[nodiscard]] Moved read_plain(char* into, std::size_t bytes_max) const;
    /// Says that nothing more will be written; reading goes on.
    void end_writing();

 private:
    Moved judge(int result);

    int descriptor_;
    ssl_st* ssl_ = nullptr;
    bool broken_ = false;  ///< TLS failed for good: SSL_shutdown must not be called any more
    bool spoke_plain_http_ = false;
    std::string failure_;
};

}  // namespace hookline::net
