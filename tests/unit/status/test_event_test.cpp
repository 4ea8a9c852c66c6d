// A test event: what goes into the queue, how often, and what is said where it cannot.

#include "status/test_event.h"

#include <gmock/gmock.h>

#include "support/fake_clock.h"
#include "unit/status/fake_spool.h"

namespace hookline::status {
namespace {

using namespace std::chrono_literals;
using spool::AppendOutcome;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// Answers appends at once, or never.
class QueueSpool final : public test::FakeSpool {
 public:
    void append(spool::Append append, Mailbox& mailbox, AppendDone done) override {
        appends.push_back(std::move(append));
        if (!outcome) return;
        mailbox.post([done = std::move(done), outcome = *outcome] { done({.outcome = outcome, .first = {}}); });
    }
    std::vector<spool::Append> appends;
    std::optional<AppendOutcome> outcome = AppendOutcome::stored;
};

class TestEvent : public ::testing::Test {
 protected:
    TestEvent() {
        acme = spool.add_tenant(spool::NamedIdentity{"acme"});
        other = spool.add_tenant(spool::NamedIdentity{"other"});
        parts.shippers = [this] { return rows; };
    }
    net::HttpResponse send(TenantId tenant) {
        return tests.send(parts, *spool.tenant(tenant), {"192.0.2.7", "session"});
    }
    QueueSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    AdminParts parts{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
    std::vector<ShipperRow> rows;
    TestEvents tests{TestEventLimits{.tenant_pause = 5s, .minute_max = 3, .commit_time_max = 0s}};
    TenantId acme, other;
};

TEST_F(TestEvent, IsOneLineThatSaysOfItselfWhatItIs) {
    const net::HttpResponse told = send(acme);
    ASSERT_EQ(told.status, 200);
    ASSERT_THAT(spool.appends, SizeIs(1));
    const spool::Append& append = spool.appends.front();
    EXPECT_EQ(append.tenant, acme);
    EXPECT_TRUE(append.listed);
    ASSERT_THAT(append.events, SizeIs(1));
    EXPECT_EQ(append.events[0].length, append.lines.size());
    EXPECT_TRUE(append.lines.ends_with('\n'));

    const Json line = Json::parse(append.lines);
    EXPECT_EQ(line["uuid"], Json::parse(told.body)["uuid"]);
    EXPECT_EQ(append.events[0].id, spool::id_of_uuid(line["uuid"].get<std::string>())) << "trace finds it";
    EXPECT_EQ(line["eventType"], "hookline.test_event");
    EXPECT_EQ(line["hookline"]["via"], "test");
    EXPECT_EQ(line["type"], "okta");
    EXPECT_THAT(line["message"].get<std::string>(), HasSubstr("Test event"));
    EXPECT_EQ(line["@timestamp"], line["published"]);
}

TEST_F(TestEvent, IsADifferentOneEachTime) {
    const Json first = Json::parse(send(acme).body);
    EXPECT_NE(first["uuid"], Json::parse(send(other).body)["uuid"]);
    EXPECT_EQ(first["uuid"].get<std::string>().size(), 36U);
}

TEST_F(TestEvent, WaitsBetweenTwoForOneTenantAndForAllTogether) {
    EXPECT_EQ(send(acme).status, 200);
    const net::HttpResponse soon = send(acme);
    EXPECT_EQ(soon.status, 429);
    EXPECT_EQ(soon.headers.back().name, "Retry-After");
    EXPECT_EQ(soon.headers.back().value, "5");
    EXPECT_EQ(send(other).status, 200) << "another tenant's turn is its own";
    clock.advance(5s);
    EXPECT_EQ(send(acme).status, 200);
    clock.advance(5s);
    EXPECT_EQ(send(acme).status, 429) << "three a minute";
    clock.advance(50s);
    EXPECT_EQ(send(acme).status, 200);
    EXPECT_THAT(spool.appends, SizeIs(4)) << "what was refused went nowhere";
}

TEST_F(TestEvent, SaysWhyTheSpoolDoesNotTakeIt) {
    for (const auto& [outcome, words] :
         {std::pair{AppendOutcome::tenant_full, "quota"}, std::pair{AppendOutcome::spool_full, "the spool is full"},
          std::pair{AppendOutcome::failed, "could not write"}}) {
        spool.outcome = outcome;
        const net::HttpResponse told = send(acme);
        EXPECT_EQ(told.status, 503);
        EXPECT_THAT(told.body, HasSubstr(words));
        clock.advance(60s);
    }
    spool.outcome.reset();
    const net::HttpResponse told = send(acme);
    EXPECT_EQ(told.status, 503) << "nobody says that it is stored while nobody knows";
    EXPECT_THAT(told.body, HasSubstr("may be stored"));
}

TEST_F(TestEvent, GoesNowhereWhereNothingWouldSendIt) {
    ShipperRow row;
    row.tenant = acme;
    row.hold = "not_configured";
    rows = {row};
    EXPECT_EQ(send(acme).status, 409);
    parts.shippers = {};
    EXPECT_EQ(send(other).status, 409);
    EXPECT_THAT(spool.appends, SizeIs(0));
}

}  // namespace
}  // namespace hookline::status
