// Copies of the log for whoever carries them further: bounded, and nobody who logs waits.

#include "base/log_ring.h"

#include <gmock/gmock.h>

namespace hookline {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr TimePoint begin{24h};
constexpr WallTime someday{1s};

std::vector<std::string> messages(const std::vector<LogCopy>& lines) {
    std::vector<std::string> texts;
    for (const LogCopy& line : lines) texts.push_back(line.message);
    return texts;
}

void add(LogRing& ring, std::string_view message, LogFields fields = {}, TimePoint now = begin) {
    ring.add(now, someday, LogLevel::warn, message, fields);
}

TEST(LogRing, WantsNothingUntilItIsOpened) {
    LogRing ring;
    EXPECT_FALSE(ring.wants(LogLevel::error));
    ring.open(LogLevel::warn, "ops");
    EXPECT_FALSE(ring.wants(LogLevel::info));
    EXPECT_TRUE(ring.wants(LogLevel::warn));
    EXPECT_TRUE(ring.wants(LogLevel::error));
    ring.open(LogLevel::error, "ops");
    EXPECT_FALSE(ring.wants(LogLevel::warn));
    ring.close();
    EXPECT_FALSE(ring.wants(LogLevel::error));
}

TEST(LogRing, GivesWhatCameInItsOrder) {
    LogRing ring;
    ring.open(LogLevel::warn, "ops");
    add(ring, "one", {{"tenant", "acme"}, {"count", 3}});
    add(ring, "two");
    add(ring, "three");
    const LogRing::Taken first = ring.take(2);
    ASSERT_THAT(messages(first.lines), ElementsAre("one", "two"));
    EXPECT_EQ(first.lines[0].at, someday);
    ASSERT_THAT(first.lines[0].fields, SizeIs(2));
    EXPECT_EQ(first.lines[0].fields[1].name, "count");
    EXPECT_EQ(first.lines[0].fields[1].value, "3");
    EXPECT_FALSE(first.lines[0].fields[1].is_text);
    EXPECT_THAT(messages(ring.take(2).lines), ElementsAre("three"));
    EXPECT_THAT(ring.take(2).lines, IsEmpty());
}

TEST(LogRing, LeavesOutWhatIsSaidAboutTheTenantThatTheCopiesGoTo) {
    LogRing ring;
    ring.open(LogLevel::warn, "ops");
    add(ring, "delivery is held: token rejected", {{"tenant", "ops"}});
    add(ring, "delivery is held: token rejected", {{"tenant", "acme"}});
    const LogRing::Taken taken = ring.take(10);
    EXPECT_THAT(taken.lines, SizeIs(1));
    EXPECT_EQ(taken.left_out, 0U);
}

TEST(LogRing, CountsWhatDoesNotFitAndTakesAgainOnceThereIsRoom) {
    LogRing ring({.lines_max = 3});
    ring.open(LogLevel::warn, "ops");
    for (const char* message : {"one", "two", "three", "four", "five"}) add(ring, message);
    const LogRing::Taken taken = ring.take(10);
    EXPECT_THAT(messages(taken.lines), ElementsAre("one", "two", "three"));
    EXPECT_EQ(taken.left_out, 2U);
    add(ring, "six");
    const LogRing::Taken next = ring.take(10);
    EXPECT_THAT(messages(next.lines), ElementsAre("six"));
    EXPECT_EQ(next.left_out, 0U);
}

TEST(LogRing, IsBoundedInBytesToo) {
    LogRing ring({.bytes_max = 10'000});
    ring.open(LogLevel::warn, "ops");
    const std::string long_text(3'000, 'x');
    for (int i = 0; i < 5; ++i) add(ring, long_text);
    EXPECT_EQ(ring.take(10).left_out, 2U);
    for (int i = 0; i < 3; ++i) add(ring, long_text);
    EXPECT_EQ(ring.take(10).left_out, 0U) << "what was taken makes room";
}

TEST(LogRing, TakesSoManyInAMinuteAndNoMore) {
    LogRing ring({.minute_lines_max = 2});
    ring.open(LogLevel::warn, "ops");
    const auto left_out_of_three = [&](TimePoint now) {
        for (int i = 0; i < 3; ++i) add(ring, "flood", {}, now);
        return ring.take(10).left_out;
    };
    EXPECT_EQ(left_out_of_three(begin), 1U);
    EXPECT_EQ(left_out_of_three(begin + 59s), 3U);
    EXPECT_EQ(left_out_of_three(begin + 60s), 1U);
}

TEST(LogRing, CutsALongTextBetweenTwoCharacters) {
    LogRing ring({.text_bytes_max = 4});
    ring.open(LogLevel::warn, "ops");
    add(ring, "abcdef", {{"fits", "abcd"}, {"inside", "abcø"}});
    const LogRing::Taken taken = ring.take(1);
    EXPECT_EQ(taken.lines[0].message, "abcd…");
    EXPECT_EQ(taken.lines[0].fields[0].value, "abcd");
    EXPECT_EQ(taken.lines[0].fields[1].value, "abc…");
}

TEST(LogRing, ForgetsWhenItIsClosed) {
    LogRing ring({.lines_max = 1});
    ring.open(LogLevel::warn, "ops");
    add(ring, "one");
    add(ring, "left out");
    EXPECT_EQ(ring.close(), 2U);
    add(ring, "not wanted any more");
    ring.open(LogLevel::warn, "ops");
    const LogRing::Taken taken = ring.take(10);
    EXPECT_THAT(taken.lines, IsEmpty());
    EXPECT_EQ(taken.left_out, 0U);
}

TEST(LogRing, TheLogFillsItWithWhatItWrites) {
    log_ring().open(LogLevel::warn, "ops");
    set_up_log(LogLevel::error, LogFormat::text);
    log_warn("below the level of the log");
    set_up_log(LogLevel::info, LogFormat::text);
    log_info("below the level of the copies");
    log_warn("seen", {{"count", 3}});
    log_error("seen too");
    const LogRing::Taken taken = log_ring().take(10);
    log_ring().close();
    EXPECT_THAT(messages(taken.lines), ElementsAre("seen", "seen too"));
    EXPECT_EQ(taken.lines.at(1).level, LogLevel::error);
}

}  // namespace
}  // namespace hookline
