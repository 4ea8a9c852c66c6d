// The disk space of what was delivered is given back.

#include "spool_house.h"

namespace hookline::spool {
namespace {

using testing::SizeIs;

std::string noise(unsigned seed, std::size_t bytes) {
    std::string text;
    for (unsigned part = 0; text.size() < bytes; ++part) text += hex(sha256(std::to_string(seed * 100'000 + part)));
    return text.substr(0, bytes);
}

std::uint64_t table_bytes(const SpoolHouse& house) {
    std::uint64_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(house.options.directory)) {
        if (file.path().extension() == ".sst") bytes += file.file_size();
    }
    return bytes;
}

TEST(Reclaim, WhatWasShippedBeforeItsMemoryWasFlushedNeverReachesATable) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    for (unsigned count = 0; count < 50; ++count) {
        house.append(tenant, {"event-" + std::to_string(count)}, noise(count, 20'000));
        ASSERT_TRUE(house.settle(tenant, house.read(tenant).end));
    }
    house.reopen();  // which flushes
    EXPECT_LT(table_bytes(house), 100'000U) << "of a million";
}

TEST(Reclaim, AnUnsettledRecordIsNeverDropped) {
    SpoolHouse house;
    house.open();
    const TenantId one = house.tenant(std::string(32, 'a'));
    const TenantId two = house.tenant(std::string(32, 'b'));
    for (unsigned count = 0; count < 20; ++count) {
        house.append(one, {"event-" + std::to_string(count)}, noise(count, 2'000));
        house.append(two, {"event-" + std::to_string(count)}, noise(count, 2'000));
    }
    ASSERT_TRUE(house.settle(one, {Sequence{11}, 0}));
    house.reopen();
    house.reopen();
    EXPECT_THAT(house.lines(one), SizeIs(10));
    EXPECT_EQ(house.lines(one).front(), line_of("event-10", noise(10, 2'000)));
    EXPECT_THAT(house.lines(two), SizeIs(20));
}

TEST(Reclaim, TheTablesOfADrainedBacklogAreGivenBack) {
    SpoolHouse house;
    house.open();
    const TenantId drained = house.tenant(std::string(32, 'a'));
    const TenantId stalled = house.tenant(std::string(32, 'b'));
    for (unsigned count = 0; count < 200; ++count) {
        house.append(drained, {"event-" + std::to_string(count)}, noise(count, 100'000));
    }
    house.append(stalled, {"event"}, noise(1, 1'000));
    house.reopen();
    ASSERT_GT(table_bytes(house), 10'000'000U);

    while (!house.read(drained).lines.empty()) ASSERT_TRUE(house.settle(drained, house.read(drained).end));
    for (int second = 0; second < 30; ++second) {
        house.clock.advance(std::chrono::seconds(1));
        house.spool->commit_now();
    }
    EXPECT_LT(table_bytes(house), 100'000U);
    EXPECT_THAT(house.lines(stalled), SizeIs(1));
    EXPECT_LT(house.spool->status().disk_bytes, 3'000'000U);
}

TEST(Reclaim, AnIdleSpoolWritesItsMemoryOut) {
    SpoolHouse house;
    house.open();
    const TenantId tenant = house.tenant();
    for (unsigned count = 0; count < 10; ++count) {
        house.append(tenant, {"event-" + std::to_string(count)}, noise(count, 100'000));
    }
    const std::uint64_t before = house.spool->status().disk_bytes;
    ASSERT_TRUE(house.settle(tenant, house.read(tenant, 1 << 30).end));
    for (int second = 0; second < 10; ++second) {
        house.clock.advance(std::chrono::seconds(1));
        house.spool->commit_now();
    }
    EXPECT_LT(house.spool->status().disk_bytes, before / 4) << "the log that held them is gone";
}

}  // namespace
}  // namespace hookline::spool
