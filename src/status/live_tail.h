#pragma once
// A tenant's events as they come, for whoever has its page open. What could name a person is hidden until it is asked
// for, and that is logged. Private to the room; any thread.

#include <map>
#include <mutex>
#include <string>

#include "spool/tail.h"
#include "status/admin_api.h"
#include "status/admin_request.h"

namespace hookline::status {

struct LiveTailLimits {
    std::chrono::seconds log_pause{60};  ///< between two lines in the log about one who goes on reading
    std::size_t readers_max = 64;        ///< remembered for that; more: a line each time
    std::size_t filter_bytes_max = 200;
};

class LiveTail {
 public:
    explicit LiveTail(spool::Tail& tail, LiveTailLimits limits = {}) : tail_(tail), limits_(limits) {}

    net::HttpResponse look(const AdminParts& parts, const spool::TenantStatus& tenant, const Target& target,
                           const Caller& caller);

 private:
    void tell_of_reading(const spool::TenantStatus& tenant, const Caller& caller, TimePoint now);

    spool::Tail& tail_;
    const LiveTailLimits limits_;
    std::mutex mutex_;                       // guards what follows
    std::map<std::string, TimePoint> told_;  // who was last told of, and when
};

/// The line with each value hidden that could name somebody; what it was when it is no JSON, hidden whole.
std::string masked_line(std::string_view line);

}  // namespace hookline::status
