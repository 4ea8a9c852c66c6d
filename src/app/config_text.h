#pragma once
// How values of the configuration are written: sizes, durations, shares, switches. Pure functions; any thread.
//
// What `format_…` writes, the parser beside it reads back to the same value: the defaults in docs/configuration.md are
// printed this way.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hookline::app {

/// `20 GiB`, `512KiB`, `3 MB` (powers of 1000), `1048576` (bytes).
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

/// `500 ms`, `2 s`, `1.5 s`, `5 min`, `24 h`, `7 d`. A number without a unit is refused.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// Exact, in the largest unit that divides it.
std::string format_exactly(std::chrono::milliseconds length);

/// `20000`, `20_000` or `20,000`.
Result<std::uint64_t> parse_count(std::string_view text);

/// `0.5` or `50 %`.
Result<double> parse_share(std::string_view text);
std::string format_share(double share);

/// `on` `off` `true` `false` `yes` `no`.
Result<bool> parse_switch(std::string_view text);

/// Splits at commas and blanks; empty pieces are left out.
std::vector<std::string> split_list(std::string_view text);

/// How many characters must be put in, taken out, changed or swapped with their neighbour.
std::size_t edit_distance(std::string_view left, std::string_view right);
/// The candidate that was probably meant, if one is near enough.
std::optional<std::string> nearest(std::string_view text, const std::vector<std::string>& candidates);
/// ` (did you mean "…"?)`, or nothing.
std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates);

}  // namespace hookline::app
