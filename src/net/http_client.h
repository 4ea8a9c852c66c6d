#pragma once
// The HTTP client: HTTP/1.1 posts over kept-alive connections, all driven by one network thread (libcurl's multi).
//
// It is a seam: tests and simulations bring their own. It promises that no URL (tokens live there) appears in any text
// it makes, that redirects are not followed, that only the configured proxy is used (never the environment's), and that
// one hanging host or DNS name delays no other transfer.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mailbox.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http.h"

namespace hookline::net {

struct ClientRequest {
    std::string method = "POST";
    std::string url;      ///< without what is secret
    Secret secret_query;  ///< appended behind '?': "token=…&type=okta"; never printed
    std::vector<Header> headers;
    std::shared_ptr<const std::string> body;
    std::chrono::milliseconds time_max{30'000};          ///< the whole transfer
    std::chrono::milliseconds connect_time_max{10'000};  ///< DNS, TCP and TLS
};

/// The listener answered. `body` is capped at ClientOptions::answer_bytes_max.
struct ClientAnswer {
    int status = 0;
    Headers headers;
    std::string body;
};
/// No whole answer came. What was sent may have been taken, unless `nothing_sent`.
struct ClientFailure {
    std::string reason;  ///< one sentence without URL or token: "could not connect to listener.logz.io port 8071: …"
    bool nothing_sent = false;
    bool certificate_refused = false;
};
struct ClientOutcome {
    std::optional<ClientAnswer> answer;  ///< either this
    ClientFailure failure;               ///< or this
    std::chrono::microseconds took{0};
};

struct ClientOptions {
    std::string user_agent = "hookline";
    std::string proxy;         ///< http://host:port, empty: none
    Secret proxy_credentials;  ///< user:password
    std::string ca_file;       ///< besides the system's; empty: the system's alone
    std::size_t answer_bytes_max = 64 * 1024;
    std::chrono::seconds idle_connection_max{5};  ///< older idle connections are not used again (facts: 1.2)
    std::size_t connections_per_host_max = 32;
};

class HttpClient {
 public:
    virtual ~HttpClient() = default;
    /// Starts a transfer. `done` is posted to `mailbox` exactly once, also after `cancel_all` (as a failure). Any
    /// thread.
    virtual void start(ClientRequest request, Mailbox& mailbox, std::function<void(ClientOutcome)> done) = 0;
    /// Ends every transfer that is under way. Any thread.
    virtual void cancel_all() = 0;
};

/// The real one. Its destructor ends the thread, also while a DNS name hangs.
Result<std::unique_ptr<HttpClient>> make_http_client(ClientOptions options);

}  // namespace hookline::net
