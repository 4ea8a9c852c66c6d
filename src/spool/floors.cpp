#include "spool/floors.h"

#include <functional>
#include <string>

#include <rocksdb/compaction_filter.h>

#include "spool/format.h"

namespace hookline::spool {
namespace {

using rocksdb::CompactionFilter;
using rocksdb::Slice;
using Decision = CompactionFilter::Decision;

std::string_view view(const Slice& slice) { return {slice.data(), slice.size()}; }

/// Skips what it leaves out in one leap. Unlike a plain removal this writes no tombstones, and no older version can
/// come back to light: a record, a row or a note is written once and never again under the same key.
Decision leap_to(std::string key, std::string* skip_until) {
    *skip_until = std::move(key);
    return Decision::kRemoveAndSkipUntil;
}

/// Lives for one flush or compaction, with the cursors as they stood at its start.
class RecordsFilter final : public CompactionFilter {
 public:
    explicit RecordsFilter(Floors::Cursors cursors) : cursors_(std::move(cursors)) {}
    const char* Name() const override { return "hookline.records"; }

    Decision FilterV2(int, const Slice& key, ValueType, const Slice&, std::string*,
                      std::string* skip_until) const override {
        const auto parts = record_key_of(view(key));
        if (!parts) return Decision::kKeep;
        if (parts->tenant != tenant_) {
            tenant_ = parts->tenant;
            const auto found = cursors_.find(tenant_);
            cursor_ = found == cursors_.end() ? Sequence{} : found->second;
        }
        if (parts->sequence >= cursor_) return Decision::kKeep;
        return leap_to(record_key(tenant_, cursor_), skip_until);
    }

 private:
    Floors::Cursors cursors_;
    mutable TenantId tenant_;  // a filter is used by one thread
    mutable Sequence cursor_;
};

/// What a row becomes without the tenants that were forgotten. `changed` is filled when part of it stays.
enum class Rewritten { as_it_was, changed, empty };
using Rewrite = Rewritten (*)(std::string_view row, const std::unordered_set<TenantId>& forgotten,
                              std::string& changed);

Rewritten rewrite_seen(std::string_view row, const std::unordered_set<TenantId>& forgotten, std::string& changed) {
    changed = seen_row_start();
    const std::size_t empty_bytes = changed.size();
    bool dropped = false;
    const bool good = read_seen_row(row, [&](const SeenDelivery& delivery) {
        if (forgotten.contains(delivery.tenant)) {
            dropped = true;
        } else {
            append_to_seen_row(changed, delivery);
        }
    });
    if (!good || !dropped) return Rewritten::as_it_was;
    return changed.size() == empty_bytes ? Rewritten::empty : Rewritten::changed;
}

Rewritten rewrite_note(std::string_view row, const std::unordered_set<TenantId>& forgotten, std::string&) {
    const auto note = decode_note(row);
    return note && forgotten.contains(note->tenant) ? Rewritten::empty : Rewritten::as_it_was;
}

class NumberedFilter final : public CompactionFilter {
 public:
    NumberedFilter(std::uint64_t floor, std::unordered_set<TenantId> forgotten, Rewrite rewrite)
        : floor_(floor), forgotten_(std::move(forgotten)), rewrite_(rewrite) {}
    const char* Name() const override { return "hookline.numbered"; }

    Decision FilterV2(int, const Slice& key, ValueType, const Slice& value, std::string* changed,
                      std::string* skip_until) const override {
        const auto number = number_of(view(key));
        if (number && *number < floor_) return leap_to(number_key(floor_), skip_until);
        if (forgotten_.empty() || rewrite_ == nullptr) return Decision::kKeep;
        switch (rewrite_(view(value), forgotten_, *changed)) {
            case Rewritten::changed:
                return Decision::kChangeValue;
            case Rewritten::empty:
                return Decision::kRemove;
            case Rewritten::as_it_was:
                break;
        }
        return Decision::kKeep;
    }

 private:
    std::uint64_t floor_;
    std::unordered_set<TenantId> forgotten_;
    Rewrite rewrite_;
};

class Factory final : public rocksdb::CompactionFilterFactory {
 public:
    using Make = std::function<std::unique_ptr<CompactionFilter>()>;
    Factory(const char* name, Make make) : name_(name), make_(std::move(make)) {}
    const char* Name() const override { return name_; }
    // At flush too: what was shipped within seconds never reaches a table file.
    bool ShouldFilterTableFileCreation(rocksdb::TableFileCreationReason reason) const override {
        return reason == rocksdb::TableFileCreationReason::kFlush ||
               reason == rocksdb::TableFileCreationReason::kCompaction;
    }
    std::unique_ptr<CompactionFilter> CreateCompactionFilter(const CompactionFilter::Context&) override {
        return make_();
    }

 private:
    const char* name_;
    Make make_;
};

std::shared_ptr<rocksdb::CompactionFilterFactory> make_numbered(const char* name, const Floors& floors,
                                                                const std::atomic<std::uint64_t>& floor,
                                                                Rewrite rewrite) {
    return std::make_shared<Factory>(name, [&floors, &floor, rewrite] {
        return std::make_unique<NumberedFilter>(floor.load(), floors.forgotten(), rewrite);
    });
}

}  // namespace

void Floors::load(Cursors cursors) {
    const std::lock_guard lock(mutex_);
    cursors_ = std::move(cursors);
}

void Floors::raise(const std::vector<Cursor>& cursors) {
    const std::lock_guard lock(mutex_);
    for (const Cursor& cursor : cursors) {
        // Whoever raises may have looked before the tenant was forgotten.
        if (!forgotten_.contains(cursor.tenant)) cursors_[cursor.tenant] = cursor.sequence;
    }
}

void Floors::forget(TenantId tenant) {
    const std::lock_guard lock(mutex_);
    cursors_.erase(tenant);
    forgotten_.insert(tenant);
}

Floors::Cursors Floors::cursors() const {
    const std::lock_guard lock(mutex_);
    return cursors_;
}

std::unordered_set<TenantId> Floors::forgotten() const {
    const std::lock_guard lock(mutex_);
    return forgotten_;
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_records_filter(const Floors& floors) {
    return std::make_shared<Factory>("hookline.records",
                                     [&floors] { return std::make_unique<RecordsFilter>(floors.cursors()); });
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_seen_filter(const Floors& floors) {
    return make_numbered("hookline.seen", floors, floors.seen, rewrite_seen);
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_notes_filter(const Floors& floors) {
    return make_numbered("hookline.notes", floors, floors.notes, rewrite_note);
}

std::shared_ptr<rocksdb::CompactionFilterFactory> make_gaps_filter(const Floors& floors) {
    return make_numbered("hookline.gaps", floors, floors.gaps, nullptr);
}

}  // namespace hookline::spool
