#pragma once
// A whole relay with both outside worlds, for some simulated days, on one thread, driven by a seed: traffic in bursts,
// listeners in every mood, tokens refused and rotated, restarts in order, kills, power cuts, a disk that fails, fills
// or stalls, calendars that jump. Each eighth relay keeps what it delivered, and is told to send it again. The same
// seed gives the same run.

#include <cstdint>
#include <string>
#include <vector>

namespace hookline::simulation {

struct Outcome {
    std::vector<std::string> violations;
    std::uint64_t hours = 0;  ///< simulated
    std::uint64_t deliveries = 0;
    std::uint64_t acknowledged = 0;  ///< events
    std::uint64_t arrived = 0;       ///< events
    std::uint64_t copies = 0;
    std::uint64_t resent = 0;  ///< lines put back into a queue after their delivery
    std::uint64_t letters = 0;
    std::uint64_t stops = 0;
    std::uint64_t kills = 0;
    std::uint64_t power_cuts = 0;
    std::uint64_t failures = 0;  ///< of the disk, that ended the process
    std::uint64_t bulks = 0;
    std::string trace;  ///< what happened, in a form that two runs of a seed can be compared by
};

Outcome simulate(std::uint64_t seed);

}  // namespace hookline::simulation
