// Deliveries of a (token, region) pair that Logz.io has not accepted yet (DESIGN section 4, "Proof of a new token").

#include "unit/receive/endpoint_world.h"

namespace hookline::test {
namespace {

using logzio::ProofOutcome;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(Proof, AcceptedIsCommittedWithoutLinesAndThenAnswered200) {
    World world;
    world.spool.holds_commits = true;
    const auto sent = world.post(delivery({event("u1"), event("u2")}));
    ASSERT_EQ(world.prover.asked.size(), 1U);
    const logzio::ProofRequest& request = world.prover.asked[0].request;
    EXPECT_EQ(request.region, "us");
    EXPECT_EQ(request.token, Secret(good_token));
    EXPECT_EQ(request.count, 2U);
    EXPECT_EQ(std::count(request.lines->begin(), request.lines->end(), '\n'), 2);
    EXPECT_EQ(request.until, world.clock.now() + 1'500ms) << "0.5 s are kept for the commit";
    EXPECT_EQ(sent->status(), 0) << "not before ids and proof are committed";
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(sent->status(), 200);
    EXPECT_TRUE(world.spool.lines.empty()) << "Logz.io has them";
    ASSERT_EQ(world.spool.appends.size(), 1U);
    EXPECT_TRUE(world.spool.appends[0].already_delivered);
    EXPECT_TRUE(world.spool.appends[0].prove);

    world.spool.holds_commits = false;
    EXPECT_EQ(world.post(delivery({event("u1"), event("u3")}))->status(), 200);
    EXPECT_EQ(world.prover.asked.size(), 1U) << "proven once";
    EXPECT_EQ(world.spool.lines.size(), 1U) << "u1 is a repeat";
}

TEST(Proof, RefusedIs401NamingRegionAndFingerprintEachTimeAndStoresNothing) {
    World world;
    world.prover.outcome = ProofOutcome::refused;
    for (int turn = 0; turn < 5; ++turn) {
        const auto sent = world.post(delivery({event("u1")}));
        EXPECT_EQ(sent->status(), 401);
        EXPECT_THAT(sent->error(), AllOf(HasSubstr("us"), HasSubstr(Secret(good_token).fingerprint())));
        EXPECT_THAT(sent->body(), Not(HasSubstr(good_token)));
    }
    EXPECT_TRUE(world.spool.appends.empty());
    EXPECT_TRUE(world.spool.tenants_by_label.empty()) << "not even its name";
    EXPECT_EQ(world.spool.refusals.size(), 5U);
    world.prover.outcome = ProofOutcome::accepted;
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 200) << "nothing was marked as seen";
}

TEST(Proof, LinesThatLogzioRefusedBesideOthersBecomeLettersInTheSameCommit) {
    World world;
    world.prover.outcome = {};
    const auto sent = world.post(delivery({event("u1"), event("u2"), event("u3"), event("u4")}));
    logzio::Proof proof{ProofOutcome::accepted, 400, "", {}};
    proof.condemned.push_back({{1}, false, "one malformed"});
    proof.condemned.push_back({{2, 3}, true, "1 of these 2 lines refused"});
    world.prover.decide(0, proof);
    world.mailbox.run();
    EXPECT_EQ(sent->status(), 200);
    EXPECT_TRUE(world.spool.lines.empty()) << "what Logz.io took is not sent again";
    ASSERT_EQ(world.spool.condemned.size(), 2U);
    const spool::LetterDraft& known = world.spool.condemned[0].letter;
    EXPECT_EQ(known.kind, spool::LetterClass::condemned);
    EXPECT_EQ(known.reason, spool::LetterReason::line_refused);
    EXPECT_EQ(known.uuid, "u2");
    EXPECT_EQ(known.status, 400);
    EXPECT_EQ(known.answer, "one malformed");
    EXPECT_EQ(known.lines, 1U);
    const spool::LetterDraft& in_doubt = world.spool.condemned[1].letter;
    EXPECT_EQ(in_doubt.reason, spool::LetterReason::bulk_refused);
    EXPECT_EQ(in_doubt.lines, 2U);
    EXPECT_THAT(in_doubt.body, AllOf(HasSubstr("u3"), HasSubstr("u4"), Not(HasSubstr("u1"))));
    EXPECT_EQ(world.post(delivery({event("u5")}))->status(), 200);
    EXPECT_EQ(world.prover.asked.size(), 1U) << "it is proven";
}

TEST(Proof, WithoutAVerdictTheEventsAreStored) {
    World world;
    world.prover.outcome = ProofOutcome::undecided;
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 200);
    EXPECT_EQ(world.spool.lines.size(), 1U);
    EXPECT_FALSE(world.spool.appends.at(0).already_delivered);
    EXPECT_FALSE(world.spool.appends.at(0).prove);
    EXPECT_EQ(world.post(delivery({event("u2")}))->status(), 200);
    EXPECT_EQ(world.prover.asked.size(), 2U) << "it is not proven by that";
}

TEST(Proof, WhenTooManyAreTriedItIs503) {
    World world;
    world.prover.outcome = ProofOutcome::crowded;
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 503);
    EXPECT_TRUE(world.spool.appends.empty());
    EXPECT_EQ(world.spool.refusals.size(), 1U);
}

TEST(Proof, ABodyLargerThanItsPoolIs503BeforeItIsParsed) {
    World world;
    EXPECT_EQ(world.post(std::string(1024 * 1024 + 1, '{'))->status(), 503);
    EXPECT_TRUE(world.prover.asked.empty());
}

TEST(Proof, AnEventThatStandsTwiceInTheDeliveryIsSentOnce) {
    World world;
    world.post(delivery({event("u1"), event("u1"), event("u1", "other"), event("u2")}));
    const logzio::ProofRequest& request = world.prover.asked.at(0).request;
    EXPECT_EQ(request.count, 3U);
    std::vector<nlohmann::json> lines;
    std::istringstream text(*request.lines);
    for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_FALSE(lines[0]["hookline"].contains("uuid_conflict"));
    EXPECT_EQ(lines[1]["displayMessage"], "other");
    EXPECT_EQ(lines[1]["hookline"]["uuid_conflict"], true);
    EXPECT_EQ(lines[2]["uuid"], "u2");
}

TEST(Proof, AVerdictAfterTheDeadlineIsStillTrue) {
    World world;
    world.prover.outcome.reset();
    const auto accepted_late = world.post(delivery({event("u1")}));
    const auto undecided_late = world.post(delivery({event("u2")}));
    world.pass(2s);
    EXPECT_EQ(accepted_late->status(), 503);
    world.prover.decide(0, ProofOutcome::accepted);
    world.prover.decide(1, ProofOutcome::undecided);
    world.mailbox.run();
    EXPECT_EQ(undecided_late->status(), 503);
    ASSERT_EQ(world.spool.appends.size(), 1U) << "what Logz.io took is known, what it did not is left to Okta's retry";
    EXPECT_TRUE(world.spool.appends[0].already_delivered);
}

TEST(Proof, AnotherRegionIsAnotherPair) {
    World world;
    world.spool.know(World::pair(good_token, "us"));
    EXPECT_EQ(world.post(delivery({event("u1")}), World::token_headers(good_token, "eu"))->status(), 200);
    EXPECT_EQ(world.prover.asked.size(), 1U);
}

TEST(Proof, AListedTokenIsProvenLikeOthers) {
    receive::Entrances entrances = World::open_house();
    entrances.header_mode.tokens_allowed = {sha256(good_token)};
    World world(entrances);
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 200);
    EXPECT_EQ(world.prover.asked.size(), 1U);
    EXPECT_TRUE(world.spool.appends.at(0).listed);
}

}  // namespace
}  // namespace hookline::test
