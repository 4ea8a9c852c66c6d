#pragma once
// How old a line is, by clocks that nobody can set. Crew thread only.
//
// While the process runs, ages grow with the monotonic clock, whatever happens to the calendar. For lines that were
// received before it began, the time it was down counts only up to the newest receipt on disk: after a jump of the
// calendar the machine's word for "now" proves nothing. So a line may expire late, never early.

#include "base/clock.h"

namespace hookline::ship {

class Ages {
 public:
    /// `newest_receipt`: of all that was on disk at the start; epoch when nothing was.
    Ages(TimePoint began, WallTime wall_began, WallTime newest_receipt);

    [[nodiscard]] Duration of(WallTime received, TimePoint now, WallTime wall) const;

 private:
    TimePoint began_;
    WallTime wall_began_;
    WallTime high_water_;
};

}  // namespace hookline::ship
