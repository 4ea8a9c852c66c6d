#pragma once
// What was seen, in memory and on disk: decides what is a repeat, and writes one row a commit for all its ids.
//
// Rows are numbered. They leave at the old end: by age, or, when a flood has made them many more than the ids that are
// still remembered, by carrying the few living ones over into a new row. Belongs to the commit thread; `trace` may be
// called from any.

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spool/floors.h"
#include "spool/format.h"
#include "spool/seen_table.h"
#include "spool/store.h"

namespace hookline::spool {

class Seen {
 public:
    /// Reads the rows that are still young enough; `each` is shown every delivery in them.
    using Each = std::function<void(const SeenDelivery&)>;
    static Result<Seen> load(const Store& store, Floors& floors, SeenLimits limits, AgeTime now, const Each& each = {});

    SeenTable::Found insert(TenantId tenant, const Hash128& id, const Hash128& content, AgeTime now) {
        return table_.insert(tenant, id, content, now);
    }
    [[nodiscard]] SeenTable::Mark mark() const { return table_.mark(); }
    void roll_back(SeenTable::Mark mark) { table_.roll_back(mark); }

    /// The ids of a delivery that was inserted and admitted: they go into this commit's row.
    void note(const SeenDelivery& delivery);
    void stage(Changes& changes);
    void committed(AgeTime now);
    void withdrawn();

    void expire(AgeTime now);
    /// Whether old rows should be carried over; `carry` does some of it, in a commit of its own.
    [[nodiscard]] bool wants_carry() const;
    Result<void> carry(const Store& store);
    void forget(TenantId tenant) { table_.forget(tenant); }
    [[nodiscard]] std::uint64_t size() const { return table_.size(); }

 private:
    Seen(Floors& floors, SeenLimits limits) : floors_(&floors), limits_(limits), table_(limits) {}

    /// A run of rows, so that bookkeeping stays small.
    struct Segment {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        std::uint64_t ids = 0;
        AgeTime youngest{};
    };
    void add_row(std::uint64_t number, std::uint64_t ids, AgeTime youngest);
    void drop_segment();

    Floors* floors_;
    SeenLimits limits_;
    SeenTable table_;
    std::deque<Segment> segments_;
    std::uint64_t rows_ids_ = 0;  ///< in all segments
    std::uint64_t next_row_ = 1;

    // Of the commit at hand.
    std::string row_;
    std::uint64_t row_ids_ = 0;
    bool carrying_ = false;  ///< the first segment goes when this commit is done
};

/// The deliveries in which an event with this id is remembered, by reading the rows.
struct SeenPlace {
    SeenDelivery delivery;  ///< with the one event alone
};
Result<std::vector<SeenPlace>> find_seen(const Store& store, const Hash128& id, AgeTime not_before);

}  // namespace hookline::spool
