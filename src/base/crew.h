#pragma once
// The scheduler: everything that repeats is a step, called when it is due or when it is woken.
//
// A step is `TimePoint step(TimePoint now)`: it does what can be done now without blocking and says when it wants to
// be called next (`never`: only when woken). Steps run on one thread, the one that calls `run` (or, in a test or a
// simulation, `run_due`), so they need no locks among themselves. `wake`, `post` and `stop` may be called from any
// thread.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mailbox.h"

namespace hookline {

class Crew final : public Mailbox {
 public:
    using Step = std::function<TimePoint(TimePoint now)>;
    enum class StepId : std::uint64_t {};

    explicit Crew(const Clock& clock) : clock_(clock) {}

    /// The step is due at once. Crew thread only, or before `run`.
    StepId add(Step step);
    /// Crew thread only; a step may remove itself.
    void remove(StepId id);

    /// Makes a step due now; waking one that is gone does nothing. Any thread.
    void wake(StepId id);
    using Mailbox::post;
    void post(std::vector<Task> tasks) override;

    /// Runs steps until `stop`. Blocks.
    void run();
    void stop();

    /// Runs every step that is due at `now` and every posted task once; returns when the next step is due.
    TimePoint run_due(TimePoint now);

 private:
    void schedule(StepId id, TimePoint when);

    const Clock& clock_;
    std::uint64_t last_id_ = 0;
    struct Member {
        Step step;
        TimePoint due = never;
    };
    std::unordered_map<std::uint64_t, Member> members_;
    std::set<std::pair<TimePoint, std::uint64_t>> agenda_;

    std::mutex mutex_;  // guards what follows
    std::condition_variable news_;
    std::vector<Task> tasks_;
    std::vector<std::uint64_t> woken_;
    bool stopping_ = false;
};

}  // namespace hookline
