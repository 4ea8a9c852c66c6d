#pragma once
// A clock that stands still until it is told to move. Any thread.

#include <atomic>

#include "base/clock.h"

namespace hookline::test {

class FakeClock final : public Clock {
 public:
    /// Monotonic time starts at one day, so that "a while ago" is never before its beginning; the calendar starts at
    /// 2026-01-01T00:00:00Z.
    FakeClock() = default;
    explicit FakeClock(WallTime wall) : wall_(wall.time_since_epoch().count()) {}

    [[nodiscard]] TimePoint now() const override { return TimePoint(Duration(now_.load())); }
    [[nodiscard]] WallTime wall() const override { return WallTime(std::chrono::microseconds(wall_.load())); }

    /// Time goes by, on both clocks.
    template <class Rep, class Period>
    void advance(std::chrono::duration<Rep, Period> by) {
        now_ += std::chrono::duration_cast<Duration>(by).count();
        jump_wall(by);
    }
    /// Somebody sets the calendar; monotonic time knows nothing of it.
    template <class Rep, class Period>
    void jump_wall(std::chrono::duration<Rep, Period> by) {
        wall_ += std::chrono::duration_cast<std::chrono::microseconds>(by).count();
    }
    void set_wall(WallTime wall) { wall_ = wall.time_since_epoch().count(); }

 private:
    std::atomic<Duration::rep> now_{std::chrono::duration_cast<Duration>(std::chrono::hours(24)).count()};
    std::atomic<std::int64_t> wall_{1'767'225'600'000'000};
};

}  // namespace hookline::test
