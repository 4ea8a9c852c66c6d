#pragma once
// What each tenant of the configuration has waiting, as metrics. Tenants of header mode are known by tokens that
// senders chose, so they share one series, as do named ones beyond the first hundred: the number of series is bounded.
// Private to the room; one thread at a time.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "status/admin_api.h"

namespace hookline::status {

class TenantGauges {
 public:
    static constexpr std::size_t named_max = 100;
    static constexpr const char* others = "(others)";  // no tenant can be called so

    explicit TenantGauges(Metrics& metrics);
    // A look at all tenants: what they have is added up, and shown at the end.
    void begin(const std::vector<ShipperRow>& shippers);
    void add(const spool::TenantStatus& tenant, WallTime now);
    void publish();

 private:
    struct OfTenant {
        Gauge waiting_lines;
        Gauge oldest_waiting;
        Gauge held;
        // As they will be set.
        double lines = 0;
        double oldest_seconds = 0;
        double held_count = 0;
    };
    OfTenant& of(const spool::TenantStatus& tenant);
    OfTenant& make(const std::string& label);

    Metrics& metrics_;
    std::set<std::uint64_t> held_;  ///< tenants
    std::map<std::string, OfTenant> known_;
};

}  // namespace hookline::status
