#include "ship/shipper.h"

#include <utility>

namespace hookline::ship {

Shipper::Shipper(TenantId tenant, Parts& parts)
    : tenant_(tenant),
      parts_(parts),
      step_(parts.crew.add([this](TimePoint now) { return step(now); })),
      size_(parts.limits.bulk_bytes),
      backoff_(parts.limits.backoff_first, parts.limits.backoff_max),
      rhythm_(parts.limits.probe_first, parts.limits.probe_max) {
    status_.tenant = tenant;
}

Shipper::~Shipper() {
    parts_.crew.remove(step_);
    leave_slot(parts_.clock.now());
    parts_.metrics.hold_changed(status_.hold, HoldReason::none);
    parts_.board.remove(tenant_);
}

void Shipper::arrived(TimePoint now) {
    if (!has_work_) {
        has_work_ = true;
        bulk_due_ = parts_.pace.next(last_bulk_at_, now);
        wake();
        return;
    }
    if (!arrived_at_) arrived_at_ = now;
    const bool filling = !fetching_ && !flight_ && !settling_ && now < bulk_due_ && next_try_ <= now;
    if (filling && much_is_waiting(now)) {
        bulk_due_ = TimePoint::min();
        wake();
    }
}

void Shipper::try_again() {
    // Also without a hold: it may be waiting for a slot of the region it was in before.
    if (status_.hold != HoldReason::none) next_try_ = TimePoint::min();
    wake();
}

TimePoint Shipper::step(TimePoint now) {
    if (verdict_) on_verdict(now);
    if (settled_) {
        const Result<void> result = *std::exchange(settled_, {});
        on_settled(result, now);
    }
    const TimePoint next = go_on(now);
    fetched_.reset();  // what could not be sent at once is read again
    publish(now);
    return next;
}

TimePoint Shipper::go_on(TimePoint now) {
    if (fetching_ || flight_ || settling_) return never;
    if (!parts_.spool.known(tenant_)) {
        leave_slot(now);
        end();
        return never;
    }
    if (parts_.draining || (!has_work_ && !blocked_)) {
        leave_slot(now);
        return never;
    }
    if (now < due()) {
        leave_slot(now);
        return due();
    }
    if (blocked_) {
        write(*std::exchange(blocked_, {}), now);
        return settling_ ? never : due();
    }
    const auto destination = parts_.find_destination(tenant_);
    if (!destination) {
        leave_slot(now);
        hold(HoldReason::not_configured, "no destination is configured for this tenant; its events are kept",
             Duration::max(), now);
        return never;
    }
    if (!has_slot(destination->region, now)) return never;
    send(*destination, now);
    if (fetching_ || flight_) return never;
    leave_slot(now);
    return settling_ || !has_work_ ? never : due();
}

bool Shipper::has_slot(const std::string& region, TimePoint now) {
    if (slot_region_ != region) leave_slot(now);
    if (!parts_.slots.holds(tenant_) && !parts_.slots.waits(tenant_)) {
        slot_region_ = region;
        parts_.slots.ask(region, tenant_, status_.hold != HoldReason::none, now);
    }
    if (parts_.slots.holds(tenant_)) return true;
    parts_.crew.wake(parts_.slots_step);
    return false;
}

void Shipper::publish(TimePoint now) {
    if (!std::exchange(changed_, false)) return;
    status_.in_flight = flight_.has_value();
    status_.next_try = {};
    if (next_try_ > now && next_try_ != never) {
        status_.next_try = parts_.clock.wall() + std::chrono::duration_cast<std::chrono::microseconds>(next_try_ - now);
    }
    parts_.board.post(status_);
}

/// The spool does not know the tenant any more: this object goes as soon as its step has returned.
void Shipper::end() {
    has_work_ = false;
    blocked_.reset();
    parts_.forgotten.push_back(tenant_);
    parts_.somebody_is_forgotten();
}

}  // namespace hookline::ship
