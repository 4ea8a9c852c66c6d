#pragma once
// What a listener's answer means for the lines that were sent (DESIGN section 4). Plain data.

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace hookline::logzio {

/// 2xx: every line was taken.
struct Delivered {};
/// 400 with counters that add up to the lines sent: the good ones are in already.
struct PartlyAccepted {
    std::uint64_t accepted = 0;
    std::uint64_t malformed = 0;
    std::uint64_t oversized = 0;
    std::uint64_t empty = 0;
    [[nodiscard]] std::uint64_t bad() const { return malformed + oversized + empty; }
};
/// 400 that cannot be read so: nobody knows what was taken.
struct NotUnderstood {};
/// 401, 403: token or region.
struct TokenRejected {};
/// 413.
struct TooLarge {};
/// 408, 429, 5xx, network, timeout. `at_least`: Retry-After as the listener put it, absurd or not: who waits bounds it.
struct RetryLater {
    std::chrono::seconds at_least{0};
    bool may_have_been_taken = true;  ///< false: nothing was sent, so trying again cannot repeat
};
/// Anything else, and a 2xx with an HTML page: hold and alarm, keep the data.
struct Refused {};

using Meaning = std::variant<Delivered, PartlyAccepted, NotUnderstood, TokenRejected, TooLarge, RetryLater, Refused>;

struct Verdict {
    Meaning meaning;
    int status = 0;      ///< 0: no answer came
    std::string answer;  ///< the exact body (capped), or why none came; never holds the token
    std::chrono::microseconds took{0};
};

}  // namespace hookline::logzio
