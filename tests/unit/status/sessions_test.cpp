// Sessions of the status page: bounded in number and in time.

#include "status/sessions.h"

#include <gtest/gtest.h>

namespace hookline::status {
namespace {

using namespace std::chrono_literals;

class SessionsTest : public ::testing::Test {
 protected:
    bool admits(const Sessions::Halves& halves) {
        return sessions.admits(halves.cookie.reveal(), halves.key.reveal(), now);
    }
    Sessions sessions{{3, 60min, 20min}};
    TimePoint now{24h};
};

TEST_F(SessionsTest, NoTwoAreAlikeAndNoHalfIsTheOther) {
    const auto one = sessions.begin(now);
    const auto two = sessions.begin(now);
    EXPECT_EQ(one.cookie.reveal().size(), 64U);
    EXPECT_EQ(one.key.reveal().size(), 64U);
    EXPECT_FALSE(one.cookie == two.cookie || one.key == two.key || one.cookie == one.key);
    EXPECT_FALSE(sessions.admits(one.key.reveal(), one.cookie.reveal(), now));
    EXPECT_FALSE(sessions.admits("", "", now));
    EXPECT_TRUE(admits(one) && admits(two));
}

TEST_F(SessionsTest, EndAfterTheirLifeHoweverMuchTheyAreUsed) {
    const auto session = sessions.begin(now);
    for (int looks = 0; looks < 5; ++looks) {
        now += 11min;
        EXPECT_TRUE(admits(session));
    }
    now += 5min;
    EXPECT_FALSE(admits(session));
    EXPECT_EQ(sessions.count(), 0U);
}

TEST_F(SessionsTest, EndWhenNobodyUsesThem) {
    const auto session = sessions.begin(now);
    now += 20min;
    EXPECT_FALSE(admits(session));
}

TEST_F(SessionsTest, OneTooManyEndsTheOneThatWasUsedTheLongestAgo) {
    const auto first = sessions.begin(now);
    now += 1min;
    const auto second = sessions.begin(now);
    now += 1min;
    const auto third = sessions.begin(now);
    EXPECT_TRUE(admits(first));
    const auto fourth = sessions.begin(now + 1min);
    EXPECT_EQ(sessions.count(), 3U);
    EXPECT_FALSE(admits(second));
    EXPECT_TRUE(admits(first) && admits(third) && admits(fourth));
}

}  // namespace
}  // namespace hookline::status
