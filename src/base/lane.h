#pragma once
// A thread for work of milliseconds, one task after the other in order, behind a mailbox. What goes on with work that
// was begun has a mailbox of its own, which goes first: so that little of it is begun at once, and little memory held.
//
// `run` belongs to one thread; everything else may be called from any.

#include <condition_variable>
#include <deque>
#include <mutex>

#include "base/mailbox.h"

namespace hookline {

class Lane final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override { add(tasks_, std::move(tasks)); }
    /// What is posted here is run before all that was posted to the lane itself.
    [[nodiscard]] Mailbox& ahead() { return ahead_; }

    /// Runs tasks until `stop`; those that wait then are not run. Blocks.
    void run();
    void stop();

 private:
    struct Ahead final : Mailbox {
        explicit Ahead(Lane& owner) : lane(owner) {}
        void post(std::vector<Task> more) override { lane.add(tasks, std::move(more)); }
        Lane& lane;
        std::deque<Task> tasks;  // guarded by the lane's mutex
    };
    void add(std::deque<Task>& line, std::vector<Task> tasks);

    std::mutex mutex_;  // guards what follows
    std::condition_variable news_;
    std::deque<Task> tasks_;
    Ahead ahead_{*this};
    bool stopping_ = false;
};

}  // namespace hookline
