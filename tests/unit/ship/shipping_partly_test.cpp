// The two rows about 400: counts that add up are reconciled, anything else is not believed.

#include <set>

#include <gmock/gmock.h>

#include "world.h"

namespace hookline::ship {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::SizeIs;
using testing::UnorderedElementsAreArray;

const TenantId acme = tenant(1);

std::function<Reply(const Seen&)> refusing(std::set<std::string> bad) {
    return [bad = std::move(bad)](const Seen& seen) {
        return counting(seen, [&](const std::string& line) { return bad.contains(uuid_in(line)); });
    };
}

std::size_t most_sends(const World& world, std::size_t count) {
    std::map<std::string, std::size_t> sends;
    for (const std::string& uuid : world.arrived(acme)) ++sends[uuid];
    EXPECT_EQ(sends.size(), count);
    std::size_t most = 0;
    for (const auto& [uuid, number] : sends) most = std::max(most, number);
    return most;
}

TEST(PartlyAccepted, NoneBadIsDelivered) {
    World world;
    world.listener.behaviour = [](const Seen& seen) {
        return reply_of(400, fmt::format(R"({{"successfulLines":{}}})", seen.lines.size()));
    };
    world.put(acme, uuids(5));
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.listener.seen, SizeIs(1));
    EXPECT_THAT(world.letters(), IsEmpty());
}

TEST(PartlyAccepted, SuspectsAreBuriedIfTheirNumberAgrees) {
    World world;
    world.listener.behaviour = [](const Seen& seen) {
        return counting(seen, [](const std::string& line) { return line.empty() || line.front() != '{'; });
    };
    world.spool.put(acme, {line_of("e0"), "[1,2]\n", line_of("e1"), "\n", line_of("e2")});
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.listener.seen, SizeIs(1));
    ASSERT_THAT(world.spool.letters_written, SizeIs(2));
    EXPECT_EQ(world.spool.letters_written[0].second.body, "[1,2]\n");
    EXPECT_EQ(world.spool.letters_written[0].second.reason, spool::LetterReason::line_refused);
    EXPECT_EQ(world.spool.letters_written[0].second.status, 400);
    EXPECT_THAT(world.spool.letters_written[0].second.answer, HasSubstr("malformedLines"));
    EXPECT_EQ(world.spool.letters_written[0].second.lines, 1U);
    EXPECT_EQ(world.spool.letters_written[1].second.body, "\n");
    EXPECT_EQ(world.spool.at(acme).delivered, 3U);
}

TEST(PartlyAccepted, ABadLineThatLooksGoodIsNarrowedDown) {
    for (const char* bad : {"e0", "e23", "e99"}) {
        World world;
        world.listener.behaviour = refusing({bad});
        world.put(acme, uuids(100));
        world.begin();
        world.run_until_empty(acme);
        EXPECT_THAT(world.letters(), ElementsAre(std::string(bad) + " line_refused"));
        EXPECT_LE(most_sends(world, 100), 3U);
        EXPECT_LE(world.listener.seen.size(), 1U + 9U + 9U);  // the tenth group and the tenth line follow
        EXPECT_EQ(world.spool.at(acme).delivered, 99U);
        ASSERT_TRUE(world.spool.settles[0].note);
        EXPECT_EQ(world.spool.settles[0].note->lines, 100U);
    }
}

TEST(PartlyAccepted, SuspectsThatAreTooFewAreAskedAboutFirst) {
    World world;
    world.listener.behaviour = [](const Seen& seen) {
        return counting(seen, [](const std::string& line) { return line == "[]" || uuid_in(line) == "e50"; });
    };
    auto lines = std::vector<std::string>{};
    for (const auto& uuid : uuids(99)) lines.push_back(line_of(uuid));
    lines.push_back("[]\n");
    world.spool.put(acme, lines);
    world.begin();
    world.run_until_empty(acme);
    ASSERT_THAT(world.spool.letters_written, SizeIs(2));
    EXPECT_EQ(world.spool.letters_written[0].second.uuid, "e50");
    EXPECT_EQ(world.spool.letters_written[1].second.body, "[]\n");
    EXPECT_EQ(world.listener.seen[1].lines.front(), "[]");
}

TEST(PartlyAccepted, SeveralBadLinesAreFound) {
    World world;
    const std::set<std::string> bad{"e1", "e2", "e3", "e40", "e77", "e199"};
    world.listener.behaviour = refusing(bad);
    world.put(acme, uuids(200));
    world.begin();
    world.run_until_empty(acme);
    std::vector<std::string> expected;
    for (const std::string& uuid : bad) expected.push_back(uuid + " line_refused");
    EXPECT_THAT(world.letters(), UnorderedElementsAreArray(expected));
    EXPECT_LE(most_sends(world, 200), 3U);
}

TEST(PartlyAccepted, AllBadNeedsNoFurtherSend) {
    World world;
    world.listener.behaviour = refusing({"e0", "e1", "e2"});
    world.put(acme, uuids(3));
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), SizeIs(3));
    EXPECT_THAT(world.listener.seen, SizeIs(1));
}

TEST(PartlyAccepted, WhatComesAfterGoesOn) {
    World world;
    world.listener.behaviour = refusing({"e3"});
    world.put(acme, uuids(10));
    world.begin();
    world.run(1ms);
    world.put(acme, uuids(10, 10));
    world.run_until_empty(acme);
    EXPECT_EQ(world.spool.at(acme).delivered, 19U);
    for (const std::string& uuid : uuids(10, 10)) EXPECT_EQ(world.sends_of(uuid), 1U);
}

TEST(PartlyAccepted, IsBoundedByTenantAndHourThenTheBulkIsCopiedToTheLetters) {
    World world;
    world.limits.narrow_sends_hour_max = 3;
    std::set<std::string> bad;
    for (int i = 0; i < 100; i += 5) bad.insert("e" + std::to_string(i));
    world.listener.behaviour = refusing(bad);
    world.put(acme, uuids(100));
    world.begin();
    world.run_until_empty(acme);
    ASSERT_FALSE(world.spool.letters_written.empty());
    const auto& letter = world.spool.letters_written.back().second;
    EXPECT_EQ(letter.reason, spool::LetterReason::bulk_refused);
    EXPECT_THAT(letter.answer, MatchesRegex("[0-9]+ of these [0-9]+ lines refused.*where a replay makes copies.*of the "
                                            "bulk of 100, [0-9]+ more lines are at Logz.io.*the listener said.*"));
    EXPECT_THAT(letter.answer, HasSubstr("malformedLines"));
    EXPECT_EQ(letter.lines, static_cast<std::uint32_t>(std::count(letter.body.begin(), letter.body.end(), '\n')));
    for (const std::string& uuid : bad) {
        bool is_in_a_letter = false;
        for (const auto& [id, one] : world.spool.letters_written) {
            is_in_a_letter |= one.body.find("\"" + uuid + "\"") != std::string::npos;
        }
        EXPECT_TRUE(is_in_a_letter) << uuid;
    }
    EXPECT_THAT(world.listener.seen, SizeIs(4));
    EXPECT_EQ(world.spool.at(acme).delivered, 80U);

    world.put(acme, {"e0", "fine"});  // still within the hour: no sends left
    world.run_until_empty(acme);
    EXPECT_THAT(world.listener.seen, SizeIs(5));
    world.run(1h);
    world.put(acme, {"e0", "fine"});
    world.run_until_empty(acme);
    EXPECT_EQ(world.spool.letters_written.back().second.reason, spool::LetterReason::line_refused);
}

TEST(PartlyAccepted, TroubleWhileNarrowingDownLosesNothing) {
    for (const Reply& trouble :
         {reply_of(503), no_answer(), no_answer(true), reply_of(401), reply_of(404), reply_of(413), reply_of(400)}) {
        for (std::size_t when = 1; when < 12; ++when) {
            World world;
            world.listener.behaviour = [&](const Seen& seen) {
                if (world.listener.seen.size() == when) return trouble;
                return refusing({"e7", "e31"})(seen);
            };
            world.put(acme, uuids(50));
            world.begin();
            world.run_until_empty(acme);
            std::string bodies;
            std::uint32_t condemned = 0;
            for (const auto& [id, letter] : world.spool.letters_written) {
                bodies += letter.body;
                condemned += letter.lines;
            }
            EXPECT_THAT(bodies, HasSubstr("\"e7\""));
            EXPECT_THAT(bodies, HasSubstr("\"e31\""));
            EXPECT_EQ(world.spool.at(acme).delivered, 48U);
            EXPECT_LE(condemned, 16U);
            EXPECT_EQ(world.status(acme).hold, HoldReason::none);
        }
    }
}

// 400 otherwise.

TEST(NotUnderstood, HoldsAndBuriesNothing) {
    World world;
    world.listener.behaviour = [](const Seen&) { return reply_of(400, "Bad Request"); };
    world.put(acme, uuids(5));
    world.begin();
    world.run(24h);
    EXPECT_EQ(world.status(acme).hold, HoldReason::not_understood);
    EXPECT_THAT(world.status(acme).detail, HasSubstr("Bad Request"));
    EXPECT_THAT(world.letters(), IsEmpty());
    std::set<std::string> tried;
    for (std::size_t i = 1; i < world.listener.seen.size(); ++i) {
        ASSERT_THAT(world.listener.seen[i].lines, SizeIs(1));
        tried.insert(world.listener.seen[i].uuids()[0]);
    }
    EXPECT_THAT(tried, SizeIs(5));  // not the first line alone
    EXPECT_LT(world.listener.seen.size(), 24U * 12U + 20U);

    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), IsEmpty());
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

TEST(NotUnderstood, LaterLinesAreTriedToo) {
    World world;
    world.listener.behaviour = [](const Seen& seen) {
        return seen.uuids()[0] == "bad" ? reply_of(400, "no") : Reply{};
    };
    world.put(acme, {"bad"});
    world.begin();
    world.run(1h);
    EXPECT_THAT(world.letters(), IsEmpty());
    world.put(acme, uuids(4));
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), ElementsAre("bad line_refused"));
    EXPECT_EQ(world.spool.letters_written[0].second.answer, "no");
    for (const std::string& uuid : uuids(4)) EXPECT_EQ(world.sends_of(uuid), 1U) << uuid;
    EXPECT_EQ(world.spool.at(acme).delivered, 4U);
}

TEST(NotUnderstood, ALineIsBuriedOnlyAfterAnotherWasAccepted) {
    World world;
    const std::set<std::string> poison{"e3", "e4", "e17"};
    std::string accepted_last;
    world.listener.behaviour = [&](const Seen& seen) {
        for (const std::string& uuid : seen.uuids()) {
            if (poison.contains(uuid)) return reply_of(400, "what is this?");
        }
        return Reply{};
    };
    world.put(acme, uuids(30));
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), ElementsAre("e3 line_refused", "e4 line_refused", "e17 line_refused"));
    EXPECT_EQ(world.spool.at(acme).delivered, 27U);
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

TEST(NotUnderstood, AListenerThatGoesWrongAgainBuriesNothing) {
    // It understands nothing for an hour, works for a while, and understands nothing again.
    World world;
    world.listener.behaviour = [&](const Seen& seen) {
        const auto minute = std::chrono::duration_cast<std::chrono::minutes>(seen.at.time_since_epoch()).count();
        return minute % 90 < 60 ? reply_of(400, "??") : Reply{};
    };
    world.limits.bulk_lines_max = 50;
    world.put(acme, uuids(100));
    world.begin();
    for (int i = 0; i < 200; ++i) {
        world.run(7min);
        world.put(acme, uuids(3, 100 + static_cast<std::size_t>(i) * 3));
    }
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), IsEmpty());
    EXPECT_EQ(world.spool.at(acme).delivered, 700U);
}

TEST(NotUnderstood, CountersThatDoNotAddUpAreNotBelieved) {
    World world;
    world.listener.behaviour = [&](const Seen&) {
        return world.listener.seen.size() < 3 ? reply_of(400, R"({"malformedLines":1,"successfulLines":997})")
                                              : Reply{};
    };
    world.put(acme, uuids(5));
    world.begin();
    world.run(1s);
    EXPECT_EQ(world.status(acme).hold, HoldReason::not_understood);
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), IsEmpty());
}

}  // namespace
}  // namespace hookline::ship
