#pragma once
// Reading queues: what the shipper takes next, and how much stands in front of a place. Reads only; any thread.

#include <optional>

#include "base/result.h"
#include "spool/directory.h"
#include "spool/format.h"
#include "spool/spool.h"
#include "spool/store.h"

namespace hookline::spool {

/// Lines of a queue from `from` up to but without the record `end`, as old as they are at `now`.
Result<Batch> read_batch(const Store& store, const Sealer& sealer, TenantId tenant, Position from, Sequence end,
                         std::size_t bytes_max, std::size_t lines_max, AgeTime now);

/// A place as it should be written, and what stands in front of it.
struct Place {
    Position position;  ///< behind a record's last line: the next record's first
    Totals before;
};
/// Nothing when there is no such record.
Result<std::optional<Place>> find_place(const Store& store, TenantId tenant, Position position);

/// When the record at the cursor was received; nothing when there is none.
Result<std::optional<WallTime>> received_at(const Store& store, TenantId tenant, Sequence sequence);

/// A tenant's queue as it stands on disk, behind a cursor.
Result<TenantState> read_queue(const Store& store, TenantId tenant, Position cursor);

}  // namespace hookline::spool
