// The ledger: refusals, counted together where they are alike, and the times when the relay was down.

#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Gap refusal(WallTime at, int status = 503, const std::string& tenant = "us-1a2b3c4d",
            const std::string& event_id = "") {
    Gap gap;
    gap.from = gap.to = at;
    gap.status = status;
    gap.tenant_label = tenant;
    gap.event_id = event_id;
    gap.reason = "busy";
    gap.events = 3;
    return gap;
}

struct GapHouse : SpoolHouse {
    GapHouse() { open(); }
    void note(int status = 503, const std::string& tenant = "us-1a2b3c4d", const std::string& event_id = "") {
        spool->note_refusal(refusal(clock.wall(), status, tenant, event_id));
    }
    std::vector<Gap> gaps() {
        auto gaps = spool->gaps({}, 100'000);
        check(gaps.has_value(), "gaps cannot be read");
        return std::move(*gaps);
    }
};

TEST(Gaps, AFirstStartHasNone) {
    GapHouse house;
    EXPECT_THAT(house.gaps(), IsEmpty());
}

TEST(Gaps, AlikeOnesWithinAMinuteAreCountedTogether) {
    GapHouse house;
    const WallTime first = house.clock.wall();
    house.note();
    house.clock.advance(std::chrono::seconds(20));
    house.spool->commit_now();
    house.note();
    house.note(401);
    house.note(503, "eu-99999999");

    const auto gaps = house.gaps();
    ASSERT_THAT(gaps, SizeIs(3));
    EXPECT_EQ(gaps[0].kind, Gap::Kind::refused);
    EXPECT_EQ(gaps[0].count, 2U);
    EXPECT_EQ(gaps[0].events, 6U);
    EXPECT_EQ(gaps[0].from, first);
    EXPECT_EQ(gaps[0].to, first + std::chrono::seconds(20));
    EXPECT_EQ(gaps[0].tenant_label, "us-1a2b3c4d");
    EXPECT_EQ(gaps[0].status, 503);
    EXPECT_EQ(gaps[0].reason, "busy");

    house.clock.advance(std::chrono::seconds(61));
    house.note();
    EXPECT_THAT(house.gaps(), SizeIs(4));
}

TEST(Gaps, OnesWithAnEventIdStandAlone) {
    GapHouse house;
    house.note(503, "us-1a2b3c4d", "one");
    house.note(503, "us-1a2b3c4d", "two");
    const auto gaps = house.gaps();
    ASSERT_THAT(gaps, SizeIs(2));
    EXPECT_EQ(gaps[0].event_id, "one");
    EXPECT_EQ(gaps[1].event_id, "two");
}

TEST(Gaps, AFloodOfThemIsBounded) {
    GapHouse house;
    for (int count = 0; count < 5000; ++count) house.note(503, "us-1a2b3c4d", "event " + std::to_string(count));
    for (int count = 0; count < 5000; ++count) house.note(401, "tenant " + std::to_string(count));
    std::uint64_t deliveries = 0;
    const auto gaps = house.gaps();
    for (const Gap& gap : gaps) deliveries += gap.count;
    EXPECT_LT(gaps.size(), 2100U);
    EXPECT_EQ(deliveries, 10'000U) << "what has no row of its own is still counted";
}

TEST(Gaps, TheOldestAreForgottenAtTheLimit) {
    SpoolHouse house;
    house.options.limits.gaps_max = 10;
    house.open();
    for (int count = 0; count < 25; ++count) {
        house.spool->note_refusal(refusal(house.clock.wall(), 503, "us-1a2b3c4d", "event " + std::to_string(count)));
    }
    house.spool->commit_now();
    house.reopen();
    const auto gaps = house.spool->gaps({}, 1000);
    ASSERT_TRUE(gaps);
    EXPECT_THAT(*gaps, SizeIs(10));
    EXPECT_EQ(gaps->back().event_id, "event 24");
}

TEST(Gaps, AreOnDiskWithinASecondAlsoWhenNothingElseIsWritten) {
    GapHouse house;
    house.note();
    house.clock.advance(std::chrono::seconds(1));
    house.spool->commit_now();
    house.kill_and_move();
    house.open();
    const auto gaps = house.gaps();
    ASSERT_THAT(gaps, testing::Not(IsEmpty()));
    EXPECT_EQ(gaps.front().kind, Gap::Kind::refused);
}

TEST(Gaps, TheTimeFromAnOrderlyStopToTheNextStartIsOne) {
    GapHouse house;
    house.clock.advance(std::chrono::minutes(5));
    const WallTime stopped = house.clock.wall();
    house.spool.reset();
    house.clock.advance(std::chrono::minutes(3));
    house.open();
    const auto gaps = house.gaps();
    ASSERT_THAT(gaps, SizeIs(1));
    EXPECT_EQ(gaps[0].kind, Gap::Kind::down);
    EXPECT_EQ(gaps[0].from, stopped);
    EXPECT_EQ(gaps[0].to, stopped + std::chrono::minutes(3));
    EXPECT_EQ(gaps[0].reason, "stopped in order");
}

TEST(Gaps, AnOrderlyStopIsKnownAsOneHoweverOldTheLastHeartbeatIs) {
    for (const int seconds : {0, 1, 3, 5, 9, 10, 11, 100}) {
        GapHouse house;
        house.clock.advance(std::chrono::seconds(seconds));
        house.spool.reset();
        house.clock.advance(std::chrono::minutes(3));
        house.open();
        ASSERT_THAT(house.gaps(), SizeIs(1));
        EXPECT_EQ(house.gaps()[0].reason, "stopped in order") << seconds;
    }
}

TEST(Gaps, AfterAKillTheTimeBeginsAtTheLastHeartbeat) {
    GapHouse house;
    for (int second = 0; second < 25; ++second) {
        house.clock.advance(std::chrono::seconds(1));
        house.spool->commit_now();
    }
    const WallTime last_beat = house.clock.wall() - std::chrono::seconds(5);  // they come every 10 s
    house.kill_and_move();
    house.clock.advance(std::chrono::minutes(1));
    house.open();
    const auto gaps = house.gaps();
    ASSERT_THAT(gaps, SizeIs(1));
    EXPECT_EQ(gaps[0].kind, Gap::Kind::down);
    EXPECT_EQ(gaps[0].from, last_beat);
    EXPECT_EQ(gaps[0].to, house.clock.wall());
}

TEST(Gaps, CanBeAskedForFromATimeOn) {
    GapHouse house;
    house.note(503, "us-1a2b3c4d", "old");
    house.clock.advance(std::chrono::hours(2));
    house.note(503, "us-1a2b3c4d", "new");
    house.spool->commit_now();
    const auto gaps = house.spool->gaps(house.clock.wall() - std::chrono::hours(1), 10);
    ASSERT_TRUE(gaps);
    ASSERT_THAT(*gaps, SizeIs(1));
    EXPECT_EQ(gaps->front().event_id, "new");
    const auto latest = house.spool->gaps({}, 1);
    ASSERT_TRUE(latest);
    EXPECT_EQ(latest->front().event_id, "new") << "of too many the latest are given";
}

}  // namespace
}  // namespace hookline::spool
