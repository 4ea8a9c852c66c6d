#pragma once
// Dates as HTTP headers write them (RFC 9110 section 5.6.7). Pure; any thread.

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace hookline::logzio {

/// Reads "Sun, 06 Nov 1994 08:49:37 GMT" and the two obsolete forms, "Sunday, 06-Nov-94 08:49:37 GMT" and
/// "Sun Nov  6 08:49:37 1994".
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace hookline::logzio
