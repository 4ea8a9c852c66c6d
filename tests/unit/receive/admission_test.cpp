// How much is worked on at once, and who is next.

#include "receive/admission.h"

#include "unit/receive/endpoint_world.h"

namespace hookline::test {
namespace {

using receive::Admission;
using receive::AdmissionLimits;
using testing::ElementsAre;

/// Places by name, and a diary of who had a turn.
class Line {
 public:
    explicit Line(AdmissionLimits limits) : admission_(std::make_shared<Admission>(limits)) {}

    Admission::Entered enter(const std::string& name, const std::string& tenant, std::size_t bytes,
                             bool listed = false) {
        places_[name] = admission_->place(tenant, listed, bytes);
        return admission_->enter(*places_[name], mailbox_,
                                 [this, name](bool admitted) { turns.push_back((admitted ? "+" : "-") + name); });
    }
    void leave(const std::string& name) {
        places_.erase(name);
        mailbox_.run();
    }
    void look() { mailbox_.run(); }
    Admission& admission() { return *admission_; }

    std::vector<std::string> turns;

 private:
    HandMailbox mailbox_;
    std::shared_ptr<Admission> admission_;
    std::map<std::string, std::unique_ptr<Admission::Place>> places_;
};

TEST(Admission, LetsInAtOnceWhileThereIsRoom) {
    Line line({100, 50, 100, 1.0});
    EXPECT_EQ(line.enter("a1", "a", 50), Admission::Entered::now);
    EXPECT_EQ(line.enter("b1", "b", 50), Admission::Entered::now);
    EXPECT_EQ(line.enter("c1", "c", 1), Admission::Entered::later);
    line.leave("a1");
    EXPECT_THAT(line.turns, ElementsAre("+c1"));
    EXPECT_EQ(line.admission().inside_bytes(), 51U);
    line.leave("b1");
    line.leave("c1");
    EXPECT_EQ(line.admission().inside_bytes(), 0U);
    EXPECT_EQ(line.admission().waiting_bytes(), 0U);
}

TEST(Admission, AFloodOfOneTenantDoesNotKeepOthersOut) {
    Line line({100, 30, 100, 1.0});
    EXPECT_EQ(line.enter("f1", "flood", 30), Admission::Entered::now);
    for (const char* name : {"f2", "f3"}) EXPECT_EQ(line.enter(name, "flood", 30), Admission::Entered::later);
    EXPECT_EQ(line.enter("quiet", "quiet", 30), Admission::Entered::now) << "the flood is over its own limit";
    line.leave("f1");
    EXPECT_THAT(line.turns, ElementsAre("+f2"));
}

TEST(Admission, GoesRoundByTenantWhenEverythingIsFull) {
    Line line({10, 10, 100, 1.0});
    line.enter("x", "x", 10);
    for (const char* name : {"a1", "a2", "a3"}) line.enter(name, "a", 3);
    line.enter("b1", "b", 3);
    line.enter("c1", "c", 3);
    EXPECT_TRUE(line.turns.empty());
    line.leave("x");
    EXPECT_THAT(line.turns, ElementsAre("+a1", "+b1", "+c1"));
    line.leave("a1");
    EXPECT_THAT(line.turns, ElementsAre("+a1", "+b1", "+c1", "+a2"));
}

TEST(Admission, ALargeDeliveryIsNotOvertakenForEver) {
    Line line({10, 10, 100, 1.0});
    line.enter("x1", "x", 5);
    line.enter("x2", "x", 5);
    line.enter("large", "a", 10);
    line.enter("small", "b", 1);
    line.leave("x1");
    EXPECT_TRUE(line.turns.empty()) << "five free bytes are kept for who is first in line";
    line.leave("x2");
    EXPECT_THAT(line.turns, ElementsAre("+large"));
    line.leave("large");
    EXPECT_THAT(line.turns, ElementsAre("+large", "+small"));
}

TEST(Admission, WhatIsLargerThanALimitHasItsTurnAlone) {
    Line line({10, 5, 100, 1.0});
    EXPECT_EQ(line.enter("huge", "a", 50), Admission::Entered::now);
    EXPECT_EQ(line.enter("b", "b", 1), Admission::Entered::later);
    line.leave("huge");
    EXPECT_THAT(line.turns, ElementsAre("+b"));
}

TEST(Admission, UnlistedTenantsShareAPoolAndListedOnesHaveTheRest) {
    Line line({100, 100, 100, 0.5});
    EXPECT_EQ(line.enter("a", "a", 30), Admission::Entered::now);
    EXPECT_EQ(line.enter("b", "b", 30), Admission::Entered::later) << "their pool holds 50";
    EXPECT_EQ(line.enter("named", "named", 70, true), Admission::Entered::now) << "passed by, not kept back";
    line.leave("a");
    EXPECT_THAT(line.turns, ElementsAre("+b"));
}

TEST(Admission, AStrangersLargeDeliveryKeepsTheFrontOfThePoolAndHoldsUpNobodyElse) {
    Line line({100, 100, 100, 0.5});
    EXPECT_EQ(line.enter("a", "a", 30), Admission::Entered::now);
    EXPECT_EQ(line.enter("large", "b", 40), Admission::Entered::later);
    EXPECT_EQ(line.enter("small", "c", 5), Admission::Entered::later);
    EXPECT_EQ(line.enter("named", "named", 10, true), Admission::Entered::now);
    EXPECT_TRUE(line.turns.empty());
    line.leave("a");
    EXPECT_THAT(line.turns, ElementsAre("+large", "+small"));
}

TEST(Admission, WhoIsOverItsOwnLimitStandsAsideUntilSomethingOfItGoes) {
    Line line({100, 30, 100, 1.0});
    EXPECT_EQ(line.enter("f1", "flood", 20), Admission::Entered::now);
    EXPECT_EQ(line.enter("f2", "flood", 20), Admission::Entered::later);
    EXPECT_EQ(line.enter("f3", "flood", 5), Admission::Entered::later) << "one tenant's own go in their order";
    EXPECT_EQ(line.enter("quiet", "quiet", 5), Admission::Entered::now);
    line.leave("f2");
    EXPECT_THAT(line.turns, ElementsAre("+f3")) << "who was in front of it gave up";
    EXPECT_EQ(line.enter("f4", "flood", 10), Admission::Entered::later);
    line.leave("f1");
    EXPECT_THAT(line.turns, ElementsAre("+f3", "+f4"));
}

TEST(Admission, ListedAndOtherTenantsTakeTurns) {
    Line line({10, 10, 100, 1.0});
    line.enter("x", "x", 10);
    for (const char* name : {"a", "b"}) line.enter(name, name, 5);
    for (const char* name : {"n1", "n2"}) line.enter(name, name, 5, true);
    line.leave("x");
    ASSERT_EQ(line.turns.size(), 2U);
    EXPECT_NE(line.turns[0][1] == 'n', line.turns[1][1] == 'n') << line.turns[0] << line.turns[1];
}

TEST(Admission, TurnsAwayTheNewestOfWhoWaitsForTheMost) {
    Line line({10, 10, 10, 1.0});
    line.enter("x", "x", 10);
    line.enter("f1", "flood", 4);
    line.enter("f2", "flood", 4);
    EXPECT_EQ(line.enter("f3", "flood", 4), Admission::Entered::turned_away) << "twelve would wait";
    EXPECT_EQ(line.enter("quiet", "quiet", 4), Admission::Entered::later);
    line.look();
    EXPECT_THAT(line.turns, ElementsAre("-f2"));
    line.leave("x");
    EXPECT_THAT(line.turns, ElementsAre("-f2", "+f1", "+quiet"));
}

TEST(Admission, WhoLeavesTheLineIsForgotten) {
    Line line({10, 10, 100, 1.0});
    line.enter("x", "x", 10);
    line.enter("a", "a", 1);
    line.enter("b", "b", 1);
    line.leave("a");
    EXPECT_EQ(line.admission().waiting_bytes(), 1U);
    line.leave("x");
    EXPECT_THAT(line.turns, ElementsAre("+b"));
}

// ---- Through the endpoint ----

receive::EndpointLimits narrow() {
    receive::EndpointLimits limits;
    limits.admitted_bytes_max = 1'000;
    limits.admitted_tenant_bytes_max = 1'000;
    return limits;
}

class Crowd : public testing::Test {
 protected:
    Crowd() : world(World::with_hook(), narrow()) {
        world.spool.know(World::pair());
        world.spool.know(World::pair(other_token));
        world.spool.holds_commits = true;
    }
    World world;
};

TEST_F(Crowd, WhatIsTooMuchWaitsAndIsTakenInWhenThereIsRoom) {
    const auto first = world.post(delivery({event("u1")}));
    const auto second = world.post(delivery({event("u2")}), World::token_headers(other_token));
    EXPECT_EQ(world.spool.appends.size(), 1U);
    EXPECT_EQ(second->status(), 0);
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(first->status(), 200);
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(second->status(), 200);
}

TEST_F(Crowd, WhoWaitsTooLongIsAnswered503AndTakesNoTurn) {
    world.post(delivery({event("u1")}));
    const auto second = world.post(delivery({event("u2")}), World::token_headers(other_token));
    world.pass(2s);
    EXPECT_EQ(second->status(), 503);
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(world.spool.appends.size(), 1U);
    world.spool.holds_commits = false;
    EXPECT_EQ(world.post(delivery({event("u3")}))->status(), 200);
}

TEST_F(Crowd, WhoHangsUpWhileWaitingTakesNoTurn) {
    world.post(delivery({event("u1")}));
    const auto second = world.post(delivery({event("u2")}), World::token_headers(other_token));
    World::hang_up(*second);
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(world.spool.appends.size(), 1U);
}

TEST_F(Crowd, WhatIsFarTooMuchIsTurnedAwayAtOnce) {
    world.post(delivery({event("u1")}));
    int turned_away = 0;
    for (int turn = 0; turn < 10; ++turn) {
        turned_away += world.post(delivery({event("v" + std::to_string(turn))}))->status() == 503 ? 1 : 0;
    }
    EXPECT_GE(turned_away, 5);
    EXPECT_LT(turned_away, 10);
}

TEST_F(Crowd, NamedTenantsHaveRoomWhenAStrangersFloodHasFilledItsShare) {
    world.post(delivery({event("u1")}));
    world.post(delivery({event("u2")}));
    const auto named =
        world.post(R"({"data":{"events":[{"uuid":"n1"}]}})", {{"Authorization", "the next secret"}}, "/hooks/acme");
    EXPECT_EQ(world.spool.appends.size(), 2U);
    world.spool.commit();
    world.mailbox.run();
    EXPECT_EQ(named->status(), 200);
}

}  // namespace
}  // namespace hookline::test
