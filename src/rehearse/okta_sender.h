#pragma once
// `hookline sim okta`: what Okta does to a hook, as its documents tell (facts: Okta "Event Hooks"; Okta waits 3 s with
// connection and TLS in it, retries a 5xx or a timeout once and a 4xx never). It shares no code with the relay's own
// reading of deliveries: it is the other side. It runs on the caller's thread until it is done or `stop` is called from
// any thread.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http.h"

namespace hookline::rehearse {

struct OktaSenderOptions {
    std::string url;                   ///< http(s)://host:port/path
    std::vector<net::Header> headers;  ///< logzio_token and so on; values are never printed
    std::optional<Secret> authorization;
    std::string authorization_header = "authorization";
    std::string ca_file;               ///< trusted besides the system's authorities
    bool verify_first = true;          ///< the one-time GET
    std::uint64_t deliveries = 0;      ///< 0: until stopped
    std::chrono::seconds duration{0};  ///< 0: until stopped
    double rate = 10;                  ///< deliveries a second; 0: as fast as it goes
    unsigned connections = 8;
    std::uint32_t events_min = 1;  ///< in a delivery
    std::uint32_t events_max = 3;
    double duplicate_share = 0;  ///< of deliveries offered twice, though the first was answered
    double reorder_share = 0;    ///< held back behind later ones
    double preview_share = 0;    ///< Okta's "Deliver request" form
    std::chrono::milliseconds time_max{3'000};
    std::chrono::milliseconds round_trip{0};  ///< added to each step of a connection, as if Okta were far away
    std::optional<Path> events_file;          ///< one System Log event a line, instead of made-up ones
    std::string org = "dev-000000.okta.com";
    std::uint64_t seed = 1;
    std::optional<Path> acknowledged_file;  ///< every acknowledged uuid, one a line, for checks

    bool events_file_again = false;                ///< start over at the end of the file; else the run ends there
    bool keep_alive = true;                        ///< false: a connection for each delivery
    std::chrono::milliseconds retry_after{1'000};  ///< before the one retry; Okta's own figure is not documented
};

/// Counts so far; all from Okta's point of view.
struct OktaSenderReport {
    std::uint64_t deliveries = 0, events = 0;
    std::uint64_t acknowledged = 0, acknowledged_events = 0;
    std::uint64_t retried = 0, timed_out = 0, refused_4xx = 0, failed_5xx = 0, unreachable = 0;
    std::uint64_t lost_events = 0;  ///< what Okta would have given up on
    std::chrono::microseconds p50{0}, p99{0}, max{0};
    std::string last_problem;  ///< one sentence

    bool verified = false;
    std::uint64_t in_flight = 0;        ///< offered and not yet decided
    std::uint64_t repeats = 0;          ///< offered again although acknowledged
    std::uint64_t repeats_refused = 0;  ///< of those; no loss, since the first was acknowledged
    std::uint64_t previews = 0;
    std::uint64_t connections = 0;        ///< made so far
    std::uint64_t bytes = 0;              ///< of bodies
    std::uint64_t answers_with_body = 0;  ///< Okta asks for an empty one
    std::chrono::milliseconds behind{0};  ///< how late the last delivery left, at a given rate
    bool finished = false;
};

class OktaSender {
 public:
    static Result<std::unique_ptr<OktaSender>> make(OktaSenderOptions options);
    virtual ~OktaSender() = default;
    /// Verifies, then posts. Errors: verification failed (it says what came instead).
    virtual Result<OktaSenderReport> run() = 0;
    /// No new deliveries; what is under way is finished. A second call gives up on that too.
    virtual void stop() = 0;
    [[nodiscard]] virtual OktaSenderReport report() const = 0;
};

}  // namespace hookline::rehearse
