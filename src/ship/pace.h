#pragma once
// How soon after its last bulk a tenant's next may leave though it is not full.
//
// A bulk costs the same however few lines it holds: reading, gzip's set-up, a request, a settle. Where many tenants
// send a little all the time, bulks of one line would take most of the relay's work. So when more bulks leave a second
// than they should, what comes for a tenant whose last bulk is younger than an interval waits for that interval for
// others to come along. The interval is the same for all tenants and grows only until the number is right: who sends
// less often waits for nothing, and one that sends often holds up nobody but itself. Crew thread only.

#include <cstddef>

#include "base/clock.h"

namespace hookline::ship {

struct PaceLimits {
    std::size_t bulks_second_max = 500;  ///< of all tenants; at some 50 µs each
    Duration interval_max = std::chrono::seconds(1);
};

class Pace {
 public:
    explicit Pace(PaceLimits limits);

    /// A bulk leaves.
    void started(TimePoint now);
    /// When a tenant whose last bulk left at `last` may send what has just come.
    [[nodiscard]] TimePoint next(TimePoint last, TimePoint now);

 private:
    void look(TimePoint now);

    const std::size_t window_bulks_max_;
    const Duration interval_max_;
    Duration interval_ = Duration::zero();
    TimePoint window_began_{};
    std::size_t window_bulks_ = 0;
};

}  // namespace hookline::ship
