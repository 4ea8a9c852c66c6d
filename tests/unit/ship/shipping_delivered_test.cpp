// "2xx: the records are settled", and how bulks are cut and when they leave.

#include <gmock/gmock.h>

#include "world.h"

namespace hookline::ship {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::SizeIs;

const TenantId acme = tenant(1);

TEST(Delivered, LinesAreSettledOnceTheListenerTookThem) {
    World world;
    world.begin();
    world.put(acme, {"e0", "e1"});
    world.run(5ms);
    EXPECT_THAT(world.spool.waiting(acme), ElementsAre("e0", "e1"));  // sent, not yet answered
    world.run(1s);
    EXPECT_THAT(world.spool.waiting(acme), IsEmpty());
    EXPECT_THAT(world.arrived(acme), ElementsAre("e0", "e1"));
    ASSERT_THAT(world.spool.settles, SizeIs(1));
    EXPECT_EQ(world.spool.settles[0].delivered, 2U);
    EXPECT_FALSE(world.spool.settles[0].prove);
    ASSERT_TRUE(world.spool.settles[0].note);
    EXPECT_EQ(world.spool.settles[0].note->status, 200);
    EXPECT_EQ(world.spool.settles[0].note->lines, 2U);
    EXPECT_EQ(world.spool.settles[0].note->answered_at - world.spool.settles[0].note->sent_at, 10ms);
}

TEST(Delivered, LinesThatWaitedBeforeTheStartAreTakenUp) {
    World world;
    world.put(acme, {"e0"});
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.arrived(acme), ElementsAre("e0"));
}

TEST(Delivered, TheFirstAcceptanceProvesTheToken) {
    World world;
    world.begin();
    world.spool.at(acme).proven = false;
    world.put(acme, {"e0"});
    world.run_until_empty(acme);
    EXPECT_TRUE(world.spool.at(acme).proven);
}

TEST(Bulks, AnIdleTenantsLinesLeaveAtOnce) {
    World world;
    world.begin();
    for (int i = 0; i < 5; ++i) {
        world.put(acme, {"e" + std::to_string(i)});
        const TimePoint put_at = world.clock.now();
        world.run(100ms);
        EXPECT_EQ(world.listener.seen.back().at, put_at);
    }
    EXPECT_THAT(world.listener.seen, SizeIs(5));
}

TEST(Bulks, UnderLoadABulkWaitsUpToASecond) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) {
        Reply slow;
        slow.after = 50ms;
        return slow;
    };
    for (int i = 0; i < 5'000; ++i) {
        world.put(acme, {"e" + std::to_string(i)});
        world.run(1ms);
    }
    world.run_until_empty(acme);
    EXPECT_THAT(world.arrived(acme), ElementsAreArray(uuids(5'000)));
    EXPECT_LE(world.listener.seen.size(), 8U);
    EXPECT_GE(world.listener.seen.size(), 5U);
}

TEST(Bulks, AFullBulkDoesNotWait) {
    World world;
    world.limits.bulk_bytes = 10'000;
    world.begin();
    for (int i = 0; i < 1'000; ++i) {
        world.spool.put(acme, {line_of("e" + std::to_string(i), std::string(500, 'x'))});
        world.run(1ms);
    }
    // 10 kB come every 20 ms; a bulk takes 10 ms.
    EXPECT_GE(world.listener.seen.size(), 15U);
    EXPECT_LE(world.spool.waiting(acme).size(), 80U);
}

TEST(Bulks, AreCutByBytesAndByLines) {
    World world;
    world.limits.bulk_bytes = 10'000;
    world.limits.bulk_lines_max = 50;
    for (int i = 0; i < 30; ++i) world.spool.put(acme, {line_of("e" + std::to_string(i), std::string(970, 'x'))});
    for (int i = 30; i < 200; ++i) world.put(acme, {"e" + std::to_string(i)});
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.arrived(acme), ElementsAreArray(uuids(200)));
    for (const Seen& seen : world.listener.seen) {
        std::size_t bytes = 0;
        for (const std::string& line : seen.lines) bytes += line.size() + 1;
        EXPECT_LE(bytes, 10'000U);
        EXPECT_LE(seen.lines.size(), 50U);
    }
    EXPECT_LE(world.listener.seen.size(), 9U);
}

TEST(Bulks, ABacklogGoesBulkBehindBulk) {
    World world;
    world.limits.bulk_lines_max = 100;
    world.put(acme, uuids(1'000));
    world.begin();
    const TimePoint began = world.clock.now();
    world.run_until_empty(acme);
    EXPECT_THAT(world.listener.seen, SizeIs(10));
    EXPECT_LE(world.clock.now() - began, 110ms);
}

TEST(Bulks, OneOfATenantIsInFlight) {
    World world;
    world.limits.bulk_lines_max = 10;
    world.begin();
    for (int i = 0; i < 100; ++i) {
        world.put(acme, uuids(20, static_cast<std::size_t>(i) * 20));
        world.run(3ms);
    }
    world.run_until_empty(acme);
    EXPECT_EQ(world.listener.in_flight_tenant_most, 1);
    EXPECT_THAT(world.arrived(acme), ElementsAreArray(uuids(2'000)));
}

TEST(Bulks, TheNextOneWaitsUntilTheSettleIsOnDisk) {
    World world;
    world.spool.settles_wait = true;
    world.limits.bulk_lines_max = 1;
    world.put(acme, {"e0", "e1"});
    world.begin();
    world.run(10s);
    EXPECT_THAT(world.listener.seen, SizeIs(1));
    world.spool.finish_settles();
    world.run_until_empty(acme);
    EXPECT_THAT(world.arrived(acme), ElementsAre("e0", "e1"));
}

TEST(Bulks, ASettleThatFailsIsWrittenAgainAndNothingIsSentAgain) {
    World world;
    world.spool.settle_error = "No space left on device";
    world.put(acme, {"e0"});
    world.begin();
    world.run(10s);
    EXPECT_EQ(world.status(acme).hold, HoldReason::backing_off);
    EXPECT_THAT(world.status(acme).detail, testing::HasSubstr("No space left on device"));
    world.spool.settle_error.clear();
    world.run_until_empty(acme);
    EXPECT_EQ(world.sends_of("e0"), 1U);
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

}  // namespace
}  // namespace hookline::ship
