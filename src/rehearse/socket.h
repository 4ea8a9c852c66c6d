#pragma once
// A connected socket as the emulated listener needs it: blocking calls that a deadline, the peer or the end of the
// rehearsal can cut short, and the power to misbehave (a reset instead of an answer). TLS is OpenSSL on the descriptor.
//
// A Socket belongs to one thread; a Wake may be rung from any.

#include <memory>
#include <string_view>

#include "base/clock.h"

struct ssl_st;
struct ssl_ctx_st;

namespace hookline::rehearse {

/// A bell that ends waits: of every socket that was made with it, and of every poll(2) that looks at it.
class Wake {
 public:
    Wake();
    ~Wake();
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    void ring();
    [[nodiscard]] bool rung() const;
    /// Takes back earlier rings.
    void quiet();
    [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
    int descriptor_;
};

class Socket {
 public:
    /// Owns `descriptor` from here on and closes it in the destructor, never before: its number stays its own.
    Socket(int descriptor, const Wake& wake);
    ~Socket();
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    /// The server's side of a TLS handshake.
    bool accept_tls(ssl_ctx_st* context, TimePoint deadline);

    /// Waits until there is something to read, the end included, without reading it.
    bool await_bytes(TimePoint deadline);

    struct Read {
        enum class End { bytes, closed, late, stopped } end = End::closed;
        std::size_t count = 0;
    };
    /// Some bytes, at least one; or why there are none. A broken connection counts as closed.
    Read read(char* into, std::size_t bytes_max, TimePoint deadline);

    /// All of it, or false.
    bool write(std::string_view bytes, TimePoint deadline);

    /// Lets time pass without reading. False when the peer closed or the rehearsal ends before `when`.
    bool pass_time(TimePoint when);

    /// Says goodbye properly and waits a moment for the peer to do so, so that the kernel does not turn unread bytes
    /// into a reset that overtakes the answer.
    void end_gently(std::chrono::milliseconds patience);
    /// From now on closing means a reset: the peer sees ECONNRESET and no goodbye.
    void end_by_reset();

 private:
    enum class Ready { yes, late, stopped };
    [[nodiscard]] Ready wait(short events, TimePoint deadline) const;
    [[nodiscard]] Ready wait_for_tls(int outcome, TimePoint deadline);

    struct FreeTls {
        void operator()(ssl_st* tls) const;
    };
    int descriptor_;
    const Wake& wake_;
    std::unique_ptr<ssl_st, FreeTls> tls_;
};

}  // namespace hookline::rehearse
