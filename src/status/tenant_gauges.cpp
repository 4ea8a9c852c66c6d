#include "status/tenant_gauges.h"

#include <algorithm>

namespace hookline::status {

TenantGauges::TenantGauges(Metrics& metrics) : metrics_(metrics) { make(others); }

void TenantGauges::begin(const std::vector<ShipperRow>& shippers) {
    held_.clear();
    for (const ShipperRow& shipper : shippers) {
        // A relay that tries again by itself needs nobody.
        if (shipper.hold != "none" && shipper.hold != "backing_off") held_.insert(shipper.tenant.number);
    }
    for (auto& [label, one] : known_) one.lines = one.oldest_seconds = one.held_count = 0;
}

void TenantGauges::add(const spool::TenantStatus& tenant, WallTime now) {
    OfTenant& one = of(tenant);
    one.lines += static_cast<double>(tenant.waiting_lines);
    if (held_.contains(tenant.id.number)) ++one.held_count;
    if (tenant.oldest_waiting == WallTime{}) return;
    const double age = std::chrono::duration<double>(now - tenant.oldest_waiting).count();
    one.oldest_seconds = std::max(one.oldest_seconds, age);
}

void TenantGauges::publish() {
    for (auto& [label, one] : known_) {
        one.waiting_lines.set(one.lines);
        one.oldest_waiting.set(one.oldest_seconds);
        one.held.set(one.held_count);
    }
}

TenantGauges::OfTenant& TenantGauges::of(const spool::TenantStatus& tenant) {
    const std::string label = tenant.named ? tenant.label : others;
    if (const auto known = known_.find(label); known != known_.end()) return known->second;
    return known_.size() <= named_max ? make(label) : known_.at(others);
}

TenantGauges::OfTenant& TenantGauges::make(const std::string& label) {
    const Labels labels{{"tenant", label}};
    OfTenant made{
        metrics_.gauge("hookline_tenant_waiting_lines", "Lines of a tenant that wait to be delivered", labels),
        metrics_.gauge("hookline_tenant_oldest_waiting_seconds", "Age of a tenant's oldest event that is not delivered",
                       labels),
        metrics_.gauge("hookline_tenant_held", "1 while a tenant's delivery is held", labels)};
    return known_.emplace(label, made).first->second;
}

}  // namespace hookline::status
