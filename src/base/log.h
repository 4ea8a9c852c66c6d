#pragma once
// The log: one line on stderr for each thing that matters, text on a terminal, JSON elsewhere if asked for.
//
//   log_info("bulk delivered", {{"tenant", label}, {"lines", count}});
//
// A field's value is text or a number. A Secret is neither and does not compile. Values from outside are escaped, so
// that nobody can forge a line. Any thread.

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "base/secret.h"

namespace hookline {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

class LogField {
 public:
    template <class Number>
    requires std::is_arithmetic_v<Number> LogField(std::string_view name, Number value)
        : name(name), value(fmt::format("{}", value)), is_text(false) {}
    LogField(std::string_view name, std::string_view value) : name(name), value(value) {}
    LogField(std::string_view name, const char* value) : name(name), value(value) {}
    LogField(std::string_view name, const std::string& value) : name(name), value(value) {}
    LogField(std::string_view name, const Secret& value) = delete;

    std::string_view name;
    std::string value;
    bool is_text = true;
};
using LogFields = std::initializer_list<LogField>;

/// Sets up the log for the process; without it, text at level info.
void set_up_log(LogLevel level, LogFormat format);
bool log_enabled(LogLevel level);
void log_line(LogLevel level, std::string_view what, LogFields fields);

inline void log_debug(std::string_view what, LogFields fields = {}) {
    if (log_enabled(LogLevel::debug)) log_line(LogLevel::debug, what, fields);
}
inline void log_info(std::string_view what, LogFields fields = {}) { log_line(LogLevel::info, what, fields); }
inline void log_warn(std::string_view what, LogFields fields = {}) { log_line(LogLevel::warn, what, fields); }
inline void log_error(std::string_view what, LogFields fields = {}) { log_line(LogLevel::error, what, fields); }

}  // namespace hookline
