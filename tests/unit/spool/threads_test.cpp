// Everybody at once: loops that append, a shipper that reads and settles, people who ask.

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "spool_house.h"

namespace hookline::spool {
namespace {

/// Tasks may come from any thread here, so this one only counts.
class CountingMailbox final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override {
        for (const Task& task : tasks) task();
    }
};

TEST(Threads, EveryAnsweredEventIsReadOnceAndInOrderWhateverElseGoesOn) {
    constexpr int loops = 3;
    constexpr int deliveries = 150;
    SpoolHouse house(CommitMode::thread);
    house.open();
    CountingMailbox mailbox;
    std::vector<TenantId> tenants;
    for (int loop = 0; loop < loops; ++loop) {
        tenants.push_back(house.tenant(std::string(31, 't') + std::to_string(loop)));
    }

    std::atomic<int> stored = 0;
    std::atomic<bool> over = false;
    std::vector<std::thread> threads;
    for (int loop = 0; loop < loops; ++loop) {
        threads.emplace_back([&, loop] {
            for (int number = 0; number < deliveries; ++number) {
                house.spool->append(
                    SpoolHouse::delivery(tenants[static_cast<std::size_t>(loop)], {std::to_string(number)}), mailbox,
                    [&](const Appended& answer) { stored += answer.outcome == AppendOutcome::stored ? 1 : 0; });
            }
        });
    }
    std::thread people([&] {
        while (!over) {
            (void)house.spool->status();
            (void)house.spool->tenants();
            (void)house.spool->letters({}, 0, 10);
            (void)house.spool->trace("7");
            Gap gap;
            gap.status = 503;
            house.spool->note_refusal(gap);
            (void)house.spool->gaps({}, 10);
            std::this_thread::yield();
        }
    });

    // The shipper. It gives up only by the test's own time limit.
    std::vector<std::vector<std::string>> shipped(loops);
    for (std::size_t done = 0; done < static_cast<std::size_t>(loops * deliveries);) {
        for (std::size_t tenant = 0; tenant < tenants.size(); ++tenant) {
            const Batch batch = house.read(tenants[tenant], 1 << 20, 20);
            if (batch.lines.empty()) continue;
            for (const BatchLine& line : batch.lines) shipped[tenant].emplace_back(line.text);
            done += batch.lines.size();
            ASSERT_TRUE(house.settle(tenants[tenant], batch.end));
        }
    }
    for (std::thread& thread : threads) thread.join();
    over = true;
    people.join();
    ASSERT_TRUE(house.spool->close());

    EXPECT_EQ(stored, loops * deliveries);
    for (const auto& lines : shipped) {
        ASSERT_EQ(lines.size(), static_cast<std::size_t>(deliveries));
        for (std::size_t number = 0; number < lines.size(); ++number) {
            EXPECT_EQ(lines[number], line_of(std::to_string(number)) + "\n");
        }
    }
}

TEST(Threads, ClosingWhileOthersStillAskAnswersEverybody) {
    SpoolHouse house(CommitMode::thread);
    house.open();
    CountingMailbox mailbox;
    const TenantId tenant = house.tenant();
    std::atomic<int> asked = 0;
    std::atomic<int> answered = 0;
    std::atomic<bool> over = false;
    std::vector<std::thread> threads;
    for (int loop = 0; loop < 2; ++loop) {
        threads.emplace_back([&, loop] {
            while (!over) {
                const int number = ++asked;
                house.spool->append(SpoolHouse::delivery(tenant, {std::to_string(loop) + "-" + std::to_string(number)}),
                                    mailbox, [&](const Appended&) { ++answered; });
                (void)house.spool->read(tenant, {}, 4096, 10);
                (void)house.spool->discard({1});
            }
        });
    }
    while (answered < 50) std::this_thread::yield();
    ASSERT_TRUE(house.spool->close());
    over = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(asked, answered);
}

}  // namespace
}  // namespace hookline::spool
