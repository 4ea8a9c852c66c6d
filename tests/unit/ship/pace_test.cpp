// Many tenants that send a little all the time: how many bulks that makes, and who waits for it.

#include "ship/pace.h"

#include <gmock/gmock.h>

#include "world.h"

namespace hookline::ship {
namespace {

using testing::IsEmpty;

constexpr TimePoint start{1h};

/// `tenants` that each have something to send every `every`, for `length`; how many bulks left a second at the end.
std::size_t bulks_a_second(Pace& pace, std::size_t tenants, Duration every, Duration length) {
    struct Sender {
        TimePoint last = TimePoint::min();
        TimePoint due = TimePoint::min();
        bool has_work = false;
    };
    const Duration step = tenants > 1 ? Duration(5ms) : Duration(1ms);
    std::vector<Sender> senders(tenants);
    std::size_t bulks = 0;
    for (Duration at{}; at < length; at += step) {
        const TimePoint now = start + at;
        for (std::size_t one = 0; one < tenants; ++one) {
            Sender& sender = senders[one];
            const Duration offset = every / static_cast<long>(tenants) * static_cast<long>(one);
            if (at >= offset && (at - offset) % every < step && !sender.has_work) {
                sender.has_work = true;
                sender.due = pace.next(sender.last, now);
            }
            if (!sender.has_work || sender.due > now) continue;
            sender.has_work = false;
            sender.last = now;
            pace.started(now);
            if (length - at <= 1s) ++bulks;
        }
    }
    return bulks;
}

TEST(Pace, FewerBulksThanAllowedWaitForNothing) {
    Pace pace({.bulks_second_max = 1'000});
    EXPECT_EQ(bulks_a_second(pace, 900, 1s, 10s), 900U);
    EXPECT_EQ(pace.next(start + 10s, start + 10s), TimePoint::min());
}

TEST(Pace, MoreOfThemAreBroughtDownToWhatIsAllowed) {
    Pace pace({.bulks_second_max = 1'000});
    // Each may send once in half a second: 8,000 pieces of news a second leave in about 1,000 bulks.
    const std::size_t bulks = bulks_a_second(pace, 500, 62'500us, 10s);
    EXPECT_GE(bulks, 600U);
    EXPECT_LE(bulks, 1'500U);
}

TEST(Pace, WhoHasNotSentForALongTimeWaitsForNothingEvenThen) {
    Pace pace({.bulks_second_max = 1'000});
    bulks_a_second(pace, 1'000, 100ms, 10s);
    const TimePoint now = start + 10s;
    EXPECT_GT(pace.next(now, now), now);
    EXPECT_LE(pace.next(now, now), now + 1s);
    EXPECT_EQ(pace.next(now - 1s, now), TimePoint::min());
    EXPECT_EQ(pace.next(TimePoint::min(), now), TimePoint::min());
}

TEST(Pace, OneThatSendsOftenMakesNobodyElseWait) {
    Pace pace({.bulks_second_max = 100});
    bulks_a_second(pace, 1, 1ms, 10s);
    const TimePoint now = start + 10s;
    // It is held to some hundred a second, so that one who sends each 50 ms is as fast as ever.
    EXPECT_GT(pace.next(now, now), now);
    EXPECT_EQ(pace.next(now - 50ms, now), TimePoint::min());
}

TEST(Pace, IsForgottenWhenTheLoadIsOver) {
    Pace pace({.bulks_second_max = 1'000});
    bulks_a_second(pace, 1'000, 100ms, 10s);
    EXPECT_EQ(pace.next(start + 20s, start + 20s), TimePoint::min());
}

TEST(ManyTenants, ThatSendLittleAllTheTimeFillTheirBulks) {
    World world;
    world.begin();
    const std::uint64_t busy = 250;
    // 250 tenants with 10 events a second each.
    for (std::uint32_t tick = 0; tick < 60; ++tick) {
        for (std::uint64_t id = 1; id <= busy; ++id) world.put(tenant(id), {std::to_string(tick)});
        world.run(100ms);
    }
    const TimePoint put_at = world.clock.now();
    world.put(tenant(999), {"rare"});
    world.run_until_empty(tenant(999));
    EXPECT_LE(world.clock.now() - put_at, 20ms) << "who sends now and then does not wait";

    std::size_t bulks_late = 0;
    for (const Seen& seen : world.listener.seen) bulks_late += seen.at >= put_at - 3s ? 1U : 0U;
    EXPECT_LE(bulks_late, 4'000U) << "and not 7,500";
    world.run(1100ms);
    for (std::uint64_t id = 1; id <= busy; ++id) {
        EXPECT_THAT(world.spool.waiting(tenant(id)), IsEmpty()) << "nothing waits longer than bulk_age_max";
        EXPECT_EQ(world.spool.at(tenant(id)).delivered, 60U);
    }
    world.run(10s);
    EXPECT_EQ(world.crew.run_due(world.clock.now()), never) << "idle tenants have no timer";
}

}  // namespace
}  // namespace hookline::ship
