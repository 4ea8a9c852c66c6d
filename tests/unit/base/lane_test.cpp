// What waits for a lane: in order, begun work first, and gone once it has run.

#include "base/lane.h"

#include <future>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace hookline {
namespace {

TEST(Lane, RunsInOrderAndBegunWorkFirst) {
    Lane lane;
    std::string order;
    lane.post([&] {
        order += "a";
        lane.ahead().post([&] { order += "A"; });
        lane.post([&] { order += "c"; });
    });
    lane.post([&] {
        order += "b";
        lane.ahead().post([&] { order += "B"; });
        lane.post([&] { lane.stop(); });
    });
    lane.run();
    EXPECT_EQ(order, "aAbBc");
}

TEST(Lane, LetsGoOfATaskBeforeTheNextBegins) {
    Lane lane;
    auto held = std::make_shared<int>(0);
    const std::weak_ptr<int> seen = held;
    bool was_gone = false;
    lane.post([held] {});
    lane.post([&] {
        was_gone = seen.expired();
        lane.stop();
    });
    held.reset();
    lane.run();
    EXPECT_TRUE(was_gone);
}

TEST(Lane, WakesForWhatComesLater) {
    Lane lane;
    std::thread runner([&lane] { lane.run(); });
    std::promise<void> first;
    lane.post([&] { first.set_value(); });
    first.get_future().wait();
    std::promise<void> second;
    lane.ahead().post([&] { second.set_value(); });
    second.get_future().wait();
    lane.stop();
    runner.join();
}

}  // namespace
}  // namespace hookline
