#pragma once
// The time by which things in the spool grow old.
//
// While the process runs it moves with the monotonic clock, so that setting the calendar expires nothing and keeps
// nothing alive. From one process to the next it moves by how far the calendar moved since the last heartbeat, and
// never back. It began as the calendar's time, so its values read like dates. Any thread.

#include <algorithm>
#include <optional>

#include "base/clock.h"
#include "spool/format.h"

namespace hookline::spool {

class AgeClock {
 public:
    AgeClock(const Clock& clock, const std::optional<Heartbeat>& last)
        : clock_(clock), started_(clock.now()), age_at_start_(clock.wall()) {
        if (last) age_at_start_ = last->age + std::max(clock.wall() - last->wall, std::chrono::microseconds(0));
    }

    [[nodiscard]] AgeTime now() const {
        return age_at_start_ + std::chrono::duration_cast<std::chrono::microseconds>(clock_.now() - started_);
    }

 private:
    const Clock& clock_;
    TimePoint started_;
    AgeTime age_at_start_;
};

}  // namespace hookline::spool
