#pragma once
// Time. `TimePoint` is monotonic and rules every wait, age and deadline; `WallTime` is the calendar's, for people
// and for what is written down. Time enters steps as a parameter; a Clock is held only by what starts things.
// A Clock may be asked from any thread.

#include <chrono>

namespace hookline {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// The time of a step that has nothing to do until it is woken.
inline constexpr TimePoint never = TimePoint::max();

class Clock {
 public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual TimePoint now() const = 0;
    [[nodiscard]] virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
    [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] WallTime wall() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
};

}  // namespace hookline
