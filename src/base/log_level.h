#pragma once
// How much is logged, and changing that while it is. Any thread.

#include <optional>
#include <string_view>

#include "base/log.h"

namespace hookline {

/// "debug", "info", "warn", "error".
std::string_view log_level_name(LogLevel level);
std::optional<LogLevel> log_level_of(std::string_view name);
LogLevel log_level();
/// Says so in the log, whatever the levels are, when it changes something. `by`: a few fixed words, such as "reload".
void change_log_level(LogLevel level, std::string_view by);

/// Text on a terminal, JSON elsewhere: a journal, a container, a file.
LogFormat fitting_log_format();

}  // namespace hookline
