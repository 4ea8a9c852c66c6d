#pragma once
// What was seen, in memory and on disk: decides what is a repeat, and writes one row a commit for all its ids.
//
// At a start the newest rows are read, and the older ones later, by and by: a million ids take more than a second.
//
// Rows are numbered. They leave at the old end: by age, or, when a flood has made them many more than the ids that are
// still remembered, by carrying the few living ones over into a new row. Belongs to the commit thread; `trace` may be
// called from any.

#include <deque>
#include <functional>
#include <optional>
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
    /// Shown every delivery in the rows, the newest first; whether its tenant is still there.
    using Each = std::function<bool(const SeenDelivery&)>;
    /// Reads the newest rows. The store must outlive the last `load_more`.
    static Result<Seen> load(const Store& store, Floors& floors, SeenLimits limits, AgeTime now, Each each);
    /// Whether there are older rows yet to be read; until then a repeat of what stands in them is not known.
    [[nodiscard]] bool loading() const { return older_.has_value(); }
    /// Reads some of them, between two commits. After an error the rest stays unread.
    Result<void> load_more(AgeTime now);
    /// Before the store closes.
    void stop_loading();

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
    void add_older_row(std::uint64_t number, std::uint64_t ids, AgeTime youngest);
    Result<void> load_rows(std::uint64_t ids, AgeTime now);
    bool load_row(std::uint64_t& ids, AgeTime now);
    void drop_segment();

    Floors* floors_;
    SeenLimits limits_;
    SeenTable table_;
    std::deque<Segment> segments_;
    std::uint64_t rows_ids_ = 0;  ///< in all segments
    std::uint64_t next_row_ = 1;

    std::optional<Walk> older_;  ///< at the next row to be read, downwards
    Each each_;
    struct OlderId {
        TenantId tenant;
        AgeTime age;
        SeenEvent event;
    };
    std::vector<OlderId> older_ids_;  ///< of one row

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
