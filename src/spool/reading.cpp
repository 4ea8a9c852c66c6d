#include "spool/reading.h"

#include <algorithm>

#include "base/log.h"
#include "spool/sealed_rows.h"

namespace hookline::spool {
namespace {

tl::unexpected<Error> damaged(TenantId tenant, Sequence sequence) {
    return failed("record " + std::to_string(sequence.number) + " of tenant " + std::to_string(tenant.number) +
                  " is damaged");
}

TenantId next(TenantId tenant) { return TenantId{tenant.number + 1}; }

/// Collects lines; texts are pointed to only at the end, when `storage` moves no more.
class BatchMaker {
 public:
    BatchMaker(const Sealer& sealer, std::size_t bytes_max, std::size_t lines_max, AgeTime now)
        : sealer_(sealer), bytes_max_(bytes_max), lines_max_(lines_max), now_(now) {}

    /// Room in one go: growing into a bulk's size copies it about once more, and each copy touches fresh pages.
    void expect(std::uint64_t bytes) { storage_.reserve(std::min<std::uint64_t>(bytes, bytes_max_)); }

    /// Takes lines of a record from `line` on. False when the batch is full and lines of it are left.
    Result<bool> add(TenantId tenant, Sequence sequence, std::uint32_t line, const Record& record) {
        const auto& line_bytes = record.header.line_bytes;
        const std::uint32_t end = fitting_end(line, line_bytes);
        std::size_t skipped = 0;
        for (std::uint32_t at = 0; at < line; ++at) skipped += line_bytes[at];
        std::size_t taken = 0;
        for (std::uint32_t at = line; at < end; ++at) taken += line_bytes[at];

        if (skipped == 0 && end == line_bytes.size()) {
            if (!open_lines(record, sealer_, storage_)) return damaged(tenant, sequence);
        } else if (end > line) {
            std::string whole;
            if (!open_lines(record, sealer_, whole)) return damaged(tenant, sequence);
            storage_.append(whole, skipped, taken);
        }
        const auto age = std::max(now_ - record.header.age, std::chrono::microseconds(0));
        for (std::uint32_t at = line; at < end; ++at) {
            batch_.lines.push_back({Position{sequence, at}, {}, age});
            lengths_.push_back(line_bytes[at]);
        }
        const bool whole = end == line_bytes.size();
        batch_.end = whole ? Position{Sequence{sequence.number + 1}, 0} : Position{sequence, end};
        return whole;
    }

    [[nodiscard]] bool full() const {
        return !batch_.lines.empty() && (storage_.size() >= bytes_max_ || batch_.lines.size() >= lines_max_);
    }

    Batch finish(Position from, Sequence end) {
        if (batch_.end == Position{}) batch_.end = from;
        batch_.more = batch_.end.sequence < end;
        const auto storage = std::make_shared<const std::string>(std::move(storage_));
        std::size_t offset = 0;
        for (std::size_t line = 0; line < batch_.lines.size(); ++line) {
            batch_.lines[line].text = std::string_view(*storage).substr(offset, lengths_[line]);
            offset += lengths_[line];
        }
        batch_.storage = storage;
        return std::move(batch_);
    }

 private:
    /// How far lines fit; at least one does, if the batch is still empty.
    [[nodiscard]] std::uint32_t fitting_end(std::uint32_t line, const std::vector<std::uint32_t>& line_bytes) const {
        std::size_t bytes = storage_.size();
        std::size_t lines = batch_.lines.size();
        for (; line < line_bytes.size(); ++line) {
            bytes += line_bytes[line];
            if (lines > 0 && (bytes > bytes_max_ || lines >= lines_max_)) break;
            ++lines;
        }
        return line;
    }

    const Sealer& sealer_;
    const std::size_t bytes_max_;
    const std::size_t lines_max_;
    const AgeTime now_;
    std::string storage_;
    std::vector<std::uint32_t> lengths_;
    Batch batch_;
};

}  // namespace

Result<Batch> read_batch(const Store& store, const Sealer& sealer, TenantId tenant, Position from, Sequence end,
                         std::size_t bytes_max, std::size_t lines_max, AgeTime now) {
    BatchMaker maker(sealer, bytes_max, std::max<std::size_t>(lines_max, 1), now);
    if (from.sequence >= end) return maker.finish(from, end);
    Walk walk = store.walk(Table::records, record_key(tenant, end));
    Record record;
    Sequence expected = from.sequence;
    for (walk.seek(record_key(tenant, from.sequence)); walk.valid() && !maker.full(); walk.next()) {
        const auto key = record_key_of(walk.key());
        if (!key || key->tenant != tenant || key->sequence != expected) break;
        if (!decode_record(walk.value(), record)) return damaged(tenant, expected);
        const std::uint32_t line = expected == from.sequence ? from.line : 0;
        if (line > record.header.line_bytes.size()) return damaged(tenant, expected);
        if (expected == from.sequence) maker.expect(record.lines_bytes * (end.number - expected.number));
        const auto whole = maker.add(tenant, expected, line, record);
        if (!whole) return tl::unexpected(whole.error());
        if (!*whole) return maker.finish(from, end);
        ++expected.number;
    }
    if (auto read = walk.end(); !read)
        return failed("read the queue of tenant " + std::to_string(tenant.number), read.error());
    // A queue has no holes.
    if (expected < end && !maker.full()) {
        return failed("record " + std::to_string(expected.number) + " of tenant " + std::to_string(tenant.number) +
                      " is missing");
    }
    return maker.finish(from, end);
}

Result<std::optional<Place>> find_place(const Store& store, TenantId tenant, Position position) {
    auto value = store.get(Table::records, record_key(tenant, position.sequence));
    if (!value) return tl::unexpected(value.error());
    if (!*value) return std::nullopt;
    Record record;
    if (!decode_record(**value, record) || position.line > record.header.line_bytes.size()) {
        return damaged(tenant, position.sequence);
    }
    Place place{position, record.header.before};
    for (std::uint32_t line = 0; line < position.line; ++line) place.before.bytes += record.header.line_bytes[line];
    place.before.lines += position.line;
    if (position.line > 0 && position.line == record.header.line_bytes.size()) {
        place.position = {Sequence{position.sequence.number + 1}, 0};
        place.before.stored += record_key(tenant, position.sequence).size() + (*value)->size();
    }
    return place;
}

Result<std::optional<WallTime>> received_at(const Store& store, TenantId tenant, Sequence sequence) {
    auto value = store.get(Table::records, record_key(tenant, sequence));
    if (!value) return tl::unexpected(value.error());
    if (!*value) return std::nullopt;
    Record record;
    if (!decode_record(**value, record)) return damaged(tenant, sequence);
    return record.header.received_at;
}

Result<TenantState> read_queue(const Store& store, TenantId tenant, Position cursor) {
    TenantState state;
    state.cursor = cursor;
    state.next = cursor.sequence;
    // From the cursor on: what lies below it may be there still, and must not be walked through.
    Walk walk = store.walk(Table::records, record_key(next(tenant), Sequence{}));
    walk.seek(record_key(tenant, cursor.sequence));
    if (!walk.valid()) {
        if (auto end = walk.end(); !end) return tl::unexpected(end.error());
        return state;
    }
    walk.seek_to_last_before(record_key(next(tenant), Sequence{}));
    Record tail;
    const auto key = walk.valid() ? record_key_of(walk.key()) : std::nullopt;
    if (!key || key->tenant != tenant || !decode_record(walk.value(), tail)) return damaged(tenant, cursor.sequence);
    state.next = Sequence{key->sequence.number + 1};
    state.last_received = tail.header.received_at;
    state.appended = tail.header.before;
    state.appended.lines += tail.header.line_bytes.size();
    state.appended.bytes += tail.lines_bytes;
    state.appended.stored += walk.key().size() + walk.value().size();

    const auto place = find_place(store, tenant, cursor);
    if (place && *place) {
        state.cursor = (*place)->position;
        state.settled = (*place)->before;
    } else {
        // This tenant's trouble alone: reading its queue says the same, its delivery is held, the others go on.
        log_error("a record at the head of a queue cannot be read",
                  {{"tenant_id", tenant.number},
                   {"sequence", cursor.sequence.number},
                   {"why", place ? std::string("it is missing") : place.error().message}});
        state.settled = tail.header.before;
    }
    return state;
}

}  // namespace hookline::spool
