// What a tenant's page is told of its last deliveries and bulks, and how fast each listener answers.

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "status/admin_api.h"
#include "status/watch.h"
#include "support/fake_clock.h"
#include "unit/status/fake_spool.h"

namespace hookline::status {
namespace {

using namespace std::chrono_literals;
using ::testing::DoubleNear;
using ::testing::SizeIs;
using Json = nlohmann::json;

class AdminRecentTest : public ::testing::Test {
 protected:
    AdminRecentTest() {
        acme = spool.add_tenant(spool::NamedIdentity{"acme"}, 0);
        spool.add_tenant(spool::NamedIdentity{"globex"}, 0);
    }
    Json ask(std::string_view target, Live live = {}) {
        const net::HttpResponse response = AdminCalls(parts, live).call("GET", target, "");
        status = response.status;
        return Json::parse(response.body);
    }
    void relay_runs() {
        parts.recent_deliveries = &deliveries;
        parts.recent_bulks = &bulks;
        parts.shippers = [this] {
            ShipperRow row;
            row.tenant = acme;
            row.hold = "none";
            row.last_status = 200;
            row.last_answer = clock.wall() + 1s;
            row.last_took = 250ms;
            row.region = "us";
            return std::vector<ShipperRow>{row};
        };
        parts.listeners = [] { return std::vector<ListenerRow>{{"eu", "https://eu"}, {"us", "https://us"}}; };
    }
    test::FakeSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    spool::RecentDeliveries deliveries;
    spool::RecentBulks bulks;
    AdminParts parts{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
    TenantId acme;
    int status = 0;
};

TEST_F(AdminRecentTest, TellsATenantsLastDeliveriesAndBulksTheNewestFirst) {
    relay_runs();
    const WallTime at = parse_rfc3339("2026-01-01T10:00:00Z").value();
    auto& loop = deliveries.new_writer();
    loop.note(acme, {.received_at = at,
                     .took = 12'500us,
                     .status = 200,
                     .events = 3,
                     .repeated = 1,
                     .request_id = spool::ShortText<64>("request-1"),
                     .event_id = spool::ShortText<40>("event-1")});
    loop.note(acme, {.received_at = at + 1s, .took = 2s, .status = 503, .events = 7});
    bulks.note(acme, {.bulk = 4711,
                      .kind = "bulk",
                      .region = "us",
                      .sent_at = at,
                      .took = 90ms,
                      .status = 429,
                      .lines = 2,
                      .bytes = 600,
                      .result = "retry_later",
                      .answer = "slow \xff down",
                      .hold = "backing_off",
                      .wait = 1'500ms});
    bulks.note(acme, {.bulk = 4712, .kind = "bulk", .status = 200, .result = "delivered", .hold = "none"});

    const Json told = ask("/api/v1/tenants/acme/recent");
    ASSERT_EQ(status, 200);
    EXPECT_EQ(told["tenant"], "acme");
    EXPECT_THAT(told["deliveries"], SizeIs(2));
    EXPECT_EQ(told["deliveries"][0]["status"], 503);
    EXPECT_EQ(told["deliveries"][1], (Json{{"received_at", "2026-01-01T10:00:00.000000Z"},
                                           {"request_id", "request-1"},
                                           {"event_id", "event-1"},
                                           {"events", 3},
                                           {"repeated_events", 1},
                                           {"status", 200},
                                           {"took_seconds", 0.0125},
                                           {"delivered_before", false}}));
    EXPECT_EQ(told["bulks"][0]["bulk"], 4712);
    EXPECT_EQ(told["bulks"][0]["wait_seconds"], nullptr);
    EXPECT_EQ(told["bulks"][1], (Json{{"bulk", 4711},
                                      {"kind", "bulk"},
                                      {"region", "us"},
                                      {"sent_at", "2026-01-01T10:00:00.000000Z"},
                                      {"took_seconds", 0.09},
                                      {"lines", 2},
                                      {"bytes", 600},
                                      {"status", 429},
                                      {"result", "retry_later"},
                                      {"answer", "slow \xef\xbf\xbd down"},
                                      {"hold", "backing_off"},
                                      {"wait_seconds", 1.5},
                                      {"condemned_lines", 0}}));
    EXPECT_THAT(ask("/api/v1/tenants/globex/recent")["bulks"], SizeIs(0)) << "of another tenant";
}

TEST_F(AdminRecentTest, KnowsNothingOfStrangersOrWithoutARelay) {
    ask("/api/v1/tenants/acme/recent");
    EXPECT_EQ(status, 409);
    relay_runs();
    ask("/api/v1/tenants/nobody/recent");
    EXPECT_EQ(status, 404);
    ask("/api/v1/tenants/acme/recent?count=3");
    EXPECT_EQ(status, 400);
}

TEST_F(AdminRecentTest, ATenantIsNamedByItsLabelBeforeItsNumber) {
    relay_runs();
    const std::string number = std::to_string(acme.number);
    EXPECT_EQ(ask("/api/v1/tenants/" + number + "/recent")["tenant"], "acme");
    const TenantId called = spool.add_tenant(spool::NamedIdentity{number}, 0);
    bulks.note(called, {.bulk = 7, .kind = "bulk", .result = "delivered", .hold = "none"});
    EXPECT_THAT(ask("/api/v1/tenants/" + number + "/recent")["bulks"], SizeIs(1));
    const spool::HeaderIdentity by_header{"us", Secret("0123456789abcdef0123456789ABCDEF")};
    spool.add_tenant(by_header, 0);
    EXPECT_EQ(ask("/api/v1/tenants/" + spool::label_of(by_header) + "/recent")["tenant"], spool::label_of(by_header));
}

TEST_F(AdminRecentTest, EachListenerTellsHowFastItAnswers) {
    relay_runs();
    Watch watch(parts);
    watch.step(clock.now());
    EXPECT_EQ(ask("/api/v1/status", {&watch})["listeners"][1]["bulk_p50_seconds"], nullptr) << "nothing was answered";
    Histogram us = metrics.histogram("hookline_bulk_seconds", "", {0.1, 0.2, 1}, {{"region", "us"}});
    for (int bulk = 0; bulk < 98; ++bulk) us.observe(0.15);
    for (int bulk = 0; bulk < 2; ++bulk) us.observe(0.9);
    watch.step(clock.now());
    const Json told = ask("/api/v1/status", {&watch});
    const Json& there = told["listeners"][1];
    EXPECT_EQ(there["region"], "us");
    EXPECT_EQ(there["last_bulk_seconds"], 0.25);
    EXPECT_THAT(there["bulk_p50_seconds"].get<double>(), DoubleNear(0.15, 0.01));
    EXPECT_THAT(there["bulk_p99_seconds"].get<double>(), DoubleNear(0.6, 0.01));
    EXPECT_EQ(told["listeners"][0]["last_bulk_seconds"], nullptr);
    EXPECT_EQ(told["listeners"][0]["bulk_p50_seconds"], nullptr) << "of another region";
}

}  // namespace
}  // namespace hookline::status
