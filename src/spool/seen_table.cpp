#include "spool/seen_table.h"

#include <algorithm>
#include <cstring>

#include <openssl/rand.h>

#include "base/check.h"

namespace hookline::spool {
namespace {

constexpr std::size_t buckets_at_start = 4096;
constexpr std::uint64_t size_step_max = 64;
constexpr unsigned expired_by_insert_max = 8;   ///< more than one insert adds, so that a queue of old ids melts
constexpr unsigned expired_at_once_max = 4096;  ///< bounds what one call of `expire` takes
constexpr unsigned owners_at_once_max = 4096;

std::uint64_t random_odd() {
    std::uint64_t number = 0;
    check(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1, "OpenSSL has no random bytes");
    return number | 1;
}

std::uint64_t half_of(const Hash128& hash) {
    std::uint64_t half = 0;
    std::memcpy(&half, hash.bytes.data(), sizeof half);
    return half;
}

std::uint32_t second_of(AgeTime when) {
    return static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count());
}

}  // namespace

SeenTable::SeenTable(SeenLimits limits)
    : limits_(limits),
      size_step_(static_cast<std::uint32_t>(std::clamp<std::uint64_t>(limits.all_max / 16'384, 1, size_step_max))),
      multiplier_(random_odd()),
      buckets_(buckets_at_start, none) {}

std::size_t SeenTable::bucket_of(std::uint64_t id, TenantId tenant) const {
    const std::uint64_t mixed = (id ^ (tenant.number * 0x9e3779b97f4a7c15ULL)) * multiplier_;
    return static_cast<std::size_t>(mixed >> 20) & (buckets_.size() - 1);
}

bool SeenTable::too_old(const Entry& entry, AgeTime now) const {
    return static_cast<std::int64_t>(second_of(now)) - static_cast<std::int64_t>(entry.second) >
           limits_.age_max.count();
}

SeenTable::Found SeenTable::insert(TenantId tenant, const Hash128& id, const Hash128& content, AgeTime now) {
    const Index owner = owner_of(tenant);
    for (unsigned count = 0; count < expired_by_insert_max; ++count) {
        if (owners_[owner].oldest == none || !too_old(entries_[owners_[owner].oldest], now)) break;
        drop_oldest(owner);
    }

    const std::uint64_t half = half_of(id);
    const Known known = known_of(owner, tenant, half, content, now);
    if (known.same) return Found::repeat;
    if (known.others >= limits_.contents_max) return Found::conflict;

    make_room(owner);
    const Index fresh = take_entry();
    Owner& mine = owners_[owner];
    entries_[fresh] = {half, content, none, none, owner, second_of(now)};
    link(fresh);
    inserted_.push_back({fresh, mine.youngest});
    if (mine.youngest == none) {
        mine.oldest = fresh;
    } else {
        entries_[mine.youngest].next = fresh;
    }
    mine.youngest = fresh;
    set_count(mine, mine.count + 1);
    ++size_;
    return known.others == 0 ? Found::fresh : Found::conflict;
}

void SeenTable::insert_older(TenantId tenant, const Hash128& id, const Hash128& content, AgeTime when, AgeTime now) {
    check(inserted_.empty(), "an older id within a commit");
    const Index owner = owner_of(tenant);
    if (owners_[owner].count >= limits_.tenant_max) return;
    const std::uint64_t half = half_of(id);
    const Known known = known_of(owner, tenant, half, content, now);
    if (known.same || known.others >= limits_.contents_max) return;
    if (size_ >= limits_.all_max) {
        if (owners_by_size_.empty()) return;
        const auto [steps, largest] = *owners_by_size_.rbegin();
        if (steps <= owners_[owner].count / size_step_) return;
        drop_oldest(largest);
    }
    const Index fresh = take_entry();
    Owner& mine = owners_[owner];
    entries_[fresh] = {half, content, none, mine.oldest, owner, second_of(when)};
    link(fresh);
    mine.oldest = fresh;
    if (mine.youngest == none) mine.youngest = fresh;
    set_count(mine, mine.count + 1);
    ++size_;
}

SeenTable::Known SeenTable::known_of(Index owner, TenantId tenant, std::uint64_t id, const Hash128& content,
                                     AgeTime now) const {
    Known known;
    for (Index at = buckets_[bucket_of(id, tenant)]; at != none; at = entries_[at].chain) {
        const Entry& entry = entries_[at];
        if (entry.owner != owner || entry.id != id || too_old(entry, now)) continue;
        if (entry.content == content) return {true, known.others};
        ++known.others;
    }
    return known;
}

bool SeenTable::contains(TenantId tenant, const Hash128& id, const Hash128& content) const {
    const auto owner = owner_by_tenant_.find(tenant);
    if (owner == owner_by_tenant_.end()) return false;
    const std::uint64_t half = half_of(id);
    for (Index at = buckets_[bucket_of(half, tenant)]; at != none; at = entries_[at].chain) {
        const Entry& entry = entries_[at];
        if (entry.owner == owner->second && entry.id == half && entry.content == content) return true;
    }
    return false;
}

void SeenTable::roll_back(Mark mark) {
    while (inserted_.size() > mark) {
        const Inserted last = inserted_.back();
        inserted_.pop_back();
        Owner& owner = owners_[entries_[last.entry].owner];
        // It may have been dropped since, by a limit that small; then all older ones of its owner are gone as well.
        if (owner.youngest != last.entry) continue;
        unlink(last.entry);
        set_count(owner, owner.count - 1);
        --size_;
        if (owner.count == 0) {
            owner.oldest = owner.youngest = none;
        } else {
            owner.youngest = last.youngest_before;
            entries_[owner.youngest].next = none;
        }
    }
}

void SeenTable::expire(AgeTime now) {
    unsigned dropped = 0;
    const std::size_t looked_at_max = std::min<std::size_t>(owners_.size(), owners_at_once_max);
    for (std::size_t looked_at = 0; looked_at < looked_at_max; ++looked_at) {
        if (sweep_ >= owners_.size()) sweep_ = 0;
        const Index owner = sweep_++;
        while (owners_[owner].oldest != none && too_old(entries_[owners_[owner].oldest], now)) {
            drop_oldest(owner);
            if (++dropped == expired_at_once_max) return;
        }
        if (owners_[owner].count == 0 && owners_[owner].tenant.number != 0) {
            owner_by_tenant_.erase(owners_[owner].tenant);
            owners_[owner].tenant = {};
            free_owners_.push_back(owner);
        }
    }
}

void SeenTable::forget(TenantId tenant) {
    const auto found = owner_by_tenant_.find(tenant);
    if (found == owner_by_tenant_.end()) return;
    while (owners_[found->second].count > 0) drop_oldest(found->second);
}

SeenTable::Index SeenTable::owner_of(TenantId tenant) {
    const auto [found, added] = owner_by_tenant_.try_emplace(tenant, none);
    if (!added) return found->second;
    if (free_owners_.empty()) {
        found->second = static_cast<Index>(owners_.size());
        owners_.emplace_back();
    } else {
        found->second = free_owners_.back();
        free_owners_.pop_back();
    }
    owners_[found->second] = Owner{tenant, none, none, 0};
    return found->second;
}

SeenTable::Index SeenTable::take_entry() {
    if (free_ != none) return std::exchange(free_, entries_[free_].chain);
    entries_.emplace_back();
    if (entries_.size() > buckets_.size()) grow();
    return static_cast<Index>(entries_.size() - 1);
}

void SeenTable::link(Index entry) {
    Index& bucket = buckets_[bucket_of(entries_[entry].id, owners_[entries_[entry].owner].tenant)];
    entries_[entry].chain = bucket;
    bucket = entry;
}

void SeenTable::unlink(Index entry) {
    Index* at = &buckets_[bucket_of(entries_[entry].id, owners_[entries_[entry].owner].tenant)];
    while (*at != entry) at = &entries_[*at].chain;
    *at = entries_[entry].chain;
    entries_[entry].chain = free_;
    free_ = entry;
}

void SeenTable::drop_oldest(Index owner_index) {
    Owner& owner = owners_[owner_index];
    const Index oldest = owner.oldest;
    owner.oldest = entries_[oldest].next;
    if (owner.oldest == none) owner.youngest = none;
    unlink(oldest);
    set_count(owner, owner.count - 1);
    --size_;
}

void SeenTable::make_room(Index owner) {
    while (owners_[owner].count >= limits_.tenant_max && owners_[owner].count > 0) drop_oldest(owner);
    while (size_ >= limits_.all_max) {
        // Below one step all are alike, and the one that adds gives way, if it has anything.
        const Index largest = owners_by_size_.empty() ? owner : owners_by_size_.rbegin()->second;
        if (owners_[largest].count == 0) break;
        drop_oldest(largest);
    }
}

void SeenTable::grow() {
    std::fill(buckets_.begin(), buckets_.end(), none);
    buckets_.resize(buckets_.size() * 2, none);
    for (const Owner& owner : owners_) {
        for (Index at = owner.oldest; at != none; at = entries_[at].next) link(at);
    }
}

void SeenTable::set_count(Owner& owner, std::uint32_t count) {
    const Index index = static_cast<Index>(&owner - owners_.data());
    const std::uint32_t before = owner.count / size_step_;
    const std::uint32_t after = count / size_step_;
    owner.count = count;
    if (before == after) return;
    if (before > 0) owners_by_size_.erase({before, index});
    if (after > 0) owners_by_size_.insert({after, index});
}

}  // namespace hookline::spool
