// Deliveries in, lines out, in order, across restarts.

#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Queue, GivesBackLinesInTheOrderTheyCameIn) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();

    const Appended first = house.append(tenant, {"a", "b"});
    house.append(tenant, {"c"});

    EXPECT_EQ(first.outcome, AppendOutcome::stored);
    EXPECT_EQ(first.stored, 2U);
    EXPECT_EQ(first.first, (Position{Sequence{1}, 0}));
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a"), line_of("b"), line_of("c")));
}

TEST(Queue, KeepsWhatItCommittedThroughAKill) {
    SpoolHouse house;
    house.open();
    TenantId tenant = house.tenant();
    house.append(tenant, {"a", "b"});
    house.append(tenant, {"c"});
    ASSERT_TRUE(house.settle(tenant, {Sequence{1}, 1}));

    house.kill_and_move();
    house.open();

    const auto known = house.spool->find(HeaderIdentity{"us", Secret(std::string(32, 'a'))});
    ASSERT_TRUE(known);
    EXPECT_EQ(known->id, tenant);
    EXPECT_EQ(house.spool->cursor(tenant), (Position{Sequence{1}, 1}));
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("b"), line_of("c")));
    EXPECT_EQ(house.append(tenant, {"d"}).first, (Position{Sequence{3}, 0}));
}

TEST(Queue, NeverGivesASequenceTwiceAfterItWasDrained) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    ASSERT_TRUE(house.settle(tenant, house.read(tenant).end));

    house.reopen();

    EXPECT_THAT(house.lines(tenant), IsEmpty());
    EXPECT_EQ(house.append(tenant, {"b"}).first, (Position{Sequence{2}, 0}));
}

TEST(Queue, CutsABatchByBytesAndByLinesWithinADelivery) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a", "b", "c"});
    const std::size_t line_bytes = line_of("a").size() + 1;

    const Batch by_lines = house.read(tenant, 1 << 20, 2);
    EXPECT_THAT(by_lines.lines, SizeIs(2));
    EXPECT_EQ(by_lines.end, (Position{Sequence{1}, 2}));
    EXPECT_TRUE(by_lines.more);

    const Batch by_bytes = house.read(tenant, line_bytes * 2 + 1, 100);
    EXPECT_THAT(by_bytes.lines, SizeIs(2));
    const Batch tiny = house.read(tenant, 1, 100);
    EXPECT_THAT(tiny.lines, SizeIs(1)) << "one line always fits";

    ASSERT_TRUE(house.settle(tenant, by_lines.end));
    const Batch rest = house.read(tenant);
    ASSERT_THAT(rest.lines, SizeIs(1));
    EXPECT_EQ(rest.lines.front().text, line_of("c") + "\n");
    EXPECT_EQ(rest.lines.front().position, (Position{Sequence{1}, 2}));
    EXPECT_EQ(rest.end, (Position{Sequence{2}, 0}));
    EXPECT_FALSE(rest.more);
}

TEST(Queue, ABatchIsTheBodyOfItsBulk) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    // Some deliveries are kept packed, some are not.
    std::vector<std::string> many;
    for (int event = 0; event < 300; ++event) many.push_back("many-" + std::to_string(event));
    house.append(tenant, {"a"});
    house.append(tenant, many);
    house.append(tenant, {"z"});

    const Batch batch = house.read(tenant);
    std::string joined;
    for (const BatchLine& line : batch.lines) joined += line.text;

    EXPECT_THAT(batch.lines, SizeIs(302));
    EXPECT_EQ(*batch.storage, joined);
    EXPECT_EQ(batch.lines.back().text, line_of("z") + "\n");

    // From the middle of a packed delivery on.
    ASSERT_TRUE(house.settle(tenant, {Sequence{2}, 150}));
    EXPECT_EQ(house.read(tenant).lines.front().text, line_of("many-150") + "\n");
}

TEST(Queue, CountsWhatWaitsExactlyAlsoAfterARestart) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a", "b", "c"});
    house.append(tenant, {"d"});
    const std::uint64_t line_bytes = line_of("a").size() + 1;
    const auto before = house.spool->tenant(tenant);
    ASSERT_TRUE(house.settle(tenant, {Sequence{1}, 2}));

    const auto expect_two_lines = [&] {
        const auto status = house.spool->tenant(tenant);
        ASSERT_TRUE(status);
        EXPECT_EQ(status->waiting_lines, 2U);
        EXPECT_EQ(status->waiting_bytes, 2 * line_bytes);
        EXPECT_EQ(status->waiting_deliveries, 2U);
        EXPECT_EQ(status->stored_bytes, before->stored_bytes) << "a record counts until it is settled whole";
        EXPECT_EQ(status->oldest_waiting, WallTime(std::chrono::seconds(1'767'225'600)));
    };
    expect_two_lines();
    house.reopen();
    expect_two_lines();

    ASSERT_TRUE(house.settle(tenant, house.read(tenant).end));
    EXPECT_EQ(house.spool->tenant(tenant)->waiting_lines, 0U);
    EXPECT_EQ(house.spool->tenant(tenant)->stored_bytes, 0U);
    EXPECT_EQ(house.spool->status().stored_bytes, 0U);
    EXPECT_THAT(house.spool->tenants_with_lines(), IsEmpty());
}

TEST(Queue, TellsWhoHasSomethingNew) {
    SpoolHouse house;
    house.open();
    std::vector<TenantId> told;
    house.spool->on_arrival([&](const std::vector<TenantId>& tenants) { told = tenants; });
    const TenantId one = house.tenant(std::string(32, 'a'));
    const TenantId two = house.tenant(std::string(32, 'b'));

    house.spool->append(SpoolHouse::delivery(one, {"a"}), house.mailbox, [](const Appended&) {});
    house.spool->append(SpoolHouse::delivery(two, {"b"}), house.mailbox, [](const Appended&) {});
    house.spool->append(SpoolHouse::delivery(one, {"c"}), house.mailbox, [](const Appended&) {});
    house.spool->commit_now();
    EXPECT_THAT(told, ElementsAre(one, two));
    EXPECT_EQ(house.mailbox.posts, 1U) << "a mailbox is woken once with all its answers";

    told.clear();
    house.append(one, {"a"});
    EXPECT_THAT(told, IsEmpty()) << "a repeat is nothing new";
    EXPECT_THAT(house.spool->tenants_with_lines(), ElementsAre(one, two));
}

TEST(Queue, ASettleBeyondTheEndIsRefused) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    EXPECT_FALSE(house.settle(tenant, {Sequence{3}, 0}));
    EXPECT_FALSE(house.settle(tenant, {Sequence{2}, 1}));
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a")));
}

TEST(Queue, AnAppendThatCameWithItsSettleIsNotSettled) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    Settle settle;
    settle.tenant = tenant;
    settle.upto = {Sequence{2}, 0};
    house.spool->append(SpoolHouse::delivery(tenant, {"b"}), house.mailbox, [](const Appended&) {});
    ASSERT_TRUE(house.settle(std::move(settle)));
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("b")));
    EXPECT_EQ(house.spool->tenant(tenant)->waiting_lines, 1U);
    house.reopen();
    EXPECT_EQ(house.spool->tenant(tenant)->waiting_lines, 1U);
}

TEST(Queue, AfterCloseEveryAppendIsAnsweredFailed) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    bool answered_before = false;
    house.spool->append(SpoolHouse::delivery(tenant, {"a"}), house.mailbox,
                        [&](const Appended& answer) { answered_before = answer.outcome == AppendOutcome::stored; });
    ASSERT_TRUE(house.spool->close());
    EXPECT_TRUE(answered_before) << "what waited is committed first";

    AppendOutcome outcome = AppendOutcome::stored;
    house.spool->append(SpoolHouse::delivery(tenant, {"b"}), house.mailbox,
                        [&](const Appended& answer) { outcome = answer.outcome; });
    EXPECT_EQ(outcome, AppendOutcome::failed);
    EXPECT_FALSE(house.spool->read(tenant, {}, 1, 1));
    EXPECT_FALSE(house.spool->status().accepting);

    house.reopen();
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a")));
}

// Age: how long ago a line was received, whatever anybody does to the calendar.

std::chrono::microseconds age_of_first(SpoolHouse& house, TenantId tenant) {
    return house.read(tenant).lines.at(0).age;
}

TEST(Age, GrowsWithTheMonotonicClockAlone) {
    for (const auto jump : {std::chrono::hours(24 * 3650), std::chrono::hours(-24 * 3650)}) {
        SpoolHouse house;
        house.open();
        const TenantId tenant = house.tenant();
        house.append(tenant, {"before"});
        house.clock.advance(std::chrono::hours(1));
        house.clock.jump_wall(jump);
        EXPECT_EQ(age_of_first(house, tenant), std::chrono::hours(1));
        house.clock.advance(std::chrono::hours(2));
        house.clock.jump_wall(-jump);  // and put right again
        EXPECT_EQ(age_of_first(house, tenant), std::chrono::hours(3));
    }
}

TEST(Age, GoesOnWhereItWasAtTheNextStart) {
    for (const auto jump : {std::chrono::hours(0), std::chrono::hours(24 * 3650), std::chrono::hours(-24 * 3650)}) {
        SpoolHouse house;
        house.open();
        const TenantId tenant = house.tenant();
        house.append(tenant, {"a"});
        house.clock.advance(std::chrono::hours(5));
        house.clock.jump_wall(jump);  // while it runs, and what is received then
        house.append(tenant, {"b"});
        house.clock.advance(std::chrono::hours(1));
        house.reopen();
        EXPECT_EQ(age_of_first(house, tenant), std::chrono::hours(6));
        EXPECT_EQ(house.read(tenant).lines.at(1).age, std::chrono::hours(1));

        house.spool.reset();
        house.clock.jump_wall(jump);  // while it is down
        house.open();
        EXPECT_EQ(age_of_first(house, tenant), std::chrono::hours(6));
        house.clock.advance(std::chrono::hours(1));
        EXPECT_EQ(age_of_first(house, tenant), std::chrono::hours(7));
    }
}

TEST(Age, LosesAtMostAHeartbeatWhenTheProcessIsKilled) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    for (int beat = 0; beat < 360; ++beat) {
        house.clock.advance(house.options.limits.heartbeat);
        house.spool->commit_now();
    }
    house.clock.advance(house.options.limits.heartbeat - std::chrono::seconds(1));
    house.kill_and_move();
    house.open();
    EXPECT_EQ(age_of_first(house, tenant), std::chrono::hours(1));
}

}  // namespace
}  // namespace hookline::spool
