#pragma once
// The HTTP/1.1 server: sockets, TLS, request parsing, deadlines and limits. Who answers is an HttpHandler.
//
// It runs a number of loops, one thread each; a connection belongs to one loop for its life. It promises:
// - none of the request-smuggling shapes of RFC 9112 section 6.3 passes: two Content-Length (equal ones too), a list in
//   one, Content-Length with Transfer-Encoding, any coding but exactly `chunked`, folded headers, bare LF, a blank
//   before the colon, chunked under HTTP/1.0, no Host (but under HTTP/1.0) or two: 400 and the connection is closed;
// - requests of one connection are answered one by one, in order; the next is parsed only after the answer is written;
// - `Expect: 100-continue` is honoured only after `on_head` let the request pass;
// - a slow sender is closed by the deadline, and no number of them costs another connection its turn;
// - no answer is cut off by a reset: after a refusal up to 64 KiB or 1 s of the rest is drained first.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/metrics.h"
#include "base/result.h"
#include "net/http.h"
#include "net/network.h"
#include "net/tls.h"

namespace hookline::net {

struct HttpServerLimits {
    std::size_t header_bytes_max = 32 * 1024;       ///< request line and headers; more: 431
    std::size_t body_bytes_max = 16 * 1024 * 1024;  ///< decoded body of one request; more: 413
    /// Requests being read, all loops; more: reading waits, and who has been sending for a second is answered 503.
    std::size_t bodies_bytes_max = 64 * 1024 * 1024;
    /// More: the one that has been idle the longest makes room, else the one that has owed its part the longest
    /// (handshake, request, reading the answer); where none has for a second the newest is closed.
    std::size_t connections_max = 20'000;
    std::chrono::milliseconds head_time_max{10'000};   ///< first byte to end of head (and TLS handshake); more: closed
    std::chrono::milliseconds body_time_max{30'000};   ///< end of head to end of body; more: closed
    std::chrono::milliseconds idle_time_max{75'000};   ///< between requests; more: closed
    std::chrono::milliseconds write_time_max{10'000};  ///< an answer nobody reads; more: closed
    std::size_t requests_per_connection_max = 0;       ///< 0: no limit
};

/// Where a TCP socket listens. Errors: it does not, or is none.
Result<Endpoint> endpoint_of_listening(int socket);

struct HttpServerOptions {
    std::vector<Endpoint> listen;    ///< port 0: the kernel chooses, see HttpServer::endpoints
    std::vector<int> sockets;        ///< listening already: taken over in place of `listen`, closed at the end
    std::shared_ptr<TlsServer> tls;  ///< empty: plain HTTP
    bool proxy_protocol = false;     ///< v1 and v2 are read from `trusted` peers, and required of them
    Networks trusted;                ///< whose X-Forwarded-For (and PROXY header) is believed
    unsigned loops = 1;
    HttpServerLimits limits;
    std::string name = "receive";  ///< metrics label and thread name
};

/// Where the answer to one request goes. Loop thread only. Movable; the first `respond` counts, later ones are ignored
/// (also when the peer is gone), so that a deadline and a late commit can race without harm.
class Responder {
 public:
    /// What the server (or a test) puts behind it.
    class Target {
     public:
        virtual ~Target() = default;
        virtual void respond(HttpResponse response) = 0;
        [[nodiscard]] virtual bool answered() const = 0;
        [[nodiscard]] virtual Mailbox& mailbox() = 0;
        virtual void at_deadline(TimePoint when, Task late) = 0;
    };
    explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
    void respond(HttpResponse response) const { target_->respond(std::move(response)); }
    [[nodiscard]] bool answered() const { return target_->answered(); }
    /// The letter box of the loop this request belongs to: hand it to whoever finishes the work on another thread.
    [[nodiscard]] Mailbox& mailbox() const { return target_->mailbox(); }
    /// Calls `late` once, on the loop, when `when` passes without an answer (within 50 ms of it).
    void at_deadline(TimePoint when, Task late) const { target_->at_deadline(when, std::move(late)); }

 private:
    std::shared_ptr<Target> target_;
};

/// Answers requests; one handler a loop, called on that loop's thread only. It may answer at once, or later from any
/// task of the loop. Whoever still holds a Responder when the server is destroyed may respond, but nobody hears it.
class HttpHandler {
 public:
    virtual ~HttpHandler() = default;
    /// Looks at the head before the body is read: an answer given here ends the request (the body is drained or the
    /// connection closed).
    virtual std::optional<HttpResponse> on_head(const RequestHead& head) = 0;
    /// The whole request. `body` is followed by at least 64 readable bytes (simdjson's padding) and belongs to the
    /// handler from here on.
    virtual void on_request(RequestHead head, std::string body, Responder responder) = 0;
    /// Told of answers that the server itself gave (400, 408 close, 413, 431), so that refusals are known. `head` is
    /// null when it could not be read.
    virtual void on_refused(const RequestHead* head, int status, std::string_view reason) {
        (void)head, (void)status, (void)reason;
    }
};

class HttpServer {
 public:
    using MakeHandler = std::function<std::unique_ptr<HttpHandler>(unsigned loop)>;

    /// Binds and starts to accept. Errors name the address and what to do ("address already in use").
    static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, const MakeHandler& make,
                                                     Metrics& metrics);
    virtual ~HttpServer() = default;

    /// The addresses that are listened on, with the ports that the kernel chose.
    [[nodiscard]] virtual std::vector<Endpoint> endpoints() const = 0;
    /// Any thread: no new connections. What was sent before is still read and answered, with `Connection: close`;
    /// idle connections are closed, but one that was opened in the last 2 s may send its first request. Returns when
    /// all are gone or `patience` has passed.
    virtual void drain(std::chrono::milliseconds patience) = 0;
    /// Any thread: runs a task on every loop (a new configuration, say), soon; it does not wait for that.
    virtual void on_each_loop(const std::function<void(HttpHandler&)>& task) = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
};

}  // namespace hookline::net
