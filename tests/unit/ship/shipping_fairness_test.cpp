// "One tenant's trouble is its own": slots of a region, hanging listeners, many tenants; and the end of it all.

#include <set>

#include <gmock/gmock.h>

#include "ship/slots.h"
#include "world.h"

namespace hookline::ship {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Reply hang() {
    Reply reply;
    reply.after = 24h;
    return reply;
}

std::optional<Destination> in_region(const std::string& region, TenantId id) {
    return Destination{region, "http://" + region, Secret(token_of(id))};
}

TEST(Slots, GoRoundByTenant) {
    std::vector<std::uint64_t> granted;
    Slots slots(1, [&](TenantId id) { granted.push_back(id.number); });
    const TimePoint now{};
    for (const std::uint64_t id : {1U, 2U, 3U}) slots.ask("us", tenant(id), false, now);
    for (const std::uint64_t id : {1U, 2U, 3U, 1U}) {
        ASSERT_TRUE(slots.holds(tenant(id)));
        slots.release(tenant(id), now);
        slots.ask("us", tenant(id), false, now);
    }
    EXPECT_THAT(granted, ElementsAre(1, 2, 3, 1, 2));
}

TEST(Slots, OfOneRegionAreNotAnothers) {
    Slots slots(1, [](TenantId) {});
    slots.ask("us", tenant(1), false, {});
    slots.ask("eu", tenant(2), false, {});
    EXPECT_TRUE(slots.holds(tenant(1)));
    EXPECT_TRUE(slots.holds(tenant(2)));
}

TEST(Slots, ASlowOneDoesNotCountUpToABound) {
    Slots slots(4, [](TenantId) {});
    for (std::uint64_t id = 1; id <= 10; ++id) slots.ask("us", tenant(id), false, {});
    EXPECT_FALSE(slots.holds(tenant(5)));
    const TimePoint slow = slots.step({});
    slots.step(slow);
    EXPECT_TRUE(slots.holds(tenant(5)));
    EXPECT_TRUE(slots.holds(tenant(6)));
    EXPECT_FALSE(slots.holds(tenant(7)));  // 4 and half as many again
    slots.step(slow + 1h);
    EXPECT_FALSE(slots.holds(tenant(7)));
}

TEST(Slots, TenantsInTroubleGetHalf) {
    Slots slots(4, [](TenantId) {});
    for (std::uint64_t id = 1; id <= 4; ++id) slots.ask("us", tenant(id), true, {});
    EXPECT_TRUE(slots.holds(tenant(2)));
    EXPECT_FALSE(slots.holds(tenant(3)));
    slots.ask("us", tenant(10), false, {});
    EXPECT_TRUE(slots.holds(tenant(10)));
    slots.release(tenant(1), {});
    EXPECT_TRUE(slots.holds(tenant(3)));
}

TEST(Slots, CanBeGivenUpWhileWaiting) {
    Slots slots(1, [](TenantId) {});
    for (std::uint64_t id = 1; id <= 3; ++id) slots.ask("us", tenant(id), false, {});
    slots.release(tenant(2), {});
    slots.release(tenant(1), {});
    EXPECT_TRUE(slots.holds(tenant(3)));
    EXPECT_FALSE(slots.waits(tenant(2)));
}

TEST(Isolation, AHungRegionDelaysOnlyItsOwnTenants) {
    World world;
    world.listener.behaviour = [](const Seen& seen) { return seen.url == "http://eu/" ? hang() : Reply{}; };
    world.begin();
    for (std::uint64_t id = 1; id <= 200; ++id) {
        world.destinations[tenant(id)] = in_region(id % 2 == 0 ? "eu" : "us", tenant(id));
        world.put(tenant(id), uuids(3));
    }
    world.run(100ms);
    for (std::uint64_t id = 1; id <= 200; id += 2) EXPECT_THAT(world.spool.waiting(tenant(id)), IsEmpty()) << id;
    for (int i = 0; i < 60; ++i) {
        for (std::uint64_t id = 1; id <= 200; id += 2) world.put(tenant(id), {"m" + std::to_string(i)});
        world.run(1s);
    }
    world.run(2s);
    for (std::uint64_t id = 1; id <= 200; id += 2) EXPECT_THAT(world.spool.waiting(tenant(id)), IsEmpty()) << id;
    EXPECT_LE(world.listener.in_flight_region_most["http://eu/"], 24);

    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    world.run(3min);
    for (std::uint64_t id = 2; id <= 200; id += 2) EXPECT_THAT(world.spool.waiting(tenant(id)), IsEmpty()) << id;
}

TEST(Isolation, AFewHangingTenantsOfARegionDoNotStopItsOthers) {
    // 40 tenants hang, more than the region has slots; 100 others do not.
    World world;
    world.listener.behaviour = [](const Seen& seen) { return seen.tenant.number <= 40 ? hang() : Reply{}; };
    world.begin();
    for (std::uint64_t id = 1; id <= 140; ++id) world.put(tenant(id), uuids(1));
    world.run(2min);  // by now it has shown which hang
    std::vector<Duration> delays;
    for (int i = 0; i < 100; ++i) {
        for (std::uint64_t id = 41; id <= 140; ++id) world.put(tenant(id), {"m" + std::to_string(i)});
        const TimePoint put_at = world.clock.now();
        world.run_until([&] {
            for (std::uint64_t id = 41; id <= 140; ++id) {
                if (!world.spool.waiting(tenant(id)).empty()) return false;
            }
            return true;
        });
        delays.push_back(world.clock.now() - put_at);
        world.run(3s);
    }
    EXPECT_LE(*std::max_element(delays.begin(), delays.end()), 5s);
    EXPECT_LE(world.listener.in_flight_region_most["http://us/"], 24);
}

TEST(Isolation, ALargeRunIsReadWhileOthersAreSent) {
    HeldLane lane;
    World world;
    world.lane = &lane;
    world.put(tenant(1), uuids(10'000));
    world.begin();
    world.run(1s);
    ASSERT_TRUE(lane.has_work());
    EXPECT_THAT(world.listener.seen, IsEmpty());

    world.put(tenant(2), {"small"});
    world.run_until_empty(tenant(2));
    EXPECT_THAT(world.spool.waiting(tenant(1)), SizeIs(10'000));

    // What comes meanwhile waits for the bulk behind it, and is not forgotten.
    world.put(tenant(1), {"late"});
    world.run(1s);
    while (lane.has_work()) {
        lane.work();
        world.run(10s);
    }
    EXPECT_THAT(world.spool.waiting(tenant(1)), IsEmpty());
    auto all = uuids(10'000);
    all.emplace_back("late");
    EXPECT_EQ(world.arrived(tenant(1)), all);
}

TEST(Isolation, WhatTheLaneReadInVainIsReadAgain) {
    HeldLane lane;
    World world;
    world.lane = &lane;
    world.put(tenant(1), uuids(10'000));
    world.begin();
    world.run(1s);
    ASSERT_TRUE(lane.has_work());
    world.destinations[tenant(1)] = std::nullopt;  // taken out of the configuration while it was read
    lane.work();
    world.run(1s);
    EXPECT_EQ(world.status(tenant(1)).hold, HoldReason::not_configured);
    EXPECT_THAT(world.listener.seen, IsEmpty());

    world.destinations.erase(tenant(1));
    world.shipping->destinations_changed();
    world.run(1s);
    while (lane.has_work()) {
        lane.work();
        world.run(1s);
    }
    EXPECT_EQ(world.arrived(tenant(1)), uuids(10'000));
}

TEST(Drain, MayEndWithSlotsHeldAndTenantsInLine) {
    World world;
    world.limits.listener_bulks_max = 2;
    world.listener.behaviour = [](const Seen&) { return hang(); };
    world.begin();
    for (std::uint64_t id = 1; id <= 50; ++id) world.put(tenant(id), uuids(1));
    world.run(1s);
    bool quiet = false;
    world.shipping->drain([&quiet] { quiet = true; });
    world.run(1s);
    EXPECT_FALSE(quiet);
    world.shipping.reset();  // nobody's turn comes among those that are gone
    for (std::uint64_t id = 1; id <= 50; ++id) EXPECT_THAT(world.spool.waiting(tenant(id)), SizeIs(1));
}

TEST(Drain, WaitsForTheLane) {
    HeldLane lane;
    World world;
    world.lane = &lane;
    world.put(tenant(1), uuids(10'000));
    world.begin();
    world.run(1s);
    bool quiet = false;
    world.shipping->drain([&quiet] { quiet = true; });
    world.run(1s);
    EXPECT_FALSE(quiet);
    lane.work();
    world.run(1s);
    EXPECT_TRUE(quiet);
    EXPECT_THAT(world.listener.seen, IsEmpty());
    EXPECT_THAT(world.spool.waiting(tenant(1)), SizeIs(10'000));
}

TEST(Isolation, AFloodAndABacklogTakeTurnsWithTheOthers) {
    World world;
    world.limits.listener_bulks_max = 2;
    world.limits.bulk_lines_max = 100;
    for (std::uint64_t id = 1; id <= 3; ++id) world.put(tenant(id), uuids(10'000));
    world.begin();
    world.run(55ms);
    const TimePoint put_at = world.clock.now();
    world.put(tenant(9), {"small"});
    world.run_until_empty(tenant(9));
    EXPECT_LE(world.clock.now() - put_at, 40ms);  // two rounds of bulks, not a hundred
}

TEST(Isolation, AHeldTenantKeepsNoSlot) {
    World world;
    world.limits.listener_bulks_max = 1;
    world.listener.behaviour = [](const Seen& seen) {
        const int status[] = {200, 401, 404, 503, 400};
        return seen.tenant.number < 5 ? reply_of(status[seen.tenant.number]) : Reply{};
    };
    world.begin();
    for (std::uint64_t id = 1; id <= 5; ++id) world.put(tenant(id), uuids(2));
    world.run(100ms);
    EXPECT_THAT(world.spool.waiting(tenant(5)), IsEmpty());
}

TEST(ManyTenants, AThousandShareTheSlotsFairly) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) {
        Reply reply;
        reply.after = 40ms;
        return reply;
    };
    // 1,000 tenants with 4 events a second each, for half a minute.
    for (std::uint32_t tick = 0; tick < 120; ++tick) {
        for (std::uint64_t id = 1; id <= 1'000; ++id) world.put(tenant(id), {std::to_string(tick)});
        world.run(250ms);
    }
    for (std::uint64_t id = 1; id <= 1'000; ++id) {
        EXPECT_LE(world.spool.waiting(tenant(id)).size(), 16U) << "nobody waits much longer than the others";
    }
    world.run(5s);
    for (std::uint64_t id = 1; id <= 1'000; ++id) EXPECT_EQ(world.spool.at(tenant(id)).delivered, 120U);
    EXPECT_EQ(world.listener.in_flight_region_most["http://us/"], 16);
    EXPECT_EQ(world.listener.in_flight_tenant_most, 1);
}

TEST(ManyTenants, IdleOnesHaveNoTimer) {
    World world;
    world.begin();
    for (std::uint64_t id = 1; id <= 1'000; ++id) world.put(tenant(id), {"e0"});
    world.run(10s);
    EXPECT_EQ(world.crew.run_due(world.clock.now()), never);
}

TEST(Drain, EndsWithTheBulksInFlightAndTheirSettles) {
    World world;
    world.limits.bulk_lines_max = 1;
    world.spool.settles_wait = true;
    world.put(tenant(1), uuids(5));
    world.begin();
    world.run(1ms);
    bool drained = false;
    world.shipping->drain([&] { drained = true; });
    world.run(5s);
    EXPECT_FALSE(drained) << "the settle is not on disk";
    world.spool.finish_settles();
    world.run(1ms);
    EXPECT_TRUE(drained);
    EXPECT_THAT(world.spool.waiting(tenant(1)), SizeIs(4));
    world.put(tenant(2), {"late"});
    world.run(1h);
    EXPECT_THAT(world.listener.seen, SizeIs(1)) << "nothing new is sent";
}

TEST(Drain, OfAnIdleShippingIsDoneAtOnce) {
    World world;
    world.begin();
    world.put(tenant(1), {"e0"});
    world.run(1s);
    bool drained = false;
    world.shipping->drain([&] { drained = true; });
    world.run(0s);
    EXPECT_TRUE(drained);
}

TEST(Drain, CancellingTheTransfersEndsItWithNothingLost) {
    World world;
    world.listener.behaviour = [](const Seen&) { return hang(); };
    world.put(tenant(1), uuids(3));
    world.begin();
    world.run(1s);
    bool drained = false;
    world.shipping->drain([&] { drained = true; });
    world.run(1s);
    EXPECT_FALSE(drained);
    world.listener.behaviour = [](const Seen&) { return no_answer(); };
    world.listener.cancel_all();
    world.run(1s);
    EXPECT_TRUE(drained);
}

TEST(Metrics, CountBulksByResultAndLines) {
    World world;
    world.begin();
    world.listener.behaviour = [&](const Seen&) { return world.listener.seen.empty() ? reply_of(503) : Reply{}; };
    world.put(tenant(1), uuids(3));
    world.run_until_empty(tenant(1));
    const std::string text = world.metrics.text();
    EXPECT_THAT(text, HasSubstr("hookline_bulks_total{region=\"us\",result=\"delivered\"} 1"));
    EXPECT_THAT(text, HasSubstr("hookline_bulks_total{region=\"us\",result=\"retry_later\"} 1"));
    EXPECT_THAT(text, HasSubstr("hookline_lines_delivered_total 3"));
    EXPECT_THAT(text, HasSubstr("hookline_bulk_retries_total 1"));
    EXPECT_THAT(text, HasSubstr("hookline_bulks_in_flight 0"));
}

}  // namespace
}  // namespace hookline::ship
