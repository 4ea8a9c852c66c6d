// A relay whose threads hang is not healthy, and says which of them.

#include "app/health.h"

#include <gmock/gmock.h>

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint begin{24h};

TEST(Health, IsGoodUntilSomethingElseIsTold) {
    Health health;
    EXPECT_THAT(health.faults(begin), IsEmpty());
    health.tell(begin, 60s, {});
    EXPECT_THAT(health.faults(begin + 1s), IsEmpty());
}

TEST(Health, NamesTheThreadsThatHangUntilTheyTakeTheirTurn) {
    Health health;
    health.tell(begin, 60s, {"commit", "crew"});
    EXPECT_THAT(health.faults(begin),
                ElementsAre("the thread commit does not take its turn", "the thread crew does not take its turn"));
    health.tell(begin + 1s, 60s, {});
    EXPECT_THAT(health.faults(begin + 1s), IsEmpty());
}

TEST(Health, AMainThreadThatTellsNothingAnyMoreHangsItself) {
    Health health;
    health.tell(begin, 60s, {});
    EXPECT_THAT(health.faults(begin + 59s), IsEmpty());
    EXPECT_THAT(health.faults(begin + 60s), ElementsAre("the thread main does not take its turn"));
    health.stopping();
    EXPECT_THAT(health.faults(begin + 10min), IsEmpty()) << "while it stops it makes no rounds";
}

}  // namespace
}  // namespace hookline::app
