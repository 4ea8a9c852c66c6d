#pragma once
// Who may send now: a bounded number of bulks to a region, free slots in turns by tenant.
//
// Two things keep a few hanging tenants of a region from holding up its others. A slot that has been held for long
// does not count against the limit, up to half as many slots again; and tenants whose last bulk met with trouble wait
// in a line of their own, which never gets more than half of the slots. Crew thread only.

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids.h"

namespace hookline::ship {

class Slots {
 public:
    /// `granted` is called, at once or later, for a tenant whose turn has come; it must not call back.
    Slots(std::size_t region_max, std::function<void(TenantId)> granted);

    /// Gets in line, once. `troubled`: its last bulk was not taken.
    void ask(const std::string& region, TenantId tenant, bool troubled, TimePoint now);
    /// Gives the slot back, or leaves the line.
    void release(TenantId tenant, TimePoint now);
    [[nodiscard]] bool holds(TenantId tenant) const;
    [[nodiscard]] bool waits(TenantId tenant) const;

    /// Grants what slow slots have set free; when to call again.
    TimePoint step(TimePoint now);

 private:
    struct Held {
        TimePoint since;
        bool troubled = false;
    };
    struct Region {
        std::deque<TenantId> calm;
        std::deque<TenantId> troubled;
        std::map<TenantId, Held> held;
        bool calm_was_last = false;
    };
    struct Place {
        std::string region;
        bool holds = false;
    };

    void grant(Region& region, TimePoint now);
    std::deque<TenantId>* next_line(Region& region, TimePoint now) const;
    TimePoint next_slow(const Region& region, TimePoint now) const;

    std::size_t region_max_;
    std::function<void(TenantId)> granted_;
    std::map<std::string, Region> regions_;
    std::unordered_map<TenantId, Place> places_;
};

}  // namespace hookline::ship
