#include "spool/kept.h"

#include <algorithm>
#include <numeric>

#include "spool/format.h"

namespace hookline::spool {
namespace {

/// The first sequence from `begin` up to `end` of which `late_enough` is true; it is for all behind one of which it is.
template <class LateEnough>
Sequence first_of(Sequence begin, Sequence end, const LateEnough& late_enough) {
    while (begin < end) {
        const Sequence middle{begin.number + (end.number - begin.number) / 2};
        if (late_enough(middle)) {
            end = middle;
        } else {
            begin = Sequence{middle.number + 1};
        }
    }
    return begin;
}

/// The age of the first record at or behind a sequence; nothing when there is none, or it is damaged.
std::optional<AgeTime> age_at(const Store& store, TenantId tenant, Sequence from, Sequence end) {
    Walk walk = store.walk(Table::records, record_key(tenant, end));
    walk.seek(record_key(tenant, from));
    Record record;
    if (!walk.valid() || !decode_record(walk.value(), record)) return {};
    return record.header.age;
}

}  // namespace

std::uint64_t fair_share(std::vector<std::uint64_t> sizes, std::uint64_t bytes_max) {
    std::sort(sizes.begin(), sizes.end());
    std::uint64_t left = bytes_max;
    for (std::size_t at = 0; at < sizes.size(); ++at) {
        const std::uint64_t share = left / (sizes.size() - at);
        if (sizes[at] > share) return share;
        left -= sizes[at];
    }
    return UINT64_MAX;
}

Result<Sequence> Kept::first_record(const Store& store, TenantId tenant, Sequence cursor) {
    Walk walk = store.walk(Table::records, record_key(tenant, cursor));
    walk.seek(record_key(tenant, Sequence{}));
    if (auto end = walk.end(); !walk.valid() && !end) return tl::unexpected(end.error());
    const auto key = walk.valid() ? record_key_of(walk.key()) : std::nullopt;
    return key && key->tenant == tenant ? key->sequence : cursor;
}

void Kept::load(const Floors::Cursors& firsts) {
    const std::lock_guard lock(mutex_);
    for (const auto& [tenant, first] : firsts) parts_[tenant].from = first;
}

std::vector<Kept::Entry> Kept::entries() const {
    std::vector<Entry> all;
    for (const auto& [tenant, cursor] : directory_.cursors()) all.push_back({tenant, cursor, of(tenant)});
    return all;
}

Kept::Part Kept::of(TenantId tenant) const {
    const std::lock_guard lock(mutex_);
    const auto found = parts_.find(tenant);
    return found == parts_.end() ? Part{Sequence{1}, 0} : found->second;
}

WallTime Kept::since(TenantId tenant, Sequence cursor) const {
    Walk walk = store_.walk(Table::records, record_key(tenant, cursor));
    Record record;
    for (walk.seek(record_key(tenant, of(tenant).from)); walk.valid(); walk.next()) {
        if (decode_record(walk.value(), record)) return record.header.received_at;
    }
    return {};
}

bool Kept::step() {
    if (!on()) return false;
    std::vector<Entry> all = entries();
    const AgeTime oldest = ages_.now() - limits_.age_max;
    for (Entry& entry : all) let_age_go(entry, oldest);
    measure(all);

    std::vector<std::uint64_t> sizes;
    sizes.reserve(all.size());
    for (const Entry& entry : all) sizes.push_back(entry.part.bytes);
    const std::uint64_t total = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
    std::uint64_t bytes_max = limits_.bytes_max;
    // As far away from the reserve as the reserve is large: giving space back takes a while.
    const std::uint64_t wanted = 2 * quotas_.free_bytes_min();
    const std::uint64_t free = quotas_.free_bytes();
    const bool is_short = free < wanted && total > 0;
    if (is_short) bytes_max = std::min(bytes_max, total - std::min(total, wanted - free));
    if (total > bytes_max) {
        const std::uint64_t share = fair_share(std::move(sizes), bytes_max);
        for (Entry& entry : all) {
            if (entry.part.bytes > share) cut(entry, share);
        }
    }

    std::vector<Floors::Cursor> floors;
    std::unordered_map<TenantId, Part> parts;
    std::uint64_t kept_bytes = 0;
    for (Entry& entry : all) {
        floors.push_back({entry.tenant, entry.part.from});
        parts.emplace(entry.tenant, entry.part);
        kept_bytes += entry.part.bytes;
    }
    floors_.raise(floors);
    quotas_.keep(kept_bytes);
    const std::lock_guard lock(mutex_);
    parts_ = std::move(parts);
    return is_short;
}

void Kept::let_age_go(Entry& entry, AgeTime oldest) const {
    if (entry.part.from >= entry.cursor) return;
    const auto first = age_at(store_, entry.tenant, entry.part.from, entry.cursor);
    if (first && *first >= oldest) return;  // as a rule: one look a tenant
    // Ages grow with the sequence. One that cannot be read says nothing: it stays until one behind it is too old.
    entry.part.from = first_of(entry.part.from, entry.cursor, [&](Sequence sequence) {
        const auto age = age_at(store_, entry.tenant, sequence, entry.cursor);
        return !age || *age >= oldest;
    });
}

void Kept::measure(std::vector<Entry>& entries) const {
    std::vector<Store::Range> ranges;
    ranges.reserve(entries.size());
    for (const Entry& entry : entries)
        ranges.push_back({record_key(entry.tenant, entry.part.from), record_key(entry.tenant, entry.cursor)});
    const std::vector<std::uint64_t> bytes = store_.table_bytes(Table::records, ranges);
    for (std::size_t at = 0; at < entries.size(); ++at) entries[at].part.bytes = bytes[at];
}

void Kept::cut(Entry& entry, std::uint64_t bytes_max) const {
    entry.part.from = first_of(entry.part.from, entry.cursor, [&](Sequence sequence) {
        return bytes_between(entry.tenant, sequence, entry.cursor) <= bytes_max;
    });
    entry.part.bytes = bytes_between(entry.tenant, entry.part.from, entry.cursor);
}

std::uint64_t Kept::bytes_between(TenantId tenant, Sequence from, Sequence end) const {
    return store_.table_bytes(Table::records, {{record_key(tenant, from), record_key(tenant, end)}}).front();
}

}  // namespace hookline::spool
