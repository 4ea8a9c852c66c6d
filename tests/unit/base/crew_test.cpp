#include "base/crew.h"

#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace hookline {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

TEST(Crew, RunsAStepWhenItIsDueAndNotBefore) {
    test::FakeClock clock;
    Crew crew(clock);
    const TimePoint start = clock.now();
    std::vector<Duration> runs;
    crew.add([&](TimePoint now) {
        runs.push_back(now - start);
        return now + 10s;
    });
    EXPECT_EQ(crew.run_due(start), start + 10s);
    EXPECT_EQ(crew.run_due(start + 9s), start + 10s);
    EXPECT_EQ(crew.run_due(start + 10s), start + 20s);
    EXPECT_THAT(runs, ElementsAre(0s, 10s));
}

TEST(Crew, AnIdleStepRunsOnlyWhenItIsWoken) {
    test::FakeClock clock;
    Crew crew(clock);
    int runs = 0;
    const auto id = crew.add([&](TimePoint) {
        ++runs;
        return never;
    });
    EXPECT_EQ(crew.run_due(clock.now()), never);
    EXPECT_EQ(crew.run_due(clock.now() + 24h), never);
    EXPECT_EQ(runs, 1);
    crew.wake(id);
    crew.run_due(clock.now());
    EXPECT_EQ(runs, 2);
}

TEST(Crew, AStepThatWakesItselfWhileItRunsIsNotForgotten) {
    test::FakeClock clock;
    Crew crew(clock);
    int runs = 0;
    Crew::StepId id{};
    id = crew.add([&](TimePoint) {
        if (++runs == 1) crew.wake(id);
        return never;
    });
    // There is news: the crew must come back at once.
    EXPECT_EQ(crew.run_due(clock.now()), clock.now());
    crew.run_due(clock.now());
    EXPECT_EQ(runs, 2);
}

TEST(Crew, AStepMayRemoveItselfAndAddOthers) {
    test::FakeClock clock;
    Crew crew(clock);
    std::vector<std::string> told;
    Crew::StepId id{};
    id = crew.add([&](TimePoint) {
        told.emplace_back("first");
        crew.add([&](TimePoint) {
            told.emplace_back("second");
            return never;
        });
        crew.remove(id);
        return clock.now();
    });
    crew.run_due(clock.now());
    crew.run_due(clock.now());
    crew.wake(id);  // gone: nothing happens
    crew.run_due(clock.now());
    EXPECT_THAT(told, ElementsAre("first", "second"));
}

TEST(Crew, RunsPostedTasksInOrderAndBeforeSteps) {
    test::FakeClock clock;
    Crew crew(clock);
    std::vector<int> order;
    crew.add([&](TimePoint) {
        order.push_back(3);
        return never;
    });
    crew.post([&] { order.push_back(1); });
    crew.post([&] { order.push_back(2); });
    crew.run_due(clock.now());
    EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(Crew, AStepThatIsAlwaysDueDoesNotStarveTheLetterBox) {
    test::FakeClock clock;
    Crew crew(clock);
    crew.add([](TimePoint now) { return now; });
    bool delivered = false;
    crew.run_due(clock.now());
    crew.post([&] { delivered = true; });
    crew.run_due(clock.now());
    EXPECT_TRUE(delivered);
}

TEST(Crew, RunsOnItsThreadUntilItIsStopped) {
    const SystemClock clock;
    Crew crew(clock);
    std::thread::id ran_on;
    std::thread thread([&] { crew.run(); });
    crew.post([&] {
        ran_on = std::this_thread::get_id();
        crew.stop();
    });
    const std::thread::id crew_thread = thread.get_id();
    thread.join();
    EXPECT_EQ(ran_on, crew_thread);
}

TEST(Crew, LetsGoOfATaskBeforeTheNextOneRuns) {
    test::FakeClock clock;
    Crew crew(clock);
    auto held = std::make_shared<int>(0);
    const std::weak_ptr<int> seen = held;
    bool was_gone = false;
    crew.post([held] {});
    crew.post([&] { was_gone = seen.expired(); });
    held.reset();
    crew.run_due(clock.now());
    EXPECT_TRUE(was_gone);
}

}  // namespace
}  // namespace hookline
