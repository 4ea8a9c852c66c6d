// What a tenant's page is told of its last bulks: what was sent, what the answer was and what followed from it.

#include <gmock/gmock.h>

#include "world.h"

namespace hookline::ship {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const TenantId acme = tenant(1);

TEST(RecentBulks, ADeliveredOneIsToldWithItsSizeAndTime) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) {
        Reply reply;
        reply.after = 120ms;
        return reply;
    };
    world.put(acme, uuids(3));
    world.run_until_empty(acme);
    const auto bulks = world.recent.look(acme);
    ASSERT_THAT(bulks, SizeIs(1));
    const spool::RecentBulk& bulk = bulks.front();
    EXPECT_EQ(bulk.bulk, world.spool.settles.back().note->bulk) << "the number by which trace and log know it";
    EXPECT_EQ(bulk.kind, "bulk");
    EXPECT_EQ(bulk.region, "us");
    EXPECT_EQ(bulk.status, 200);
    EXPECT_EQ(bulk.lines, 3U);
    EXPECT_EQ(bulk.bytes, line_of("e0").size() * 3);
    EXPECT_EQ(bulk.took, 120ms);
    EXPECT_EQ(bulk.result, "delivered");
    EXPECT_EQ(bulk.answer, "") << "what a listener says to what it took helps nobody";
    EXPECT_EQ(bulk.hold, "none");
    EXPECT_EQ(bulk.wait, 0us);
    EXPECT_EQ(world.status(acme).last_took, 120ms);
    EXPECT_THAT(world.recent.look(tenant(2)), IsEmpty());
}

TEST(RecentBulks, OneThatIsTriedAgainSaysWhyAndWhen) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) { return reply_of(503, "maintenance"); };
    world.put(acme, uuids(1));
    ASSERT_TRUE(world.run_until([&] { return !world.recent.look(acme).empty(); }));
    const auto bulks = world.recent.look(acme);
    ASSERT_THAT(bulks, SizeIs(1));
    EXPECT_EQ(bulks[0].status, 503);
    EXPECT_EQ(bulks[0].result, "retry_later");
    EXPECT_EQ(bulks[0].hold, "backing_off");
    EXPECT_EQ(bulks[0].answer, "maintenance");
    const auto next = world.status(acme).next_try - bulks[0].sent_at - bulks[0].took;
    EXPECT_EQ(bulks[0].wait, next) << "as the board says";
}

TEST(RecentBulks, ATokenThatIsRejectedIsToldWithTheHoldAndTheProbesBehindIt) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) { return reply_of(401, "Logging token is not valid"); };
    world.put(acme, uuids(9));
    world.run(20s);
    const auto bulks = world.recent.look(acme);
    ASSERT_GE(bulks.size(), 2U);
    EXPECT_EQ(bulks.back().lines, 9U);
    EXPECT_EQ(bulks.front().lines, 1U) << "a probe";
    for (const spool::RecentBulk& bulk : bulks) {
        EXPECT_EQ(bulk.result, "token_rejected");
        EXPECT_EQ(bulk.hold, "token_rejected");
        EXPECT_EQ(bulk.answer, "Logging token is not valid");
        EXPECT_GE(bulk.wait, 4s);
    }
}

TEST(RecentBulks, LinesThatAreBuriedAreCountedAndALongAnswerIsCut) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen& seen) {
        Reply reply = counting(seen, [](const std::string& line) { return uuid_in(line) == "e0"; });
        if (reply.status == 400) reply.body.insert(1, "\"message\":\"" + std::string(1000, 'x') + "\",");
        return reply;
    };
    world.put(acme, uuids(1));
    world.run_until_empty(acme);
    const auto bulks = world.recent.look(acme);
    ASSERT_FALSE(bulks.empty());
    EXPECT_EQ(bulks.front().result, "partly_accepted");
    EXPECT_EQ(bulks.front().condemned, 1U);
    EXPECT_THAT(bulks.front().answer, HasSubstr("xxx"));
    EXPECT_LE(bulks.front().answer.size(), 200U);
}

TEST(RecentBulks, NoAnswerIsToldAsSuch) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) { return no_answer(); };
    world.put(acme, uuids(1));
    ASSERT_TRUE(world.run_until([&] { return !world.recent.look(acme).empty(); }));
    const auto bulks = world.recent.look(acme);
    ASSERT_THAT(bulks, SizeIs(1));
    EXPECT_EQ(bulks[0].status, 0);
    EXPECT_THAT(bulks[0].answer, HasSubstr("no answer in time"));
}

}  // namespace
}  // namespace hookline::ship
