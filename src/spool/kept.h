#pragma once
// Delivered events that are kept for a while, so that they can be sent once more.
//
// They stay where they are: records below the cursor that flush and compaction would leave out are left alone from the
// tenant's kept floor on. Nothing is written for it, and forgetting a tenant destroys them with all it has. They go
// when they are too old, when they take too much (the oldest of the largest tenants first, so that none pushes out the
// others'), and before the disk comes near its reserve: what is kept is never a reason to refuse a delivery.
//
// `load` before anything else; `step` belongs to one thread; the others may be called from any.

#include <mutex>
#include <unordered_map>
#include <vector>

#include "spool/age_clock.h"
#include "spool/directory.h"
#include "spool/floors.h"
#include "spool/quotas.h"
#include "spool/store.h"

namespace hookline::spool {

class Kept {
 public:
    struct Limits {
        std::chrono::hours age_max{0};  ///< 0: nothing is kept
        std::uint64_t bytes_max = 0;
    };
    Kept(Limits limits, const Store& store, const Directory& directory, Floors& floors, Quotas& quotas,
         const AgeClock& ages)
        : limits_(limits), store_(store), directory_(directory), floors_(floors), quotas_(quotas), ages_(ages) {}

    [[nodiscard]] bool on() const { return limits_.age_max > std::chrono::hours(0); }
    /// Where a tenant's kept records begin; its cursor where nothing is kept.
    static Result<Sequence> first_record(const Store& store, TenantId tenant, Sequence cursor);
    void load(const Floors::Cursors& firsts);

    /// Lets go of what is too old or too much; true when that is because the disk is short of room.
    bool step();

    struct Part {
        Sequence from;
        std::uint64_t bytes = 0;  ///< about, as of the last step
    };
    [[nodiscard]] Part of(TenantId tenant) const;
    /// When the oldest of it was received; epoch when there is nothing.
    [[nodiscard]] WallTime since(TenantId tenant, Sequence cursor) const;

 private:
    struct Entry {
        TenantId tenant;
        Sequence cursor;
        Part part;
    };
    [[nodiscard]] std::vector<Entry> entries() const;
    void let_age_go(Entry& entry, AgeTime oldest) const;
    void measure(std::vector<Entry>& entries) const;
    void cut(Entry& entry, std::uint64_t bytes_max) const;
    [[nodiscard]] std::uint64_t bytes_between(TenantId tenant, Sequence from, Sequence end) const;

    const Limits limits_;
    const Store& store_;
    const Directory& directory_;
    Floors& floors_;
    Quotas& quotas_;
    const AgeClock& ages_;
    mutable std::mutex mutex_;  // guards what follows
    std::unordered_map<TenantId, Part> parts_;
};

/// The most that each may have so that all together have at most `bytes_max`.
std::uint64_t fair_share(std::vector<std::uint64_t> sizes, std::uint64_t bytes_max);

}  // namespace hookline::spool
