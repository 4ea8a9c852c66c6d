#pragma once
// Which deliveries were refused a moment ago for want of room. Okta sends each of them once more and then never again,
// so they are let into room that is kept for them. Bounded: the oldest is forgotten first, and one tenant has a share
// only. Any thread.

#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/ids.h"

namespace hookline::spool {

class RetryRoom {
 public:
    struct Limits {
        std::chrono::seconds age_max{60};
        std::size_t all_max = 16'384;
        std::size_t tenant_max = 2'048;
    };

    void refused(TenantId tenant, std::string_view event_id, TimePoint now);
    [[nodiscard]] bool was_refused(TenantId tenant, std::string_view event_id, TimePoint now) const;

 private:
    struct Refusal {
        std::uint64_t key = 0;
        TenantId tenant;
        TimePoint at;
    };
    void drop_oldest();

    Limits limits_;
    mutable std::mutex mutex_;
    std::deque<Refusal> by_age_;
    std::unordered_map<std::uint64_t, TimePoint> by_key_;
    std::unordered_map<TenantId, std::size_t> by_tenant_;
};

}  // namespace hookline::spool
