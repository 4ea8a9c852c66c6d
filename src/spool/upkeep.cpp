#include "spool/upkeep.h"

#include <algorithm>
#include <array>

#include "spool/sealed_rows.h"
#include "spool/sealed_store.h"

namespace hookline::spool {
namespace {

// What one commit of a long job takes at most, so that nobody's delivery waits long behind it.
constexpr std::size_t letters_at_once_max = 128;
constexpr std::uint64_t bytes_at_once_max = 1ULL << 20;

/// What one look at kept records reads at most.
constexpr std::uint64_t resend_looked_bytes_max = 64ULL << 20;
/// Nothing is put back while a tenant has more than this to send, so that what comes in waits behind no more.
constexpr std::uint64_t resend_waiting_bytes_max = 8ULL << 20;

/// Where each line ends; a last line without its newline gets one.
std::vector<std::uint32_t> split_lines(std::string& body) {
    std::vector<std::uint32_t> line_bytes;
    if (!body.ends_with('\n')) body.push_back('\n');
    for (std::size_t start = 0; start < body.size();) {
        const std::size_t end = body.find('\n', start) + 1;
        line_bytes.push_back(static_cast<std::uint32_t>(end - start));
        start = end;
    }
    return line_bytes;
}

std::optional<BulkNote> find_note(const Store& store, TenantId tenant, Position position) {
    Walk walk = store.walk(Table::notes);
    for (walk.seek_to_first(); walk.valid(); walk.next()) {
        const auto row = decode_note(walk.value());
        if (row && row->tenant == tenant && row->from <= position && position < row->upto) return row->note;
    }
    return {};
}

}  // namespace

template <class Value>
Result<Value> Upkeep::on_commit_thread(const std::function<Result<Value>()>& work) {
    Result<Value> outcome = failed("the spool is closed");
    committer_.run([&] { outcome = work(); });
    return outcome;
}

Result<std::size_t> Upkeep::work_letters(std::vector<std::uint64_t> ids, const LetterWork& work) {
    // In the order in which they became letters, each once.
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::size_t count = 0;
    for (std::size_t at = 0; at < ids.size();) {
        auto done = on_commit_thread<std::size_t>([&] { return work_some(ids, at, work); });
        if (!done && count == 0) return done;
        if (!done) return failed("after " + std::to_string(count) + " letters", done.error());
        count += *done;
    }
    return count;
}

Result<std::size_t> Upkeep::work_some(const std::vector<std::uint64_t>& ids, std::size_t& at, const LetterWork& work) {
    Changes changes = parts_.store.changes();
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    const auto give_up = [&](const Error& error) {
        parts_.withdrawn();
        return tl::unexpected(error);
    };
    for (std::size_t taken = 0; at < ids.size() && taken < letters_at_once_max && bytes < bytes_at_once_max; ++taken) {
        const std::uint64_t id = ids[at++];
        const auto row = read_letter(parts_.store, id);
        if (!row) return give_up(row.error());
        if (!*row) continue;  // gone meanwhile
        const auto worked = work(changes, id, **row);
        if (!worked) return give_up(worked.error());
        bytes += (*row)->body_bytes;
        if (*worked) ++count;
    }
    if (auto written = committer_.write(changes); !written) return tl::unexpected(written.error());
    return count;
}

Result<std::size_t> Upkeep::replay(std::vector<std::uint64_t> ids) {
    return work_letters(std::move(ids), [this](Changes& changes, std::uint64_t id, const LetterRow& row) {
        return replay_one(changes, id, row);
    });
}

Result<bool> Upkeep::replay_one(Changes& changes, std::uint64_t id, const LetterRow& row) {
    Tenant* const tenant = parts_.directory.touch(row.tenant);
    if (row.draft.lines == 0 || row.body_bytes == 0 || tenant == nullptr) return false;
    auto body = read_letter_body(parts_.store, id, *tenant->sealer);
    if (!body) return tl::unexpected(body.error());
    const std::vector<std::uint32_t> line_bytes = split_lines(*body);
    Staging(parts_, changes).append_lines(*tenant, *body, line_bytes);
    parts_.letters.stage_remove(changes, parts_.directory, id, row);
    return true;
}

Result<std::size_t> Upkeep::discard(std::vector<std::uint64_t> ids) {
    return work_letters(std::move(ids), [this](Changes& changes, std::uint64_t id, const LetterRow& row) {
        parts_.letters.stage_remove(changes, parts_.directory, id, row);
        return Result<bool>(true);
    });
}

Result<Resent> Upkeep::resend(const Resend& wish, Sequence kept_from) {
    const auto state = parts_.directory.state(wish.tenant);
    const auto sealer = parts_.directory.sealer(wish.tenant);
    if (!state || !sealer) return failed("there is no such tenant");
    Resent told;
    told.looked_at = wish.after;
    told.upto = wish.upto.number == 0 ? state->cursor.sequence : std::min(wish.upto, state->cursor.sequence);
    if (!wish.dry_run && state->appended.bytes - state->settled.bytes > resend_waiting_bytes_max) {
        told.more = told.waits = true;
        return told;
    }
    std::string lines;
    std::vector<std::uint32_t> line_bytes;
    std::uint64_t looked_bytes = 0;
    Record record;
    Walk walk = parts_.store.walk(Table::records, record_key(wish.tenant, told.upto));
    for (walk.seek(record_key(wish.tenant, std::max(Sequence{wish.after.number + 1}, kept_from))); walk.valid();
         walk.next()) {
        told.more = looked_bytes >= resend_looked_bytes_max || lines.size() >= bytes_at_once_max;
        if (told.more) break;
        looked_bytes += walk.key().size() + walk.value().size();
        told.looked_at = record_key_of(walk.key()).value_or(RecordKey{}).sequence;
        const std::size_t lines_before = lines.size();
        const bool whole = decode_record(walk.value(), record);
        const RecordHeader& header = record.header;
        if (whole && (header.copy || header.line_bytes.empty() || header.received_at < wish.from ||
                      header.received_at >= wish.to)) {
            continue;
        }
        if (!whole || (!wish.dry_run && !open_lines(record, *sealer, lines))) {
            lines.resize(lines_before);
            ++told.unreadable;
            continue;
        }
        if (!wish.dry_run) line_bytes.insert(line_bytes.end(), header.line_bytes.begin(), header.line_bytes.end());
        if (told.deliveries++ == 0) told.first = told.last = header.received_at;
        told.first = std::min(told.first, header.received_at);
        told.last = std::max(told.last, header.received_at);
        told.events += header.line_bytes.size();
        told.bytes += record.lines_bytes;
    }
    if (auto read = walk.end(); !walk.valid() && !read) return failed("read what is kept", read.error());
    if (lines.empty()) return told;
    const auto put = on_commit_thread<bool>([&] { return put_back(wish.tenant, lines, line_bytes); });
    if (!put) return tl::unexpected(put.error());
    if (*put) return told;
    Resent waits;
    waits.looked_at = wish.after;
    waits.upto = told.upto;
    waits.more = waits.waits = true;
    return waits;
}

Result<bool> Upkeep::put_back(TenantId tenant, std::string_view lines, const std::vector<std::uint32_t>& line_bytes) {
    Tenant* const found = parts_.directory.touch(tenant);
    if (found == nullptr) return failed("there is no such tenant");
    const std::uint64_t bytes = lines.size() + line_bytes.size() * sizeof(std::uint32_t);
    if (parts_.quotas.may_store(*found->staged, bytes, false) != Quotas::Answer::admitted) {
        parts_.withdrawn();
        return false;
    }
    parts_.quotas.stage(*found->staged, bytes);
    Changes changes = parts_.store.changes();
    Staging(parts_, changes).append_lines(*found, lines, line_bytes, true);
    if (auto written = committer_.write(changes); !written) return tl::unexpected(written.error());
    parts_.metrics.resent_events.add(static_cast<double>(line_bytes.size()));
    return true;
}

Result<void> Upkeep::rekey(TenantId tenant, Identity identity) {
    auto written = on_commit_thread<void>([&]() -> Result<void> {
        const Tenant* const known = parts_.directory.look(tenant);
        if (known == nullptr || !known->state.persisted) return failed("there is no such tenant");
        if (!parts_.directory.may_be(tenant, identity)) return failed("another tenant has this region and token");
        Tenant* const found = parts_.directory.touch(tenant);
        Changes changes = parts_.store.changes();
        // Who rekeys a proven tenant vouches for the new token: events that were acknowledged must wait for it to work,
        // as they would for a named tenant's, and not expire as a stranger's do.
        changes.put(Table::state, tenant_key(tenant),
                    seal_tenant({identity, found->staged->proven, found->first_seen, found->sealer->key()}, tenant,
                                parts_.keys));
        stage_rewrite(changes);
        if (auto done = committer_.write(changes); !done) return done;
        parts_.directory.rekey(tenant, std::move(identity));
        return {};
    });
    if (!written) return written;
    // The old token leaves the disk as well.
    return rewrite();
}

void Upkeep::stage_rewrite(Changes& changes) {
    ++rewrites_due_;
    stage_rewrite_due(changes);
}

Result<void> Upkeep::rewrite() {
    if (auto rewritten = rewrite_rows(parts_.store); !rewritten) return rewritten;
    return on_commit_thread<void>([&]() -> Result<void> {
        // Somebody else's may have been staged since.
        if (--rewrites_due_ > 0) return {};
        Changes changes = parts_.store.changes();
        stage_nothing_due(changes);
        return committer_.write(changes);
    });
}

Result<void> Upkeep::forget(TenantId tenant) {
    if (!parts_.directory.known(tenant)) return failed("there is no such tenant");
    // Most of its letters in pieces, what came meanwhile with the tenant itself.
    std::vector<std::uint64_t> letters;
    for (std::uint64_t after = 0;;) {
        LetterFilter filter;
        filter.tenant = tenant;
        const auto ids = list_letter_ids(parts_.store, filter, after, letters_at_once_max);
        if (!ids) return tl::unexpected(ids.error());
        if (ids->empty()) break;
        after = ids->back();
        if (auto discarded = discard(*ids); !discarded) return tl::unexpected(discarded.error());
    }
    auto erased = on_commit_thread<void>([&] { return erase_tenant(tenant); });
    if (!erased) return erased;

    // Its key first: without it the rest is noise, wherever it still stands.
    if (auto rewritten = rewrite(); !rewritten) return rewritten;
    const std::string begin = record_key(tenant, Sequence{});
    const std::string end = record_key(TenantId{tenant.number + 1}, Sequence{});
    if (auto dropped = parts_.store.drop_files(Table::records, begin, end); !dropped) return dropped;
    if (auto compacted = parts_.store.compact(Table::records, begin, end); !compacted) return compacted;
    for (const Table table : {Table::seen, Table::notes, Table::letters, Table::bodies}) {
        if (auto compacted = parts_.store.compact(table, {}, {}); !compacted) return compacted;
    }
    return {};
}

Result<void> Upkeep::erase_tenant(TenantId tenant) {
    LetterFilter filter;
    filter.tenant = tenant;
    const auto letters = list_letter_ids(parts_.store, filter, 0, SIZE_MAX);
    if (!letters) return tl::unexpected(letters.error());
    Tenant* const found = parts_.directory.touch(tenant);
    if (found == nullptr) return failed("there is no such tenant");
    Changes changes = parts_.store.changes();
    for (const std::uint64_t id : *letters) {
        const auto row = read_letter(parts_.store, id);
        if (row && *row) parts_.letters.stage_remove(changes, parts_.directory, id, **row);
    }
    changes.erase(Table::state, tenant_key(tenant));
    changes.erase(Table::state, cursor_key(tenant));
    changes.erase_range(Table::records, record_key(tenant, Sequence{}),
                        record_key(TenantId{tenant.number + 1}, Sequence{}));
    stage_rewrite(changes);
    found->staged->settled = found->staged->appended;
    if (auto written = committer_.write(changes); !written) return written;
    parts_.seen.forget(tenant);
    parts_.floors.forget(tenant);
    parts_.directory.forget(tenant);
    return {};
}

Result<std::vector<Trace>> Upkeep::trace(std::string_view uuid) const {
    // A day by the spool's own time; what is older may be there still, and is not spoken of.
    const auto places = find_seen(parts_.store, id_of_uuid(uuid), parts_.ages.now() - std::chrono::hours(24));
    if (!places) return tl::unexpected(places.error());
    std::vector<Trace> traces;
    for (const SeenPlace& place : *places) {
        const SeenDelivery& delivery = place.delivery;
        const auto state = parts_.directory.state(delivery.tenant);
        if (!state) continue;
        Trace trace;
        trace.tenant = delivery.tenant;
        trace.tenant_label = parts_.directory.label(delivery.tenant);
        trace.received_at = delivery.received_at;
        trace.position = {delivery.sequence, delivery.events.front().line};
        trace.conflict = delivery.events.front().conflict;
        const bool was_delivered_first = delivery.sequence.number == 0;
        trace.settled = was_delivered_first || trace.position < state->cursor;
        if (trace.settled && !was_delivered_first) {
            trace.bulk = find_note(parts_.store, trace.tenant, trace.position);
            const auto sealer = parts_.directory.sealer(trace.tenant);
            if (!sealer) continue;  // forgotten meanwhile
            auto letter = find_letter(parts_.store, trace.tenant, *sealer, uuid);
            if (!letter) return tl::unexpected(letter.error());
            trace.letter = *letter;
        }
        traces.push_back(std::move(trace));
    }
    return traces;
}

}  // namespace hookline::spool
