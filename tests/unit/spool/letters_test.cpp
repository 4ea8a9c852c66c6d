// Dead letters: written with what they belong to, bounded, listed, replayed, discarded, expired.

#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> bodies(const Result<std::vector<Letter>>& letters) {
    check(letters.has_value(), "letters cannot be read");
    std::vector<std::string> all;
    for (const Letter& letter : *letters) all.push_back(letter.draft.body);
    return all;
}

std::vector<std::uint64_t> ids(const Result<std::vector<Letter>>& letters) {
    check(letters.has_value(), "letters cannot be read");
    std::vector<std::uint64_t> all;
    for (const Letter& letter : *letters) all.push_back(letter.id);
    return all;
}

/// A tenant with one event delivered and one letter for it.
struct LetterHouse : SpoolHouse {
    LetterHouse() { open(); }
    void bury(TenantId tenant, LetterDraft letter) {
        const auto events = append(tenant, {"event-" + std::to_string(++events_)});
        Settle settle;
        settle.tenant = tenant;
        settle.upto = {Sequence{events.first.sequence.number + 1}, 0};
        settle.letters.push_back(std::move(letter));
        check(this->settle(std::move(settle)).has_value(), "a settle failed");
    }
    unsigned events_ = 0;
};

TEST(Letters, AreWrittenWithTheSettleAndKeptWhole) {
    LetterHouse house;
    const TenantId tenant = house.tenant();
    house.bury(tenant, condemned_letter("{\"a\":1}\n", "uuid-1"));
    house.kill_and_move();
    house.open();

    const auto letters = house.spool->letters({}, 0, 10);
    ASSERT_TRUE(letters);
    ASSERT_THAT(*letters, SizeIs(1));
    const Letter& letter = letters->front();
    EXPECT_EQ(letter.tenant, tenant);
    EXPECT_EQ(letter.tenant_label, label_of(HeaderIdentity{"us", Secret(std::string(32, 'a'))}));
    EXPECT_EQ(letter.at, house.clock.wall());
    EXPECT_EQ(letter.draft.reason, LetterReason::line_refused);
    EXPECT_EQ(letter.draft.status, 400);
    EXPECT_EQ(letter.draft.answer, "{\"malformedLines\":1}");
    EXPECT_EQ(letter.draft.uuid, "uuid-1");
    EXPECT_EQ(letter.draft.body, "{\"a\":1}\n");
    EXPECT_EQ(letter.draft.lines, 1U);
    EXPECT_EQ(house.spool->tenant(tenant)->condemned_letters, 1U);
    EXPECT_GT(house.spool->tenant(tenant)->condemned_bytes, 0U);
    EXPECT_THAT(house.lines(tenant), IsEmpty());
}

TEST(Letters, AreFoundByEveryPartOfAFilterAndInPages) {
    LetterHouse house;
    const TenantId one = house.tenant(std::string(32, 'a'));
    const TenantId two = house.tenant(std::string(32, 'b'));
    const WallTime morning = house.clock.wall();
    house.bury(one, condemned_letter("1\n"));
    house.bury(two, condemned_letter("2\n"));
    house.clock.advance(std::chrono::hours(1));
    LetterDraft late = condemned_letter("3\n");
    late.reason = LetterReason::token_refused;
    house.bury(one, late);
    house.spool->keep_aside(one, aside_letter("4"));
    house.spool->commit_now();

    LetterFilter filter;
    filter.tenant = one;
    EXPECT_THAT(bodies(house.spool->letters(filter, 0, 10)), ElementsAre("1\n", "3\n", "4"));
    filter.kind = LetterClass::condemned;
    filter.reason = LetterReason::token_refused;
    EXPECT_THAT(bodies(house.spool->letters(filter, 0, 10)), ElementsAre("3\n"));
    filter = {};
    filter.to = morning;
    EXPECT_THAT(bodies(house.spool->letters(filter, 0, 10)), ElementsAre("1\n", "2\n"));
    filter = {};
    filter.from = morning + std::chrono::minutes(1);
    EXPECT_THAT(bodies(house.spool->letters(filter, 0, 10)), ElementsAre("3\n", "4"));
    filter = {};
    filter.id = 2;
    EXPECT_THAT(bodies(house.spool->letters(filter, 0, 10)), ElementsAre("2\n"));
    filter = {};
    EXPECT_THAT(bodies(house.spool->letters(filter, 0, 2)), ElementsAre("1\n", "2\n"));
    EXPECT_THAT(bodies(house.spool->letters(filter, 2, 2)), ElementsAre("3\n", "4"));
    EXPECT_THAT(bodies(house.spool->letters(filter, 4, 2)), IsEmpty());
}

TEST(Letters, ReplayPutsLinesBackInOrderAndTakesTheLettersAway) {
    LetterHouse house;
    const TenantId tenant = house.tenant();
    house.bury(tenant, condemned_letter("{\"first\":1}\n"));
    house.bury(tenant, condemned_letter("{\"second\":1}\n{\"third\":1}"));
    house.spool->keep_aside(tenant, aside_letter("cannot be replayed"));
    house.spool->commit_now();

    const auto replayed = house.spool->replay({3, 2, 1, 1, 77});
    ASSERT_TRUE(replayed);
    EXPECT_EQ(*replayed, 2U);
    EXPECT_THAT(house.lines(tenant), ElementsAre("{\"first\":1}", "{\"second\":1}", "{\"third\":1}"));
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), ElementsAre("cannot be replayed"));
    EXPECT_EQ(house.spool->tenant(tenant)->condemned_letters, 0U);
    EXPECT_EQ(house.spool->tenant(tenant)->condemned_bytes, 0U);
    EXPECT_THAT(house.spool->tenants_with_lines(), ElementsAre(tenant));

    house.kill_and_move();
    house.open();
    EXPECT_THAT(house.lines(tenant), SizeIs(3));
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), SizeIs(1));
}

TEST(Letters, ReplayTellsTheShipper) {
    LetterHouse house;
    std::vector<TenantId> told;
    house.spool->on_arrival([&](const std::vector<TenantId>& tenants) { told = tenants; });
    const TenantId tenant = house.tenant();
    house.bury(tenant, condemned_letter());
    told.clear();
    ASSERT_TRUE(house.spool->replay({1}));
    EXPECT_THAT(told, ElementsAre(tenant));
}

TEST(Letters, ThousandsAreReplayedInPieces) {
    LetterHouse house;
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    Settle settle;
    settle.tenant = tenant;
    settle.upto = {Sequence{2}, 0};
    for (int count = 0; count < 1000; ++count) {
        settle.letters.push_back(condemned_letter("{\"n\":" + std::to_string(count) + "}\n"));
    }
    ASSERT_TRUE(house.settle(settle));
    const auto page = house.spool->letters({}, 0, 5000);
    ASSERT_THAT(ids(page), SizeIs(1000));
    const auto replayed = house.spool->replay(ids(page));
    ASSERT_TRUE(replayed);
    EXPECT_EQ(*replayed, 1000U);
    const auto lines = house.lines(tenant);
    ASSERT_THAT(lines, SizeIs(1000));
    EXPECT_EQ(lines.front(), "{\"n\":0}");
    EXPECT_EQ(lines.back(), "{\"n\":999}");
}

TEST(Letters, DiscardTakesThemAwayAndTheirNumbersAreNotUsedAgain) {
    LetterHouse house;
    const TenantId tenant = house.tenant();
    house.bury(tenant, condemned_letter());
    const auto discarded = house.spool->discard({1, 2});
    ASSERT_TRUE(discarded);
    EXPECT_EQ(*discarded, 1U);
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), IsEmpty());
    EXPECT_EQ(house.spool->tenant(tenant)->condemned_letters, 0U);
    house.reopen();
    house.bury(tenant, condemned_letter());
    EXPECT_THAT(ids(house.spool->letters({}, 0, 10)), ElementsAre(2U));
}

TEST(Letters, AFullQuotaOfCondemnedOnesIsSaidAndDropsNothing) {
    SpoolHouse house;
    house.options.limits.condemned_tenant_bytes_max = 1500;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a", "b"});
    Settle settle;
    settle.tenant = tenant;
    settle.upto = {Sequence{1}, 1};
    settle.letters = {condemned_letter()};
    ASSERT_TRUE(house.settle(settle));
    EXPECT_FALSE(house.spool->known(tenant)->condemned_full);
    settle.upto = {Sequence{2}, 0};
    ASSERT_TRUE(house.settle(settle));
    EXPECT_TRUE(house.spool->known(tenant)->condemned_full);
    EXPECT_EQ(house.spool->tenant(tenant)->condemned_letters, 2U);

    house.reopen();
    EXPECT_TRUE(house.spool->known(tenant)->condemned_full);
    ASSERT_TRUE(house.spool->discard({1}));
    EXPECT_FALSE(house.spool->known(tenant)->condemned_full);
}

TEST(Letters, WhatIsKeptAsideIsARingForEachTenantAndInAll) {
    SpoolHouse house;
    house.options.limits.aside_tenant_bytes_max = 3 * 1100;
    house.options.limits.aside_bytes_max = 4 * 1100;
    house.open();
    const TenantId one = house.tenant(std::string(32, 'a'));
    const TenantId two = house.tenant(std::string(32, 'b'));
    house.append(one, {"a"});
    house.append(two, {"b"});
    const auto keep = [&](TenantId tenant, const std::string& body) {
        house.spool->keep_aside(tenant, aside_letter(body));
        house.spool->commit_now();
    };
    for (const char* body : {"1", "2", "3", "4"}) keep(one, body);
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), ElementsAre("2", "3", "4"));
    house.reopen();  // the ring is known again
    keep(two, "5");
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), ElementsAre("2", "3", "4", "5"));
    keep(two, "6");
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), ElementsAre("3", "4", "5", "6"));
    EXPECT_EQ(house.spool->tenant(one)->aside_letters, 2U);
    EXPECT_EQ(house.spool->tenant(two)->aside_letters, 2U);
}

TEST(Letters, AreKeptAsideForANamedTenantBeforeItsFirstEventButNotForAStranger) {
    SpoolHouse house;
    house.open();
    const TenantId named = house.spool->introduce(NamedIdentity{"acme"});
    house.spool->keep_aside(named, aside_letter("named"));
    house.spool->keep_aside(house.tenant(), aside_letter("stranger"));
    house.spool->commit_now();
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), ElementsAre("named"));
    house.reopen();
    EXPECT_EQ(house.spool->find(NamedIdentity{"acme"})->id, named);
    EXPECT_EQ(house.spool->tenant(named)->aside_letters, 1U);
}

TEST(Letters, OneThatIsTooLargeForTheRingIsStillKeptAlone) {
    SpoolHouse house;
    house.options.limits.aside_tenant_bytes_max = 100;
    house.options.limits.aside_bytes_max = 100;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    house.spool->keep_aside(tenant, aside_letter("1"));
    house.spool->keep_aside(tenant, aside_letter("2"));
    house.spool->commit_now();
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), ElementsAre("2"));
}

TEST(Letters, ExpireByTheSpoolsOwnTime) {
    LetterHouse house;
    const TenantId tenant = house.tenant();
    LetterDraft letter = condemned_letter();
    letter.reason = LetterReason::token_refused;
    letter.expires_at = house.clock.wall() + std::chrono::hours(24 * 7);
    house.bury(tenant, letter);
    house.bury(tenant, condemned_letter());

    house.clock.jump_wall(std::chrono::hours(24 * 365));
    house.spool->commit_now();
    EXPECT_THAT(ids(house.spool->letters({}, 0, 10)), ElementsAre(1U, 2U));

    house.clock.advance(std::chrono::hours(24 * 6));
    house.reopen();
    house.spool->commit_now();
    EXPECT_THAT(ids(house.spool->letters({}, 0, 10)), ElementsAre(1U, 2U));
    house.clock.advance(std::chrono::hours(24) + std::chrono::seconds(1));
    house.spool->commit_now();
    EXPECT_THAT(ids(house.spool->letters({}, 0, 10)), ElementsAre(2U));
    EXPECT_EQ(house.spool->tenant(tenant)->condemned_letters, 1U);
}

TEST(Letters, NothingIsKeptAsideForStrangers) {
    SpoolHouse house;
    house.open();
    house.spool->keep_aside(house.tenant(), aside_letter());
    house.spool->commit_now();
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), IsEmpty());
}

TEST(Letters, AWriteThatFailedLeavesRingAndCountsAsTheyWere) {
    SpoolHouse house;
    auto files = std::make_shared<test::FaultFiles>();
    house.options.files = files;
    house.options.limits.aside_tenant_bytes_max = 2 * 1100;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"a"});
    house.spool->keep_aside(tenant, aside_letter("1"));
    house.spool->keep_aside(tenant, aside_letter("2"));
    house.spool->commit_now();
    files->fail(test::FileKind::log, test::FileOperation::append, rocksdb::IOStatus::NoSpace("full"));
    house.spool->keep_aside(tenant, aside_letter("3"));
    house.spool->commit_now();
    EXPECT_THAT(bodies(house.spool->letters({}, 0, 10)), ElementsAre("1", "2"));
    EXPECT_EQ(house.spool->tenant(tenant)->aside_letters, 2U);
}

TEST(Letters, ReasonsHaveNamesThatReadBack) {
    for (int number = 0; number <= static_cast<int>(LetterReason::content_cut); ++number) {
        const auto reason = static_cast<LetterReason>(number);
        EXPECT_EQ(reason_of(reason_name(reason)), reason);
    }
    EXPECT_FALSE(reason_of("no such reason"));
    EXPECT_TRUE(replay_can_help(LetterReason::token_refused));
    EXPECT_FALSE(replay_can_help(LetterReason::line_refused));
}

}  // namespace
}  // namespace hookline::spool
