// Dead letters: list, replay, discard.

#include <algorithm>

#include "base/log.h"
#include "base/time_text.h"
#include "status/admin_answers.h"

namespace hookline::status {
namespace {

// A letter may hold a whole bulk, so few are in memory at once, and a page ends early when it has grown large.
constexpr std::size_t letters_read_at_once = 8;
constexpr std::size_t page_body_bytes_max = 4 * 1024 * 1024;
constexpr std::uint64_t page_letters_max = 1'000;
constexpr std::uint64_t page_letters = 100;

std::string_view class_name(spool::LetterClass kind) {
    return kind == spool::LetterClass::condemned ? "condemned" : "kept_aside";
}

/// Whether there is anything in it that can be sent, and whether sending it could help.
bool can_be_replayed(const spool::Letter& letter) { return letter.draft.lines > 0; }

Json letter_json(const spool::Letter& letter, bool with_body) {
    const spool::LetterDraft& draft = letter.draft;
    Json row{
        {"id", letter.id},
        {"tenant", letter.tenant_label},
        {"tenant_id", letter.tenant.number},
        {"at", instant(letter.at)},
        {"class", class_name(draft.kind)},
        {"reason", spool::reason_name(draft.reason)},
        {"replay_can_help", can_be_replayed(letter) && spool::replay_can_help(draft.reason)},
        {"status", draft.status},
        {"answer", draft.answer},
        {"uuid", draft.uuid},
        {"lines", draft.lines},
        {"bytes", draft.body.size()},
        {"expires_at", draft.expires_at ? instant(*draft.expires_at) : Json(nullptr)},
    };
    if (with_body) row["body"] = base64(draft.body);
    return row;
}

/// One condition of a filter, by its name in the API.
Result<void> set_condition(spool::LetterFilter& filter, const spool::Spool& spool, const std::string& name,
                           const std::string& text) {
    if (name == "tenant") {
        const auto tenant = find_tenant(spool, text);
        if (!tenant) return failed("there is no tenant " + text);
        filter.tenant = tenant->id;
    } else if (name == "reason") {
        filter.reason = spool::reason_of(text);
        if (!filter.reason) return failed("there is no reason " + text);
    } else if (name == "class") {
        if (text != "condemned" && text != "kept_aside") return failed("class is condemned or kept_aside");
        filter.kind = text == "condemned" ? spool::LetterClass::condemned : spool::LetterClass::kept_aside;
    } else if (name == "from" || name == "to") {
        const auto when = parse_rfc3339(text);
        if (!when) return failed(name + " is an instant such as 2026-11-22T15:46:09Z");
        (name == "from" ? filter.from : filter.to) = *when;
    } else if (name == "id") {
        Target one;
        one.parameters["id"] = text;
        const auto id = number(one, "id", 1, UINT64_MAX, 0);
        if (!id) return tl::unexpected(id.error());
        filter.id = *id;
    } else {
        return failed("unknown condition " + name + "; known: tenant, reason, class, from, to, id");
    }
    return {};
}

/// Calls `take` with one letter after the other until it says no; false when the spool could not be read.
template <class Take>
Result<void> each_letter(const spool::Spool& spool, const spool::LetterFilter& filter, std::uint64_t after, Take take) {
    while (true) {
        auto some = spool.letters(filter, after, letters_read_at_once);
        if (!some) return tl::unexpected(some.error());
        for (const spool::Letter& letter : *some) {
            if (!take(letter)) return {};
            after = letter.id;
        }
        if (some->size() < letters_read_at_once) return {};
    }
}

/// Bodies name people. Whoever sits before the spool itself could read them anyway.
void tell_of_reading(const Json& rows, const Caller& caller) {
    if (caller.peer.empty()) return;
    log_info("dead letters are read with what names people in them",
             {{"letters", rows.size()},
              {"first", rows.front()["id"].get<std::uint64_t>()},
              {"last", rows.back()["id"].get<std::uint64_t>()},
              {"peer", caller.peer},
              {"by", caller.by}});
}

/// What a replay or discard was asked for.
struct Wish {
    spool::LetterFilter filter;
    bool dry_run = true;
    std::uint64_t after = 0;
    std::uint64_t upto = UINT64_MAX;
    std::uint64_t count = page_letters_max;
};

Result<Wish> read_wish(const spool::Spool& spool, std::string_view body) {
    const Json given = Json::parse(body, nullptr, false);
    if (!given.is_object()) return failed(R"(expected {"filter":{…},"dry_run":true})");
    Wish wish;
    bool all = false;
    for (const auto& [key, value] : given.items()) {
        if (key == "filter" && value.is_object()) {
            for (const auto& [name, condition] : value.items()) {
                if (!condition.is_string() && !condition.is_number_unsigned()) {
                    return failed(name + ": expected a text or a number");
                }
                const std::string text = condition.is_string() ? condition.get<std::string>()
                                                               : std::to_string(condition.get<std::uint64_t>());
                if (auto set = set_condition(wish.filter, spool, name, text); !set) return tl::unexpected(set.error());
            }
            all = all || !value.empty();
        } else if (key == "all" && value.is_boolean()) {
            all = all || value.get<bool>();
        } else if (key == "dry_run" && value.is_boolean()) {
            wish.dry_run = value.get<bool>();
        } else if (key == "after" && value.is_number_unsigned()) {
            wish.after = value.get<std::uint64_t>();
        } else if (key == "upto" && value.is_number_unsigned()) {
            wish.upto = value.get<std::uint64_t>();
        } else if (key == "count" && value.is_number_unsigned()) {
            wish.count = std::clamp<std::uint64_t>(value.get<std::uint64_t>(), 1, page_letters_max);
        } else {
            return failed("unknown or ill-formed: " + key + "; known: filter, all, dry_run, after, upto, count");
        }
    }
    if (!all) return failed(R"(an empty filter means every letter; say so with "all":true)");
    return wish;
}

/// The letters a wish is about, counted.
struct Found {
    std::vector<std::uint64_t> ids;
    std::uint64_t last = 0;
    std::uint64_t letters = 0;
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;
    std::uint64_t without_lines = 0;
    std::uint64_t hopeless = 0;
    std::map<std::string, std::uint64_t> by_reason;
    bool more = false;
};

Result<Found> find_letters(const spool::Spool& spool, const Wish& wish, LetterDeed deed) {
    Found found;
    found.last = wish.after;
    const auto read = each_letter(spool, wish.filter, wish.after, [&](const spool::Letter& letter) {
        if (letter.id > wish.upto) return false;
        // A dry run counts everything; a deed stops where its page ends.
        if (!wish.dry_run && found.letters == wish.count) {
            found.more = true;
            return false;
        }
        found.last = letter.id;
        ++found.letters;
        found.lines += letter.draft.lines;
        found.bytes += letter.draft.body.size();
        ++found.by_reason[std::string(spool::reason_name(letter.draft.reason))];
        if (deed == LetterDeed::replay && !can_be_replayed(letter)) {
            ++found.without_lines;
        } else {
            if (deed == LetterDeed::replay && !spool::replay_can_help(letter.draft.reason)) ++found.hopeless;
            if (!wish.dry_run) found.ids.push_back(letter.id);
        }
        return true;
    });
    if (!read) return tl::unexpected(read.error());
    return found;
}

}  // namespace

net::HttpResponse list_letters(const AdminParts& parts, const Target& target, const Caller& caller) {
    if (auto known = only(target, {"tenant", "reason", "class", "from", "to", "id", "after", "count", "body"});
        !known) {
        return refuse(400, known.error().message);
    }
    spool::LetterFilter filter;
    for (const char* name : {"tenant", "reason", "class", "from", "to", "id"}) {
        if (!target.parameters.contains(name)) continue;
        if (auto set = set_condition(filter, parts.spool, name, target.parameter(name)); !set)
            return refuse(400, set.error().message);
    }
    const auto after = number(target, "after", 0, UINT64_MAX, 0);
    const auto count = number(target, "count", 1, page_letters_max, page_letters);
    const auto body = number(target, "body", 0, 1, 0);
    for (const auto* given : {&after, &count, &body}) {
        if (!*given) return refuse(400, given->error().message);
    }
    Json rows = Json::array();
    std::size_t body_bytes = 0;
    std::uint64_t last = *after;
    bool more = false;
    const auto read = each_letter(parts.spool, filter, *after, [&](const spool::Letter& letter) {
        const bool large = *body == 1 && !rows.empty() && body_bytes + letter.draft.body.size() > page_body_bytes_max;
        more = rows.size() == *count || large;
        if (more) return false;
        body_bytes += letter.draft.body.size();
        last = letter.id;
        rows.push_back(letter_json(letter, *body == 1));
        return true;
    });
    if (!read) return refuse(500, read.error().message);
    if (*body == 1 && !rows.empty()) tell_of_reading(rows, caller);
    return answer(Json{{"letters", std::move(rows)}, {"next", more ? Json(last) : Json(nullptr)}});
}

net::HttpResponse treat_letters(const AdminParts& parts, LetterDeed deed, std::string_view body) {
    const auto wish = read_wish(parts.spool, body);
    if (!wish) return refuse(400, wish.error().message);
    auto found = find_letters(parts.spool, *wish, deed);
    if (!found) return refuse(500, found.error().message);
    Json told{
        {"dry_run", wish->dry_run},      {"letters", found->letters}, {"lines", found->lines}, {"bytes", found->bytes},
        {"by_reason", found->by_reason}, {"last", found->last},       {"more", found->more},
    };
    if (deed == LetterDeed::replay) {
        told["without_lines"] = found->without_lines;
        told["hopeless"] = found->hopeless;
    }
    if (wish->dry_run) return answer(told);
    const char* name = deed == LetterDeed::replay ? "replayed" : "discarded";
    told[name] = 0;
    if (found->ids.empty()) return answer(told);
    const auto done = deed == LetterDeed::replay ? parts.spool.replay(found->ids) : parts.spool.discard(found->ids);
    if (!done) return refuse(500, done.error().message);
    told[name] = *done;
    return answer(told);
}

}  // namespace hookline::status
