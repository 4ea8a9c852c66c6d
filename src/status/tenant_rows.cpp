#include "status/tenant_rows.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace hookline::status {
namespace {

using Shippers = std::map<TenantId, ShipperRow>;

Shippers shippers_of(const AdminParts& parts) {
    Shippers rows;
    if (!parts.shippers) return rows;
    for (ShipperRow& row : parts.shippers()) rows.insert_or_assign(row.tenant, std::move(row));
    return rows;
}

Row with_shipper(spool::TenantStatus tenant, const AdminParts& parts, const Shippers& shippers) {
    Row row{.tenant = std::move(tenant)};
    row.relay_runs = static_cast<bool>(parts.shippers);
    if (const auto found = shippers.find(row.tenant.id); found != shippers.end()) {
        row.shipper = found->second;
        row.region = found->second.region;
    }
    // Of header mode the region is part of who it is, also before anything was shipped.
    if (row.region.empty()) {
        const auto identity = parts.spool.identity(row.tenant.id);
        const auto* by_header = identity ? std::get_if<spool::HeaderIdentity>(&*identity) : nullptr;
        if (by_header != nullptr) row.region = by_header->region;
    }
    return row;
}

/// A field by which can be sorted, as a number or a text; null: not known, or never.
Json sort_key(const Row& row, std::string_view name) {
    const spool::TenantStatus& tenant = row.tenant;
    const auto time = [](WallTime when) { return when == WallTime{} ? Json() : Json(when.time_since_epoch().count()); };
    if (name == "id") return tenant.id.number;
    if (name == "label") return tenant.label;
    if (name == "region") return row.region;
    if (name == "waiting_lines") return tenant.waiting_lines;
    if (name == "waiting_bytes") return tenant.waiting_bytes;
    if (name == "oldest_waiting") return time(tenant.oldest_waiting);
    if (name == "stored_bytes") return tenant.stored_bytes;
    if (name == "received_events") return tenant.received_events;
    if (name == "delivered_events") return tenant.delivered_events;
    if (name == "condemned_letters") return tenant.condemned_letters;
    if (name == "aside_letters") return tenant.aside_letters;
    if (name == "hold") return row.hold().empty() ? Json() : Json(row.hold());
    if (name == "last_received") return time(tenant.last_received);
    if (name == "last_answer") return time(row.last_answer());
    return row.shipper ? row.shipper->last_status : 0;
}

}  // namespace

Row row_of(spool::TenantStatus tenant, const AdminParts& parts) {
    return with_shipper(std::move(tenant), parts, shippers_of(parts));
}

std::vector<Row> rows_of(const AdminParts& parts) {
    const Shippers shippers = shippers_of(parts);
    std::vector<Row> rows;
    for (spool::TenantStatus& tenant : parts.spool.tenants())
        rows.push_back(with_shipper(std::move(tenant), parts, shippers));
    return rows;
}

Json tenant_json(const Row& row) {
    const spool::TenantStatus& tenant = row.tenant;
    const ShipperRow shipper = row.shipper.value_or(ShipperRow{});
    return {
        {"id", tenant.id.number},
        {"label", tenant.label},
        {"named", tenant.named},
        {"proven", tenant.proven},
        {"region", row.region},
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
        {"kept_bytes", tenant.kept_bytes},
        {"kept_since", instant(tenant.kept_since)},
        {"hold", row.hold().empty() ? Json(nullptr) : Json(row.hold())},
        {"detail", shipper.detail},
        {"held_since", instant(shipper.since)},
        {"next_try", instant(shipper.next_try)},
        {"in_flight", shipper.in_flight},
        {"last_status", shipper.last_status},
        {"last_answer", instant(shipper.last_answer)},
    };
}

void keep_matching(std::vector<Row>& rows, std::string_view search) {
    const std::string wanted = ascii_lower(search);
    std::erase_if(rows, [&](const Row& row) {
        const auto holds = [&](std::string_view text) { return ascii_lower(text).find(wanted) != std::string::npos; };
        return !holds(row.tenant.label) && !holds(row.region) && !holds(row.hold());
    });
}

Result<void> sort_by(std::vector<Row>& rows, std::string_view order) {
    const bool down = order.starts_with('-');
    if (down) order.remove_prefix(1);
    static const std::set<std::string_view> sortable{
        "id",           "label",           "region",           "waiting_lines",     "waiting_bytes", "oldest_waiting",
        "stored_bytes", "received_events", "delivered_events", "condemned_letters", "hold",          "last_received",
        "last_answer",  "last_status",     "aside_letters"};
    if (!sortable.contains(order)) return failed("there is no sorting by " + std::string(order));
    std::vector<std::pair<Json, std::size_t>> keys;
    keys.reserve(rows.size());
    for (const Row& row : rows) keys.emplace_back(sort_key(row, order), keys.size());
    std::stable_sort(keys.begin(), keys.end(), [&](const auto& left, const auto& right) {
        const Json& a = left.first;
        const Json& b = right.first;
        if (a.is_null() || b.is_null()) return !a.is_null() && b.is_null();
        return down ? b < a : a < b;
    });
    std::vector<Row> sorted;
    sorted.reserve(rows.size());
    for (const auto& [key, at] : keys) sorted.push_back(std::move(rows[at]));
    rows = std::move(sorted);
    return {};
}

}  // namespace hookline::status
