// What a tenant's page shows of its last deliveries and bulks: bounded by tenant and in all.

#include "spool/recent.h"

#include <gmock/gmock.h>

namespace hookline::spool {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const TenantId acme{1};
const TenantId globex{2};
const TenantId initech{3};

RecentBulk bulk(std::uint64_t number) {
    RecentBulk made;
    made.bulk = number;
    return made;
}
std::vector<std::uint64_t> numbers(const std::vector<RecentBulk>& bulks) {
    std::vector<std::uint64_t> all;
    for (const RecentBulk& one : bulks) all.push_back(one.bulk);
    return all;
}
RecentDelivery delivery(std::string_view request_id, std::chrono::seconds at) {
    RecentDelivery made;
    made.request_id = ShortText<64>(request_id);
    made.received_at = WallTime(at);
    return made;
}

TEST(Recent, TellsTheNewestFirstAndEachTenantsOwn) {
    RecentBulks recent;
    recent.note(acme, bulk(1));
    recent.note(globex, bulk(2));
    recent.note(acme, bulk(3));
    EXPECT_THAT(numbers(recent.look(acme)), ElementsAre(3, 1));
    EXPECT_THAT(numbers(recent.look(globex)), ElementsAre(2));
    EXPECT_THAT(recent.look(initech), IsEmpty());
}

TEST(Recent, OfOneTenantTheOldestMakesRoom) {
    RecentBulks recent;
    for (std::uint64_t number = 1; number <= 3 * recent_entries_max + 1; ++number) recent.note(acme, bulk(number));
    const auto seen = numbers(recent.look(acme));
    ASSERT_THAT(seen, SizeIs(recent_entries_max));
    EXPECT_EQ(seen.front(), 3 * recent_entries_max + 1);
    EXPECT_EQ(seen.back(), 2 * recent_entries_max + 2);
}

TEST(Recent, TheTenantThatWasQuietTheLongestMakesRoomForAnother) {
    RecentBulks recent(2);
    recent.note(acme, bulk(1));
    recent.note(globex, bulk(2));
    recent.note(acme, bulk(3));
    recent.note(initech, bulk(4));
    EXPECT_THAT(recent.look(globex), IsEmpty());
    EXPECT_THAT(numbers(recent.look(acme)), ElementsAre(3, 1));
    EXPECT_THAT(numbers(recent.look(initech)), ElementsAre(4)) << "nothing is left of who had its place";
    recent.note(globex, bulk(5));
    EXPECT_THAT(recent.look(acme), IsEmpty());
    EXPECT_THAT(numbers(recent.look(globex)), ElementsAre(5));
}

TEST(Recent, DeliveriesOfAllWritersAreSeenAsOne) {
    RecentDeliveries recent;
    auto& first = recent.new_writer();
    auto& second = recent.new_writer();
    first.note(acme, delivery("a", 1s));
    second.note(acme, delivery("b", 2s));
    first.note(acme, delivery("c", 3s));
    std::vector<std::string> seen;
    for (const RecentDelivery& one : recent.look(acme)) seen.emplace_back(one.request_id.view());
    EXPECT_THAT(seen, ElementsAre("c", "b", "a"));
    for (int time = 4; time < 40; ++time) (time % 2 == 0 ? first : second).note(acme, delivery("more", 1s * time));
    const auto last = recent.look(acme);
    ASSERT_THAT(last, SizeIs(recent_entries_max));
    EXPECT_EQ(last.back().received_at, WallTime(20s)) << "the newest of both";
}

TEST(ShortText, IsCutAtACharactersEnd) {
    EXPECT_EQ(ShortText<4>("four").view(), "four");
    EXPECT_EQ(ShortText<4>("fives").view(), "five");
    EXPECT_EQ(ShortText<4>("abcä").view(), "abc");
    EXPECT_EQ(ShortText<4>("").view(), "");
    EXPECT_EQ(ShortText<4>("\x80\x80\x80\x80\x80").view(), "") << "no UTF-8 at all";
}

}  // namespace
}  // namespace hookline::spool
