// The watchdog is fed for as long as every thread takes its turns, and not a turn longer.

#include "app/pulse.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A thread that runs what it is asked when a test says so.
class Thread {
 public:
    [[nodiscard]] Pulse::Ask ask() {
        return [this](Task task) { tasks_.push_back(std::move(task)); };
    }
    void take_turn() {
        for (const Task& task : std::exchange(tasks_, {})) task();
    }
    [[nodiscard]] std::size_t asked() const { return tasks_.size(); }

 private:
    std::vector<Task> tasks_;
};

class PulseTest : public ::testing::Test {
 protected:
    PulseTest() {
        pulse.watch("commit", commit.ask());
        pulse.watch("crew", crew.ask());
    }
    /// Whether the watchdog is fed, second by second.
    std::vector<int> seconds_fed(int count, const std::function<void()>& between) {
        std::vector<int> fed;
        for (int turn = 0; turn < count; ++turn) {
            now += 1s;
            if (pulse.step(now)) fed.push_back(static_cast<int>((now - start) / 1s));
            between();
        }
        return fed;
    }

    const TimePoint start{std::chrono::hours(5)};
    TimePoint now = start;
    Thread commit;
    Thread crew;
    Pulse pulse{10s, 1s, start};
};

TEST_F(PulseTest, FeedsBeforeHalfOfThePatienceIsOver) {
    const auto both = [this] {
        commit.take_turn();
        crew.take_turn();
    };
    EXPECT_THAT(seconds_fed(12, both), ElementsAre(4, 8, 12));
}

TEST_F(PulseTest, StopsWhenOneThreadStandsStill) {
    EXPECT_THAT(seconds_fed(60, [this] { crew.take_turn(); }), IsEmpty());
    EXPECT_THAT(pulse.silent(), ElementsAre("commit"));
    EXPECT_EQ(commit.asked(), 1U) << "a thread that stands still is not asked again and again";
}

TEST_F(PulseTest, WhoOwesAnAnswerForTheWholePatienceHangs) {
    seconds_fed(10, [this] { crew.take_turn(); });
    EXPECT_THAT(pulse.hanging(now), IsEmpty());
    seconds_fed(1, [] {});
    EXPECT_THAT(pulse.hanging(now), ElementsAre("commit"));
    commit.take_turn();
    EXPECT_THAT(pulse.hanging(now), IsEmpty());
}

TEST_F(PulseTest, GoesOnWhenTheThreadDoes) {
    seconds_fed(30, [this] { crew.take_turn(); });
    commit.take_turn();
    EXPECT_THAT(seconds_fed(1, [] {}), ElementsAre(31));
}

TEST_F(PulseTest, AnAnswerAfterItsEndHarmsNobody) {
    auto gone = std::make_unique<Pulse>(10s, 1s, start);
    gone->watch("commit", commit.ask());
    gone->step(now);
    gone.reset();
    commit.take_turn();
}

}  // namespace
}  // namespace hookline::app
