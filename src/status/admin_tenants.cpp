// Status and tenants.

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"
#include "status/admin_answers.h"
#include "status/tenant_rows.h"
#include "status/watch.h"

namespace hookline::status {
namespace {

constexpr std::size_t token_length = 32;

bool looks_like_token(std::string_view text) {
    return text.size() == token_length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

WallTime older(WallTime a, WallTime b) { return a == WallTime{} || (b != WallTime{} && b < a) ? b : a; }

Json totals_of(const std::vector<Row>& rows) {
    spool::TenantStatus sum;
    std::size_t held = 0;
    for (const Row& row : rows) {
        const spool::TenantStatus& one = row.tenant;
        if (row.is_held()) ++held;
        sum.waiting_deliveries += one.waiting_deliveries;
        sum.waiting_lines += one.waiting_lines;
        sum.waiting_bytes += one.waiting_bytes;
        sum.received_events += one.received_events;
        sum.repeated_events += one.repeated_events;
        sum.delivered_events += one.delivered_events;
        sum.condemned_letters += one.condemned_letters;
        sum.aside_letters += one.aside_letters;
        sum.kept_bytes += one.kept_bytes;
        sum.oldest_waiting = older(sum.oldest_waiting, one.oldest_waiting);
    }
    return {{"tenants", rows.size()},
            {"held_tenants", held},
            {"waiting_deliveries", sum.waiting_deliveries},
            {"waiting_lines", sum.waiting_lines},
            {"waiting_bytes", sum.waiting_bytes},
            {"received_events", sum.received_events},
            {"repeated_events", sum.repeated_events},
            {"delivered_events", sum.delivered_events},
            {"condemned_letters", sum.condemned_letters},
            {"aside_letters", sum.aside_letters},
            {"kept_bytes", sum.kept_bytes},
            {"oldest_waiting", instant(sum.oldest_waiting)}};
}

/// What the tenants of a listener say of it.
struct ListenerSum {
    std::size_t tenants = 0;
    std::uint64_t waiting_lines = 0;
    std::size_t in_flight = 0;
    std::size_t held = 0;
    std::size_t backing_off = 0;
    const Row* newest = nullptr;   ///< who was answered last
    const Row* longest = nullptr;  ///< who has waited the longest

    void add(const Row& row) {
        ++tenants;
        waiting_lines += row.tenant.waiting_lines;
        if (row.shipper && row.shipper->in_flight) ++in_flight;
        if (row.is_held()) ++held;
        if (row.backs_off()) ++backing_off;
        if (row.last_answer() > (newest != nullptr ? newest->last_answer() : WallTime{})) newest = &row;
        if (!row.is_held() && !row.backs_off()) return;
        if (row.held_since() == WallTime{}) return;
        if (longest == nullptr || row.held_since() < longest->held_since()) longest = &row;
    }
};

/// Each listener with what its tenants say of it.
Json listeners_json(const AdminParts& parts, const Watch* watch, const std::vector<Row>& rows) {
    Json listeners = Json::array();
    if (!parts.listeners) return listeners;
    std::map<std::string_view, ListenerSum> sums;
    for (const Row& row : rows) sums[row.region].add(row);
    for (const ListenerRow& listener : parts.listeners()) {
        const ListenerSum& sum = sums[listener.region];
        const auto latency = watch != nullptr ? watch->latency(listener.region) : std::nullopt;
        listeners.push_back(
            {{"region", listener.region},
             {"url", listener.url},
             {"tenants", sum.tenants},
             {"waiting_lines", sum.waiting_lines},
             {"in_flight", sum.in_flight},
             {"held_tenants", sum.held},
             {"backing_off_tenants", sum.backing_off},
             {"last_status", sum.newest != nullptr ? sum.newest->shipper->last_status : 0},
             {"last_answer", instant(sum.newest != nullptr ? sum.newest->last_answer() : WallTime{})},
             {"last_bulk_seconds", sum.newest != nullptr ? seconds(sum.newest->shipper->last_took) : Json()},
             {"bulk_p50_seconds", latency ? Json(latency->p50) : Json()},
             {"bulk_p99_seconds", latency ? Json(latency->p99) : Json()},
             {"held_since", instant(sum.longest != nullptr ? sum.longest->held_since() : WallTime{})},
             {"detail", sum.longest != nullptr ? sum.longest->shipper->detail : ""}});
    }
    return listeners;
}

}  // namespace

std::optional<spool::TenantStatus> find_tenant(const spool::Spool& spool, std::string_view name) {
    // One may be called by a number that another has. Only the label of a token is looked for among all.
    if (const auto named = spool.find(spool::NamedIdentity{std::string(name)})) return spool.tenant(named->id);
    std::uint64_t id = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), id);
    const bool is_number = !name.empty() && fault == std::errc() && end == name.data() + name.size();
    if (is_number) return spool.tenant(TenantId{id});
    for (spool::TenantStatus& tenant : spool.tenants()) {
        if (tenant.label == name) return std::move(tenant);
    }
    return {};
}

net::HttpResponse whole_status(const AdminParts& parts, const Watch* watch, const Target& target) {
    if (auto known = only(target, {"tenants"}); !known) return refuse(400, known.error().message);
    const auto with_tenants = number(target, "tenants", 0, 1, 1);
    if (!with_tenants) return refuse(400, with_tenants.error().message);
    const spool::SpoolStatus spool = parts.spool.status();
    const std::vector<std::string> reasons = parts.not_ready ? parts.not_ready() : std::vector<std::string>();
    const bool running = static_cast<bool>(parts.shippers);
    const std::vector<Row> rows = rows_of(parts);
    Json status{
        {"version", HOOKLINE_VERSION},
        {"time", instant(parts.clock.wall())},
        {"relay", {{"running", running}, {"ready", running && reasons.empty()}, {"not_ready", reasons}}},
        {"spool",
         {{"accepting", spool.accepting},
          {"reason", spool.reason},
          {"stored_bytes", spool.stored_bytes},
          {"bytes_max", parts.limits.bytes_max},
          {"disk_bytes", spool.disk_bytes},
          {"free_bytes", spool.free_bytes},
          {"free_bytes_min", spool.free_bytes_min},
          {"waiting_appends", spool.waiting_appends},
          {"seen_ids", spool.seen_ids}}},
        {"totals", totals_of(rows)},
        {"listeners", listeners_json(parts, watch, rows)},
    };
    if (*with_tenants == 1) {
        status["tenants"] = Json::array();
        for (const Row& row : rows) status["tenants"].push_back(tenant_json(row));
    }
    return answer(status);
}

net::HttpResponse list_tenants(const AdminParts& parts, const Target& target) {
    if (auto known = only(target, {"id", "search", "sort", "skip", "count"}); !known) {
        return refuse(400, known.error().message);
    }
    const auto skip = number(target, "skip", 0, UINT64_MAX, 0);
    const auto count = number(target, "count", 1, UINT64_MAX, UINT64_MAX);
    for (const auto* given : {&skip, &count}) {
        if (!*given) return refuse(400, given->error().message);
    }
    std::vector<Row> rows;
    if (const std::string name = target.parameter("id"); !name.empty()) {
        auto tenant = find_tenant(parts.spool, name);
        if (!tenant) return refuse(404, "there is no tenant " + name);
        rows.push_back(row_of(std::move(*tenant), parts));
    } else {
        rows = rows_of(parts);
    }
    if (const std::string search = target.parameter("search"); !search.empty()) keep_matching(rows, search);
    if (const std::string order = target.parameter("sort"); !order.empty()) {
        if (auto sorted = sort_by(rows, order); !sorted) return refuse(400, sorted.error().message);
    }
    Json page = Json::array();
    for (std::uint64_t at = *skip; at < rows.size() && page.size() < *count; ++at)
        page.push_back(tenant_json(rows[at]));
    return answer(Json{{"found", rows.size()}, {"tenants", std::move(page)}});
}

net::HttpResponse rekey_tenant(const AdminParts& parts, const std::string& name, std::string_view body) {
    const auto tenant = find_tenant(parts.spool, name);
    if (!tenant) return refuse(404, "there is no tenant " + name);
    const auto identity = parts.spool.identity(tenant->id);
    const auto* known = identity ? std::get_if<spool::HeaderIdentity>(&*identity) : nullptr;
    if (known == nullptr)
        return refuse(409, tenant->label + " is a named tenant: its region and token stand in the configuration");
    const Json wish = Json::parse(body, nullptr, false);
    if (!wish.is_object()) return refuse(400, R"(expected {"region":"…","token":"…"}, one of them or both)");
    spool::HeaderIdentity next = *known;
    for (const auto& [key, value] : wish.items()) {
        if (!value.is_string()) return refuse(400, key + " is a text");
        if (key == "region") {
            next.region = ascii_lower(trim(value.get_ref<const std::string&>()));
        } else if (key == "token") {
            if (!looks_like_token(value.get_ref<const std::string&>()))
                return refuse(400, "the token is not of 32 letters and digits");
            next.token = Secret(value.get<std::string>());
        } else {
            return refuse(400, "unknown key " + key + "; expected region and token");
        }
    }
    if (next == *known) return refuse(400, "this is the region and token it has already");
    if (parts.region_known && !parts.region_known(next.region))
        return refuse(400, "no listener is known for the region " + next.region);
    if (auto changed = parts.spool.rekey(tenant->id, next); !changed) return refuse(409, changed.error().message);
    if (parts.destination_changed) parts.destination_changed(tenant->id);
    return answer(Json{{"id", tenant->id.number}, {"before", tenant->label}, {"label", spool::label_of(next)}});
}

net::HttpResponse forget_tenant(const AdminParts& parts, const std::string& name) {
    const auto tenant = find_tenant(parts.spool, name);
    if (!tenant) return refuse(404, "there is no tenant " + name);
    if (auto forgotten = parts.spool.forget(tenant->id); !forgotten) return refuse(409, forgotten.error().message);
    return answer(Json{{"id", tenant->id.number},
                       {"label", tenant->label},
                       {"waiting_lines", tenant->waiting_lines},
                       {"condemned_letters", tenant->condemned_letters},
                       {"aside_letters", tenant->aside_letters}});
}

}  // namespace hookline::status
