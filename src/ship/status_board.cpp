#include "ship/status_board.h"

#include <algorithm>

namespace hookline::ship {

std::string_view hold_name(HoldReason reason) {
    switch (reason) {
        case HoldReason::none:
            return "none";
        case HoldReason::token_rejected:
            return "token_rejected";
        case HoldReason::not_understood:
            return "not_understood";
        case HoldReason::refused:
            return "refused";
        case HoldReason::letters_full:
            return "letters_full";
        case HoldReason::not_configured:
            return "not_configured";
        case HoldReason::backing_off:
            return "backing_off";
        case HoldReason::too_large:
            return "too_large";
        case HoldReason::damaged:
            return "damaged";
    }
    return "unknown";
}

void StatusBoard::post(ShipperStatus status) {
    const std::lock_guard lock(mutex_);
    rows_[status.tenant] = std::move(status);
}

void StatusBoard::remove(TenantId tenant) {
    const std::lock_guard lock(mutex_);
    rows_.erase(tenant);
}

std::vector<ShipperStatus> StatusBoard::all() const {
    std::vector<ShipperStatus> all;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [tenant, status] : rows_) all.push_back(status);
    }
    std::sort(all.begin(), all.end(), [](const auto& left, const auto& right) { return left.tenant < right.tenant; });
    return all;
}

}  // namespace hookline::ship
