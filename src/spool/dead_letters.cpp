#include "spool/dead_letters.h"

#include <algorithm>

#include "base/check.h"
#include "spool/sealed_rows.h"

namespace hookline::spool {
namespace {

constexpr std::size_t page_bytes_max = 16U << 20;

bool matches(const LetterFilter& filter, std::uint64_t id, const LetterRow& row) {
    return (!filter.id || *filter.id == id) && (!filter.tenant || *filter.tenant == row.tenant) &&
           (!filter.reason || *filter.reason == row.draft.reason) && (!filter.kind || *filter.kind == row.draft.kind) &&
           (!filter.from || row.at >= *filter.from) && (!filter.to || row.at <= *filter.to);
}

/// Calls `take(id, row)` for each letter after `after`, until it returns false.
template <class Take>
Result<void> each_letter(const Store& store, std::uint64_t after, const Take& take) {
    Walk walk = store.walk(Table::letters);
    for (walk.seek(number_key(after + 1)); walk.valid(); walk.next()) {
        const auto id = number_of(walk.key());
        auto row = decode_letter(walk.value());
        if (!id || !row) return failed("a dead letter is damaged");
        if (!take(*id, *row)) return {};
    }
    if (auto end = walk.end(); !end) return failed("read dead letters", end.error());
    return {};
}

tl::unexpected<Error> damaged_letter(std::uint64_t id) {
    return failed("dead letter " + std::to_string(id) + " is damaged");
}

void count(TenantState& state, LetterClass kind, std::uint64_t bytes, std::uint64_t letters) {
    const bool condemned = kind == LetterClass::condemned;
    (condemned ? state.condemned_letters : state.aside_letters) += letters;
    (condemned ? state.condemned_bytes : state.aside_bytes) += bytes;
}

}  // namespace

DeadLetters::Entry DeadLetters::entry_of(std::uint64_t id, const LetterRow& row) {
    Entry entry{{row.tenant, id, row.charged_bytes}, row.draft.kind, {}};
    // Its life is a length of time; the calendar's date is for people. What is kept aside has its ring instead.
    if (row.draft.expires_at && entry.kind == LetterClass::condemned)
        entry.expires = row.age + (*row.draft.expires_at - row.at);
    return entry;
}

void DeadLetters::insert(const Entry& entry) {
    if (entry.kind == LetterClass::kept_aside) ring_.insert(entry.aside);
    if (entry.expires) expiring_.insert({*entry.expires, entry.aside.id});
}

void DeadLetters::erase(const Entry& entry) {
    if (entry.kind == LetterClass::kept_aside) ring_.erase(entry.aside);
    if (entry.expires) expiring_.erase({*entry.expires, entry.aside.id});
}

Result<DeadLetters> DeadLetters::load(const Store& store, const SpoolLimits& limits, Directory& directory) {
    DeadLetters letters(limits);
    auto next = store.get(Table::state, next_letter_key);
    if (!next) return failed("read the number of the next letter", next.error());
    if (*next) letters.next_id_ = decode_number(**next).value_or(1);
    auto read = each_letter(store, 0, [&](std::uint64_t id, const LetterRow& row) {
        letters.insert(entry_of(id, row));
        letters.next_id_ = std::max(letters.next_id_, id + 1);
        if (TenantState* const state = directory.loaded(row.tenant); state != nullptr) {
            count(*state, row.draft.kind, row.charged_bytes, 1);
        }
        return true;
    });
    if (!read) return tl::unexpected(read.error());
    return letters;
}

void DeadLetters::stage_add(Changes& changes, Directory& directory, Tenant& tenant, const LetterDraft& draft,
                            WallTime at, AgeTime age) {
    const std::uint64_t id = next_id_++;
    next_id_changed_ = true;
    const std::string body = seal_body(id, draft.body, *tenant.sealer);
    LetterRow row;
    row.tenant = tenant.id;
    row.at = at;
    row.age = age;
    row.body_bytes = draft.body.size();
    row.charged_bytes = body.size() + draft.answer.size() + letter_bytes;
    row.draft = draft;
    row.draft.body.clear();
    changes.put(Table::letters, number_key(id), seal_letter(id, row, *tenant.sealer));
    changes.put(Table::bodies, number_key(id), body);

    const Entry entry = entry_of(id, row);
    insert(entry);
    steps_.push_back({entry, true});
    count(*tenant.staged, entry.kind, entry.aside.bytes, 1);
    if (entry.kind == LetterClass::condemned) return;

    while (tenant.staged->aside_bytes > limits_.aside_tenant_bytes_max && tenant.staged->aside_letters > 1) {
        drop(changes, directory, {*ring_.oldest_of(tenant.id), LetterClass::kept_aside, {}});
    }
    while (ring_.bytes() > limits_.aside_bytes_max && ring_.oldest()->id != id) {
        drop(changes, directory, {*ring_.oldest(), LetterClass::kept_aside, {}});
    }
}

void DeadLetters::stage_remove(Changes& changes, Directory& directory, std::uint64_t id, const LetterRow& row) {
    drop(changes, directory, entry_of(id, row));
}

void DeadLetters::drop(Changes& changes, Directory& directory, const Entry& entry) {
    changes.erase(Table::letters, number_key(entry.aside.id));
    changes.erase(Table::bodies, number_key(entry.aside.id));
    erase(entry);
    steps_.push_back({entry, false});
    Tenant* tenant = directory.touch(entry.aside.tenant);
    // Counting down is adding the complement; both wrap.
    if (tenant != nullptr) count(*tenant->staged, entry.kind, 0 - entry.aside.bytes, UINT64_MAX);
}

void DeadLetters::stage(Changes& changes) {
    // Numbers of letters are not used again, also when the last letter is gone.
    if (next_id_changed_) changes.put(Table::state, next_letter_key, encode_number(next_id_));
}

void DeadLetters::committed() {
    steps_.clear();
    next_id_changed_ = false;
}

void DeadLetters::withdrawn() {
    for (; !steps_.empty(); steps_.pop_back()) {
        if (steps_.back().inserted) {
            erase(steps_.back().entry);
        } else {
            insert(steps_.back().entry);
        }
    }
}

std::vector<std::uint64_t> DeadLetters::expired(AgeTime now, std::size_t count_max) const {
    std::vector<std::uint64_t> ids;
    for (const auto& [when, id] : expiring_) {
        if (when > now || ids.size() == count_max) break;
        ids.push_back(id);
    }
    return ids;
}

Result<std::optional<LetterRow>> read_letter(const Store& store, std::uint64_t id) {
    auto value = store.get(Table::letters, number_key(id));
    if (!value) return failed("read dead letter " + std::to_string(id), value.error());
    if (!*value) return std::nullopt;
    auto row = decode_letter(**value);
    if (!row) return damaged_letter(id);
    return row;
}

Result<std::string> read_letter_body(const Store& store, std::uint64_t id, const Sealer& sealer) {
    auto value = store.get(Table::bodies, number_key(id));
    if (!value) return failed("read the body of dead letter " + std::to_string(id), value.error());
    // Somebody may have discarded it since its row was read.
    if (!*value) return std::string();
    auto body = open_body(id, **value, sealer);
    if (!body) return failed("the body of dead letter " + std::to_string(id) + " is damaged");
    return std::move(*body);
}

Result<std::vector<Letter>> list_letters(const Store& store, const LetterFilter& filter, std::uint64_t after,
                                         std::size_t count_max, const Directory& directory) {
    std::vector<Letter> page;
    std::vector<LetterRow> rows;
    if (filter.id && *filter.id > after) after = *filter.id - 1;
    std::size_t bytes = 0;
    auto read = each_letter(store, after, [&](std::uint64_t id, LetterRow& row) {
        if (page.size() >= count_max || bytes > page_bytes_max || (filter.id && id > *filter.id)) return false;
        if (matches(filter, id, row)) {
            rows.push_back(std::move(row));
            page.push_back({id, rows.back().tenant, directory.label(rows.back().tenant), rows.back().at, {}});
            bytes += rows.back().body_bytes;
        }
        return true;
    });
    if (!read) return tl::unexpected(read.error());
    for (std::size_t at = 0; at < page.size(); ++at) {
        Letter& letter = page[at];
        const auto sealer = directory.sealer(letter.tenant);
        if (!sealer) return failed("the tenant of dead letter " + std::to_string(letter.id) + " is not known");
        if (!open_letter(letter.id, rows[at], *sealer)) return damaged_letter(letter.id);
        letter.draft = std::move(rows[at].draft);
        auto body = read_letter_body(store, letter.id, *sealer);
        if (!body) return tl::unexpected(body.error());
        letter.draft.body = std::move(*body);
    }
    return page;
}

Result<std::vector<std::uint64_t>> list_letter_ids(const Store& store, const LetterFilter& filter, std::uint64_t after,
                                                   std::size_t count_max) {
    std::vector<std::uint64_t> ids;
    auto read = each_letter(store, after, [&](std::uint64_t id, const LetterRow& row) {
        if (matches(filter, id, row)) ids.push_back(id);
        return ids.size() < count_max;
    });
    if (!read) return tl::unexpected(read.error());
    return ids;
}

Result<std::optional<std::uint64_t>> find_letter(const Store& store, TenantId tenant, const Sealer& sealer,
                                                 std::string_view uuid) {
    std::optional<std::uint64_t> found;
    std::optional<std::uint64_t> damaged;
    auto read = each_letter(store, 0, [&](std::uint64_t id, LetterRow& row) {
        if (row.tenant != tenant || row.draft.kind != LetterClass::condemned) return true;
        if (!open_letter(id, row, sealer)) {
            damaged = id;
        } else if (row.draft.uuid == uuid) {
            found = id;
        }
        return !found;
    });
    if (!read) return tl::unexpected(read.error());
    if (!found && damaged) return damaged_letter(*damaged);
    return found;
}

}  // namespace hookline::spool
