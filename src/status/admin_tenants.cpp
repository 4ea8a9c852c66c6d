// Status and tenants.

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "status/admin_answers.h"

namespace hookline::status {
namespace {

constexpr std::size_t token_length = 32;

bool looks_like_token(std::string_view text) {
    return text.size() == token_length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
           });
}

/// What the shippers say, by tenant; empty when no relay runs.
std::map<TenantId, ShipperRow> shippers_of(const AdminParts& parts) {
    std::map<TenantId, ShipperRow> rows;
    if (!parts.shippers) return rows;
    for (ShipperRow& row : parts.shippers()) rows.insert_or_assign(row.tenant, std::move(row));
    return rows;
}

Json tenant_json(const spool::TenantStatus& tenant, const AdminParts& parts,
                 const std::map<TenantId, ShipperRow>& shippers) {
    Json row{
        {"id", tenant.id.number},
        {"label", tenant.label},
        {"named", tenant.named},
        {"proven", tenant.proven},
        {"waiting_deliveries", tenant.waiting_deliveries},
        {"waiting_lines", tenant.waiting_lines},
        {"waiting_bytes", tenant.waiting_bytes},
        {"stored_bytes", tenant.stored_bytes},
        {"oldest_waiting", instant(tenant.oldest_waiting)},
        {"received_events", tenant.received_events},
        {"repeated_events", tenant.repeated_events},
        {"delivered_events", tenant.delivered_events},
        {"condemned_letters", tenant.condemned_letters},
        {"condemned_bytes", tenant.condemned_bytes},
        {"aside_letters", tenant.aside_letters},
        {"first_seen", instant(tenant.first_seen)},
        {"last_received", instant(tenant.last_received)},
    };
    const auto found = shippers.find(tenant.id);
    const bool asked = found != shippers.end();
    // A tenant that never had anything to ship has no shipper: nothing holds it.
    row["hold"] = asked ? Json(found->second.hold) : parts.shippers ? Json("none") : Json(nullptr);
    row["detail"] = asked ? found->second.detail : "";
    row["held_since"] = asked ? instant(found->second.since) : Json(nullptr);
    row["next_try"] = asked ? instant(found->second.next_try) : Json(nullptr);
    row["in_flight"] = asked && found->second.in_flight;
    row["last_status"] = asked ? found->second.last_status : 0;
    row["last_answer"] = asked ? instant(found->second.last_answer) : Json(nullptr);
    row["region"] = asked ? found->second.region : "";
    if (const auto identity = parts.spool.identity(tenant.id)) {
        if (const auto* by_header = std::get_if<spool::HeaderIdentity>(&*identity)) row["region"] = by_header->region;
    }
    return row;
}

Json tenants_json(const AdminParts& parts) {
    const auto shippers = shippers_of(parts);
    Json rows = Json::array();
    for (const spool::TenantStatus& tenant : parts.spool.tenants())
        rows.push_back(tenant_json(tenant, parts, shippers));
    return rows;
}

bool is_held(const Json& tenant) {
    return tenant["hold"].is_string() && tenant["hold"] != "none" && tenant["hold"] != "backing_off";
}

Json totals_of(const Json& tenants) {
    Json totals{{"tenants", tenants.size()}, {"held_tenants", 0}};
    for (const char* name : {"waiting_deliveries", "waiting_lines", "waiting_bytes", "received_events",
                             "repeated_events", "delivered_events", "condemned_letters", "aside_letters"}) {
        std::uint64_t sum = 0;
        for (const Json& tenant : tenants) sum += tenant[name].get<std::uint64_t>();
        totals[name] = sum;
    }
    totals["held_tenants"] = std::count_if(tenants.begin(), tenants.end(), is_held);
    return totals;
}

/// Each listener with what its tenants say of it.
Json listeners_json(const AdminParts& parts, const Json& tenants) {
    Json rows = Json::array();
    if (!parts.listeners) return rows;
    for (const ListenerRow& listener : parts.listeners()) {
        Json row{{"region", listener.region}, {"url", listener.url},   {"tenants", 0},
                 {"waiting_lines", 0},        {"in_flight", 0},        {"held_tenants", 0},
                 {"last_status", 0},          {"last_answer", nullptr}};
        for (const Json& tenant : tenants) {
            if (tenant["region"] != listener.region) continue;
            row["tenants"] = row["tenants"].get<std::uint64_t>() + 1;
            row["waiting_lines"] =
                row["waiting_lines"].get<std::uint64_t>() + tenant["waiting_lines"].get<std::uint64_t>();
            if (tenant["in_flight"].get<bool>()) row["in_flight"] = row["in_flight"].get<std::uint64_t>() + 1;
            if (is_held(tenant)) row["held_tenants"] = row["held_tenants"].get<std::uint64_t>() + 1;
            // Instants of one form compare as texts.
            const bool newer = tenant["last_answer"].is_string() &&
                               (row["last_answer"].is_null() || row["last_answer"] < tenant["last_answer"]);
            if (newer) {
                row["last_answer"] = tenant["last_answer"];
                row["last_status"] = tenant["last_status"];
            }
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace

std::optional<spool::TenantStatus> find_tenant(const spool::Spool& spool, std::string_view name) {
    for (spool::TenantStatus& tenant : spool.tenants()) {
        if (tenant.label == name) return std::move(tenant);
    }
    std::uint64_t id = 0;
    const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), id);
    if (name.empty() || fault != std::errc() || end != name.data() + name.size()) return {};
    return spool.tenant(TenantId{id});
}

net::HttpResponse whole_status(const AdminParts& parts) {
    const spool::SpoolStatus spool = parts.spool.status();
    const std::vector<std::string> reasons = parts.not_ready ? parts.not_ready() : std::vector<std::string>();
    const bool running = static_cast<bool>(parts.shippers);
    Json tenants = tenants_json(parts);
    Json status{
        {"version", HOOKLINE_VERSION},
        {"time", instant(parts.clock.wall())},
        {"relay", {{"running", running}, {"ready", running && reasons.empty()}, {"not_ready", reasons}}},
        {"spool",
         {{"accepting", spool.accepting},
          {"reason", spool.reason},
          {"stored_bytes", spool.stored_bytes},
          {"disk_bytes", spool.disk_bytes},
          {"free_bytes", spool.free_bytes},
          {"free_bytes_min", spool.free_bytes_min},
          {"waiting_appends", spool.waiting_appends},
          {"seen_ids", spool.seen_ids}}},
        {"totals", totals_of(tenants)},
        {"listeners", listeners_json(parts, tenants)},
    };
    status["tenants"] = std::move(tenants);
    return answer(status);
}

net::HttpResponse list_tenants(const AdminParts& parts) { return answer(Json{{"tenants", tenants_json(parts)}}); }

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
