#include "base/lane.h"

#include <utility>

namespace hookline {

void Lane::add(std::deque<Task>& line, std::vector<Task> tasks) {
    {
        const std::lock_guard lock(mutex_);
        for (Task& task : tasks) line.push_back(std::move(task));
    }
    news_.notify_one();
}

void Lane::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        news_.wait(lock, [this] { return stopping_ || !tasks_.empty() || !ahead_.tasks.empty(); });
        if (stopping_) return;
        std::deque<Task>& line = ahead_.tasks.empty() ? tasks_ : ahead_.tasks;
        Task task = std::move(line.front());
        line.pop_front();
        lock.unlock();
        std::exchange(task, {})();  // gone before the next one begins, with what it holds
        lock.lock();
    }
}

void Lane::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    news_.notify_one();
}

}  // namespace hookline
