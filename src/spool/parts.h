#pragma once
// All that a commit changes, side by side. Each part stages what it wants written and then hears whether it was; what
// was withdrawn leaves no trace. The commit thread's own, but for what each part says of itself.

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "spool/age_clock.h"
#include "spool/dead_letters.h"
#include "spool/directory.h"
#include "spool/floors.h"
#include "spool/gap_ledger.h"
#include "spool/keyring.h"
#include "spool/quotas.h"
#include "spool/retry_room.h"
#include "spool/seen.h"
#include "spool/store.h"

namespace hookline::spool {

/// One row a bulk, numbered; a bounded number is kept, for `trace`.
class Notes {
 public:
    static constexpr std::uint64_t rows_max = 500'000;
    static Result<Notes> load(const Store& store, Floors& floors);
    void stage_add(Changes& changes, const NoteRow& row) {
        changes.put(Table::notes, number_key(next_++), encode(row));
    }
    void committed() {
        if (next_ > rows_max) floors_->notes = next_ - rows_max;
    }

 private:
    explicit Notes(Floors& floors) : floors_(&floors) {}
    Floors* floors_;
    std::uint64_t next_ = 1;
};

struct SpoolMetrics {
    explicit SpoolMetrics(Metrics& metrics);
    Counter commits, commit_failures, stored_events, repeated_events, conflicts, delivered_events, letters_condemned,
        letters_aside;
    Counter refused_tenant_full, refused_spool_full, refused_busy, refused_failed;
    Histogram commit_seconds, group_deliveries;
    Counter resent_events;
    Gauge stored_bytes, kept_bytes, free_bytes, waiting_bytes, seen_ids, tenants, accepting;
};

struct Parts {
    const Clock& clock;
    Store& store;
    const Keyring& keys;
    Floors& floors;
    Directory& directory;
    RetryRoom& retries;
    AgeClock ages;
    Quotas& quotas;
    Seen seen;
    DeadLetters letters;
    std::unique_ptr<GapLedger> gaps;
    Notes notes;
    SpoolMetrics metrics;

    bool keeps = false;  ///< what was delivered stays until Kept lets it go

    // Of the commit at hand.
    std::vector<TenantId> arrivals{};

    void committed();
    void withdrawn();
};

}  // namespace hookline::spool
