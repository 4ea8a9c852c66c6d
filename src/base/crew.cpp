#include "base/crew.h"

#include <utility>

#include "base/check.h"

namespace hookline {

Crew::StepId Crew::add(Step step) {
    const StepId id{++last_id_};
    members_[last_id_].step = std::move(step);
    schedule(id, TimePoint::min());
    return id;
}

void Crew::remove(StepId id) {
    schedule(id, never);
    members_.erase(static_cast<std::uint64_t>(id));
}

void Crew::schedule(StepId id, TimePoint when) {
    const auto number = static_cast<std::uint64_t>(id);
    const auto found = members_.find(number);
    if (found == members_.end() || found->second.due == when) return;
    if (found->second.due != never) agenda_.erase({found->second.due, number});
    found->second.due = when;
    if (when != never) agenda_.insert({when, number});
}

void Crew::wake(StepId id) {
    {
        const std::lock_guard lock(mutex_);
        woken_.push_back(static_cast<std::uint64_t>(id));
    }
    news_.notify_one();
}

void Crew::post(std::vector<Task> tasks) {
    {
        const std::lock_guard lock(mutex_);
        for (Task& task : tasks) tasks_.push_back(std::move(task));
    }
    news_.notify_one();
}

void Crew::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    news_.notify_one();
}

TimePoint Crew::run_due(TimePoint now) {
    std::vector<Task> tasks;
    std::vector<std::uint64_t> woken;
    {
        const std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
        woken.swap(woken_);
    }
    // Each is let go of once it has run: what it holds may be megabytes, and others of the batch take their time.
    for (Task& task : tasks) std::exchange(task, {})();
    for (const std::uint64_t id : woken) schedule(StepId{id}, TimePoint::min());

    // Only what was due when the round began, so that a step that is always due cannot starve the letter box.
    std::vector<std::uint64_t> due;
    for (auto entry = agenda_.begin(); entry != agenda_.end() && entry->first <= now; ++entry) {
        due.push_back(entry->second);
    }
    for (const std::uint64_t number : due) {
        const auto found = members_.find(number);
        if (found == members_.end()) continue;
        schedule(StepId{number}, never);
        // The step may add and remove members, itself included, so it is held by value while it runs.
        const Step step = found->second.step;
        const TimePoint next = step(now);
        const auto still_there = members_.find(number);
        if (still_there != members_.end() && next < still_there->second.due) schedule(StepId{number}, next);
    }
    const std::lock_guard lock(mutex_);
    if (!tasks_.empty() || !woken_.empty()) return now;
    return agenda_.empty() ? never : agenda_.begin()->first;
}

void Crew::run() {
    while (true) {
        const TimePoint next = run_due(clock_.now());
        std::unique_lock lock(mutex_);
        const auto has_news = [this] { return stopping_ || !tasks_.empty() || !woken_.empty(); };
        if (next == never) {
            news_.wait(lock, has_news);
        } else {
            news_.wait_until(lock, next, has_news);
        }
        if (stopping_) return;
    }
}

}  // namespace hookline
