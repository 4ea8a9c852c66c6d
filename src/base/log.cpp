#include "base/log.h"

#include <atomic>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/log_level.h"
#include "base/log_ring.h"
#include "base/time_text.h"

namespace hookline {
namespace {

std::atomic<bool> as_json{false};
std::atomic<LogLevel> threshold{LogLevel::info};

spdlog::logger& sink() {
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>("hookline", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");
        made->set_level(spdlog::level::trace);
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

/// Bare where that is unmistakable, a JSON string otherwise: `tenant=us-1a2b3c4d reason="HTTP 503"`.
void append_text_value(std::string& line, const LogField& field) {
    const auto plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("-_./:+,@%[]").find(c) != std::string_view::npos;
    };
    bool bare = !field.value.empty();
    for (const char c : field.value) bare = bare && plain(c);
    if (bare) {
        line += field.value;
    } else {
        append_json_string(line, field.value);
    }
}

std::string json_line(std::string_view now, LogLevel level, std::string_view what, LogFields fields) {
    std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":)", now, log_level_name(level));
    append_json_string(line, what);
    for (const LogField& field : fields) {
        line += ',';
        append_json_string(line, field.name);
        line += ':';
        if (field.is_text) {
            append_json_string(line, field.value);
        } else {
            line += field.value;
        }
    }
    return line + '}';
}

std::string text_line(std::string_view now, LogLevel level, std::string_view what, LogFields fields) {
    std::string line = fmt::format("{} {:5} {}", now, log_level_name(level), what);
    for (const LogField& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        append_text_value(line, field);
    }
    return line;
}

void write(LogLevel level, std::string_view what, LogFields fields) {
    const WallTime wall = SystemClock().wall();
    const std::string now = format_rfc3339(wall);
    sink().info("{}", as_json ? json_line(now, level, what, fields) : text_line(now, level, what, fields));
    LogRing& ring = log_ring();
    if (ring.wants(level)) ring.add(SystemClock().now(), wall, level, what, fields);
}

}  // namespace

void set_up_log(LogLevel level, LogFormat format) {
    threshold = level;
    as_json = format == LogFormat::json;
}

LogFormat fitting_log_format() { return ::isatty(STDERR_FILENO) != 0 ? LogFormat::text : LogFormat::json; }

std::string_view log_level_name(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
    }
    return "error";
}

std::optional<LogLevel> log_level_of(std::string_view name) {
    for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
        if (log_level_name(level) == name) return level;
    }
    return {};
}

LogLevel log_level() { return threshold.load(std::memory_order_relaxed); }

void change_log_level(LogLevel level, std::string_view by) {
    const LogLevel before = threshold.exchange(level);
    if (before == level) return;
    write(LogLevel::info, "log level changed",
          {{"from", log_level_name(before)}, {"to", log_level_name(level)}, {"by", by}});
}

bool log_enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void log_line(LogLevel level, std::string_view what, LogFields fields) {
    if (log_enabled(level)) write(level, what, fields);
}

}  // namespace hookline
