#include "spool/staging.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "spool/sealed_rows.h"

namespace hookline::spool {
namespace {

constexpr std::size_t record_key_bytes = 16;

}  // namespace

std::uint64_t delivered_before(const Append& append, std::uint32_t stored) {
    if (!append.already_delivered) return 0;
    std::uint64_t condemned_lines = 0;
    for (const LetterDraft& letter : append.condemned) {
        if (letter.reason != LetterReason::bulk_refused) condemned_lines += letter.lines;
    }
    return stored - std::min<std::uint64_t>(condemned_lines, stored);
}

Appended Staging::append(WaitingAppend& waiting) {
    const Append& append = waiting.append;
    Tenant* const tenant = parts_.directory.touch(append.tenant);
    // Forgotten while it waited.
    if (tenant == nullptr) return {};

    Appended answer;
    const SeenTable::Mark before = parts_.seen.mark();
    find_fresh(append, answer);
    answer.outcome = fresh_.empty() && !append.events.empty() ? AppendOutcome::repeated : AppendOutcome::stored;
    tenant->staged->listed = append.listed || std::holds_alternative<NamedIdentity>(tenant->identity);

    const bool stores_lines = !fresh_.empty() && !append.already_delivered;
    std::string header;
    std::string_view payload;
    if (stores_lines) {
        if (fresh_.size() < append.events.size() || answer.conflicts > 0) {
            check(seal_fresh(waiting, *tenant->sealer), "what was sealed a moment ago does not open");
        }
        header_.codec = waiting.sealed.codec;
        header_.received_at = append.received_at;
        header_.age = parts_.ages.now();
        header_.before = tenant->staged->appended;
        header_.event_id = append.event_id;
        header_.line_bytes.clear();
        for (const Fresh& fresh : fresh_) {
            const AppendLine& line = append.events[fresh.event];
            const std::size_t mark = fresh.conflict ? line.mark.size() : 0;
            header_.line_bytes.push_back(static_cast<std::uint32_t>(line.length + mark));
        }
        header = encode(header_);
        payload = waiting.sealed.payload;

        const std::uint64_t bytes = record_key_bytes + header.size() + payload.size();
        const Quotas::Answer room = parts_.quotas.may_store(*tenant->staged, bytes, waiting.is_retry);
        if (room != Quotas::Answer::admitted) {
            parts_.seen.roll_back(before);
            Appended refused;
            refused.outcome =
                room == Quotas::Answer::tenant_full ? AppendOutcome::tenant_full : AppendOutcome::spool_full;
            return refused;
        }
        parts_.quotas.stage(*tenant->staged, bytes);
    }

    stage_row(*tenant, append.prove);
    stage_asides(append, *tenant);
    for (const LetterDraft& letter : append.condemned) stage_letter(*tenant, letter);
    if (stores_lines) {
        answer.first = {tenant->staged->next, 0};
        std::uint64_t lines_bytes = 0;
        for (const std::uint32_t bytes : header_.line_bytes) lines_bytes += bytes;
        put_record(*tenant, header, payload, lines_bytes, header_.line_bytes.size());
    }
    note_seen(append, answer.first.sequence);
    tenant->staged->received_events += append.events.size();
    tenant->staged->repeated_events += answer.repeated;
    tenant->staged->delivered_events += delivered_before(append, answer.stored);
    tenant->staged->last_received = std::max(tenant->staged->last_received, append.received_at);
    return answer;
}

void Staging::find_fresh(const Append& append, Appended& answer) {
    fresh_.clear();
    const AgeTime now = parts_.ages.now();
    for (std::size_t event = 0; event < append.events.size(); ++event) {
        const AppendLine& line = append.events[event];
        const SeenTable::Found found = parts_.seen.insert(append.tenant, line.id, line.content, now);
        if (found == SeenTable::Found::repeat) {
            ++answer.repeated;
            continue;
        }
        const bool conflict = found == SeenTable::Found::conflict;
        if (conflict) ++answer.conflicts;
        ++answer.stored;
        fresh_.push_back({event, conflict});
    }
}

/// The lines without those that are repeats, and with marks in those that conflict.
bool Staging::seal_fresh(WaitingAppend& waiting, const Sealer& sealer) const {
    const Append& append = waiting.append;
    Record whole;
    whole.header.codec = waiting.sealed.codec;
    whole.payload = waiting.sealed.payload;
    for (const AppendLine& line : append.events) {
        whole.header.line_bytes.push_back(line.length);
        whole.lines_bytes += line.length;
    }
    std::string all;
    if (!open_lines(whole, sealer, all)) return false;
    std::string lines;
    lines.reserve(all.size() + 64 * fresh_.size());
    for (const Fresh& fresh : fresh_) {
        const AppendLine& line = append.events[fresh.event];
        const std::string_view text = std::string_view(all).substr(line.offset, line.length);
        if (fresh.conflict) {
            const std::size_t at = std::min<std::size_t>(line.mark_at, text.size());
            lines.append(text.substr(0, at)).append(line.mark).append(text.substr(at));
        } else {
            lines.append(text);
        }
    }
    waiting.sealed = seal_lines(lines, sealer);
    return true;
}

void Staging::note_seen(const Append& append, Sequence sequence) {
    if (fresh_.empty()) return;
    seen_.tenant = append.tenant;
    seen_.age = parts_.ages.now();
    seen_.received_at = append.received_at;
    seen_.sequence = sequence;
    seen_.events.clear();
    for (std::uint32_t line = 0; line < fresh_.size(); ++line) {
        const AppendLine& event = append.events[fresh_[line].event];
        seen_.events.push_back({event.id, event.content, line, fresh_[line].conflict});
    }
    parts_.seen.note(seen_);
}

void Staging::stage_asides(const Append& append, Tenant& tenant) {
    if (append.asides.empty()) return;
    // Kept, unless it belongs to lines that are all repeats: then it was kept with the first of them.
    enum class Of : std::uint8_t { nobody, repeats, fresh };
    std::vector<Of> of(append.asides.size(), Of::nobody);
    const auto mark = [&](const AppendLine& line, Of owner) {
        if (line.aside < 0 || static_cast<std::size_t>(line.aside) >= of.size()) return;
        Of& entry = of[static_cast<std::size_t>(line.aside)];
        entry = std::max(entry, owner);
    };
    for (const AppendLine& line : append.events) mark(line, Of::repeats);
    for (const Fresh& fresh : fresh_) mark(append.events[fresh.event], Of::fresh);
    for (std::size_t aside = 0; aside < of.size(); ++aside) {
        if (of[aside] == Of::repeats) continue;
        parts_.letters.stage_add(changes_, parts_.directory, tenant, append.asides[aside], parts_.clock.wall(),
                                 parts_.ages.now());
        parts_.metrics.letters_aside.add();
    }
}

void Staging::stage_row(Tenant& tenant, bool prove) {
    const bool newly_proven = prove && !tenant.staged->proven;
    if (tenant.staged->persisted && !newly_proven) return;
    if (!tenant.staged->persisted) {
        // Numbers are given once, also across a restart.
        changes_.put(Table::state, next_tenant_key, encode_number(parts_.directory.next_id()));
    }
    tenant.staged->persisted = true;
    tenant.staged->proven = tenant.staged->proven || prove;
    changes_.put(Table::state, tenant_key(tenant.id),
                 seal_tenant({tenant.identity, tenant.staged->proven, tenant.first_seen, tenant.sealer->key()},
                             tenant.id, parts_.keys));
}

void Staging::put_record(Tenant& tenant, const std::string& header, std::string_view payload, std::uint64_t lines_bytes,
                         std::size_t lines) {
    TenantState& state = *tenant.staged;
    changes_.put(Table::records, record_key(tenant.id, state.next), header, payload);
    state.appended.lines += lines;
    state.appended.bytes += lines_bytes;
    state.appended.stored += record_key_bytes + header.size() + payload.size();
    ++state.next.number;
    if (parts_.arrivals.empty() || parts_.arrivals.back() != tenant.id) parts_.arrivals.push_back(tenant.id);
}

Position Staging::append_lines(Tenant& tenant, std::string_view lines, const std::vector<std::uint32_t>& line_bytes,
                               bool copy) {
    const SealedLines sealed = seal_lines(lines, *tenant.sealer);
    RecordHeader header;
    header.codec = sealed.codec;
    header.copy = copy;
    header.received_at = parts_.clock.wall();
    header.age = parts_.ages.now();
    header.before = tenant.staged->appended;
    header.line_bytes = line_bytes;
    const Position first{tenant.staged->next, 0};
    put_record(tenant, encode(header), sealed.payload, lines.size(), line_bytes.size());
    return first;
}

Result<void> Staging::settle(WaitingSettle& waiting) {
    const Settle& settle = waiting.settle;
    Tenant* const tenant = parts_.directory.touch(settle.tenant);
    if (tenant == nullptr || !tenant->state.persisted) return failed("the tenant was forgotten");
    TenantState& state = *tenant->staged;
    const Position from = state.cursor;

    Place place{settle.upto, state.appended};
    if (settle.upto != Position{state.next, 0}) {
        if (settle.upto.sequence >= state.next) return failed("what should be settled was never stored");
        if (waiting.place) {
            place = *waiting.place;
        } else if (settle.upto > from) {
            // It was the queue's end when the settle was handed over.
            auto found = find_place(parts_.store, settle.tenant, settle.upto);
            if (!found) return failed("settle", found.error());
            if (!*found) return failed("the record behind what should be settled is missing");
            place = **found;
        }
    }
    if (place.position > from) {
        state.cursor = place.position;
        state.settled = place.before;
        changes_.put(Table::state, cursor_key(settle.tenant), encode(state.cursor));
    }
    for (const LetterDraft& letter : settle.letters) stage_letter(*tenant, letter);
    if (settle.prove) stage_row(*tenant, true);
    state.delivered_events += settle.delivered;
    if (settle.note) {
        parts_.notes.stage_add(changes_, {settle.tenant, from, settle.upto, parts_.ages.now(), *settle.note});
    }
    return {};
}

void Staging::stage_letter(Tenant& tenant, const LetterDraft& letter) {
    parts_.letters.stage_add(changes_, parts_.directory, tenant, letter, parts_.clock.wall(), parts_.ages.now());
    parts_.metrics.letters_condemned.add();
}

void Staging::keep_aside(const WaitingAside& waiting) {
    Tenant* const tenant = parts_.directory.touch(waiting.tenant);
    if (tenant == nullptr) return;
    // A named tenant may be refused before it has delivered anything; strangers fill nothing.
    const bool named = std::holds_alternative<NamedIdentity>(tenant->identity);
    if (!named && !tenant->staged->persisted) return;
    stage_row(*tenant, false);
    parts_.letters.stage_add(changes_, parts_.directory, *tenant, waiting.letter, parts_.clock.wall(),
                             parts_.ages.now());
    parts_.metrics.letters_aside.add();
}

void Staging::heartbeat(bool closed) {
    changes_.put(Table::state, heartbeat_key, encode(Heartbeat{parts_.clock.wall(), parts_.ages.now(), closed}));
}

}  // namespace hookline::spool
