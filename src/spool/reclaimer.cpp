#include "spool/reclaimer.h"

#include <algorithm>

#include <pthread.h>

#include "base/log.h"
#include "spool/format.h"

namespace hookline::spool {
namespace {

/// More ranges than this are rewritten as one.
constexpr std::size_t ranges_max = 64;

}  // namespace

void Reclaimer::start() {
    thread_ = std::thread([this] { loop(); });
}

void Reclaimer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    stopped_.notify_one();
    store_.stop_compacting();
    if (thread_.joinable()) thread_.join();
}

void Reclaimer::loop() {
    pthread_setname_np(pthread_self(), "reclaim");
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, limits_.interval, [this] { return stopping_; })) {
        lock.unlock();
        step(clock_.now());
        lock.lock();
    }
}

void Reclaimer::step(TimePoint now) {
    flush_when_idle(now);
    if (looked_at_ == TimePoint::min() || now - looked_at_ >= limits_.look_interval) {
        looked_at_ = now;
        const bool is_short = kept_.step();
        const bool done = look(is_short);
        if (is_short) {
            // Soon again: more may be coming in than was let go.
            looked_at_ = now - limits_.look_interval + limits_.interval;
        } else if (!done) {
            looked_at_ = now - limits_.look_interval + limits_.after_failure;
        }
    }
}

void Reclaimer::flush_when_idle(TimePoint now) {
    const std::uint64_t appended = directory_.appended_records();
    if (appended != appended_ || quiet_since_ == TimePoint::min()) quiet_since_ = now;
    appended_ = appended;
    idle_ = now - quiet_since_ >= limits_.idle_after;
    if (!idle_ || store_.memtable_bytes() < limits_.memtable_bytes_min) return;
    if (auto flushed = store_.flush(by_hand_); !flushed) {
        log_warn("memory cannot be written out", {{"why", flushed.error().message}});
    }
}

std::vector<Reclaimer::Passed> Reclaimer::passed() const {
    std::vector<Store::Range> ranges;
    const Floors::Cursors passed_ones = floors_.cursors();
    std::vector<std::pair<TenantId, Sequence>> floors(passed_ones.begin(), passed_ones.end());
    std::sort(floors.begin(), floors.end());
    ranges.reserve(floors.size());
    for (const auto& [tenant, floor] : floors) {
        ranges.push_back({record_key(tenant, Sequence{}), record_key(tenant, floor)});
    }
    const std::vector<std::uint64_t> bytes = store_.table_bytes(Table::records, ranges);
    std::vector<Passed> found;
    for (std::size_t at = 0; at < ranges.size(); ++at) {
        if (bytes[at] > 0) found.push_back({std::move(ranges[at]), bytes[at]});
    }
    return found;
}

bool Reclaimer::look(bool is_short) {
    const std::uint64_t all = store_.table_bytes(Table::records);
    if (all < limits_.idle_bytes_min && !is_short) return true;
    std::vector<Passed> ranges = passed();
    std::uint64_t below = 0;
    for (const Passed& range : ranges) below += range.bytes;
    const std::uint64_t worth_it = std::max(idle_ ? limits_.idle_bytes_min : limits_.busy_bytes_min, all / 4);
    return (below < worth_it && !(is_short && below > 0)) || reclaim(std::move(ranges));
}

bool Reclaimer::reclaim(std::vector<Passed> ranges) {
    // Whole files first: that costs next to nothing, and works on a full disk too.
    for (const Passed& range : ranges) {
        if (auto dropped = store_.drop_files(Table::records, range.range.begin, range.range.end); !dropped) {
            log_warn("delivered events still take disk space", {{"why", dropped.error().message}});
            return false;
        }
    }
    ranges = passed();
    if (ranges.empty()) return true;
    if (ranges.size() > ranges_max) ranges = {{{ranges.front().range.begin, ranges.back().range.end}, 0}};
    for (const Passed& range : ranges) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return true;
        }
        if (auto compacted = store_.compact(Table::records, range.range.begin, range.range.end); !compacted) {
            log_debug("rewriting tables ended early", {{"why", compacted.error().message}});
            return false;
        }
    }
    return true;
}

}  // namespace hookline::spool
