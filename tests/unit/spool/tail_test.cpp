// The last events of a tenant that is watched: bounded, and gone when nobody looks.

#include "spool/tail.h"

#include <gmock/gmock.h>

#include "spool/spool.h"

namespace hookline::spool {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TailTest : public ::testing::Test {
 protected:
    std::vector<std::string> lines_of(const Tail::Look& look) {
        std::vector<std::string> lines;
        for (const TailEvent& event : look.events) lines.push_back(event.line);
        return lines;
    }
    /// An append of one line that was stored.
    static WatchedLines stored(TenantId tenant, std::string line, const Tail& tail) {
        return {append_of(tenant, {std::move(line)}), tail.limits()};
    }
    static Append append_of(TenantId tenant, const std::vector<std::string>& lines) {
        Append append;
        append.tenant = tenant;
        for (const std::string& line : lines) {
            AppendLine event;
            event.offset = static_cast<std::uint32_t>(append.lines.size());
            event.length = static_cast<std::uint32_t>(line.size());
            append.events.push_back(event);
            append.lines += line;
        }
        return append;
    }
    const TenantId acme{1}, other{2}, third{3};
    const TimePoint start{};
};

TEST_F(TailTest, KeepsNothingOfATenantThatNobodyWatches) {
    Tail tail;
    EXPECT_FALSE(tail.watches(acme));
    tail.note(stored(acme, "before\n", tail));
    EXPECT_THAT(lines_of(tail.look(acme, 0, start)), IsEmpty());
    tail.note(stored(acme, "after\n", tail));
    tail.note(stored(other, "of another\n", tail));
    EXPECT_TRUE(tail.watches(acme));
    EXPECT_FALSE(tail.watches(other));
    EXPECT_THAT(lines_of(tail.look(acme, 0, start)), ElementsAre("after"));
}

TEST_F(TailTest, GoesOnWhereTheLastLookEnded) {
    Tail tail;
    tail.look(acme, 0, start);
    tail.note(stored(acme, "one\n", tail));
    const auto first = tail.look(acme, 0, start);
    tail.note(stored(acme, "two\n", tail));
    const auto second = tail.look(acme, first.last, start);
    EXPECT_THAT(lines_of(second), ElementsAre("two"));
    EXPECT_EQ(second.missed, 0U);
    EXPECT_THAT(lines_of(tail.look(acme, second.last, start)), IsEmpty());
}

TEST_F(TailTest, TheOldestMakeRoomAndWhoLooksIsToldHowMany) {
    Tail tail({.events_max = 3, .bytes_max = 1'000});
    tail.look(acme, 0, start);
    for (int number = 0; number < 5; ++number) tail.note(stored(acme, std::to_string(number) + "\n", tail));
    const auto look = tail.look(acme, 0, start);
    EXPECT_THAT(lines_of(look), ElementsAre("2", "3", "4"));
    EXPECT_EQ(look.missed, 2U);
    tail.note(stored(acme, std::string(999, 'x') + "\n", tail));
    EXPECT_EQ(tail.look(acme, look.last, start).events.size(), 1U);
    EXPECT_EQ(tail.look(acme, 0, start).events.size(), 2U) << "its bytes are bounded, too";
}

TEST_F(TailTest, OfALargeDeliveryTheLastLinesAreCopiedAndTheOthersCounted) {
    Tail tail({.events_max = 2});
    tail.look(acme, 0, start);
    const WatchedLines lines(append_of(acme, {"one\n", "two\n", "three\n"}), tail.limits());
    EXPECT_EQ(lines.events.size(), 2U);
    tail.note(lines);
    const auto look = tail.look(acme, 0, start);
    EXPECT_THAT(lines_of(look), ElementsAre("two", "three"));
    EXPECT_EQ(look.missed, 1U);
}

TEST_F(TailTest, OfALargeEventSomeIsKept) {
    Tail tail({.event_bytes_max = 4});
    tail.look(acme, 0, start);
    tail.note(stored(acme, "123456\n", tail));
    const auto look = tail.look(acme, 0, start);
    EXPECT_THAT(lines_of(look), ElementsAre("1234"));
    EXPECT_TRUE(look.events[0].cut);
}

TEST_F(TailTest, IsGoneWhenNobodyLooks) {
    Tail tail({.idle_max = 15s});
    tail.look(acme, 0, start);
    tail.note(stored(acme, "seen by nobody\n", tail));
    tail.forget_idle(start + 14s);
    EXPECT_TRUE(tail.watches(acme));
    tail.forget_idle(start + 15s);
    EXPECT_FALSE(tail.watches(acme));
    EXPECT_THAT(lines_of(tail.look(acme, 0, start + 16s)), IsEmpty());
}

TEST_F(TailTest, AWatchThatEndedIsBegunAnewWhateverNumberIsAsked) {
    Tail tail;
    tail.look(acme, 0, start);
    for (int number = 0; number < 9; ++number) tail.note(stored(acme, "x\n", tail));
    const auto before = tail.look(acme, 0, start);
    tail.forget_all();
    EXPECT_FALSE(tail.watches(acme));
    EXPECT_EQ(tail.look(acme, before.last, start).missed, 0U);
    tail.note(stored(acme, "new\n", tail));
    EXPECT_THAT(lines_of(tail.look(acme, before.last, start)), ElementsAre("new"));
}

TEST_F(TailTest, OneWatchTooManyEndsTheOneLookedAtLongestAgo) {
    Tail tail({.tenants_max = 2});
    tail.look(acme, 0, start);
    tail.look(other, 0, start + 1s);
    tail.look(acme, 0, start + 2s);
    tail.look(third, 0, start + 3s);
    EXPECT_TRUE(tail.watches(acme));
    EXPECT_FALSE(tail.watches(other));
    EXPECT_TRUE(tail.watches(third));
}

}  // namespace
}  // namespace hookline::spool
