#pragma once
// Instants as text, RFC 3339 (section 5.6), and durations as people write them. Pure functions; any thread.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hookline {

/// Reads `2019-10-24T14:21:28.577Z`: 0 to 9 fraction digits (digits past microseconds are dropped), `Z` or an offset,
/// `T`, `t` or a blank between. Nothing when it is no real instant (September 31st, hour 25); second 60 is read as 59.
std::optional<WallTime> parse_rfc3339(std::string_view text);

/// `2026-11-22T15:46:09.123456Z`, always UTC with six fraction digits.
std::string format_rfc3339(WallTime when);

/// `2 h 5 min`, `12.3 s`, `4.2 ms`: for people.
std::string format_duration(std::chrono::nanoseconds length);

}  // namespace hookline
