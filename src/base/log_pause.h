#pragma once
// Keeps one kind of log line from filling the log, however often its cause repeats. Any thread.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "base/clock.h"

namespace hookline {

class LogPause {
 public:
    explicit LogPause(Duration pause = std::chrono::seconds(10)) : pause_(pause) {}

    /// Once in a while: how many were held back since the last, to be told as `not_logged_before`. Otherwise nothing,
    /// and the line is not written.
    std::optional<std::uint64_t> pass(TimePoint now) {
        const std::lock_guard lock(mutex_);
        if (now < until_) {
            ++held_back_;
            return {};
        }
        until_ = now + pause_;
        return std::exchange(held_back_, 0);
    }

 private:
    const Duration pause_;
    std::mutex mutex_;  // guards what follows
    TimePoint until_{};
    std::uint64_t held_back_ = 0;
};

}  // namespace hookline
