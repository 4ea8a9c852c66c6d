#pragma once
// Whether the threads that must not stand still take their turns: each is asked through its letter box, and the
// supervisor's watchdog, if there is one, is fed only for as long as all of them answer.
//
// `step` belongs to one thread; the answers come from the threads themselves.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mailbox.h"

namespace hookline::app {

class Pulse {
 public:
    /// `patience`: what the watchdog allows, or would, between two signs of life. `turn`: how often `step` is called.
    Pulse(Duration patience, Duration turn, TimePoint now)
        : patience_(patience), turn_(turn), fed_at_(now), answered_at_(now) {}

    /// `ask` hands a task to the thread, which runs it at its next turn; a thread that has ended drops it.
    using Ask = std::function<void(Task)>;
    void watch(std::string name, Ask ask);

    /// True when the watchdog is to be fed now: every thread has answered what it was asked before, and half of the
    /// patience is over. Logs, once each time, who has owed an answer for as long.
    bool step(TimePoint now);

    /// Who owes an answer.
    [[nodiscard]] std::vector<std::string> silent() const;
    /// Who has owed it for the whole of the patience.
    [[nodiscard]] std::vector<std::string> hanging(TimePoint now) const;
    [[nodiscard]] Duration patience() const { return patience_; }

 private:
    struct Watched {
        std::string name;
        Ask ask;
        std::shared_ptr<std::atomic<bool>> answered = std::make_shared<std::atomic<bool>>(true);
    };

    const Duration patience_;
    const Duration turn_;
    std::vector<Watched> all_;
    TimePoint fed_at_;
    TimePoint answered_at_;  ///< when all had answered last
    bool complained_ = false;
};

}  // namespace hookline::app
