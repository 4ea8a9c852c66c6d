#pragma once
// A test event that an operator asks for, like Okta's preview: one well-formed event that says of itself what it is,
// put into a tenant's queue as a delivery's would be, so that it goes all the way to Logz.io. Private to the room.
//
// Any thread; `send` waits for the commit.

#include <chrono>
#include <deque>
#include <map>
#include <mutex>

#include "status/admin_api.h"
#include "status/admin_request.h"

namespace hookline::status {

struct TestEventLimits {
    std::chrono::seconds tenant_pause{5};     ///< between two for one tenant; sooner: 429
    std::size_t minute_max = 30;              ///< for all tenants together; more: 429
    std::chrono::seconds commit_time_max{3};  ///< until it is on disk; longer: 503, and it may be stored all the same
};

class TestEvents {
 public:
    explicit TestEvents(TestEventLimits limits = {}) : limits_(limits) {}

    /// Sends one for this tenant, and says by which uuid its life can be followed.
    net::HttpResponse send(const AdminParts& parts, const spool::TenantStatus& tenant, const Caller& caller);

 private:
    /// How long until one may go; 0: this one may, and counts.
    std::chrono::seconds wait_for_turn(TenantId tenant, TimePoint now);

    /// Runs what is posted on the thread that posts it.
    class AtOnce final : public Mailbox {
     public:
        void post(std::vector<Task> tasks) override {
            for (Task& task : tasks) task();
        }
    };

    const TestEventLimits limits_;
    AtOnce at_once_;
    std::mutex mutex_;                       // guards what follows
    std::deque<TimePoint> sent_;             // within the last minute
    std::map<TenantId, TimePoint> sent_to_;  // of those that must pause
};

/// The event, as Okta would post it.
std::string test_event_json(std::string_view uuid, std::string_view published);

}  // namespace hookline::status
