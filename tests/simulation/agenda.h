#pragma once
// The simulation's time and chance: what is to happen, in order, on one thread. The same seed gives the same run.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "base/clock.h"
#include "base/mailbox.h"
#include "support/fake_clock.h"

namespace hookline::simulation {

/// SplitMix64.
class Chance {
 public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}
    std::uint64_t number() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31);
    }
    /// Evenly in [0, below).
    std::uint64_t below(std::uint64_t below) { return number() % below; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    Duration between(Duration least, Duration most) {
        return least + Duration(static_cast<Duration::rep>(below(static_cast<std::uint64_t>((most - least).count()))));
    }

 private:
    std::uint64_t state_;
};

class Agenda {
 public:
    explicit Agenda(const test::FakeClock& clock) : clock_(clock) {}

    void at(TimePoint when, Task task) { tasks_.emplace(when, std::move(task)); }
    void in(Duration wait, Task task) { at(clock_.now() + wait, std::move(task)); }
    [[nodiscard]] TimePoint next() const { return tasks_.empty() ? never : tasks_.begin()->first; }
    /// Does the first thing that is due; false when nothing is.
    bool run_one() {
        if (next() > clock_.now()) return false;
        const Task task = std::move(tasks_.begin()->second);
        tasks_.erase(tasks_.begin());
        task();
        return true;
    }

 private:
    const test::FakeClock& clock_;
    std::multimap<TimePoint, Task> tasks_;  // equal times: in the order they were put in
};

}  // namespace hookline::simulation
