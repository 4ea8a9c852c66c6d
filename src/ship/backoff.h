#pragma once
// How long to wait before the next try. Crew thread only.

#include <cstdint>

#include "base/clock.h"

namespace hookline::ship {

/// Chance that a test can repeat (SplitMix64).
class Chance {
 public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    /// Evenly in [0, 1).
    double fraction();

 private:
    std::uint64_t state_;
};

/// Doubling waits with full jitter: anything from nothing to the current bound, so that tenants that failed together
/// do not come back together.
class Backoff {
 public:
    Backoff(Duration first, Duration max) : first_(first), max_(max), bound_(first) {}
    Duration next(Chance& chance);
    void reset() { bound_ = first_; }

 private:
    Duration first_;
    Duration max_;
    Duration bound_;
};

/// The rhythm of probes: the first after `first`, then doubling up to `max`, each up to a fifth longer or shorter.
class ProbeRhythm {
 public:
    ProbeRhythm(Duration first, Duration max) : first_(first), max_(max), wait_(first) {}
    Duration next(Chance& chance);
    void reset() { wait_ = first_; }

 private:
    Duration first_;
    Duration max_;
    Duration wait_;
};

}  // namespace hookline::ship
