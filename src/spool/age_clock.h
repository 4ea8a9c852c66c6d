#pragma once
// The time by which things in the spool grow old.
//
// While the process runs it moves with the monotonic clock; the next process goes on where the last heartbeat left it.
// Setting the calendar expires nothing, whenever that happens. The time between two processes does not count, since
// nothing but the calendar could tell how long it was: things grow old late, never early. It began as the calendar's
// time, so its values read like dates. Any thread.

#include <optional>

#include "base/clock.h"
#include "spool/format.h"

namespace hookline::spool {

class AgeClock {
 public:
    AgeClock(const Clock& clock, const std::optional<Heartbeat>& last)
        : clock_(clock), started_(clock.now()), age_at_start_(clock.wall()) {
        if (last) age_at_start_ = last->age;
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
