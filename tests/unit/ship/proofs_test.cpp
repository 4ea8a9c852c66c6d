// The proof of a new token: a delivery of a pair that was never accepted goes to Logz.io before it is stored.

#include <gmock/gmock.h>

#include "world.h"

namespace hookline::ship {
namespace {

using logzio::Proof;
using logzio::ProofOutcome;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const TenantId newcomer = tenant(77);

/// A receive loop's letter box.
class Loop final : public Mailbox {
 public:
    void post(std::vector<Task> tasks) override {
        for (const Task& task : tasks) task();
    }
};

struct Heard {
    std::optional<Proof> proof;
    TimePoint at;
};

class Proofs : public testing::Test {
 protected:
    void SetUp() override { world.begin(); }

    std::shared_ptr<Heard> prove(TenantId id, const std::string& uuid, Duration time = 1'500ms,
                                 const std::string& region = "us", std::size_t bytes = 0) {
        return prove_lines(id, {line_of(uuid, std::string(bytes, 'x'))}, time, region);
    }
    std::shared_ptr<Heard> prove_all(TenantId id, const std::vector<std::string>& uuids) {
        std::vector<std::string> lines;
        for (const std::string& uuid : uuids) lines.push_back(line_of(uuid));
        return prove_lines(id, lines, 1'500ms);
    }
    std::shared_ptr<Heard> prove_lines(TenantId id, const std::vector<std::string>& lines, Duration time,
                                       const std::string& region = "us") {
        std::string text;
        for (const std::string& line : lines) text += line;
        auto heard = std::make_shared<Heard>();
        logzio::ProofRequest request;
        request.region = region;
        request.token = Secret(token_of(id));
        request.lines = std::make_shared<const std::string>(text);
        request.count = lines.size();
        request.until = world.clock.now() + time;
        world.shipping->prover().prove(std::move(request), loop, [heard, this](const Proof& proof) {
            EXPECT_FALSE(heard->proof) << "answered twice";
            *heard = {proof, world.clock.now()};
        });
        return heard;
    }
    ProofOutcome outcome_of(const std::shared_ptr<Heard>& heard) {
        world.run_until([&] { return heard->proof.has_value(); });
        return heard->proof ? heard->proof->outcome : ProofOutcome::crowded;
    }

    World world;
    Loop loop;
};

TEST_F(Proofs, AcceptedLinesProveThePair) {
    EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::accepted);
    EXPECT_THAT(world.arrived(newcomer), ElementsAre("e0"));
    EXPECT_EQ(world.listener.seen[0].url, "http://us/");
    EXPECT_THAT(world.metrics.text(), HasSubstr("hookline_proofs_total{outcome=\"accepted\"} 1"));
}

TEST_F(Proofs, A400WithNoneBadIsAProof) {
    world.listener.behaviour = [](const Seen&) { return reply_of(400, R"({"successfulLines":1})"); };
    EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::accepted);
}

TEST_F(Proofs, A400ThatTookOthersProvesThePairAndTheBadLinesAreFound) {
    world.listener.behaviour = [](const Seen& seen) {
        return counting(seen, [](const std::string& line) { return uuid_in(line) == "e17"; });
    };
    const auto heard = prove_all(newcomer, uuids(40));
    EXPECT_EQ(outcome_of(heard), ProofOutcome::accepted);
    ASSERT_THAT(heard->proof->condemned, SizeIs(1));
    EXPECT_THAT(heard->proof->condemned[0].lines, ElementsAre(17U));
    EXPECT_FALSE(heard->proof->condemned[0].in_doubt);
    EXPECT_THAT(heard->proof->condemned[0].answer, HasSubstr("malformedLines"));
    EXPECT_EQ(heard->proof->status, 400);
    for (const std::string& uuid : uuids(40)) EXPECT_LE(world.sends_of(uuid), 3U);
}

TEST_F(Proofs, SuspectsAreKnownWithoutAsking) {
    world.listener.behaviour = [](const Seen& seen) {
        return counting(seen, [](const std::string& line) { return line == "no json"; });
    };
    const auto heard = prove_lines(newcomer, {line_of("e0"), "no json\n", line_of("e2")}, 1'500ms);
    EXPECT_EQ(outcome_of(heard), ProofOutcome::accepted);
    ASSERT_THAT(heard->proof->condemned, SizeIs(1));
    EXPECT_THAT(heard->proof->condemned[0].lines, ElementsAre(1U));
    EXPECT_THAT(world.listener.seen, SizeIs(1));
}

TEST_F(Proofs, WhatCannotBeFoundInTimeStaysInDoubtAndNothingIsStored) {
    const auto bad = [](const std::string& line) { return uuid_in(line) == "e17"; };
    world.listener.behaviour = [&](const Seen& seen) {
        Reply reply = counting(seen, bad);
        reply.after = 400ms;
        return reply;
    };
    const TimePoint began = world.clock.now();
    const auto heard = prove_all(newcomer, uuids(40));
    EXPECT_EQ(outcome_of(heard), ProofOutcome::accepted);
    EXPECT_LE(heard->at - began, 1'500ms);
    ASSERT_THAT(heard->proof->condemned, SizeIs(1));
    const auto& in_doubt = heard->proof->condemned[0];
    EXPECT_TRUE(in_doubt.in_doubt);
    EXPECT_THAT(in_doubt.lines, testing::Contains(17U));
    EXPECT_LT(in_doubt.lines.size(), 40U) << "groups that were answered are known";
    EXPECT_THAT(in_doubt.answer, AllOf(HasSubstr("1 of these"), HasSubstr("malformedLines")));
    world.run(1min);
    EXPECT_EQ(world.listener.in_flight[newcomer], 0);
}

TEST_F(Proofs, TroubleWhileLookingForTheBadLinesLeavesThemInDoubt) {
    world.listener.behaviour = [&](const Seen& seen) {
        if (!world.listener.seen.empty()) return reply_of(503);
        return counting(seen, [](const std::string& line) { return uuid_in(line) == "e3"; });
    };
    const auto heard = prove_all(newcomer, uuids(9));
    EXPECT_EQ(outcome_of(heard), ProofOutcome::accepted);
    ASSERT_THAT(heard->proof->condemned, SizeIs(1));
    EXPECT_TRUE(heard->proof->condemned[0].in_doubt);
    EXPECT_THAT(heard->proof->condemned[0].lines, SizeIs(9));
    EXPECT_THAT(world.listener.seen, SizeIs(2));
}

TEST_F(Proofs, A400ThatTookNothingProvesNothing) {
    world.listener.behaviour = [](const Seen& seen) { return counting(seen, [](const auto&) { return true; }); };
    EXPECT_EQ(outcome_of(prove_all(newcomer, uuids(3))), ProofOutcome::undecided);
}

TEST_F(Proofs, ARefusalSaysWhatLogzioSaid) {
    world.listener.behaviour = [](const Seen&) { return reply_of(401, "no: " + token_of(newcomer)); };
    const auto heard = prove(newcomer, "e0");
    EXPECT_EQ(outcome_of(heard), ProofOutcome::refused);
    EXPECT_EQ(heard->proof->status, 401);
    EXPECT_EQ(heard->proof->answer, "no: [token]");
}

TEST_F(Proofs, ARefusalIsRepeatedFromMemoryFor10SecondsThenAskedAgain) {
    world.listener.behaviour = [](const Seen&) { return reply_of(403, "no"); };
    EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::refused);
    for (int i = 0; i < 9; ++i) {
        world.run(1s);
        const auto heard = prove(newcomer, "e0");
        EXPECT_EQ(outcome_of(heard), ProofOutcome::refused);
        EXPECT_EQ(heard->proof->status, 403);
        EXPECT_EQ(heard->proof->answer, "no");
    }
    EXPECT_THAT(world.listener.seen, SizeIs(1));
    world.run(2s);
    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::accepted);
}

TEST_F(Proofs, ARefusalInOneRegionSaysNothingOfAnother) {
    world.listener.behaviour = [](const Seen& seen) { return reply_of(seen.url == "http://us/" ? 401 : 200); };
    EXPECT_EQ(outcome_of(prove(newcomer, "e0", 1s, "us")), ProofOutcome::refused);
    EXPECT_EQ(outcome_of(prove(newcomer, "e0", 1s, "eu")), ProofOutcome::accepted);
}

TEST_F(Proofs, WithoutAVerdictInTimeItIsUndecidedAndTheTransferEnds) {
    world.listener.behaviour = [](const Seen&) {
        Reply reply;
        reply.after = 1h;
        return reply;
    };
    const TimePoint began = world.clock.now();
    const auto heard = prove(newcomer, "e0", 1'500ms);
    EXPECT_EQ(outcome_of(heard), ProofOutcome::undecided);
    EXPECT_LE(heard->at - began, 1'500ms);
    world.run(1ms);
    EXPECT_EQ(world.listener.in_flight[newcomer], 0) << "a verdict must not come after the lines were stored";
}

TEST_F(Proofs, AnythingElseIsUndecided) {
    for (const Reply& reply : {reply_of(503), reply_of(429), reply_of(404), reply_of(413), reply_of(400, "?"),
                               reply_of(400, R"({"malformedLines":1})"), reply_of(200, "<html>"), no_answer()}) {
        world.listener.behaviour = [&](const Seen&) { return reply; };
        const TimePoint began = world.clock.now();
        EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::undecided);
        EXPECT_LE(world.clock.now() - began, 100ms) << "no need to wait for the deadline";
        world.run(1s);
    }
    EXPECT_EQ(outcome_of(prove(newcomer, "e0", 1s, "nowhere")), ProofOutcome::undecided);
    EXPECT_EQ(outcome_of(prove(newcomer, "e0", 10ms)), ProofOutcome::undecided);
}

TEST_F(Proofs, DeliveriesWaitForOneProofAndOnlyTheOneThatWasSentIsAccepted) {
    const auto first = prove(newcomer, "e0");
    const auto second = prove(newcomer, "e1");
    const auto third = prove(newcomer, "e2");
    EXPECT_EQ(outcome_of(first), ProofOutcome::accepted);
    EXPECT_EQ(outcome_of(second), ProofOutcome::undecided);
    EXPECT_EQ(outcome_of(third), ProofOutcome::undecided);
    EXPECT_THAT(world.arrived(newcomer), ElementsAre("e0"));
}

TEST_F(Proofs, DeliveriesThatWaitAreRefusedTogether) {
    world.listener.behaviour = [](const Seen&) { return reply_of(401); };
    const auto first = prove(newcomer, "e0");
    const auto second = prove(newcomer, "e1");
    EXPECT_EQ(outcome_of(first), ProofOutcome::refused);
    EXPECT_EQ(outcome_of(second), ProofOutcome::refused);
    EXPECT_THAT(world.listener.seen, SizeIs(1));
}

TEST_F(Proofs, EachWaiterHasItsOwnDeadline) {
    world.listener.behaviour = [](const Seen&) {
        Reply reply;
        reply.after = 1s;
        return reply;
    };
    const auto first = prove(newcomer, "e0", 1'500ms);
    const auto second = prove(newcomer, "e1", 300ms);
    const TimePoint began = world.clock.now();
    EXPECT_EQ(outcome_of(second), ProofOutcome::undecided);
    EXPECT_EQ(world.clock.now() - began, 300ms);
    EXPECT_EQ(outcome_of(first), ProofOutcome::accepted);
}

TEST_F(Proofs, TheirPoolIsBounded) {
    world.listener.behaviour = [](const Seen&) {
        Reply reply;
        reply.after = 1s;
        return reply;
    };
    // One pair: 1 MiB.
    const auto large = prove(tenant(1), "e0", 1'500ms, "r0", 700'000);
    const auto more = prove(tenant(1), "e1", 1'500ms, "r0", 700'000);
    const auto fits = prove(tenant(1), "e2", 1'500ms, "r0", 300'000);
    EXPECT_EQ(outcome_of(more), ProofOutcome::crowded);
    EXPECT_FALSE(large->proof);
    EXPECT_FALSE(fits->proof);

    // 5 a second and region, 32 at once.
    std::vector<std::shared_ptr<Heard>> heard;
    for (std::uint64_t i = 0; i < 50; ++i)
        heard.push_back(prove(tenant(100 + i), "e", 1'500ms, "r" + std::to_string(i / 6)));
    world.run(1ms);
    std::size_t crowded = 0;
    for (const auto& one : heard) crowded += one->proof && one->proof->outcome == ProofOutcome::crowded ? 1U : 0U;
    EXPECT_EQ(world.listener.seen.size(), 32U);
    EXPECT_EQ(crowded, 50U - 31U);

    world.run(2s);
    for (const auto& one : heard) EXPECT_TRUE(one->proof);
    EXPECT_EQ(outcome_of(prove(tenant(200), "e")), ProofOutcome::accepted) << "the pool is free again";
}

TEST_F(Proofs, ARegionTakesFiveASecond) {
    std::size_t crowded = 0;
    for (std::uint64_t i = 0; i < 20; ++i) {
        crowded += outcome_of(prove(tenant(100 + i), "e")) == ProofOutcome::crowded ? 1U : 0U;
    }
    EXPECT_EQ(crowded, 15U);
    world.run(1s);
    EXPECT_EQ(outcome_of(prove(tenant(150), "e")), ProofOutcome::accepted);
}

TEST_F(Proofs, WhoComesTooLateToBeAskedAboutIsStoredNoMoreOftenThanOthers) {
    std::size_t undecided = 0;
    for (std::uint64_t i = 0; i < 20; ++i) {
        undecided += outcome_of(prove(tenant(100 + i), "e", 10ms)) == ProofOutcome::undecided ? 1U : 0U;
    }
    EXPECT_EQ(undecided, 5U) << "undecided is stored: strangers could fill the spool by being slow";
    EXPECT_THAT(world.listener.seen, IsEmpty());
    world.run(1s);
    EXPECT_EQ(outcome_of(prove(tenant(150), "e", 10ms)), ProofOutcome::undecided);
}

TEST_F(Proofs, AllPairsTogetherAreBoundedToo) {
    World small;
    small.limits.proof_bytes_max = 1'000;
    small.begin();
    Loop box;
    std::vector<ProofOutcome> outcomes;
    for (std::uint64_t i = 0; i < 4; ++i) {
        logzio::ProofRequest request{"us", Secret(token_of(tenant(i + 1))),
                                     std::make_shared<const std::string>(line_of("e", std::string(400, 'x'))), 1,
                                     small.clock.now() + 1s};
        small.shipping->prover().prove(request, box, [&](const Proof& proof) { outcomes.push_back(proof.outcome); });
    }
    small.run(1s);
    EXPECT_THAT(outcomes, testing::UnorderedElementsAre(ProofOutcome::crowded, ProofOutcome::crowded,
                                                        ProofOutcome::accepted, ProofOutcome::accepted));
}

TEST_F(Proofs, EventsThatWereStoredGoOutOnceThePairIsProven) {
    world.listener.behaviour = [](const Seen&) { return reply_of(503, "", {{"Retry-After", "600"}}); };
    world.spool.at(newcomer).proven = false;
    world.put(newcomer, {"stored"});
    world.run(5s);
    world.listener.behaviour = [](const Seen&) { return Reply{}; };
    EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::accepted);
    world.run(1s);
    EXPECT_THAT(world.spool.waiting(newcomer), IsEmpty());
}

TEST_F(Proofs, DoNotWaitForSlots) {
    world.listener.behaviour = [](const Seen& seen) {
        Reply reply;
        if (seen.tenant != newcomer) reply.after = 1h;
        return reply;
    };
    for (std::uint64_t id = 1; id <= 60; ++id) world.put(tenant(id), {"e0"});
    world.run(10s);
    EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::accepted);
}

TEST_F(Proofs, WhileDrainingNothingIsAsked) {
    world.shipping->drain([] {});
    world.run(0s);
    EXPECT_EQ(outcome_of(prove(newcomer, "e0")), ProofOutcome::undecided);
    EXPECT_THAT(world.listener.seen, IsEmpty());
}

TEST_F(Proofs, ADrainWaitsForThem) {
    const auto heard = prove(newcomer, "e0");
    world.run(1ms);
    bool drained = false;
    world.shipping->drain([&] { drained = true; });
    world.run(1ms);
    EXPECT_FALSE(drained);
    world.run(1s);
    EXPECT_TRUE(drained);
    EXPECT_EQ(outcome_of(heard), ProofOutcome::accepted);
}

}  // namespace
}  // namespace hookline::ship
