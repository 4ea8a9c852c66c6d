// What a tenant's page is told of its last deliveries.

#include "unit/receive/endpoint_world.h"

namespace hookline::test {
namespace {

using spool::AppendOutcome;
using testing::IsEmpty;
using testing::SizeIs;

class RecentDeliveries : public testing::Test {
 protected:
    std::vector<spool::RecentDelivery> seen() { return world.recent.look(world.spool.introduce(World::pair())); }
    World world;
};

TEST_F(RecentDeliveries, TellWhatCameAndHowItWasAnswered) {
    world.spool.know(World::pair());
    world.spool.holds_commits = true;
    auto headers = World::token_headers();
    headers.emplace_back("X-Okta-Request-Id", "okta-request-id-1");
    const auto sent = world.post(delivery({event("u1"), event("u2")}, "batch-7"), headers);
    EXPECT_THAT(seen(), IsEmpty()) << "it has no answer yet";
    world.clock.advance(30ms);
    world.spool.commit();
    world.mailbox.run();
    ASSERT_THAT(seen(), SizeIs(1));
    const spool::RecentDelivery one = seen().front();
    EXPECT_EQ(one.received_at, world.clock.wall() - 30ms);
    EXPECT_EQ(one.took, 30ms);
    EXPECT_EQ(one.status, 200);
    EXPECT_EQ(one.events, 2U);
    EXPECT_EQ(one.repeated, 0U);
    EXPECT_EQ(one.event_id.view(), "batch-7");
    EXPECT_EQ(one.request_id.view(), sent->header("X-Request-Id")) << "as in the log and in its answer";
    EXPECT_FALSE(one.delivered_before);
}

TEST_F(RecentDeliveries, CountRepeats) {
    world.spool.know(World::pair());
    world.post(delivery({event("u1")}));
    world.post(delivery({event("u1"), event("u2")}));
    ASSERT_THAT(seen(), SizeIs(2));
    EXPECT_EQ(seen().front().events, 2U);
    EXPECT_EQ(seen().front().repeated, 1U);
    EXPECT_EQ(seen().back().repeated, 0U);
}

TEST_F(RecentDeliveries, TellOfTheOneThatProvedItsToken) {
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 200);
    ASSERT_THAT(seen(), SizeIs(1));
    EXPECT_TRUE(seen().front().delivered_before);
}

TEST_F(RecentDeliveries, TellOfRefusalsOfWhoIsKnown) {
    world.spool.know(World::pair());
    world.post("{");
    world.spool.answers_only = AppendOutcome::tenant_full;
    world.post(delivery({event("u1")}));
    ASSERT_THAT(seen(), SizeIs(2));
    EXPECT_EQ(seen().front().status, 503);
    EXPECT_EQ(seen().front().events, 1U);
    EXPECT_EQ(seen().back().status, 400);
}

TEST_F(RecentDeliveries, AreToldOnceWithTheFirstAnswer) {
    world.spool.know(World::pair());
    world.spool.holds_commits = true;
    const auto sent = world.post(delivery({event("u1")}));
    world.pass(3s);
    EXPECT_EQ(sent->status(), 503);
    world.spool.commit();
    world.mailbox.run();
    ASSERT_THAT(seen(), SizeIs(1));
    EXPECT_EQ(seen().front().status, 503) << "that it was stored later is another thing";
}

TEST_F(RecentDeliveries, StrangersFillNothing) {
    world.prover.outcome = logzio::ProofOutcome::refused;
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 401);
    EXPECT_THAT(seen(), IsEmpty());
}

}  // namespace
}  // namespace hookline::test
