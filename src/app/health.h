#pragma once
// Whether every thread of the relay takes its turns, the main thread itself among them: for `/healthz`.
//
// Any thread: the main thread tells what it saw of the others, the admin server asks.

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace hookline::app {

class Health {
 public:
    /// What the main thread sees in its rounds: the threads that have not taken a turn for `patience`. It tells again
    /// within as long, or it hangs itself.
    void tell(TimePoint now, Duration patience, std::vector<std::string> hanging);
    /// The main thread makes no more rounds, and that is no fault.
    void stopping();

    /// What is wrong, in words; empty: nothing, or nothing was told yet.
    [[nodiscard]] std::vector<std::string> faults(TimePoint now) const;

 private:
    mutable std::mutex mutex_;  // guards what follows
    std::optional<TimePoint> told_at_;
    Duration patience_{};
    std::vector<std::string> hanging_;
};

}  // namespace hookline::app
