#include "ship/backoff.h"

#include <algorithm>

namespace hookline::ship {
namespace {

Duration scaled(Duration length, double factor) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(length) * factor);
}

}  // namespace

double Chance::fraction() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    mixed ^= mixed >> 31U;
    return static_cast<double>(mixed >> 11U) * 0x1.0p-53;
}

Duration Backoff::next(Chance& chance) {
    const Duration wait = scaled(bound_, chance.fraction());
    bound_ = std::min(bound_ * 2, max_);
    return wait;
}

Duration ProbeRhythm::next(Chance& chance) {
    const Duration wait = scaled(wait_, 0.8 + 0.4 * chance.fraction());
    wait_ = std::min(wait_ * 2, max_);
    return wait;
}

}  // namespace hookline::ship
