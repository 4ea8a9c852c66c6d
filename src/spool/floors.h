#pragma once
// What compaction and flush may leave out: records below their tenant's cursor, and the old end of what is kept by
// number (seen rows, notes, gaps).
//
// Only what is synced may raise a floor: a record that a floor has passed is gone for good. Until `load` nothing is
// left out, because RocksDB may already write tables while it recovers. Any thread; RocksDB's own threads read it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/ids.h"

namespace rocksdb {
class CompactionFilterFactory;
}

namespace hookline::spool {

class Floors {
 public:
    using Cursors = std::unordered_map<TenantId, Sequence>;

    /// Every tenant's cursor as read from the disk; from now on its passed records are left out.
    void load(Cursors cursors);
    struct Cursor {
        TenantId tenant;
        Sequence sequence;
    };
    /// Synced cursors, which only ever go forward.
    void raise(const std::vector<Cursor>& cursors);
    /// The tenant's seen ids and notes are left out as well, wherever they stand.
    void forget(TenantId tenant);

    // A floor for each table that is kept by number: rows below it are left out.
    std::atomic<std::uint64_t> seen{0};
    std::atomic<std::uint64_t> notes{0};
    std::atomic<std::uint64_t> gaps{0};

    [[nodiscard]] Cursors cursors() const;
    [[nodiscard]] std::unordered_set<TenantId> forgotten() const;

 private:
    mutable std::mutex mutex_;
    Cursors cursors_;
    std::unordered_set<TenantId> forgotten_;
};

std::shared_ptr<rocksdb::CompactionFilterFactory> make_records_filter(const Floors& floors);
std::shared_ptr<rocksdb::CompactionFilterFactory> make_seen_filter(const Floors& floors);
std::shared_ptr<rocksdb::CompactionFilterFactory> make_notes_filter(const Floors& floors);
std::shared_ptr<rocksdb::CompactionFilterFactory> make_gaps_filter(const Floors& floors);

}  // namespace hookline::spool
