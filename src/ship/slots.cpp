#include "ship/slots.h"

#include <algorithm>

#include "base/check.h"

namespace hookline::ship {
namespace {

constexpr auto slow_after = std::chrono::seconds(3);  // a listener answers in well under one

}  // namespace

Slots::Slots(std::size_t region_max, std::function<void(TenantId)> granted)
    : region_max_(std::max<std::size_t>(region_max, 1)), granted_(std::move(granted)) {}

void Slots::ask(const std::string& name, TenantId tenant, bool troubled, TimePoint now) {
    check(places_.emplace(tenant, Place{name, false}).second, "a tenant asks for one slot at a time");
    Region& region = regions_[name];
    (troubled ? region.troubled : region.calm).push_back(tenant);
    grant(region, now);
}

void Slots::release(TenantId tenant, TimePoint now) {
    const auto place = places_.find(tenant);
    if (place == places_.end()) return;
    Region& region = regions_[place->second.region];
    region.held.erase(tenant);
    std::erase(region.calm, tenant);
    std::erase(region.troubled, tenant);
    places_.erase(place);
    grant(region, now);
}

bool Slots::holds(TenantId tenant) const {
    const auto place = places_.find(tenant);
    return place != places_.end() && place->second.holds;
}

bool Slots::waits(TenantId tenant) const {
    const auto place = places_.find(tenant);
    return place != places_.end() && !place->second.holds;
}

void Slots::grant(Region& region, TimePoint now) {
    while (std::deque<TenantId>* const line = next_line(region, now)) {
        const TenantId tenant = line->front();
        line->pop_front();
        region.held[tenant] = {now, line == &region.troubled};
        region.calm_was_last = line == &region.calm;
        places_.at(tenant).holds = true;
        granted_(tenant);
    }
}

std::deque<TenantId>* Slots::next_line(Region& region, TimePoint now) const {
    std::size_t quick = 0;
    std::size_t troubled = 0;
    for (const auto& [tenant, held] : region.held) {
        quick += now - held.since < slow_after ? 1U : 0U;
        troubled += held.troubled ? 1U : 0U;
    }
    if (quick >= region_max_ || region.held.size() >= region_max_ + region_max_ / 2) return nullptr;

    const bool calm_may = !region.calm.empty();
    const bool troubled_may = !region.troubled.empty() && troubled < std::max<std::size_t>(region_max_ / 2, 1);
    if (calm_may && troubled_may) return region.calm_was_last ? &region.troubled : &region.calm;
    if (calm_may) return &region.calm;
    return troubled_may ? &region.troubled : nullptr;
}

TimePoint Slots::next_slow(const Region& region, TimePoint now) const {
    if (region.calm.empty() && region.troubled.empty()) return never;
    TimePoint next = never;
    for (const auto& [tenant, held] : region.held) {
        if (held.since + slow_after > now) next = std::min(next, held.since + slow_after);
    }
    return next;
}

TimePoint Slots::step(TimePoint now) {
    TimePoint next = never;
    for (auto& [name, region] : regions_) {
        grant(region, now);
        next = std::min(next, next_slow(region, now));
    }
    return next;
}

}  // namespace hookline::ship
