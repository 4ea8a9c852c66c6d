// What is a repeat, what is a conflict, and what a failed commit leaves behind of both: nothing.

#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string marked(const std::string& uuid, const std::string& said) {
    return R"({"uuid":")" + uuid + R"(","said":")" + said + R"(","uuid_conflict":true})";
}

TEST(Repeats, TheSameIdWithTheSameContentIsStoredOnce) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a", "b"});

    const Appended again = house.append(tenant, {"a", "b"});
    EXPECT_EQ(again.outcome, AppendOutcome::repeated);
    EXPECT_EQ(again.repeated, 2U);

    const Appended partly = house.append(tenant, {"b", "c"});
    EXPECT_EQ(partly.outcome, AppendOutcome::stored);
    EXPECT_EQ(partly.stored, 1U);
    EXPECT_EQ(partly.repeated, 1U);
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a"), line_of("b"), line_of("c")));
    EXPECT_EQ(house.spool->tenant(tenant)->repeated_events, 3U);
}

TEST(Repeats, WithinOneDeliveryAndWithinOneGroupToo) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    std::vector<AppendOutcome> answers;
    const auto note = [&](const Appended& answer) { answers.push_back(answer.outcome); };
    house.spool->append(SpoolHouse::delivery(tenant, {"a", "a"}), house.mailbox, note);
    house.spool->append(SpoolHouse::delivery(tenant, {"a"}), house.mailbox, note);
    house.spool->commit_now();
    EXPECT_THAT(answers, ElementsAre(AppendOutcome::stored, AppendOutcome::repeated));
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a")));
}

TEST(Repeats, BelongToOneTenant) {
    SpoolHouse house;
    house.open();
    const TenantId one = house.tenant(std::string(32, 'a'));
    const TenantId two = house.tenant(std::string(32, 'b'));
    house.append(one, {"a"});
    EXPECT_EQ(house.append(two, {"a"}).outcome, AppendOutcome::stored);
}

TEST(Repeats, TheSameIdWithOtherContentIsShippedAndMarked) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"}, "true");

    const Appended other = house.append(tenant, {"a", "b"}, "false");
    EXPECT_EQ(other.outcome, AppendOutcome::stored);
    EXPECT_EQ(other.stored, 2U);
    EXPECT_EQ(other.conflicts, 1U);
    EXPECT_THAT(house.lines(tenant), ElementsAre(line_of("a", "true"), marked("a", "false"), line_of("b", "false")));

    // Both contents are known now.
    EXPECT_EQ(house.append(tenant, {"a"}, "false").outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.append(tenant, {"a"}, "true").outcome, AppendOutcome::repeated);
    // And a restart changes nothing about it.
    house.reopen();
    EXPECT_EQ(house.append(tenant, {"a"}, "false").outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.append(tenant, {"a"}, "third").conflicts, 1U);
}

TEST(Repeats, AreKnownThroughAKill) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a", "b"});
    house.kill_and_move();
    house.open();
    EXPECT_EQ(house.append(tenant, {"a", "b"}).outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.spool->status().seen_ids, 2U);
}

TEST(Repeats, AreKnownForADayByTheSpoolsOwnTime) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});

    // Whatever somebody does to the calendar.
    house.clock.jump_wall(std::chrono::hours(24 * 400));
    house.spool->commit_now();
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::repeated);
    house.reopen();
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::repeated);
    house.clock.jump_wall(std::chrono::hours(-24 * 800));
    house.reopen();
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::repeated);

    house.clock.advance(std::chrono::hours(23));
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::repeated);
    house.clock.advance(std::chrono::hours(1) + std::chrono::seconds(2));
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::stored);
}

TEST(Repeats, ThatTheProcessWasDownMakesNoneForgotten) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    house.spool.reset();
    house.clock.jump_wall(std::chrono::hours(24 * 30));  // a month, or somebody set the calendar: nobody can tell
    house.open();
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::repeated);
}

TEST(Repeats, TheOldestAreForgottenAtATenantsLimit) {
    SpoolHouse house;
    house.options.limits.seen_tenant_max = 2;
    house.open();
    const TenantId tenant = house.tenant();
    const TenantId other = house.tenant(std::string(32, 'b'));
    house.append(other, {"z"});
    house.append(tenant, {"a"});
    house.append(tenant, {"b"});
    house.append(tenant, {"c"});
    EXPECT_EQ(house.append(tenant, {"c"}).outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.append(other, {"z"}).outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::stored);
}

TEST(Repeats, ALargeTenantGivesWayToSmallOnes) {
    SpoolHouse house;
    house.options.limits.seen_max = 4;
    house.open();
    const TenantId large = house.tenant(std::string(32, 'a'));
    const TenantId small = house.tenant(std::string(32, 'b'));
    house.append(small, {"z"});
    house.append(large, {"a", "b", "c", "d", "e", "f"});
    EXPECT_EQ(house.spool->status().seen_ids, 4U);
    EXPECT_EQ(house.append(small, {"z"}).outcome, AppendOutcome::repeated);
    EXPECT_EQ(house.append(large, {"f"}).outcome, AppendOutcome::repeated);
}

TEST(Repeats, WhatLogzioTookAlreadyIsRememberedAndNotStored) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    Append append = SpoolHouse::delivery(tenant, {"a"});
    append.already_delivered = true;
    append.prove = true;
    const Appended answer = house.append(append);
    EXPECT_EQ(answer.outcome, AppendOutcome::stored);
    EXPECT_EQ(answer.first, Position{});
    EXPECT_EQ(house.metrics.counter("hookline_spool_delivered_events_total", "").value(), 1);

    house.reopen();
    EXPECT_THAT(house.lines(tenant), IsEmpty());
    EXPECT_TRUE(house.spool->known(tenant)->proven);
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::repeated);
}

TEST(Repeats, AnOriginalIsKeptAsideWithItsLineAndOnlyOnce) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    Append append = SpoolHouse::delivery(tenant, {"a"});
    append.events.front().aside = 0;
    append.asides = {aside_letter("the original"), aside_letter("an element that is no object")};
    house.append(append);
    EXPECT_EQ(house.spool->tenant(tenant)->aside_letters, 2U);

    house.append(append);
    const auto letters = house.spool->letters({}, 0, 10);
    ASSERT_TRUE(letters);
    std::vector<std::string> bodies;
    for (const Letter& letter : *letters) bodies.push_back(letter.draft.body);
    EXPECT_THAT(bodies, ElementsAre("the original", "an element that is no object", "an element that is no object"))
        << "what no line points to is always kept";
}

}  // namespace
}  // namespace hookline::spool
