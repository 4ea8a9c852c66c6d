// The rows "token rejected", "too large", "retry later" and "anything else" of the table towards Logz.io, with holds
// and probes.

#include <gmock/gmock.h>

#include "world.h"

namespace hookline::ship {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const TenantId acme = tenant(1);
const TenantId globex = tenant(2);

// 401, 403.

TEST(TokenRejected, HoldsTheTenantKeepsItsDataAndSaysTokenOrRegion) {
    for (const int status : {401, 403}) {
        World world;
        world.begin();
        world.listener.behaviour = [&](const Seen&) { return reply_of(status, "Logging token is not valid"); };
        world.put(acme, uuids(3));
        world.run(1h);
        EXPECT_EQ(world.status(acme).hold, HoldReason::token_rejected);
        EXPECT_THAT(world.status(acme).detail, HasSubstr("token or region"));
        EXPECT_THAT(world.status(acme).detail, HasSubstr(std::to_string(status)));
        EXPECT_EQ(world.status(acme).last_status, status);
        EXPECT_THAT(world.metrics.text(), HasSubstr("hookline_tenants_held{reason=\"token_rejected\"} 1"));
        EXPECT_THAT(world.spool.waiting(acme), SizeIs(3));
        EXPECT_THAT(world.spool.letters_written, IsEmpty());

        world.listener.behaviour = [](const Seen&) { return Reply{}; };
        world.run_until_empty(acme);
        EXPECT_EQ(world.status(acme).hold, HoldReason::none);
        EXPECT_THAT(world.metrics.text(), HasSubstr("hookline_tenants_held{reason=\"token_rejected\"} 0"));
    }
}

TEST(TokenRejected, ProbesCarryOneLineAndComeAfter5SecondsDoublingTo5Minutes) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) { return reply_of(401); };
    world.put(acme, uuids(50));
    world.run(3h);
    const auto& seen = world.listener.seen;
    ASSERT_GT(seen.size(), 12U);
    EXPECT_THAT(seen[0].lines, SizeIs(50));
    double expected = 5;
    for (std::size_t i = 1; i < seen.size(); ++i) {
        EXPECT_THAT(seen[i].uuids(), ElementsAre("e0"));
        const double wait = std::chrono::duration<double>(seen[i].at - seen[i - 1].at).count();
        EXPECT_GE(wait, expected * 0.79) << i;
        EXPECT_LE(wait, expected * 1.21) << i;
        expected = std::min(expected * 2, 300.0);
    }
}

TEST(TokenRejected, AChangedDestinationIsTriedAtOnce) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen& seen) { return reply_of(seen.url == "http://eu/" ? 200 : 401); };
    world.put(acme, uuids(20));
    world.run(1h);
    world.destinations[acme] = Destination{"eu", "http://eu", Secret(token_of(acme))};
    world.shipping->destinations_changed();
    world.run(100ms);
    EXPECT_THAT(world.spool.waiting(acme), IsEmpty());
}

TEST(TokenRejected, OthersGoOn) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen& seen) { return reply_of(seen.tenant == acme ? 401 : 200); };
    world.put(acme, uuids(5));
    world.put(globex, uuids(5));
    world.run(100ms);
    EXPECT_THAT(world.spool.waiting(globex), IsEmpty());
    EXPECT_THAT(world.spool.waiting(acme), SizeIs(5));
}

TEST(TokenRejected, EventsOfATokenThatWasNeverProvenBecomeLettersThatExpire) {
    World world;
    world.begin();
    world.spool.at(acme).proven = false;
    world.listener.behaviour = [](const Seen&) { return reply_of(401, "Logging token is not valid"); };
    world.put(acme, uuids(3));
    world.run(1s);
    EXPECT_THAT(world.letters(), ElementsAre("e0 token_refused", "e1 token_refused", "e2 token_refused"));
    EXPECT_THAT(world.spool.waiting(acme), IsEmpty());
    const auto& letter = world.spool.letters_written[0].second;
    EXPECT_EQ(letter.status, 401);
    EXPECT_EQ(letter.answer, "Logging token is not valid");
    EXPECT_EQ(letter.body, line_of("e0"));
    ASSERT_TRUE(letter.expires_at);
    EXPECT_LE(world.clock.wall() + 7 * 24h - *letter.expires_at, 2s);
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

// 413.

TEST(TooLarge, IsHalvedUntilItFits) {
    World world;
    world.listener.behaviour = [](const Seen& seen) { return reply_of(seen.lines.size() > 3 ? 413 : 200); };
    world.put(acme, uuids(20));
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), IsEmpty());
    std::vector<std::string> taken;
    for (const Seen& seen : world.listener.seen) {
        if (seen.lines.size() > 3) continue;
        for (const std::string& uuid : seen.uuids()) taken.push_back(uuid);
    }
    EXPECT_THAT(taken, ElementsAreArray(uuids(20)));
    EXPECT_LE(world.listener.seen.size(), 3U + 10U);  // the size that fits is remembered
}

TEST(TooLarge, WhenNoLineIsSmallEnoughAllIsHeldAndNothingBuried) {
    World world;
    world.listener.behaviour = [](const Seen&) { return reply_of(413, "proxy: 1 kB at most"); };
    world.put(acme, uuids(20));
    world.begin();
    world.run(24h);
    EXPECT_THAT(world.letters(), IsEmpty());
    EXPECT_THAT(world.spool.waiting(acme), ElementsAreArray(uuids(20)));
    EXPECT_EQ(world.status(acme).hold, HoldReason::too_large);
    EXPECT_THAT(world.status(acme).detail, HasSubstr("1 kB at most"));
    EXPECT_LE(world.listener.seen.size(), 320U) << "probes, at most every 5 minutes";

    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), IsEmpty());
    EXPECT_EQ(world.spool.at(acme).delivered, 20U);
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

TEST(TooLarge, TheOnlyLineOfATenantWaitsForAnotherToTellWhoIsToBlame) {
    World world;
    world.listener.behaviour = [](const Seen& seen) { return reply_of(seen.uuids()[0] == "fat" ? 413 : 200); };
    world.put(acme, {"fat"});
    world.begin();
    world.run(1h);
    EXPECT_THAT(world.letters(), IsEmpty());
    world.put(acme, {"slim"});
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), ElementsAre("fat too_large"));
    EXPECT_EQ(world.sends_of("slim"), 1U);
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

TEST(TooLarge, OneLineAloneIsBuriedOnceAnotherWasAccepted) {
    World world;
    world.listener.behaviour = [](const Seen& seen) {
        for (const std::string& uuid : seen.uuids()) {
            if (uuid == "e4") return reply_of(413, "too big");
        }
        return Reply{};
    };
    world.put(acme, uuids(9));
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), ElementsAre("e4 too_large"));
    EXPECT_EQ(world.spool.letters_written[0].second.answer, "too big");
    EXPECT_EQ(world.spool.letters_written[0].second.status, 413);
    EXPECT_EQ(world.spool.at(acme).delivered, 8U);
}

TEST(TooLarge, ALineThatIsLargerThanAllOthersIsBuriedToo) {
    World world;
    world.listener.behaviour = [](const Seen& seen) {
        std::size_t bytes = 0;
        for (const std::string& line : seen.lines) bytes += line.size();
        return reply_of(bytes > 5'000 ? 413 : 200);
    };
    world.spool.put(acme, {line_of("e0"), line_of("fat", std::string(50'000, 'x')), line_of("e1"), line_of("e2")});
    world.begin();
    world.run_until_empty(acme);
    EXPECT_THAT(world.letters(), ElementsAre("fat too_large"));
    EXPECT_EQ(world.spool.at(acme).delivered, 3U);
    for (const std::string& uuid : uuids(3)) EXPECT_GE(world.sends_of(uuid), 1U);
}

TEST(TooLarge, ALargerBulkIsTriedAgainAfterAWhile) {
    World world;
    world.listener.behaviour = [](const Seen& seen) { return reply_of(seen.lines.size() > 3 ? 413 : 200); };
    world.put(acme, uuids(20));
    world.begin();
    world.run_until_empty(acme);
    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    for (int i = 0; i < 10; ++i) {
        world.run(3min);
        world.put(acme, uuids(20));
        world.run_until_empty(acme);
    }
    EXPECT_THAT(world.listener.seen.back().lines, SizeIs(20));
}

// 408, 429, 5xx, network, timeout.

TEST(RetryLater, TriesWithoutEnd) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) { return reply_of(503, "later"); };
    world.put(acme, uuids(3));
    world.run(10 * 24h);
    EXPECT_EQ(world.status(acme).hold, HoldReason::backing_off);
    EXPECT_THAT(world.status(acme).detail, HasSubstr("status 503: later"));
    EXPECT_GT(world.status(acme).next_try, world.clock.wall() - 1s);
    EXPECT_GT(world.listener.seen.size(), 10'000U);
    EXPECT_THAT(world.spool.letters_written, IsEmpty());
    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    world.run(2min);
    EXPECT_THAT(world.spool.waiting(acme), IsEmpty());
}

TEST(RetryLater, WaitsAreJitteredAndGrowToAMinute) {
    World world;
    world.begin();
    world.listener.behaviour = [](const Seen&) { return reply_of(500); };
    world.put(acme, {"e0"});
    world.run(24h);
    const auto& seen = world.listener.seen;
    double longest = 0;
    double sum = 0;
    for (std::size_t i = 1; i < seen.size(); ++i) {
        const double wait = std::chrono::duration<double>(seen[i].at - seen[i - 1].at).count() - 0.01;
        const double bound = std::min(0.5 * std::pow(2, i - 1), 60.0);
        EXPECT_LE(wait, bound + 0.001) << i;
        longest = std::max(longest, wait);
        sum += wait;
    }
    EXPECT_GT(longest, 50);
    EXPECT_NEAR(sum / static_cast<double>(seen.size()), 30, 3);  // full jitter: half the bound on average
}

TEST(RetryLater, HonoursRetryAfterUpTo10Minutes) {
    for (const auto& [text, wait] : std::vector<std::pair<std::string, Duration>>{
             {"120", 120s}, {"600", 600s}, {"99999999999999999999", 600s}, {"-1", 0s}}) {
        World world;
        world.begin();
        world.listener.behaviour = [&, text = text](const Seen&) {
            return world.listener.seen.empty() ? reply_of(429, "", {{"Retry-After", text}}) : Reply{};
        };
        world.put(acme, {"e0"});
        world.run_until_empty(acme);
        const Duration waited = world.listener.seen[1].at - world.listener.seen[0].at;
        EXPECT_GE(waited, wait);
        EXPECT_LE(waited, wait + 1s);
    }
}

TEST(RetryLater, TheLongestRetryAfterIsASetting) {
    World world;
    world.limits.retry_after_max = 2s;
    world.begin();
    world.listener.behaviour = [&](const Seen&) {
        return world.listener.seen.empty() ? reply_of(429, "", {{"Retry-After", "500"}}) : Reply{};
    };
    world.put(acme, {"e0"});
    world.run_until_empty(acme);
    EXPECT_LE(world.listener.seen[1].at - world.listener.seen[0].at, 3s);
}

TEST(RetryLater, ALongerRetryAfterThan10MinutesCanBeAllowed) {
    World world;
    world.limits.retry_after_max = 2h;
    world.begin();
    world.listener.behaviour = [&](const Seen&) {
        return world.listener.seen.empty() ? reply_of(429, "", {{"Retry-After", "7000"}}) : Reply{};
    };
    world.put(acme, {"e0"});
    world.run_until_empty(acme);
    EXPECT_GE(world.listener.seen[1].at - world.listener.seen[0].at, 7000s);
}

TEST(RetryLater, NoAnswerMeansASmallerBulkSoThatASlowLineGetsAnywhere) {
    World world;
    world.limits.bulk_bytes = 3'000'000;
    // The line takes 300 kB in the time there is.
    world.listener.behaviour = [](const Seen& seen) {
        std::size_t bytes = 0;
        for (const std::string& line : seen.lines) bytes += line.size();
        return bytes > 300'000 ? no_answer() : Reply{};
    };
    for (int i = 0; i < 300; ++i) world.spool.put(acme, {line_of("e" + std::to_string(i), std::string(10'000, 'x'))});
    world.begin();
    world.run(10min);
    EXPECT_THAT(world.spool.waiting(acme), IsEmpty());
}

TEST(RetryLater, AnAnswerThatWasLostMeansCopiesNeverLoss) {
    World world;
    world.begin();
    world.listener.behaviour = [&](const Seen&) { return world.listener.seen.empty() ? no_answer() : Reply{}; };
    world.put(acme, {"e0", "e1"});
    world.run_until_empty(acme);
    EXPECT_THAT(world.arrived(acme), ElementsAre("e0", "e1", "e0", "e1"));
    EXPECT_EQ(world.status(acme).retries, 1U);
}

// Anything else.

TEST(Refused, HoldsAndKeepsTheData) {
    for (const Reply& reply : {reply_of(404, "what?"), reply_of(301), reply_of(418),
                               reply_of(200, "<html>Please log in</html>", {{"Content-Type", "text/html"}})}) {
        World world;
        world.begin();
        world.listener.behaviour = [&](const Seen&) { return reply; };
        world.put(acme, uuids(10));
        world.run(1h);
        EXPECT_EQ(world.status(acme).hold, HoldReason::refused);
        EXPECT_THAT(world.status(acme).detail, HasSubstr("status " + std::to_string(reply.status)));
        EXPECT_THAT(world.spool.letters_written, IsEmpty());
        EXPECT_THAT(world.spool.waiting(acme), SizeIs(10));
        for (std::size_t i = 1; i < world.listener.seen.size(); ++i)
            EXPECT_THAT(world.listener.seen[i].lines, SizeIs(1));
        world.listener.behaviour = [](const Seen&) { return Reply{}; };
        world.run_until_empty(acme);
    }
}

TEST(Refused, TroubleOnTheWayDoesNotEndAHold) {
    World world;
    world.begin();
    world.listener.behaviour = [&](const Seen&) { return world.listener.seen.empty() ? reply_of(404) : no_answer(); };
    world.put(acme, uuids(10));
    world.run(1h);
    EXPECT_EQ(world.status(acme).hold, HoldReason::refused);
    EXPECT_LE(world.listener.seen.size(), 20U);  // the rhythm of probes, not of retries
}

// Holds of our own.

TEST(Holds, ATenantWithoutDestinationKeepsItsDataUntilItHasOne) {
    World world;
    world.destinations[acme] = std::nullopt;
    world.put(acme, uuids(3));
    world.begin();
    world.run(1s);
    EXPECT_EQ(world.status(acme).hold, HoldReason::not_configured);
    EXPECT_EQ(world.crew.run_due(world.clock.now()), never);  // no timer runs for it
    EXPECT_THAT(world.listener.seen, IsEmpty());
    world.destinations.erase(acme);
    world.shipping->destinations_changed();
    world.run_until_empty(acme);
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

TEST(Holds, AQueueThatCannotBeReadIsSaidAndTriedAgain) {
    World world;
    world.spool.read_error = "block checksum mismatch";
    world.put(acme, uuids(3));
    world.begin();
    world.run(1h);
    EXPECT_EQ(world.status(acme).hold, HoldReason::damaged);
    EXPECT_THAT(world.status(acme).detail, HasSubstr("block checksum mismatch"));
    world.spool.read_error.clear();
    world.run_until_empty(acme);
}

TEST(Holds, LettersThatFindNoRoomHoldTheTenantAndNothingIsSentAgain) {
    World world;
    world.spool.at(acme).condemned_full = true;
    world.listener.behaviour = [](const Seen& seen) {
        return counting(seen, [](const std::string& line) { return uuid_in(line) == "e1"; });
    };
    world.put(acme, {"e1", "e2"});
    world.begin();
    world.run(1h);
    EXPECT_EQ(world.status(acme).hold, HoldReason::letters_full);
    EXPECT_THAT(world.spool.waiting(acme), SizeIs(2));
    const std::size_t sends = world.listener.seen.size();
    world.spool.at(acme).condemned_full = false;
    world.run_until_empty(acme);
    EXPECT_EQ(world.listener.seen.size(), sends);
    EXPECT_THAT(world.letters(), ElementsAre("e1 line_refused"));
    EXPECT_EQ(world.status(acme).hold, HoldReason::none);
}

TEST(Holds, AForgottenTenantIsLeftAlone) {
    World world;
    world.listener.behaviour = [](const Seen&) { return reply_of(503); };
    world.put(acme, uuids(3));
    world.begin();
    world.run(1s);
    world.spool.forget_now(acme);
    world.destinations[acme] = std::nullopt;
    world.shipping->destinations_changed();
    world.run(1h);
    EXPECT_EQ(world.shipping->status().size(), 0U) << "no hold, no alarm";
    EXPECT_THAT(world.metrics.text(), HasSubstr("hookline_tenants_held{reason=\"not_configured\"} 0"));
    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    world.put(globex, {"e0"});
    world.run(1s);
    EXPECT_EQ(world.shipping->status().size(), 1U);
    EXPECT_EQ(world.crew.run_due(world.clock.now()), never);
}

// Age.

TEST(Age, LinesPastTheLimitBecomeLetters) {
    World world;
    world.limits.age_max = 48h;
    world.begin();
    world.listener.behaviour = [](const Seen&) { return reply_of(503, "down for days"); };
    world.put(acme, {"old"});
    world.run(47h);
    world.put(acme, {"new"});
    world.run(30min);
    EXPECT_THAT(world.letters(), IsEmpty());
    world.run(1h);
    EXPECT_THAT(world.letters(), ElementsAre("old too_old"));
    EXPECT_THAT(world.spool.letters_written[0].second.answer, HasSubstr("down for days"));
    EXPECT_THAT(world.spool.waiting(acme), ElementsAre("new"));
}

TEST(Age, AJumpOfTheCalendarExpiresNothing) {
    for (const auto jump : {std::chrono::hours(24 * 3650), std::chrono::hours(-24 * 3650)}) {
        World world;
        world.limits.age_max = 48h;
        world.begin();
        world.listener.behaviour = [](const Seen&) { return reply_of(503); };
        world.put(acme, {"before"});
        world.run(1h);
        world.clock.jump_wall(jump);
        world.put(acme, {"after"});
        world.run(40h);
        EXPECT_THAT(world.letters(), IsEmpty());
    }
}

}  // namespace
}  // namespace hookline::ship
