#include "status/live_tail.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/text.h"

namespace hookline::status {
namespace {

constexpr std::string_view hidden = "•••";

/// As in web/mask.js; a test holds both against each other.
const std::set<std::string_view>& plain_keys() {
    static const std::set<std::string_view> keys{"@timestamp",
                                                 "type",
                                                 "uuid",
                                                 "published",
                                                 "eventType",
                                                 "hookEventType",
                                                 "eventId",
                                                 "eventTime",
                                                 "eventTypeVersion",
                                                 "cloudEventsVersion",
                                                 "contentType",
                                                 "version",
                                                 "severity",
                                                 "legacyEventType",
                                                 "result",
                                                 "reason",
                                                 "received_at",
                                                 "via",
                                                 "guards",
                                                 "timestamp_from",
                                                 "uuid_conflict",
                                                 "transactionType",
                                                 "authenticationStep"};
    return keys;
}

/// Objects whose keys Okta or hookline gives a meaning; in others (detailEntry, …) any key may hold anything.
const std::set<std::string_view>& known_objects() {
    static const std::set<std::string_view> objects{
        "", "hookline", "outcome", "transaction", "authenticationContext", "actor", "target"};
    return objects;
}

void mask(Json& value, std::string_view key, bool is_known) {
    if (value.is_array()) {
        for (Json& one : value) mask(one, key, is_known);
    } else if (value.is_object()) {
        const bool inside = is_known && known_objects().contains(key);
        for (auto& [name, one] : value.items()) mask(one, name, inside);
    } else if (!value.is_null() && !(is_known && plain_keys().contains(key))) {
        value = hidden;
    }
}

std::string text_at(const Json& line, const char* key) {
    const auto found = line.is_object() ? line.find(key) : line.end();
    return line.is_object() && found != line.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Json row_of(const spool::TailEvent& event, bool whole) {
    Json line = Json::parse(event.line, nullptr, false);
    Json row{{"number", event.number},          {"received_at", instant(event.received_at)},
             {"uuid", text_at(line, "uuid")},   {"event_type", text_at(line, "eventType")},
             {"line", whole ? event.line : ""}, {"cut", event.cut}};
    if (!whole && line.is_object()) {
        mask(line, "", true);
        row["line"] = line.dump(-1, ' ', false, Json::error_handler_t::replace);
    } else if (!whole) {
        row["line"] = hidden;
    }
    return row;
}

}  // namespace

std::string masked_line(std::string_view line) {
    return row_of({0, {}, std::string(line), false}, false)["line"].get<std::string>();
}

net::HttpResponse LiveTail::look(const AdminParts& parts, const spool::TenantStatus& tenant, const Target& target,
                                 const Caller& caller) {
    if (auto known = only(target, {"after", "filter", "whole"}); !known) return refuse(400, known.error().message);
    const auto after = number(target, "after", 0, UINT64_MAX, 0);
    const auto whole = number(target, "whole", 0, 1, 0);
    for (const auto* given : {&after, &whole}) {
        if (!*given) return refuse(400, given->error().message);
    }
    const std::string filter = ascii_lower(target.parameter("filter"));
    if (filter.size() > limits_.filter_bytes_max) return refuse(400, "the filter is longer than 200 bytes");
    const TimePoint now = parts.clock.now();
    if (*whole == 1) tell_of_reading(tenant, caller, now);

    const spool::Tail::Look look = tail_.look(tenant.id, *after, now);
    Json rows = Json::array();
    for (const spool::TailEvent& event : look.events) {
        Json row = row_of(event, *whole == 1);
        // Only what is shown is searched: a filter must not tell what is hidden.
        const std::string shown = ascii_lower(row["line"].get_ref<const std::string&>());
        if (filter.empty() || shown.find(filter) != std::string::npos) rows.push_back(std::move(row));
    }
    return answer(Json{{"tenant", tenant.label},
                       {"events", std::move(rows)},
                       {"last", look.last},
                       {"missed", look.missed},
                       {"whole", *whole == 1}});
}

void LiveTail::tell_of_reading(const spool::TenantStatus& tenant, const Caller& caller, TimePoint now) {
    const std::string reader = std::to_string(tenant.id.number) + " " + caller.peer + " " + caller.by;
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(told_, [&](const auto& one) { return now - one.second >= limits_.log_pause; });
        if (told_.contains(reader)) return;
        if (told_.size() < limits_.readers_max) told_.emplace(reader, now);
    }
    log_info("the events of a tenant are read with what names people in them",
             {{"tenant", tenant.label}, {"peer", caller.peer}, {"by", caller.by}});
}

}  // namespace hookline::status
