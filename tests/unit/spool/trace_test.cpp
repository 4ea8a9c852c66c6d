// An event's life, as far as it is remembered.

#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct TraceHouse : SpoolHouse {
    TraceHouse() { open(); }
    std::vector<Trace> trace(const std::string& uuid) {
        auto traces = spool->trace(uuid);
        check(traces.has_value(), "trace failed");
        return std::move(*traces);
    }
    void deliver(TenantId tenant, Position upto, std::uint64_t bulk, std::vector<LetterDraft> letters = {}) {
        Settle settle;
        settle.tenant = tenant;
        settle.upto = upto;
        settle.letters = std::move(letters);
        settle.delivered = 1;
        BulkNote note;
        note.bulk = bulk;
        note.status = 200;
        note.lines = 2;
        note.sent_at = clock.wall();
        note.answered_at = clock.wall() + std::chrono::milliseconds(30);
        settle.note = note;
        check(this->settle(std::move(settle)).has_value(), "a settle failed");
    }
};

TEST(Trace, TellsOfAnUnknownOneNothing) {
    TraceHouse house;
    EXPECT_THAT(house.trace("a"), IsEmpty());
}

TEST(Trace, FollowsAnEventFromStorageToItsBulk) {
    TraceHouse house;
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a", "b"});
    house.append(tenant, {"c"});

    auto traces = house.trace("b");
    ASSERT_THAT(traces, SizeIs(1));
    EXPECT_EQ(traces[0].tenant, tenant);
    EXPECT_EQ(traces[0].tenant_label, house.spool->tenant(tenant)->label);
    EXPECT_EQ(traces[0].position, (Position{Sequence{1}, 1}));
    EXPECT_EQ(traces[0].received_at, WallTime(std::chrono::seconds(1'767'225'600)));
    EXPECT_FALSE(traces[0].settled);

    house.deliver(tenant, {Sequence{1}, 1}, 7);
    house.deliver(tenant, {Sequence{2}, 0}, 8);
    house.reopen();
    traces = house.trace("b");
    ASSERT_THAT(traces, SizeIs(1));
    EXPECT_TRUE(traces[0].settled);
    ASSERT_TRUE(traces[0].bulk);
    EXPECT_EQ(traces[0].bulk->bulk, 8U);
    EXPECT_EQ(traces[0].bulk->status, 200);
    EXPECT_FALSE(house.trace("c")[0].settled);
    EXPECT_EQ(house.trace("a")[0].bulk->bulk, 7U);
}

TEST(Trace, FollowsItToItsDeadLetter) {
    TraceHouse house;
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    house.deliver(tenant, {Sequence{2}, 0}, 1, {condemned_letter(line_of("a") + "\n", "a")});
    const auto traces = house.trace("a");
    ASSERT_THAT(traces, SizeIs(1));
    ASSERT_TRUE(traces[0].letter);
    EXPECT_EQ(*traces[0].letter, 1U);
}

TEST(Trace, TellsOfEachContentThatCameWithAUuid) {
    TraceHouse house;
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"}, "one");
    house.append(tenant, {"a"}, "other");
    house.append(tenant, {"a"}, "other");
    const auto traces = house.trace("a");
    ASSERT_THAT(traces, SizeIs(2));
    EXPECT_FALSE(traces[0].conflict);
    EXPECT_TRUE(traces[1].conflict);
    EXPECT_EQ(traces[1].position, (Position{Sequence{2}, 0}));
}

TEST(Trace, AnEventDeliveredBeforeItWasStoredIsSettled) {
    TraceHouse house;
    const TenantId tenant = house.tenant();
    Append append = SpoolHouse::delivery(tenant, {"a"});
    append.already_delivered = true;
    house.append(append);
    const auto traces = house.trace("a");
    ASSERT_THAT(traces, SizeIs(1));
    EXPECT_TRUE(traces[0].settled);
}

TEST(Trace, IsOverAfterADay) {
    TraceHouse house;
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    house.clock.advance(std::chrono::hours(25));
    EXPECT_THAT(house.trace("a"), IsEmpty());
}

}  // namespace
}  // namespace hookline::spool
