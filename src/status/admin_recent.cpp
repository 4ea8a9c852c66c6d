// What a tenant's page shows of the last minutes: its deliveries with their answers, its bulks with theirs.

#include "status/admin_answers.h"

namespace hookline::status {
namespace {

Json delivery_json(const spool::RecentDelivery& delivery) {
    return {{"received_at", instant(delivery.received_at)}, {"request_id", delivery.request_id.view()},
            {"event_id", delivery.event_id.view()},         {"events", delivery.events},
            {"repeated_events", delivery.repeated},         {"status", delivery.status},
            {"took_seconds", seconds(delivery.took)},       {"delivered_before", delivery.delivered_before}};
}

Json bulk_json(const spool::RecentBulk& bulk) {
    return {{"bulk", bulk.bulk},
            {"kind", bulk.kind},
            {"region", bulk.region},
            {"sent_at", instant(bulk.sent_at)},
            {"took_seconds", seconds(bulk.took)},
            {"lines", bulk.lines},
            {"bytes", bulk.bytes},
            {"status", bulk.status},
            {"result", bulk.result},
            {"answer", bulk.answer},
            {"hold", bulk.hold},
            {"wait_seconds", bulk.wait.count() > 0 ? seconds(bulk.wait) : Json(nullptr)},
            {"condemned_lines", bulk.condemned}};
}

}  // namespace

net::HttpResponse list_recent(const AdminParts& parts, const std::string& name, const Target& target) {
    if (auto known = only(target, {}); !known) return refuse(400, known.error().message);
    const auto tenant = find_tenant(parts.spool, name);
    if (!tenant) return refuse(404, "there is no tenant " + name);
    if (parts.recent_deliveries == nullptr || parts.recent_bulks == nullptr) {
        return refuse(409, "no relay runs here, so nothing comes");
    }
    Json deliveries = Json::array();
    for (const auto& delivery : parts.recent_deliveries->look(tenant->id))
        deliveries.push_back(delivery_json(delivery));
    Json bulks = Json::array();
    for (const auto& bulk : parts.recent_bulks->look(tenant->id)) bulks.push_back(bulk_json(bulk));
    return answer(Json{{"tenant", tenant->label}, {"deliveries", std::move(deliveries)}, {"bulks", std::move(bulks)}});
}

}  // namespace hookline::status
