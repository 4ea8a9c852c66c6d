#pragma once
// Copies of lines of the log, for somebody who carries them further than stderr. Empty and closed until it is opened.
//
// It promises: who logs never waits for who takes the copies. What does not fit is left out and counted. Any thread.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace hookline {

struct LogRingLimits {
    std::size_t lines_max = 1'000;          ///< waiting; more: left out
    std::size_t bytes_max = 1024 * 1024;    ///< of their texts; more: left out
    std::size_t text_bytes_max = 4 * 1024;  ///< one message or value; what is longer is cut
    std::uint64_t minute_lines_max = 600;   ///< lines copied within a minute; more: left out
};

/// One line. Its texts are UTF-8 or what somebody outside sent in its place.
struct LogCopy {
    struct Field {
        std::string name;
        std::string value;
        bool is_text = true;
    };
    WallTime at{};
    LogLevel level = LogLevel::info;
    std::string message;
    std::vector<Field> fields{};
};

class LogRing {
 public:
    explicit LogRing(LogRingLimits limits = {}) : limits_(limits) {}

    /// From now on lines of `least` and above are copied, but for those whose field "tenant" is `except_tenant`.
    void open(LogLevel least, std::string except_tenant);
    /// Nothing is copied any more, and what waits is forgotten: how many lines, with those that were left out.
    std::uint64_t close();

    /// One atomic load: cheap enough for every line.
    [[nodiscard]] bool wants(LogLevel level) const { return static_cast<int>(level) >= least_.load(); }
    void add(TimePoint now, WallTime at, LogLevel level, std::string_view message, LogFields fields);

    struct Taken {
        std::vector<LogCopy> lines;  ///< oldest first
        std::uint64_t left_out = 0;  ///< since the last time
    };
    Taken take(std::size_t lines_max);

 private:
    static constexpr int nothing = static_cast<int>(LogLevel::error) + 1;

    [[nodiscard]] bool has_room(TimePoint now, std::size_t bytes);

    const LogRingLimits limits_;
    std::atomic<int> least_{nothing};
    std::mutex mutex_;  // guards what follows
    std::string except_tenant_;
    std::deque<LogCopy> lines_;
    std::size_t bytes_ = 0;
    std::uint64_t left_out_ = 0;
    TimePoint minute_began_{};
    std::uint64_t minute_lines_ = 0;
};

/// The one that the log of this process fills.
LogRing& log_ring();

}  // namespace hookline
