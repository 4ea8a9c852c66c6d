#pragma once
// The last events of tenants that somebody is watching, for the live view of the status page.
//
// It promises: nothing is kept of a tenant that nobody watches, and what was kept is gone once nobody has looked for
// `idle_max`; memory is bounded whatever comes; while nobody watches anybody an arrival costs one atomic load. It is a
// view, not a queue: under a flood the oldest events make room, and whoever looks is told how many were missed.
//
// Any thread.

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace hookline::spool {

struct TailLimits {
    std::size_t tenants_max = 4;              ///< watched at once; one more ends the one looked at longest ago
    std::size_t events_max = 500;             ///< of one tenant; the oldest make room
    std::size_t bytes_max = 2 * 1024 * 1024;  ///< of one tenant's events
    std::size_t event_bytes_max = 64 * 1024;  ///< of a larger event only this much is kept
    std::chrono::seconds idle_max{15};        ///< without a look
};

struct TailEvent {
    std::uint64_t number = 0;  ///< counts what arrived since the watch began
    WallTime received_at{};
    std::string line;  ///< as it is shipped, without its newline
    bool cut = false;  ///< it was larger than event_bytes_max
};

struct Append;

/// A copy of the last lines of an append, as many as a tail would keep of them, for when it is known to be stored.
struct WatchedLines {
    WatchedLines(const Append& append, const TailLimits& limits);
    TenantId tenant;
    WallTime received_at;
    std::vector<TailEvent> events{};  ///< not yet numbered
    std::size_t left_out = 0;         ///< lines before them
};

class Tail {
 public:
    explicit Tail(TailLimits limits = {}) : limits_(limits) {}

    /// Whether arrivals of this tenant are wanted. Cheap while nobody watches.
    [[nodiscard]] bool watches(TenantId tenant) const;
    [[nodiscard]] const TailLimits& limits() const { return limits_; }
    /// What was stored, also for a watch that began meanwhile.
    void note(const WatchedLines& lines);

    struct Look {
        std::vector<TailEvent> events;  ///< oldest first
        std::uint64_t last = 0;         ///< what to look after the next time
        std::uint64_t missed = 0;       ///< came after `after` and made room again
    };
    /// What came after number `after`; begins to watch, or goes on.
    Look look(TenantId tenant, std::uint64_t after, TimePoint now);

    void forget_idle(TimePoint now);
    void forget_all();

 private:
    struct Watched {
        TimePoint looked_at;
        std::uint64_t last = 0;
        std::size_t bytes = 0;
        std::deque<TailEvent> events{};
    };
    void drop_idle(TimePoint now);

    const TailLimits limits_;
    std::atomic<std::size_t> watched_count_{0};
    mutable std::mutex mutex_;  // guards what follows
    std::map<TenantId, Watched> watched_;
};

}  // namespace hookline::spool
