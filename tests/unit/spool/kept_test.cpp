// Delivered events that are kept for a while, and sent once more.

#include "spool/kept.h"

#include "spool/verify.h"
#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

std::string noise(unsigned seed, std::size_t bytes) {
    std::string text;
    for (unsigned part = 0; text.size() < bytes; ++part) text += hex(sha256(std::to_string(seed * 100'000 + part)));
    return text.substr(0, bytes);
}

struct KeepingHouse : SpoolHouse {
    KeepingHouse() {
        options.limits.kept_age_max = 24h;
        options.limits.tenant_bytes_max = 1ULL << 30;
    }
    /// Received now, and delivered at once.
    void deliver(TenantId tenant, const std::string& uuid, const std::string& said = "hello") {
        Append one = delivery(tenant, {uuid}, said);
        one.received_at = clock.wall();
        append(std::move(one));
        check(settle(tenant, read(tenant).end).has_value(), "settle");
    }
    Resend wish(TenantId tenant, bool dry_run = false) const {
        Resend made;
        made.tenant = tenant;
        made.from = clock.wall() - 1000h;
        made.to = clock.wall() + 1h;
        made.dry_run = dry_run;
        return made;
    }
    /// All pages, added up, as long as there is room in the queue.
    Resent resend(Resend wish) {
        Resent sum;
        for (bool more = true; more;) {
            const auto told = spool->resend(wish);
            check(told.has_value(), told ? "" : told.error().message.c_str());
            sum.events += told->events;
            sum.deliveries += told->deliveries;
            sum.bytes += told->bytes;
            sum.unreadable += told->unreadable;
            sum.waits = told->waits;
            wish.after = told->looked_at;
            wish.upto = told->upto;
            more = told->more && !told->waits;
        }
        return sum;
    }
    Resent plan(TenantId tenant) { return resend(wish(tenant, true)); }
    /// Memory is written out, and what may go goes.
    void let_time_pass(Duration time) {
        clock.advance(time);
        spool->commit_now();
        clock.advance(11s);
        spool->commit_now();
    }
    std::uint64_t table_bytes() const {
        std::uint64_t bytes = 0;
        for (const auto& file : std::filesystem::directory_iterator(options.directory)) {
            if (file.path().extension() == ".sst") bytes += file.file_size();
        }
        return bytes;
    }
};

TEST(Kept, WhatWasDeliveredIsSentOnceMoreByteForByte) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.deliver(acme, "one");
    house.deliver(acme, "two");
    house.append(acme, {"waits"});
    const Resent plan = house.plan(acme);
    EXPECT_EQ(plan.events, 2U);
    EXPECT_EQ(plan.bytes, line_of("one").size() + line_of("two").size() + 2);
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("waits"))) << "a plan changes nothing";

    EXPECT_EQ(house.resend(house.wish(acme)).events, 2U);
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("waits"), line_of("one"), line_of("two")));
}

TEST(Kept, WhatWasPutBackSurvivesAKill) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.deliver(acme, "one");
    house.resend(house.wish(acme));
    house.kill_and_move();
    house.open();
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("one")));
}

TEST(Kept, ACopyIsNotKeptAgain) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.deliver(acme, "one");
    for (int time = 0; time < 3; ++time) {
        EXPECT_EQ(house.resend(house.wish(acme)).events, 1U) << time;
        ASSERT_TRUE(house.settle(acme, house.read(acme).end));
    }
    house.reopen();
    EXPECT_EQ(house.plan(acme).events, 1U);
}

TEST(Kept, OnlyWhatWasReceivedInThatTimeIsSent) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    const TenantId other = house.tenant(std::string(32, 'b'));
    house.deliver(acme, "early");
    house.clock.advance(1h);
    const WallTime from = house.clock.wall();
    house.deliver(acme, "within");
    house.deliver(other, "another tenant's");
    house.clock.advance(1h);
    Resend wish = house.wish(acme);
    wish.from = from;
    wish.to = house.clock.wall();
    house.deliver(acme, "at the end");
    EXPECT_EQ(house.resend(wish).events, 1U);
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("within")));
    EXPECT_THAT(house.lines(other), IsEmpty());
}

TEST(Kept, StaysOverStartsAndInTables) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    for (unsigned count = 0; count < 50; ++count) house.deliver(acme, std::to_string(count), noise(count, 20'000));
    house.reopen();
    house.let_time_pass(1min);
    house.reopen();
    EXPECT_EQ(house.plan(acme).events, 50U);
    EXPECT_GT(house.table_bytes(), 500'000U);
    house.let_time_pass(1min);
    const auto status = house.spool->tenant(acme);
    EXPECT_GT(status->kept_bytes, 500'000U);
    EXPECT_NE(status->kept_since, WallTime{});
    EXPECT_EQ(status->stored_bytes, 0U) << "quotas do not count it";
    EXPECT_EQ(status->waiting_lines, 0U);
}

TEST(Kept, NothingIsKeptUnlessItIsWanted) {
    KeepingHouse house;
    house.options.limits.kept_age_max = 0h;
    house.open();
    const TenantId acme = house.tenant();
    for (unsigned count = 0; count < 50; ++count) house.deliver(acme, std::to_string(count), noise(count, 20'000));
    house.reopen();
    EXPECT_LT(house.table_bytes(), 100'000U) << "of a million";
    EXPECT_EQ(house.spool->tenant(acme)->kept_since, WallTime{});
}

TEST(Kept, GoesWhenItIsTooOldAndItsSpaceWithIt) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    for (unsigned count = 0; count < 100; ++count) house.deliver(acme, std::to_string(count), noise(count, 100'000));
    house.let_time_pass(20h);
    house.deliver(acme, "younger", noise(1000, 1'000));
    house.let_time_pass(0s);
    EXPECT_EQ(house.plan(acme).events, 101U);
    house.let_time_pass(5h);
    EXPECT_EQ(house.plan(acme).events, 1U);
    house.let_time_pass(1min);
    EXPECT_LT(house.table_bytes(), 1'000'000U) << "of ten millions";
    house.let_time_pass(24h);
    EXPECT_EQ(house.plan(acme).events, 0U);
    EXPECT_EQ(house.spool->tenant(acme)->kept_since, WallTime{});
}

TEST(Kept, OneTenantsFloodDoesNotPushOutAnothersEvents) {
    KeepingHouse house;
    house.options.limits.kept_bytes_max = 4'000'000;
    house.open();
    const TenantId calm = house.tenant(std::string(32, 'a'));
    const TenantId flooding = house.tenant(std::string(32, 'b'));
    for (unsigned count = 0; count < 10; ++count) house.deliver(calm, std::to_string(count), noise(count, 100'000));
    for (unsigned count = 0; count < 100; ++count)
        house.deliver(flooding, std::to_string(count), noise(1000 + count, 100'000));
    house.let_time_pass(1min);
    house.let_time_pass(1min);
    EXPECT_EQ(house.plan(calm).events, 10U);
    const std::uint64_t left = house.plan(flooding).events;
    EXPECT_GT(left, 15U);
    EXPECT_LT(left, 50U);
    Resend wish = house.wish(flooding);
    house.resend(wish);
    const auto lines = house.lines(flooding);
    ASSERT_THAT(lines, Not(IsEmpty()));
    EXPECT_EQ(lines.front(), line_of(std::to_string(100 - left), noise(1100 - static_cast<unsigned>(left), 100'000)))
        << "the oldest have gone";
}

TEST(Kept, GoesBeforeTheDiskComesNearItsReserve) {
    auto files = std::make_shared<test::FaultFiles>();
    KeepingHouse house;
    house.options.files = files;
    house.options.limits.free_bytes_min = 10'000'000;
    files->set_free_bytes(1'000'000'000);
    house.open();
    const TenantId acme = house.tenant();
    for (unsigned count = 0; count < 50; ++count) house.deliver(acme, std::to_string(count), noise(count, 100'000));
    house.let_time_pass(1min);
    EXPECT_EQ(house.plan(acme).events, 50U);
    files->set_free_bytes(12'000'000);
    house.let_time_pass(1min);
    EXPECT_EQ(house.plan(acme).events, 0U);
    EXPECT_LT(house.table_bytes(), 1'000'000U) << "and its space is given back";
    EXPECT_EQ(house.append(acme, {"new"}).outcome, AppendOutcome::stored);
}

TEST(Kept, ForgettingATenantDestroysIt) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.deliver(acme, "one", "secret words");
    ASSERT_TRUE(house.spool->forget(acme));
    EXPECT_FALSE(house.spool->resend(house.wish(acme)));
    house.let_time_pass(1min);
    house.reopen();
    EXPECT_THAT(house.spool->tenants(), IsEmpty());
    const TenantId again = house.tenant();
    house.deliver(again, "two");
    EXPECT_EQ(house.plan(again).events, 1U);
}

TEST(Kept, AResendFillsTheQueueNoFurtherThanNewEventsCanBear) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    for (unsigned count = 0; count < 150; ++count) house.deliver(acme, std::to_string(count), noise(count, 100'000));
    Resend wish = house.wish(acme);
    wish.upto = house.spool->cursor(acme).sequence;
    std::uint64_t sent = 0;
    for (int round = 0; round < 50; ++round) {
        const auto told = house.spool->resend(wish);
        ASSERT_TRUE(told) << told.error().message;
        sent += told->events;
        wish.after = told->looked_at;
        EXPECT_LT(house.spool->tenant(acme)->waiting_bytes, 10'000'000U);
        if (told->waits) {
            EXPECT_EQ(told->events, 0U);
            ASSERT_TRUE(house.settle(acme, house.read(acme, 1 << 30, 1 << 30).end));
        }
        if (!told->more) break;
    }
    EXPECT_EQ(sent, 150U);
}

TEST(Kept, AResendStopsAtTheTenantsQuotaAndGoesOnBehindIt) {
    KeepingHouse house;
    house.options.limits.tenant_bytes_max = 1'500'000;
    house.open();
    const TenantId acme = house.tenant();
    for (unsigned count = 0; count < 30; ++count) house.deliver(acme, std::to_string(count), noise(count, 100'000));
    const Resent first = house.resend(house.wish(acme));
    EXPECT_TRUE(first.waits);
    EXPECT_GT(first.events, 0U);
    EXPECT_LT(first.events, 30U);
    EXPECT_THAT(house.lines(acme), SizeIs(first.events));
}

TEST(Kept, VerifyPassesAndTheOrderOfNewEventsIsAsItWas) {
    KeepingHouse house;
    house.open();
    const TenantId acme = house.tenant();
    house.deliver(acme, "one");
    house.resend(house.wish(acme));
    house.append(acme, {"new"});
    house.spool.reset();
    const auto found = verify(house.options.directory);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->fine());
    EXPECT_TRUE(found->opened);
    EXPECT_EQ(found->tenants.front().waiting_lines, 2U);
    house.open();
    EXPECT_THAT(house.lines(acme), ElementsAre(line_of("one"), line_of("new")));
}

TEST(KeptShares, TheLargestGiveWayFirst) {
    EXPECT_EQ(fair_share({10, 20, 30}, 100), UINT64_MAX);
    EXPECT_EQ(fair_share({10, 20, 300}, 100), 70U);
    EXPECT_EQ(fair_share({10, 200, 300}, 100), 45U);
    EXPECT_EQ(fair_share({100, 100}, 0), 0U);
    EXPECT_EQ(fair_share({}, 5), UINT64_MAX);
}

}  // namespace
}  // namespace hookline::spool
