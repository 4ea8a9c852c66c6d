#pragma once
// What each tenant's shipper last said. Any thread.

#include <mutex>
#include <unordered_map>
#include <vector>

#include "ship/shipping.h"

namespace hookline::ship {

class StatusBoard {
 public:
    void post(ShipperStatus status);
    void remove(TenantId tenant);
    [[nodiscard]] std::vector<ShipperStatus> all() const;

 private:
    mutable std::mutex mutex_;
    std::unordered_map<TenantId, ShipperStatus> rows_;
};

}  // namespace hookline::ship
