// A delivery that was let in, to its answer: the rows of DESIGN section 2 about what is stored and what is not.

#include "unit/receive/endpoint_world.h"

namespace hookline::test {
namespace {

using spool::AppendOutcome;
using spool::LetterReason;
using testing::HasSubstr;
using testing::Not;

/// Its pair has been proven.
class Delivery : public testing::Test {
 protected:
    Delivery() { world.spool.know(World::pair()); }
    World world;
};

TEST_F(Delivery, CommittedIs200WithAnEmptyBody) {
    const auto sent = world.post(delivery({event("u1"), event("u2")}));
    EXPECT_EQ(sent->status(), 200);
    EXPECT_EQ(sent->body(), "");
    ASSERT_EQ(world.spool.lines.size(), 2U);
    const auto line = nlohmann::json::parse(world.spool.lines[0]);
    EXPECT_EQ(line["uuid"], "u1");
    EXPECT_EQ(line["type"], "okta");
    EXPECT_EQ(line["eventType"], "user.session.start");
    EXPECT_EQ(line["hookEventType"], "com.okta.event_hook");
    EXPECT_EQ(line["tenant_name"], "acme.okta.example");
    EXPECT_TRUE(world.prover.asked.empty()) << "a proven pair is stored without asking";
    EXPECT_TRUE(world.spool.refusals.empty());
}

TEST_F(Delivery, IsNotAnsweredBeforeItsCommit) {
    world.spool.holds_commits = true;
    const auto first = world.post(delivery({event("u1")}));
    const auto repeat = world.post(delivery({event("u1")}));
    EXPECT_EQ(first->status(), 0);
    EXPECT_EQ(repeat->status(), 0) << "a repeat waits for the commit that it repeats";
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(first->status(), 200);
    EXPECT_EQ(repeat->status(), 200);
    EXPECT_EQ(world.spool.lines.size(), 1U);
}

TEST_F(Delivery, AllOfItCommittedBeforeIs200AndStoresNothing) {
    for (int turn = 0; turn < 3; ++turn) {
        const auto sent = world.post(delivery({event("u1"), event("u2")}));
        EXPECT_EQ(sent->status(), 200);
        EXPECT_EQ(sent->body(), "");
    }
    EXPECT_EQ(world.spool.lines.size(), 2U);
}

TEST_F(Delivery, TheSameUuidWithOtherBytesIsStoredAndMarked) {
    world.post(delivery({event("u1")}));
    EXPECT_EQ(world.post(delivery({event("u1", "something else")}))->status(), 200);
    ASSERT_EQ(world.spool.lines.size(), 2U);
    EXPECT_THAT(world.spool.lines[0], Not(HasSubstr("uuid_conflict")));
    const auto marked = nlohmann::json::parse(world.spool.lines[1]);
    EXPECT_EQ(marked["hookline"]["uuid_conflict"], true);
    EXPECT_EQ(marked["displayMessage"], "something else");
}

TEST_F(Delivery, AnEventWithoutUuidIsKnownByEventIdPlaceAndContent) {
    const std::string plain = R"({"eventType":"x","n":1})";
    world.post(delivery({plain}, "first"));
    EXPECT_EQ(world.spool.lines.size(), 1U);
    world.post(delivery({plain}, "first"));
    EXPECT_EQ(world.spool.lines.size(), 1U) << "Okta's retry";
    world.post(delivery({plain}, "second"));
    EXPECT_EQ(world.spool.lines.size(), 2U) << "it happened again";
    world.post(delivery({plain, plain}, "third"));
    EXPECT_EQ(world.spool.lines.size(), 4U) << "twice in one delivery are two events";
    world.post(delivery({R"({"eventType":"x","n":2})"}, "first"));
    EXPECT_EQ(world.spool.lines.size(), 5U) << "the eventId alone drops nothing";
}

TEST_F(Delivery, NoEventsAre200AndNothingIsStored) {
    EXPECT_EQ(world.post(delivery({}))->status(), 200);
    EXPECT_TRUE(world.spool.appends.empty());
    World stranger;
    EXPECT_EQ(stranger.post(delivery({}))->status(), 200);
    EXPECT_TRUE(stranger.prover.asked.empty());
}

TEST_F(Delivery, WithoutRoomOrCommitIs503) {
    for (const auto& [outcome, word] :
         std::vector<std::pair<AppendOutcome, std::string>>{{AppendOutcome::tenant_full, "full"},
                                                            {AppendOutcome::spool_full, "full"},
                                                            {AppendOutcome::busy, "waits"},
                                                            {AppendOutcome::failed, "disk"}}) {
        world.spool.answers_only = outcome;
        world.spool.refusals.clear();
        const auto sent = world.post(delivery({event("u1"), event("u2")}, "batch-77"));
        EXPECT_EQ(sent->status(), 503);
        EXPECT_THAT(sent->error(), HasSubstr(word));
        EXPECT_NE(sent->header("Retry-After"), "");
        ASSERT_EQ(world.spool.refusals.size(), 1U);
        EXPECT_EQ(world.spool.refusals[0].status, 503);
        EXPECT_EQ(world.spool.refusals[0].event_id, "batch-77");
        EXPECT_EQ(world.spool.refusals[0].events, 2U);
        EXPECT_EQ(world.spool.refusals[0].tenant_label, label_of(spool::Identity(World::pair())));
    }
    world.spool.answers_only.reset();
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 200);
}

TEST_F(Delivery, WithoutACommitByTheDeadlineIs503AndALateCommitHarmsNothing) {
    world.spool.holds_commits = true;
    const auto sent = world.post(delivery({event("u1")}));
    world.pass(1'999ms);
    EXPECT_EQ(sent->status(), 0);
    world.pass(1ms);
    EXPECT_EQ(sent->status(), 503);
    ASSERT_EQ(world.spool.refusals.size(), 1U);
    EXPECT_THAT(world.spool.refusals[0].reason, HasSubstr("may be stored"));
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(sent->status(), 503);
    // Okta's retry is a repeat of what is on disk by now.
    world.spool.holds_commits = false;
    EXPECT_EQ(world.post(delivery({event("u1")}))->status(), 200);
    EXPECT_EQ(world.spool.lines.size(), 1U);
}

TEST_F(Delivery, TheDeadlineCountsFromTheBeginOfTheRequest) {
    world.spool.holds_commits = true;
    const auto slow =
        world.send("POST", "/", World::token_headers(), delivery({event("u1")}), world.clock.now() - 1'500ms);
    world.pass(499ms);
    EXPECT_EQ(slow->status(), 0);
    world.pass(1ms);
    EXPECT_EQ(slow->status(), 503);
    const auto late = world.send("POST", "/", World::token_headers(), delivery({event("u2")}), world.clock.now() - 2s);
    EXPECT_EQ(late->status(), 503) << "Okta has given up on it already";
    EXPECT_EQ(world.spool.appends.size(), 1U);
}

TEST_F(Delivery, ABodyThatIsNoJsonOrNoDeliveryIs400AndKeptAside) {
    const std::vector<std::string> bodies{"",
                                          "{",
                                          "hello",
                                          R"({"data":{"events":[}})",
                                          "{}",
                                          "null",
                                          "[]",
                                          R"({"data":{"events":"x"}})",
                                          R"({"data":{"events":{}}})"};
    for (const std::string& body : bodies) {
        world.spool.aside.clear();
        const auto sent = world.post(body);
        EXPECT_EQ(sent->status(), 400) << body;
        EXPECT_NE(sent->error(), "");
        ASSERT_EQ(world.spool.aside.size(), 1U) << body;
        EXPECT_EQ(world.spool.aside[0].letter.reason, LetterReason::body_refused);
        EXPECT_EQ(world.spool.aside[0].letter.kind, spool::LetterClass::kept_aside);
        EXPECT_EQ(world.spool.aside[0].letter.body, body);
        EXPECT_EQ(world.spool.aside[0].letter.status, 400);
        EXPECT_EQ(world.spool.aside[0].letter.lines, 0U);
    }
    EXPECT_TRUE(world.spool.appends.empty());
}

TEST_F(Delivery, ABodyOfAStrangerThatIsNoDeliveryFillsNothing) {
    World stranger;
    EXPECT_EQ(stranger.post("{}")->status(), 400);
    EXPECT_TRUE(stranger.spool.aside.empty());
    EXPECT_TRUE(stranger.spool.tenants_by_label.empty());
    EXPECT_TRUE(stranger.prover.asked.empty());
}

TEST_F(Delivery, ABodyOfANamedTenantThatIsNoDeliveryIsKeptAside) {
    World named(World::with_hook());
    EXPECT_EQ(named.post("{}", {{"Authorization", "the next secret"}}, "/hooks/acme")->status(), 400);
    ASSERT_EQ(named.spool.aside.size(), 1U);
    EXPECT_EQ(named.spool.aside[0].tenant, named.spool.tenants_by_label.at("acme-tenant"));
}

TEST_F(Delivery, AnElementThatIsNoObjectIsKeptAsideAndTheOthersAreStored) {
    const auto sent = world.post(delivery({event("u1"), "null", R"("text")", event("u2"), "[1,2]"}));
    EXPECT_EQ(sent->status(), 200);
    EXPECT_EQ(world.spool.lines.size(), 2U);
    ASSERT_EQ(world.spool.aside.size(), 3U);
    EXPECT_EQ(world.spool.aside[0].letter.reason, LetterReason::element_refused);
    EXPECT_EQ(world.spool.aside[0].letter.body, "null");
    EXPECT_EQ(world.spool.aside[2].letter.body, "[1,2]");
}

TEST_F(Delivery, OnlyElementsThatAreNoObjectsAreAllKeptAside) {
    EXPECT_EQ(world.post(delivery({"1", "2"}))->status(), 200);
    EXPECT_EQ(world.spool.aside.size(), 2U);
}

TEST_F(Delivery, AnElementThatIsNoObjectFromAnUnprovenTenantIs400) {
    World stranger;
    EXPECT_EQ(stranger.post(delivery({event("u1"), "null"}))->status(), 400);
    EXPECT_TRUE(stranger.prover.asked.empty());
    EXPECT_TRUE(stranger.spool.appends.empty());
}

TEST_F(Delivery, TheOriginalOfAnEventThatWasCutIsKeptAside) {
    const std::string huge = event("u1", std::string(100'000, 'x'));
    EXPECT_EQ(world.post(delivery({event("u0"), huge}))->status(), 200);
    ASSERT_EQ(world.spool.aside.size(), 1U);
    EXPECT_EQ(world.spool.aside[0].letter.reason, LetterReason::content_cut);
    EXPECT_EQ(world.spool.aside[0].letter.body, huge);
    EXPECT_EQ(world.spool.aside[0].letter.uuid, "u1");
    const spool::Append& append = world.spool.appends.at(0);
    EXPECT_EQ(append.events[0].aside, -1);
    EXPECT_EQ(append.events[1].aside, 0);
}

TEST_F(Delivery, WhenTheEnvelopeWasCutTheWholeBodyIsKeptAsideOnce) {
    const std::string fields = R"("eventType":"com.okta.event_hook","eventId":"e-1")";
    const std::string events = R"("data":{"events":[)" + event("u0") + "," + event("u1") + "]}";
    const std::string long_text(100'000, 'x');
    // A known key, and an unknown one that is too long for hookline.original.
    for (const std::string& cut :
         {R"("source":"https://acme.okta.com/)" + long_text + '"', R"("extra":")" + long_text + '"'}) {
        World one;
        one.spool.know(World::pair());
        const std::string body = "{" + fields + "," + cut + "," + events + "}";
        EXPECT_EQ(one.post(body)->status(), 200);
        ASSERT_EQ(one.spool.aside.size(), 1U);
        EXPECT_EQ(one.spool.aside[0].letter.reason, LetterReason::content_cut);
        EXPECT_EQ(one.spool.aside[0].letter.body, body);
        const spool::Append& append = one.spool.appends.at(0);
        EXPECT_EQ(append.events[0].aside, 0);
        EXPECT_EQ(append.events[1].aside, 0) << "and a repeat of one alone does not lose it";
    }
}

TEST_F(Delivery, ACompressedBodyIs400WithTheReason) {
    Headers headers = World::token_headers();
    headers.emplace_back("Content-Encoding", "gzip");
    const auto sent = world.post("\x1f\x8b\x08", headers);
    EXPECT_EQ(sent->status(), 400);
    EXPECT_THAT(sent->error(), HasSubstr("Content-Encoding"));
    headers.back().second = "identity";
    EXPECT_EQ(world.post(delivery({event("u1")}), headers)->status(), 200);
}

TEST_F(Delivery, ThatMakesFarMoreLinesThanItHasBytesIs413AndKeptAside) {
    receive::EndpointLimits limits;
    limits.lines_bytes_max = 100'000;
    World small(World::open_house(), limits);
    small.spool.know(World::pair());
    std::vector<std::string> many(1000, "{}");
    EXPECT_EQ(small.post(delivery(many))->status(), 413);
    EXPECT_TRUE(small.spool.appends.empty());
    EXPECT_EQ(small.spool.aside.size(), 1U);
}

TEST_F(Delivery, KeepsLegalJsonThatAFastParserCannotHold) {
    const std::string odd = R"({"uuid":"u1","n":123456789012345678901234567890,"x":1e400,"s":"\ud800"})";
    EXPECT_EQ(world.post(delivery({odd}))->status(), 200);
    EXPECT_EQ(world.spool.lines.size(), 1U);
}

TEST_F(Delivery, CountsWhatItAnswersAndHowLongThatTook) {
    world.post(delivery({event("u1"), event("u2")}));
    world.post(delivery({event("u1"), event("u3")}));
    world.post("{}");
    const std::string text = world.metrics.text();
    EXPECT_THAT(text, HasSubstr("hookline_answers_total{status=\"200\"} 2"));
    EXPECT_THAT(text, HasSubstr("hookline_answers_total{status=\"400\"} 1"));
    EXPECT_THAT(text, HasSubstr("hookline_events_received_total{kind=\"new\"} 3"));
    EXPECT_THAT(text, HasSubstr("hookline_events_received_total{kind=\"repeated\"} 1"));
    EXPECT_THAT(text, HasSubstr("hookline_acknowledgement_seconds_count 2"));
}

TEST_F(Delivery, TheServersOwnRefusalsAreInTheLedgerToo) {
    net::RequestHead head;
    head.method = "POST";
    head.path = "/";
    for (const auto& [name, value] : World::token_headers()) head.headers.add(name, value);
    world.refused_by_server(&head, 413, "the body is larger than this server takes");
    world.refused_by_server(nullptr, 400, "the request line is not METHOD TARGET HTTP/1.1");
    ASSERT_EQ(world.spool.refusals.size(), 1U);
    EXPECT_EQ(world.spool.refusals[0].status, 413);
    EXPECT_EQ(world.spool.refusals[0].tenant_label, label_of(spool::Identity(World::pair())));
    head.method = "GET";
    world.refused_by_server(&head, 413, "the body is larger than this server takes");
    EXPECT_EQ(world.spool.refusals.size(), 1U) << "a GET is no delivery";
}

TEST_F(Delivery, AFloodOfRefusalsWritesFewLogLinesButEveryOneCounts) {
    testing::internal::CaptureStderr();
    for (int turn = 0; turn < 200; ++turn) world.post("{}");
    const std::string logged = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1);
    EXPECT_EQ(world.spool.refusals.size(), 200U);
    testing::internal::CaptureStderr();
    world.pass(11s);
    world.post("{}");
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("not_logged_before=199"));
}

// Large bodies are read in the lane, so that a loop's other connections need not wait for them.

struct LaneWorld : World {
    explicit LaneWorld(std::size_t lane_bytes_min = 1024) : World(with_hook(), limits_of(lane_bytes_min), true) {}
    static receive::EndpointLimits limits_of(std::size_t lane_bytes_min) {
        receive::EndpointLimits limits;
        limits.lane_bytes_min = lane_bytes_min;
        return limits;
    }
    std::shared_ptr<Sent> post_large(const std::string& body) {
        return post(body, {{"Authorization", "the next secret"}}, "/hooks/acme");
    }
    static std::string large(const std::string& uuid) { return delivery({event(uuid, std::string(2000, 'x'))}); }
};

TEST(Lane, ALargeDeliveryIsReadThereAndAnsweredAsAnyOther) {
    LaneWorld world;
    const auto sent = world.post_large(LaneWorld::large("u1"));
    EXPECT_EQ(sent->status(), 0);
    EXPECT_TRUE(world.spool.lines.empty());
    const auto small = world.post_large(delivery({event("u2")}));
    EXPECT_EQ(small->status(), 200) << "it does not wait behind the large one";
    world.lane.run();
    EXPECT_EQ(sent->status(), 0) << "only its loop answers";
    world.mailbox.run();
    EXPECT_EQ(sent->status(), 200);
    EXPECT_EQ(world.spool.lines.size(), 2U);
}

TEST(Lane, WhatIsNoDeliveryIsRefusedAndKeptAside) {
    LaneWorld world;
    const auto sent = world.post_large(std::string(2000, '['));
    world.lane.run();
    world.mailbox.run();
    EXPECT_EQ(sent->status(), 400);
    ASSERT_EQ(world.spool.aside.size(), 1U);
    EXPECT_EQ(world.spool.aside[0].letter.body, std::string(2000, '['));
}

TEST(Lane, TimeThatIsUpMeanwhileIs503AndNothingIsStored) {
    for (const bool read_before : {true, false}) {
        LaneWorld world;
        const auto sent = world.post_large(LaneWorld::large("u1"));
        if (read_before) world.lane.run();
        world.pass(2'000ms);
        EXPECT_EQ(sent->status(), 503);
        world.lane.run();
        world.mailbox.run();
        EXPECT_TRUE(world.spool.lines.empty());
    }
}

}  // namespace
}  // namespace hookline::test
