#pragma once
// UUIDs as Okta makes them: version 1 for real events, whose clock is the event's `published`; version 4 for envelopes
// and previews (RFC 4122). Belongs to one thread.

#include <cstdint>
#include <random>

#include "base/clock.h"

namespace hookline::rehearse {

class UuidMaker {
 public:
    static constexpr std::size_t text_bytes = 36;

    explicit UuidMaker(std::uint64_t seed);

    /// Writes 36 characters. No two calls give the same, whatever the time says.
    void version_1(char* to, WallTime published);
    void version_4(char* to);

 private:
    std::mt19937_64 dice_;
    std::uint64_t ticks_ = 0;  ///< the last one given; 100 ns each, since 1582-10-15
    std::uint64_t clock_and_node_;
};

}  // namespace hookline::rehearse
