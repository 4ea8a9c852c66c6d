// What is refused for want of room, and what is let in all the same.

#include <algorithm>
#include <random>

#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t mebi = 1ULL << 20;

/// A delivery of about so many bytes that do not pack.
Append large_delivery(TenantId tenant, const std::string& uuid, std::size_t bytes) {
    std::mt19937_64 random(std::hash<std::string>()(uuid));
    std::string said;
    for (std::size_t at = 0; at < bytes; ++at) said.push_back(static_cast<char>('0' + random() % 64));
    std::replace(said.begin(), said.end(), '\\', '/');
    return SpoolHouse::delivery(tenant, {uuid}, said);
}

TEST(Quotas, TheFreeSpaceIsKnownAsSoonAsTheSpoolIsOpen) {
    SpoolHouse house;
    const auto files = std::make_shared<test::FaultFiles>();
    files->set_free_bytes(200 * mebi);
    house.options.files = files;
    house.open();
    EXPECT_EQ(house.spool->status().free_bytes, 200 * mebi);
}

TEST(Quotas, ATenantOverItsQuotaIsRefusedAloneAndTakenAgainOnceItDrained) {
    SpoolHouse house;
    house.options.limits.tenant_bytes_max = 1000;
    house.open();
    const TenantId full = house.tenant(std::string(32, 'a'));
    const TenantId other = house.tenant(std::string(32, 'b'));
    EXPECT_EQ(house.append(large_delivery(full, "a", 800)).outcome, AppendOutcome::stored);
    EXPECT_EQ(house.append(large_delivery(full, "b", 800)).outcome, AppendOutcome::tenant_full);
    EXPECT_EQ(house.append(full, {"a"}, large_delivery(full, "a", 800).lines).outcome, AppendOutcome::tenant_full);
    EXPECT_EQ(house.append(large_delivery(full, "a", 800)).outcome, AppendOutcome::repeated)
        << "a repeat needs no room";
    EXPECT_EQ(house.append(other, {"a"}).outcome, AppendOutcome::stored);

    house.reopen();
    EXPECT_EQ(house.append(large_delivery(full, "b", 800)).outcome, AppendOutcome::tenant_full);
    ASSERT_TRUE(house.settle(full, house.read(full).end));
    EXPECT_EQ(house.append(large_delivery(full, "b", 800)).outcome, AppendOutcome::stored)
        << "a refused delivery's ids are not remembered";
}

TEST(Quotas, WithinOneGroupToo) {
    SpoolHouse house;
    house.options.limits.tenant_bytes_max = 1000;
    house.open();
    const TenantId tenant = house.tenant();
    std::vector<AppendOutcome> outcomes;
    for (const char* uuid : {"a", "b"}) {
        house.spool->append(large_delivery(tenant, uuid, 800), house.mailbox,
                            [&](const Appended& answer) { outcomes.push_back(answer.outcome); });
    }
    house.spool->commit_now();
    EXPECT_THAT(outcomes, ElementsAre(AppendOutcome::stored, AppendOutcome::tenant_full));
}

TEST(Quotas, UnlistedTenantsShareAPoolAndLeaveTheRestToListedOnes) {
    SpoolHouse house;
    house.options.limits.bytes_max = 40 * mebi;
    house.options.limits.shared_share = 0.5;
    house.open();
    const TenantId unlisted = house.tenant(std::string(32, 'a'));
    const TenantId listed = house.tenant(std::string(32, 'b'));
    const TenantId named = house.spool->introduce(NamedIdentity{"acme"});

    int stored = 0;
    for (int count = 0; count < 30; ++count) {
        const auto answer = house.append(large_delivery(unlisted, "u" + std::to_string(count), mebi));
        if (answer.outcome == AppendOutcome::stored) ++stored;
    }
    EXPECT_NEAR(stored, 20, 1);

    Append for_listed = large_delivery(listed, "l", mebi);
    for_listed.listed = true;
    EXPECT_EQ(house.append(for_listed).outcome, AppendOutcome::stored);
    EXPECT_EQ(house.append(large_delivery(named, "n", mebi)).outcome, AppendOutcome::stored);

    // All of it is the limit for those as well.
    for (int count = 0; count < 30; ++count) {
        Append more = large_delivery(listed, "m" + std::to_string(count), mebi);
        more.listed = true;
        house.append(more);
    }
    EXPECT_NEAR(static_cast<double>(house.spool->status().stored_bytes) / mebi, 40.0, 1.1);
}

TEST(Quotas, AppendsStopAtTheReserveOfFreeSpaceAndSettlesGoOn) {
    SpoolHouse house;
    auto files = std::make_shared<test::FaultFiles>();
    house.options.files = files;
    house.options.limits.free_bytes_min = 100 * mebi;
    house.open();
    const TenantId tenant = house.tenant();
    files->set_free_bytes(200 * mebi);
    house.clock.advance(std::chrono::seconds(2));
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::stored);

    files->set_free_bytes(99 * mebi);
    house.clock.advance(std::chrono::seconds(2));
    EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::spool_full);
    EXPECT_FALSE(house.spool->status().accepting);
    EXPECT_THAT(house.spool->status().reason, testing::HasSubstr("99 MiB"));
    Settle settle;
    settle.tenant = tenant;
    settle.upto = {Sequence{2}, 0};
    settle.letters = {condemned_letter()};
    EXPECT_TRUE(house.settle(settle));

    files->set_free_bytes(200 * mebi);
    house.clock.advance(std::chrono::seconds(2));
    EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::stored);
}

TEST(Quotas, ThereIsRoomForThoseRefusedInTheLastMinute) {
    SpoolHouse house;
    auto files = std::make_shared<test::FaultFiles>();
    house.options.files = files;
    house.options.limits.free_bytes_min = 100 * mebi;
    house.open();
    const TenantId tenant = house.tenant();
    house.append(tenant, {"first"});
    files->set_free_bytes(95 * mebi);
    house.clock.advance(std::chrono::seconds(2));

    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::spool_full);
    EXPECT_EQ(house.append(tenant, {"a"}).outcome, AppendOutcome::stored) << "Okta's only retry";
    EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::spool_full);
    house.clock.advance(std::chrono::seconds(61));
    EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::spool_full) << "too late";

    files->set_free_bytes(10 * mebi);
    house.clock.advance(std::chrono::seconds(2));
    EXPECT_EQ(house.append(tenant, {"b"}).outcome, AppendOutcome::spool_full) << "that room has an end too";
}

TEST(Quotas, TooMuchWaitingIsBusyAndOneTenantTakesHalfOfTheRoomOnly) {
    SpoolHouse house;
    house.options.limits.waiting_bytes_max = 16 * mebi;
    house.open();
    const TenantId flood = house.tenant(std::string(32, 'a'));
    const TenantId other = house.tenant(std::string(32, 'b'));
    int busy = 0;
    const auto count = [&](const Appended& answer) { busy += answer.outcome == AppendOutcome::busy ? 1 : 0; };
    for (int event = 0; event < 20; ++event) {
        house.spool->append(large_delivery(flood, "f" + std::to_string(event), mebi - 4096), house.mailbox, count);
    }
    EXPECT_EQ(busy, 12);
    house.spool->append(large_delivery(other, "o", mebi), house.mailbox, count);
    EXPECT_EQ(busy, 12) << "the other is let in";
    // One that was refused a moment ago finds a little more.
    house.spool->append(large_delivery(flood, "f10", mebi - 4096), house.mailbox, count);
    EXPECT_EQ(busy, 12);
    while (house.spool->commit_now()) {
    }
    EXPECT_EQ(house.spool->tenant(flood)->received_events, 9U);
    EXPECT_EQ(house.spool->tenant(other)->received_events, 1U);
}

TEST(Quotas, AFloodDoesNotDelayAnothersCommit) {
    SpoolHouse house;
    house.options.limits.group_bytes_max = 2 * mebi;
    house.open();
    const TenantId flood = house.tenant(std::string(32, 'a'));
    const TenantId other = house.tenant(std::string(32, 'b'));
    for (int event = 0; event < 10; ++event) {
        house.spool->append(large_delivery(flood, "f" + std::to_string(event), mebi), house.mailbox,
                            [](const Appended&) {});
    }
    bool stored = false;
    house.spool->append(SpoolHouse::delivery(other, {"o"}), house.mailbox,
                        [&](const Appended& answer) { stored = answer.outcome == AppendOutcome::stored; });
    house.spool->commit_now();
    EXPECT_TRUE(stored) << "with the first group";
    EXPECT_LT(house.spool->tenant(flood)->received_events, 10U);
}

}  // namespace
}  // namespace hookline::spool
