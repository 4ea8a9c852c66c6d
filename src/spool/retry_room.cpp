#include "spool/retry_room.h"

#include <functional>

namespace hookline::spool {
namespace {

// A chance collision lets one delivery more into the room: no harm.
std::uint64_t key_of(TenantId tenant, std::string_view event_id) {
    return std::hash<std::string_view>()(event_id) ^ (tenant.number * 0x9e3779b97f4a7c15ULL);
}

}  // namespace

void RetryRoom::refused(TenantId tenant, std::string_view event_id, TimePoint now) {
    if (event_id.empty()) return;
    const std::uint64_t key = key_of(tenant, event_id);
    const std::lock_guard lock(mutex_);
    while (!by_age_.empty() && now - by_age_.front().at > limits_.age_max) drop_oldest();
    const auto count = by_tenant_.find(tenant);
    if (count != by_tenant_.end() && count->second >= limits_.tenant_max) return;
    if (!by_key_.emplace(key, now).second) return;
    if (by_age_.size() >= limits_.all_max) drop_oldest();
    by_age_.push_back({key, tenant, now});
    ++by_tenant_[tenant];
}

bool RetryRoom::was_refused(TenantId tenant, std::string_view event_id, TimePoint now) const {
    if (event_id.empty()) return false;
    const std::lock_guard lock(mutex_);
    if (by_key_.empty()) return false;
    const auto found = by_key_.find(key_of(tenant, event_id));
    return found != by_key_.end() && now - found->second <= limits_.age_max;
}

void RetryRoom::drop_oldest() {
    const Refusal oldest = by_age_.front();
    by_age_.pop_front();
    by_key_.erase(oldest.key);
    const auto count = by_tenant_.find(oldest.tenant);
    if (--count->second == 0) by_tenant_.erase(count);
}

}  // namespace hookline::spool
