// When a tenant's delivery has to wait: why, for how long, and who is told.

#include <utility>

#include "ship/shipper.h"

namespace hookline::ship {
namespace {

constexpr auto alarm_again_after = std::chrono::hours(1);

std::string_view told_as(HoldReason reason) {
    switch (reason) {
        case HoldReason::token_rejected:
            return "delivery is held: Logz.io rejects the token or region";
        case HoldReason::not_understood:
            return "delivery is held: Logz.io's answer is not understood";
        case HoldReason::refused:
            return "delivery is held: this is not how a Logz.io listener answers";
        case HoldReason::too_large:
            return "delivery is held: a single line is too large for the listener, or for a proxy before it";
        case HoldReason::letters_full:
            return "delivery is held: no room for dead letters";
        case HoldReason::not_configured:
            return "delivery is held: no destination";
        case HoldReason::damaged:
            return "delivery is held: the queue is damaged";
        case HoldReason::none:
        case HoldReason::backing_off:
            break;
    }
    return "delivery fails and is tried again";
}

}  // namespace

void Shipper::hold(HoldReason reason, std::string detail, Duration wait, TimePoint now) {
    const bool is_new = status_.hold != reason;
    if (is_new) {
        parts_.metrics.hold_changed(std::exchange(status_.hold, reason), reason);
        status_.since = parts_.clock.wall();
    }
    status_.detail = std::move(detail);
    changed_ = true;
    bulk_due_ = TimePoint::min();
    next_try_ = wait > never - now ? never : now + wait;

    if (!is_new && now - alarmed_at_ < alarm_again_after) return;
    alarmed_at_ = now;
    // Anybody can make up a token: one that was never proven is no cause for alarm.
    const bool alarming = reason != HoldReason::backing_off && is_proven();
    parts_.alarms.raise(now, alarming ? LogLevel::error : LogLevel::warn, told_as(reason), label(), status_.detail);
}

void Shipper::probe_later(HoldReason reason, std::string detail, TimePoint now) {
    hold(reason, std::move(detail), rhythm_.next(parts_.chance), now);
}

void Shipper::clear_hold(TimePoint now) {
    if (status_.hold == HoldReason::none) return;
    parts_.metrics.hold_changed(std::exchange(status_.hold, HoldReason::none), HoldReason::none);
    parts_.alarms.raise(now, LogLevel::info, "delivery goes on", label(), "");
    status_.detail.clear();
    status_.since = parts_.clock.wall();
    changed_ = true;
    next_try_ = TimePoint::min();
    rhythm_.reset();
}

/// Held by the listener's word: only a line that it takes ends that.
bool Shipper::is_probed() const {
    const HoldReason reason = status_.hold;
    return reason == HoldReason::token_rejected || reason == HoldReason::refused ||
           reason == HoldReason::not_understood || reason == HoldReason::too_large;
}

bool Shipper::is_proven() const {
    const auto known = parts_.spool.known(tenant_);
    return known && known->proven;
}

std::string Shipper::label() const {
    const auto tenant = parts_.spool.tenant(tenant_);
    return tenant ? tenant->label : "tenant " + std::to_string(tenant_.number);
}

}  // namespace hookline::ship
