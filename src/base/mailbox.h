#pragma once
// How finished work comes back to the thread that asked for it.

#include <functional>
#include <vector>

namespace hookline {

using Task = std::function<void()>;

/// A thread's letter box. `post` may be called from any thread, never blocks for long and wakes the owner once;
/// the owner runs the tasks in order on its own thread.
class Mailbox {
 public:
    virtual ~Mailbox() = default;
    virtual void post(std::vector<Task> tasks) = 0;
    void post(Task task) {
        std::vector<Task> one;
        one.push_back(std::move(task));
        post(std::move(one));
    }
};

}  // namespace hookline
