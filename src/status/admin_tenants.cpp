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

void count_one(Json& row, const char* name, std::uint64_t by = 1) { row[name] = row[name].get<std::uint64_t>() + by; }

/// What one of its tenants says of a listener. Instants of one form compare as texts.
void add_tenant(Json& listener, const Json& tenant) {
    count_one(listener, "tenants");
    count_one(listener, "waiting_lines", tenant["waiting_lines"].get<std::uint64_t>());
    if (tenant["in_flight"].get<bool>()) count_one(listener, "in_flight");
    if (is_held(tenant)) count_one(listener, "held_tenants");
    if (tenant["hold"] == "backing_off") count_one(listener, "backing_off_tenants");
    const bool newer = tenant["last_answer"].is_string() &&
                       (listener["last_answer"].is_null() || listener["last_answer"] < tenant["last_answer"]);
    if (newer) {
        listener["last_answer"] = tenant["last_answer"];
        listener["last_status"] = tenant["last_status"];
    }
    const bool waits_longer = (is_held(tenant) || tenant["hold"] == "backing_off") &&
                              tenant["held_since"].is_string() &&
                              (listener["held_since"].is_null() || tenant["held_since"] < listener["held_since"]);
    if (waits_longer) {
        listener["held_since"] = tenant["held_since"];
        listener["detail"] = tenant["detail"];
    }
}

/// Each listener with what its tenants say of it.
Json listeners_json(const AdminParts& parts, const Json& tenants) {
    Json rows = Json::array();
    if (!parts.listeners) return rows;
    for (const ListenerRow& listener : parts.listeners()) {
        Json row{{"region", listener.region}, {"url", listener.url}, {"tenants", 0},
                 {"waiting_lines", 0},        {"in_flight", 0},      {"held_tenants", 0},
                 {"backing_off_tenants", 0},  {"last_status", 0},    {"last_answer", nullptr},
                 {"held_since", nullptr},     {"detail", ""}};
        for (const Json& tenant : tenants) {
            if (tenant["region"] == listener.region) add_tenant(row, tenant);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// When the oldest event came that is not delivered; null when none waits.
Json oldest_of(const Json& tenants) {
    Json oldest = nullptr;
    for (const Json& tenant : tenants) {
        const Json& one = tenant["oldest_waiting"];
        if (one.is_string() && (oldest.is_null() || one < oldest)) oldest = one;
    }
    return oldest;
}

/// Those whose label, region, hold or number holds the text, without regard to case.
void keep_matching(Json& tenants, std::string_view search) {
    const std::string wanted = ascii_lower(search);
    Json kept = Json::array();
    for (Json& tenant : tenants) {
        bool matches = false;
        for (const char* name : {"label", "region", "hold"}) {
            const bool is_text = tenant[name].is_string();
            matches = matches || (is_text && ascii_lower(tenant[name].get_ref<const std::string&>()).find(wanted) !=
                                                 std::string::npos);
        }
        if (matches) kept.push_back(std::move(tenant));
    }
    tenants = std::move(kept);
}

/// By a field, `-` before it for the greatest first. What is null comes last either way.
Result<void> sort_by(Json& tenants, std::string_view order) {
    const bool down = order.starts_with('-');
    if (down) order.remove_prefix(1);
    const std::string name(order);
    static const std::set<std::string_view> sortable{
        "id",           "label",           "region",           "waiting_lines",     "waiting_bytes", "oldest_waiting",
        "stored_bytes", "received_events", "delivered_events", "condemned_letters", "hold",          "last_received",
        "last_answer",  "last_status",     "aside_letters"};
    if (!sortable.contains(order)) return failed("there is no sorting by " + name);
    std::stable_sort(tenants.begin(), tenants.end(), [&](const Json& left, const Json& right) {
        const Json& a = left[name];
        const Json& b = right[name];
        if (a.is_null() || b.is_null()) return !a.is_null() && b.is_null();
        return down ? b < a : a < b;
    });
    return {};
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

net::HttpResponse whole_status(const AdminParts& parts, const Target& target) {
    if (auto known = only(target, {"tenants"}); !known) return refuse(400, known.error().message);
    const auto with_tenants = number(target, "tenants", 0, 1, 1);
    if (!with_tenants) return refuse(400, with_tenants.error().message);
    const spool::SpoolStatus spool = parts.spool.status();
    const std::vector<std::string> reasons = parts.not_ready ? parts.not_ready() : std::vector<std::string>();
    const bool running = static_cast<bool>(parts.shippers);
    Json tenants = tenants_json(parts);
    Json totals = totals_of(tenants);
    totals["oldest_waiting"] = oldest_of(tenants);
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
        {"totals", std::move(totals)},
        {"listeners", listeners_json(parts, tenants)},
    };
    if (*with_tenants == 1) status["tenants"] = std::move(tenants);
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
    Json rows = Json::array();
    if (const std::string name = target.parameter("id"); !name.empty()) {
        const auto tenant = find_tenant(parts.spool, name);
        if (!tenant) return refuse(404, "there is no tenant " + name);
        rows.push_back(tenant_json(*tenant, parts, shippers_of(parts)));
    } else {
        rows = tenants_json(parts);
    }
    if (const std::string search = target.parameter("search"); !search.empty()) keep_matching(rows, search);
    if (const std::string order = target.parameter("sort"); !order.empty()) {
        if (auto sorted = sort_by(rows, order); !sorted) return refuse(400, sorted.error().message);
    }
    const std::uint64_t found = rows.size();
    Json page = Json::array();
    for (std::uint64_t at = *skip; at < found && page.size() < *count; ++at) page.push_back(std::move(rows[at]));
    return answer(Json{{"found", found}, {"tenants", std::move(page)}});
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
