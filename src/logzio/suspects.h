#pragma once
// Which lines a listener would count as bad, as far as can be told from here, and who a line is. Pure; any thread.

#include <string>
#include <string_view>

namespace hookline::logzio {

/// Too long, blank, or not one JSON object (facts: logzio.md 1.3, 1.4). `line` may end in a newline.
bool is_suspect(std::string_view line);

/// The event's `uuid`; empty when it has none or is no JSON.
std::string uuid_of(std::string_view line);

}  // namespace hookline::logzio
