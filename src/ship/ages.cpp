#include "ship/ages.h"

#include <algorithm>

namespace hookline::ship {

Ages::Ages(TimePoint began, WallTime wall_began, WallTime newest_receipt)
    : began_(began), wall_began_(wall_began), high_water_(std::min(newest_receipt, wall_began)) {}

Duration Ages::of(WallTime received, TimePoint now, WallTime wall) const {
    const auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
    const WallTime steady = (received >= wall_began_ ? wall_began_ : high_water_) + elapsed;
    return std::max<Duration>(std::min(steady, wall) - received, Duration::zero());
}

}  // namespace hookline::ship
