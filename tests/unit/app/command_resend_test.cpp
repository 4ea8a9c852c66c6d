// What `hookline resend` says, asks and does, against the real calls on a spool in memory.

#include <sstream>

#include <gmock/gmock.h>

#include "app/command_run.h"
#include "support/fake_clock.h"
#include "unit/app/calls_desk.h"
#include "unit/status/fake_spool.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

class ResendCommandTest : public ::testing::Test {
 protected:
    ResendCommandTest() {
        spool.add_tenant(spool::NamedIdentity{"acme"});
        keeps_since(clock.wall() - 3h);
        parts.shippers = [] { return std::vector<status::ShipperRow>{}; };
        parts.limits.kept_age_max = 24h;
        command.tenant = "acme";
        command.from = clock.wall() - 2h;
        command.to = clock.wall() - 1h;
        command.yes = true;
    }
    void keeps_since(WallTime when) {
        spool.change_tenant("acme", [when](spool::TenantStatus& acme) { acme.kept_since = when; });
    }
    /// One call's answer; records 1 to 9 were delivered.
    spool::Resent page(std::uint64_t events, std::uint64_t looked_at, bool more) const {
        spool::Resent told;
        told.events = events;
        told.deliveries = 1;
        told.bytes = events * 1'000;
        told.first = told.last = clock.wall() - 90min;
        told.looked_at = Sequence{looked_at};
        told.upto = Sequence{10};
        told.more = more;
        return told;
    }
    int resend() { return run_resend(command, desk, terminal); }
    Json printed() const { return Json::parse(out.str()); }

    test::FakeSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    status::AdminParts parts{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
    CallsDesk desk{parts};
    ResendCommand command;
    std::ostringstream out, err;
    std::istringstream in;
    Terminal terminal{out, err, in};
};

TEST_F(ResendCommandTest, ADryRunAddsUpItsPagesAndSendsNothing) {
    spool.resend_answers = {page(1'200, 4, true), page(34, 9, false)};
    command.dry_run = true;
    EXPECT_EQ(resend(), 0);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("acme: 1,234 events of 2 deliveries"), HasSubstr("received from")));
    ASSERT_EQ(spool.resends.size(), 2U);
    EXPECT_TRUE(spool.resends[0].dry_run && spool.resends[1].dry_run);
    EXPECT_EQ(spool.resends[0].from, *command.from);
    EXPECT_EQ(spool.resends[0].to, *command.to);
    EXPECT_EQ(spool.resends[1].after, Sequence{4}) << "goes on where the first page ended";
}

TEST_F(ResendCommandTest, ItPlansThenSendsUpToWhatThePlanSaw) {
    spool.resend_answers = {page(3, 9, false)};
    EXPECT_EQ(resend(), 0);
    ASSERT_EQ(spool.resends.size(), 2U);
    EXPECT_FALSE(spool.resends[1].dry_run);
    EXPECT_EQ(spool.resends[1].after, Sequence{0}) << "from the beginning";
    EXPECT_EQ(spool.resends[1].upto, Sequence{10}) << "the copies are not sent in their turn";
    EXPECT_THAT(out.str(), HasSubstr("3 events are in the queue again"));
}

TEST_F(ResendCommandTest, ItWaitsWhileEnoughIsInTheQueue) {
    spool::Resent waits = page(0, 0, true);
    waits.deliveries = 0;
    waits.waits = true;
    spool.resend_answers = {page(3, 9, false), waits, page(3, 9, false)};
    command.json = true;
    EXPECT_EQ(resend(), 0);
    EXPECT_EQ(spool.resends.size(), 3U);
    EXPECT_EQ(spool.resends[2].after, Sequence{0});
    EXPECT_EQ(printed()["events"], 3);
}

TEST_F(ResendCommandTest, NobodySaidYesSoNothingIsSent) {
    spool.resend_answers = {page(3, 9, false)};
    command.yes = false;
    EXPECT_EQ(resend(), 1);
    EXPECT_EQ(spool.resends.size(), 1U);
}

TEST_F(ResendCommandTest, WhatIsMissingIsTold) {
    spool::Resent told = page(3, 9, false);
    told.unreadable = 2;
    spool.resend_answers = {told};
    keeps_since(clock.wall() - 100min);
    command.dry_run = true;
    EXPECT_EQ(resend(), 0);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("is not kept any more"), HasSubstr("2 deliveries are damaged on disk")));
}

TEST_F(ResendCommandTest, WhenItFailsHalfwayItSaysHowToGoOn) {
    spool.resend_answers = {page(5, 9, false), page(3, 4, true), page(2, 9, false)};
    spool.resends_before_failure = 2;  // the plan, and one page
    EXPECT_EQ(resend(), 1);
    EXPECT_THAT(err.str(),
                AllOf(HasSubstr("3 events were put back before this: resend: input/output error"),
                      HasSubstr("Go on with: hookline resend --tenant acme --from"), HasSubstr("--after 4")));
}

TEST_F(ResendCommandTest, WhatCannotBeIsRefusedWithItsReason) {
    command.from = clock.wall() - 10h;
    command.to = clock.wall() - 5h;
    EXPECT_EQ(resend(), 1);
    EXPECT_THAT(err.str(), HasSubstr("what was delivered for acme is kept since"));
    err.str("");
    keeps_since({});
    EXPECT_EQ(resend(), 1);
    EXPECT_THAT(err.str(), HasSubstr("nothing that was delivered for acme is kept"));
    err.str("");
    parts.limits.kept_age_max = 0h;
    EXPECT_EQ(resend(), 1);
    EXPECT_THAT(err.str(), HasSubstr("spool.keep_delivered is off"));
    EXPECT_TRUE(spool.resends.empty());
}

}  // namespace
}  // namespace hookline::app
