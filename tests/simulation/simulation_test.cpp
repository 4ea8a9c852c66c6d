// Whole relays live through troubled days. HOOKLINE_SEEDS chooses how many (`./test --long simulation`: 10,000) from
// HOOKLINE_FIRST_SEED on; HOOKLINE_SEED plays one again, with its log.

#include "simulation/simulation.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace hookline::simulation {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::stoull(text);
}

class WholeRelay : public testing::Test {
 protected:
    static void SetUpTestSuite() {
        // Syncs cost nothing in memory, and a crash of this process is not what is simulated.
        if (::access("/dev/shm", W_OK) == 0) ::setenv("TMPDIR", "/dev/shm", 0);
        // The log of thousands of simulated crashes; one seed alone shows it.
        if (std::getenv("HOOKLINE_SEED") == nullptr) std::freopen("/dev/null", "w", stderr);
    }
};

TEST_F(WholeRelay, KeepsItsPromisesThroughTroubledDays) {
    const std::uint64_t first = number_from("HOOKLINE_SEED", number_from("HOOKLINE_FIRST_SEED", 1));
    const std::uint64_t seeds = std::getenv("HOOKLINE_SEED") != nullptr ? 1 : number_from("HOOKLINE_SEEDS", 150);
    Outcome all;
    for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
        const Outcome one = simulate(seed);
        for (const std::string& violation : one.violations) ADD_FAILURE() << "seed " << seed << ": " << violation;
        if (!one.violations.empty() && seeds == 1) std::cout << one.trace;
        all.hours += one.hours;
        all.deliveries += one.deliveries;
        all.acknowledged += one.acknowledged;
        all.arrived += one.arrived;
        all.copies += one.copies;
        all.resent += one.resent;
        all.letters += one.letters;
        all.stops += one.stops;
        all.kills += one.kills;
        all.power_cuts += one.power_cuts;
        all.failures += one.failures;
        all.bulks += one.bulks;
    }
    std::cout << seeds << " seeds, " << all.hours / 24 << " days: " << all.deliveries << " deliveries, "
              << all.acknowledged << " events acknowledged, " << all.arrived << " arrived, " << all.copies
              << " copies, " << all.resent << " sent again, " << all.letters << " letters, " << all.bulks << " bulks; "
              << all.stops << " stops, " << all.kills << " kills, " << all.power_cuts << " power cuts, " << all.failures
              << " disk failures\n";
    EXPECT_GT(all.acknowledged, 0U);
    EXPECT_GT(all.arrived, 0U);
    if (seeds >= 100) {
        EXPECT_GT(all.resent, 0U);
    }
}

TEST_F(WholeRelay, LivesTheSameDaysAgainFromTheSameSeed) {
    for (const std::uint64_t seed : {7U, 8U}) EXPECT_EQ(simulate(seed).trace, simulate(seed).trace) << seed;
}

}  // namespace
}  // namespace hookline::simulation
