#include "spool/tail.h"

#include <algorithm>

#include "spool/spool.h"

namespace hookline::spool {

WatchedLines::WatchedLines(const Append& append, const TailLimits& limits)
    : tenant(append.tenant), received_at(append.received_at) {
    std::size_t bytes = 0;
    std::size_t first = append.events.size();
    while (first > 0 && append.events.size() - first < limits.events_max && bytes < limits.bytes_max) {
        bytes += std::min<std::size_t>(append.events[--first].length, limits.event_bytes_max);
    }
    left_out = first;
    for (; first < append.events.size(); ++first) {
        const AppendLine& event = append.events[first];
        std::string_view line = std::string_view(append.lines).substr(event.offset, event.length);
        if (line.ends_with('\n')) line.remove_suffix(1);
        events.push_back({0, received_at, std::string(line.substr(0, limits.event_bytes_max)),
                          line.size() > limits.event_bytes_max});
    }
}

bool Tail::watches(TenantId tenant) const {
    if (watched_count_.load(std::memory_order_relaxed) == 0) return false;
    const std::lock_guard lock(mutex_);
    return watched_.contains(tenant);
}

void Tail::note(const WatchedLines& lines) {
    const std::lock_guard lock(mutex_);
    const auto found = watched_.find(lines.tenant);
    if (found == watched_.end()) return;
    Watched& watched = found->second;
    watched.last += lines.left_out;
    for (const TailEvent& event : lines.events) {
        watched.events.push_back(event);
        watched.events.back().number = ++watched.last;
        watched.bytes += event.line.size();
    }
    while (watched.events.size() > limits_.events_max || watched.bytes > limits_.bytes_max) {
        watched.bytes -= watched.events.front().line.size();
        watched.events.pop_front();
    }
}

Tail::Look Tail::look(TenantId tenant, std::uint64_t after, TimePoint now) {
    const std::lock_guard lock(mutex_);
    drop_idle(now);
    if (!watched_.contains(tenant) && watched_.size() >= limits_.tenants_max) {
        watched_.erase(std::min_element(watched_.begin(), watched_.end(), [](const auto& a, const auto& b) {
            return a.second.looked_at < b.second.looked_at;
        }));
    }
    Watched& watched = watched_[tenant];
    watched_count_.store(watched_.size(), std::memory_order_relaxed);
    watched.looked_at = now;
    if (after > watched.last) after = 0;  // of a watch that has ended
    Look look;
    look.last = watched.last;
    for (const TailEvent& event : watched.events) {
        if (event.number > after) look.events.push_back(event);
    }
    look.missed = watched.last - after - look.events.size();
    return look;
}

void Tail::forget_idle(TimePoint now) {
    if (watched_count_.load(std::memory_order_relaxed) == 0) return;
    const std::lock_guard lock(mutex_);
    drop_idle(now);
}

void Tail::forget_all() {
    const std::lock_guard lock(mutex_);
    watched_.clear();
    watched_count_.store(0, std::memory_order_relaxed);
}

void Tail::drop_idle(TimePoint now) {
    std::erase_if(watched_, [&](const auto& one) { return now - one.second.looked_at >= limits_.idle_max; });
    watched_count_.store(watched_.size(), std::memory_order_relaxed);
}

}  // namespace hookline::spool
