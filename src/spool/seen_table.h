#pragma once
// The ids that were seen, in memory: who an event is, and a hash of what it said.
//
// Bounded by age, by count for each tenant and by count in all; 44 bytes an id. What a commit adds can be taken back
// until `keep`. Belongs to the commit thread.

#include <cstdint>
#include <deque>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "spool/format.h"

namespace hookline::spool {

struct SeenLimits {
    std::chrono::seconds age_max{std::chrono::hours(24)};
    std::uint64_t tenant_max = 500'000;
    std::uint64_t all_max = 1'000'000;
    /// Contents remembered for one id. Beyond it a further one is shipped and marked each time it comes, so that nobody
    /// can make one id's list long and slow.
    unsigned contents_max = 8;
    /// Read before the spool opens, newest first: what a sender may still repeat came a short while ago. Older ones are
    /// read a few at a time beside the first deliveries.
    std::uint64_t at_start = 200'000;
    std::uint64_t at_a_turn = 4'000;
};

class SeenTable {
 public:
    explicit SeenTable(SeenLimits limits);

    enum class Found {
        fresh,     ///< never seen; remembered now
        repeat,    ///< the same id with the same content
        conflict,  ///< the same id with other content; remembered now
    };
    Found insert(TenantId tenant, const Hash128& id, const Hash128& content, AgeTime now);
    /// One from before all that the tenant has here, as rows on disk tell it; `now` is the present. Where a limit is
    /// reached it gives way to younger ones. Not between an insert and its `keep`.
    void insert_older(TenantId tenant, const Hash128& id, const Hash128& content, AgeTime when, AgeTime now);
    [[nodiscard]] bool contains(TenantId tenant, const Hash128& id, const Hash128& content) const;

    /// Taking back: everything inserted since a mark, the newest first.
    using Mark = std::size_t;
    [[nodiscard]] Mark mark() const { return inserted_.size(); }
    void roll_back(Mark mark);
    /// What was inserted stays.
    void keep() { inserted_.clear(); }

    /// Forgets what is too old, a bounded number at a time. Call it now and then.
    void expire(AgeTime now);
    void forget(TenantId tenant);
    [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
    using Index = std::uint32_t;
    static constexpr Index none = UINT32_MAX;
    struct Entry {
        std::uint64_t id = 0;  ///< the first half of the id's hash; the content's hash makes up for the rest
        Hash128 content;
        Index chain = none;        ///< next in the bucket
        Index next = none;         ///< next younger of the tenant
        Index owner = none;        ///< its place in owners_
        std::uint32_t second = 0;  ///< of AgeTime
    };
    /// One tenant's ids, the oldest first.
    struct Owner {
        TenantId tenant;
        Index oldest = none;
        Index youngest = none;
        std::uint32_t count = 0;
    };
    struct Inserted {
        Index entry;
        Index youngest_before;
    };

    [[nodiscard]] std::size_t bucket_of(std::uint64_t id, TenantId tenant) const;
    [[nodiscard]] bool too_old(const Entry& entry, AgeTime now) const;
    /// What the table holds of an id.
    struct Known {
        bool same = false;    ///< with this content
        unsigned others = 0;  ///< with other content
    };
    [[nodiscard]] Known known_of(Index owner, TenantId tenant, std::uint64_t id, const Hash128& content,
                                 AgeTime now) const;
    Index owner_of(TenantId tenant);
    Index take_entry();
    void link(Index entry);
    void unlink(Index entry);
    void drop_oldest(Index owner);
    void make_room(Index owner);
    void grow();
    void set_count(Owner& owner, std::uint32_t count);

    SeenLimits limits_;
    std::uint32_t size_step_;   ///< how exactly the largest owner is known
    std::uint64_t multiplier_;  ///< odd and secret, so that no sender can fill one bucket
    std::vector<Index> buckets_;
    std::deque<Entry> entries_;  // not a vector: growing one would stop the commit thread for a copy of all of it
    Index free_ = none;          ///< chained by Entry::chain
    std::uint64_t size_ = 0;
    std::vector<Owner> owners_;
    std::vector<Index> free_owners_;
    std::unordered_map<TenantId, Index> owner_by_tenant_;
    std::set<std::pair<std::uint32_t, Index>> owners_by_size_;  ///< sizes in steps, to find the largest
    std::vector<Inserted> inserted_;
    Index sweep_ = 0;  ///< the owner that `expire` looks at next
};

}  // namespace hookline::spool
