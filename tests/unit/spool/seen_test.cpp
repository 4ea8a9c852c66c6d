// The table of seen ids against a plain model, and the waiting room's turns.

#include <map>
#include <random>
#include <set>

#include "raw_rows.h"
#include "spool/seen_table.h"
#include "spool/waiting_room.h"
#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;

Hash128 hash_of(std::uint64_t number) { return hash128(std::to_string(number)); }

TEST(SeenTable, AgreesWithAPlainModelThroughRollBacks) {
    SeenTable table({});
    std::map<std::tuple<TenantId, std::uint64_t>, std::set<std::uint64_t>> model;
    std::mt19937_64 random(1);
    const AgeTime now(std::chrono::hours(1'000));
    for (int round = 0; round < 600; ++round) {
        const auto before = model;
        for (int count = 0; count < 4; ++count) {
            const TenantId tenant{1 + random() % 5};
            const std::uint64_t id = random() % 800;
            const std::uint64_t content = random() % 3;
            auto& contents = model[{tenant, id}];
            const auto expected = contents.contains(content) ? SeenTable::Found::repeat
                                  : contents.empty()         ? SeenTable::Found::fresh
                                                             : SeenTable::Found::conflict;
            ASSERT_EQ(table.insert(tenant, hash_of(id), hash_of(content), now), expected);
            contents.insert(content);
        }
        if (round % 3 == 0) {
            table.roll_back(0);
            model = before;
        } else {
            table.keep();
        }
    }
    std::size_t ids = 0;
    for (const auto& [key, contents] : model) ids += contents.size();
    EXPECT_EQ(table.size(), ids);
}

TEST(SeenTable, StaysWithinItsLimitsWhateverComes) {
    SeenTable table({std::chrono::hours(24), 50, 200, 8});
    std::mt19937_64 random(2);
    AgeTime now(std::chrono::hours(1'000));
    for (std::uint64_t round = 0; round < 20'000; ++round) {
        const TenantId tenant{1 + random() % 30};
        table.insert(tenant, hash_of(round), hash_of(round), now);
        if (random() % 10 == 0) table.roll_back(0);
        if (random() % 4 == 0) table.keep();
        if (random() % 50 == 0) {
            now += std::chrono::minutes(30);
            table.expire(now);
        }
        ASSERT_LE(table.size(), 230U);
    }
    table.keep();
    now += std::chrono::hours(25);
    table.expire(now);
    EXPECT_EQ(table.size(), 0U);
}

TEST(SeenTable, OneIdWithEndlessContentsStaysShort) {
    SeenTable table({});
    const AgeTime now(std::chrono::hours(1'000));
    for (std::uint64_t content = 0; content < 1'000; ++content) {
        const auto found = table.insert(TenantId{1}, hash_of(0), hash_of(content), now);
        EXPECT_EQ(found, content == 0 ? SeenTable::Found::fresh : SeenTable::Found::conflict);
    }
    EXPECT_EQ(table.size(), 8U);
}

TEST(SeenTable, ReadBackwardsItHoldsWhatItHeldForwards) {
    const SeenLimits limits{std::chrono::hours(24), 50, 100'000, 8};
    struct Told {
        TenantId tenant;
        std::uint64_t id;
        std::uint64_t content;
    };
    std::mt19937_64 random(3);
    std::vector<Told> story;
    for (int round = 0; round < 3'000; ++round) {
        story.push_back({TenantId{1 + random() % 40 * random() % 40}, random() % 500, random() % 2});
    }
    const AgeTime now(std::chrono::hours(1'000));
    SeenTable forwards(limits);
    std::vector<Told> stored;  // as rows hold them: what was a repeat is not in them
    for (const Told& one : story) {
        const auto found = forwards.insert(one.tenant, hash_of(one.id), hash_of(one.content), now);
        if (found != SeenTable::Found::repeat) stored.push_back(one);
    }
    forwards.keep();
    SeenTable backwards(limits);
    for (auto one = stored.rbegin(); one != stored.rend(); ++one) {
        backwards.insert_older(one->tenant, hash_of(one->id), hash_of(one->content), now, now);
    }
    EXPECT_GT(stored.size(), forwards.size()) << "some tenants are at their limit";
    EXPECT_EQ(backwards.size(), forwards.size());
    for (const Told& one : stored) {
        ASSERT_EQ(backwards.contains(one.tenant, hash_of(one.id), hash_of(one.content)),
                  forwards.contains(one.tenant, hash_of(one.id), hash_of(one.content)));
    }
}

TEST(SeenTable, OlderIdsOfALargeTenantGiveWayAndThoseOfASmallOneDoNot) {
    SeenTable table({std::chrono::hours(24), 1'000, 100, 8});
    const AgeTime now(std::chrono::hours(1'000));
    for (std::uint64_t id = 0; id < 300; ++id) table.insert_older(TenantId{1}, hash_of(id), hash_of(0), now, now);
    EXPECT_EQ(table.size(), 100U);
    table.insert_older(TenantId{2}, hash_of(1'000), hash_of(0), now, now);
    EXPECT_EQ(table.size(), 100U);
    EXPECT_TRUE(table.contains(TenantId{2}, hash_of(1'000), hash_of(0)));
    EXPECT_FALSE(table.contains(TenantId{1}, hash_of(99), hash_of(0))) << "the oldest of the largest";
    EXPECT_TRUE(table.contains(TenantId{1}, hash_of(98), hash_of(0)));
    // Younger ones push them out from their old end.
    for (std::uint64_t id = 2'000; id < 2'050; ++id) table.insert(TenantId{1}, hash_of(id), hash_of(0), now);
    EXPECT_EQ(table.size(), 100U);
    EXPECT_TRUE(table.contains(TenantId{1}, hash_of(0), hash_of(0)));
    EXPECT_FALSE(table.contains(TenantId{1}, hash_of(98), hash_of(0)));
}

/// A hundred deliveries of one event, one row each; at the next start the last ten are read, and then ten a turn.
struct LongMemory : SpoolHouse {
    explicit LongMemory(CommitMode mode = CommitMode::by_hand) : SpoolHouse(mode) {
        options.limits.seen_at_start = options.limits.seen_a_turn = 10;
        open();
        early = this->tenant(std::string(32, 'e'));
        append(early, {"early"});
        tenant_ = this->tenant();
        for (int number = 0; number < 100; ++number) append(tenant_, {"n" + std::to_string(number)});
    }
    AppendOutcome again(const std::string& uuid) { return append(tenant_, {uuid}).outcome; }
    void read_on() {
        while (spool->commit_now()) {
        }
    }
    TenantId early;  ///< whose one event is the oldest of all
    TenantId tenant_;
};

TEST(Seen, TheNewestAreKnownAtOnceAfterAStartAndTheOlderOnesSoonAfter) {
    LongMemory house;
    house.settle(house.early, {Sequence{2}, 0});
    house.kill_and_move();
    house.open();
    EXPECT_EQ(house.spool->status().seen_ids, 10U);
    EXPECT_FALSE(house.spool->status().ids_read);
    EXPECT_EQ(house.spool->tenant(house.early)->last_received, WallTime{}) << "its row is not read yet";
    EXPECT_EQ(house.again("n99"), AppendOutcome::repeated);
    unsigned turns = 1;
    while (house.spool->commit_now()) ++turns;
    EXPECT_EQ(turns, 9U) << "a hundred and one in all, ten a turn; the last of them says that nothing is left";
    EXPECT_TRUE(house.spool->status().ids_read);
    EXPECT_EQ(house.spool->status().seen_ids, 101U);
    for (const char* uuid : {"n0", "n50", "n89", "n90"}) EXPECT_EQ(house.again(uuid), AppendOutcome::repeated);
    EXPECT_EQ(house.spool->tenant(house.early)->last_received, SpoolHouse::delivery(house.early, {}).received_at);
}

TEST(Seen, WhatComesAgainWhileOlderOnesAreReadComesTwiceAndIsKnownFromThenOn) {
    LongMemory house;
    house.reopen();
    EXPECT_EQ(house.again("n0"), AppendOutcome::stored) << "not read yet: a copy, and nothing lost";
    EXPECT_EQ(house.again("n85"), AppendOutcome::repeated) << "read in the turn before";
    house.read_on();
    EXPECT_EQ(house.again("n0"), AppendOutcome::repeated);
    EXPECT_EQ(house.again("n1"), AppendOutcome::repeated);
    EXPECT_EQ(house.spool->status().seen_ids, 101U);
}

TEST(Seen, ATenantThatIsForgottenMeanwhileStaysForgotten) {
    LongMemory house;
    house.reopen();
    ASSERT_TRUE(house.spool->forget(house.early));
    house.read_on();
    EXPECT_EQ(house.spool->status().seen_ids, 100U);
    EXPECT_EQ(house.again("n0"), AppendOutcome::repeated);
}

TEST(Seen, ASpoolCanBeClosedWhileOlderOnesAreRead) {
    LongMemory house;
    for (int turns = 0; turns < 4; ++turns) {
        house.reopen();
        for (int turn = 0; turn < turns; ++turn) ASSERT_TRUE(house.spool->commit_now());
        EXPECT_FALSE(house.spool->status().ids_read);
    }
    LongMemory threaded(CommitMode::thread);
    for (int times = 0; times < 5; ++times) threaded.reopen();
    EXPECT_EQ(threaded.again("n99"), AppendOutcome::repeated);
}

TEST(Seen, AnOlderRowThatIsDamagedCostsCopiesAndIsTold) {
    LongMemory house;
    house.spool.reset();
    put_row(house.options.directory, Table::seen, rows_of(house.options.directory, Table::seen).begin()->first, "?");
    house.open();
    house.read_on();
    EXPECT_FALSE(house.spool->status().ids_read);
    EXPECT_EQ(house.again("n99"), AppendOutcome::repeated);
    EXPECT_EQ(house.again("n0"), AppendOutcome::repeated);
    EXPECT_EQ(house.append(house.early, {"early"}).outcome, AppendOutcome::stored) << "its row was the damaged one";
    EXPECT_EQ(house.again("new"), AppendOutcome::stored);
}

TEST(Seen, AFloodsOldRowsGoAndWhatIsRememberedIsCarriedOver) {
    SpoolHouse house;
    house.options.limits.seen_tenant_max = 2'000;
    house.open();
    const TenantId quiet = house.tenant(std::string(32, 'a'));
    const TenantId flood = house.tenant(std::string(32, 'b'));
    house.append(quiet, {"precious"});
    for (int group = 0; group < 80; ++group) {
        std::vector<std::string> uuids;
        for (int event = 0; event < 1'500; ++event) uuids.push_back(std::to_string(group * 10'000 + event));
        Append append = SpoolHouse::delivery(flood, uuids);
        append.already_delivered = true;
        house.append(append);
        house.clock.advance(std::chrono::seconds(1));
        house.spool->commit_now();
    }
    EXPECT_EQ(house.spool->status().seen_ids, 2'001U);
    house.reopen();
    EXPECT_EQ(house.append(quiet, {"precious"}).outcome, AppendOutcome::repeated);
    EXPECT_LT(house.spool->status().disk_bytes, 5'000'000U) << "of 120,000 ids";
}

WaitingAppend waiting(std::uint64_t tenant, std::uint64_t bytes) {
    WaitingAppend append;
    append.append.tenant = TenantId{tenant};
    append.bytes = bytes;
    return append;
}

TEST(WaitingRoom, TakesTurnsByBytesAndKeepsEachTenantsOrder) {
    WaitingRoom room({1 << 20, 1 << 18, 100, 10, 1 << 20});
    for (const std::uint64_t tenant : {1U, 1U, 1U, 2U, 2U}) {
        auto append = waiting(tenant, 10);
        ASSERT_EQ(room.add(append), WaitingRoom::Answer::taken);
    }
    auto large = waiting(3, 60);
    ASSERT_EQ(room.add(large), WaitingRoom::Answer::taken);
    std::vector<std::uint64_t> order;
    for (const WaitingAppend& append : room.take().appends) order.push_back(append.append.tenant.number);
    EXPECT_THAT(order, ElementsAre(1, 2, 1, 2, 1)) << "the large one waits until it has saved enough for its turn";
    EXPECT_EQ(room.take().appends.size(), 1U);
    EXPECT_TRUE(room.take().empty());
    EXPECT_EQ(room.bytes(), 0U);
}

TEST(WaitingRoom, OneLargerThanAGroupGoesAlone) {
    WaitingRoom room({1 << 20, 1 << 18, 100, 10, 1 << 20});
    auto large = waiting(1, 5'000);
    ASSERT_EQ(room.add(large), WaitingRoom::Answer::taken);
    EXPECT_EQ(room.take().appends.size(), 1U);
}

TEST(WaitingRoom, OneLargerThanTheRoomIsTakenIntoAnEmptyOne) {
    WaitingRoom room({1'000, 100, 100, 10, 50});
    auto large = waiting(1, 5'000);
    ASSERT_EQ(room.add(large), WaitingRoom::Answer::taken);
    auto next = waiting(2, 10);
    EXPECT_EQ(room.add(next), WaitingRoom::Answer::busy);
    EXPECT_EQ(room.take().appends.size(), 1U);
    EXPECT_EQ(room.add(next), WaitingRoom::Answer::taken);
    auto again = waiting(1, 5'000);
    EXPECT_EQ(room.add(again), WaitingRoom::Answer::busy);
}

TEST(WaitingRoom, OneLargeBodyIsKeptAsideAndNoMoreBesideIt) {
    WaitingRoom room({1'000, 100, 100, 10, 50});
    const auto aside = [](std::size_t bytes) {
        WaitingAside made;
        made.letter.body = std::string(bytes, 'x');
        return made;
    };
    EXPECT_EQ(room.add(aside(400)), WaitingRoom::Answer::taken);
    EXPECT_EQ(room.add(aside(1)), WaitingRoom::Answer::busy);
    EXPECT_EQ(room.take().asides.size(), 1U);
    EXPECT_EQ(room.add(aside(1)), WaitingRoom::Answer::taken);
}

TEST(WaitingRoom, AfterClosingNothingComesInAndTheRestComesOut) {
    WaitingRoom room({1 << 20, 1 << 18, 100, 10, 1 << 20});
    auto first = waiting(1, 5);
    ASSERT_EQ(room.add(first), WaitingRoom::Answer::taken);
    room.close();
    auto second = waiting(1, 5);
    EXPECT_EQ(room.add(second), WaitingRoom::Answer::closed);
    EXPECT_EQ(room.take().appends.size(), 1U);
}

}  // namespace
}  // namespace hookline::spool
