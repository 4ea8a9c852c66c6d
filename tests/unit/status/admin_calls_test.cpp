// What the admin API answers, asked without a server.

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/log_level.h"
#include "base/time_text.h"
#include "status/admin_api.h"
#include "status/watch.h"
#include "support/fake_clock.h"
#include "unit/status/fake_spool.h"

namespace hookline::status {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using spool::LetterReason;

const std::string token = "0123456789abcdef0123456789ABCDEF";
const std::string other_token = "ffffffffffffffffffffffffffffffff";

WallTime at(const char* text) { return parse_rfc3339(text).value(); }

class AdminCallsTest : public ::testing::Test {
 protected:
    AdminCallsTest() {
        acme = spool.add_tenant(spool::NamedIdentity{"acme"}, 3);
        hosted = spool.add_tenant(spool::HeaderIdentity{"us", Secret(token)}, 4);
        spool.status_now.free_bytes = 1000;
    }
    Json ask(std::string_view method, std::string_view target, const Json& body = nullptr) {
        const net::HttpResponse response = AdminCalls(parts).call(method, target, body.is_null() ? "" : body.dump());
        status = response.status;
        return Json::parse(response.body);
    }
    void relay_runs() {
        parts.shippers = [this] {
            ShipperRow row;
            row.tenant = hosted;
            row.hold = "token_rejected";
            row.detail = "Logz.io answered 401: token or region";
            row.since = at("2026-01-01T00:00:00Z");
            row.last_status = 401;
            return std::vector<ShipperRow>{row};
        };
        parts.region_known = [](std::string_view region) { return region == "us" || region == "eu"; };
    }
    test::FakeSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    AdminParts parts{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
    TenantId acme;
    TenantId hosted;
    int status = 0;
};

TEST_F(AdminCallsTest, StatusTellsTheWholeRelayAndWhatHoldsATenant) {
    relay_runs();
    parts.not_ready = [] { return std::vector<std::string>{"the spool is full"}; };
    parts.listeners = [] {
        return std::vector<ListenerRow>{{"us", "https://listener.logz.io:8071"}, {"eu", "https://eu"}};
    };
    const Json told = ask("GET", "/api/v1/status");
    EXPECT_EQ(status, 200);
    EXPECT_EQ(told["relay"], (Json{{"running", true}, {"ready", false}, {"not_ready", {"the spool is full"}}}));
    EXPECT_EQ(told["spool"]["free_bytes"], 1000);
    EXPECT_EQ(told["totals"]["tenants"], 2);
    EXPECT_EQ(told["totals"]["waiting_lines"], 7);
    EXPECT_EQ(told["totals"]["held_tenants"], 1);
    EXPECT_EQ(told["time"], "2026-01-01T00:00:00.000000Z");
    ASSERT_EQ(told["tenants"].size(), 2U);
    EXPECT_EQ(told["tenants"][0]["label"], "acme");
    EXPECT_EQ(told["tenants"][0]["hold"], "none");
    EXPECT_EQ(told["tenants"][1]["hold"], "token_rejected");
    EXPECT_EQ(told["tenants"][1]["region"], "us");
    EXPECT_EQ(told["tenants"][1]["held_since"], "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(told["tenants"][1]["oldest_waiting"], nullptr) << "the epoch stands for never";
    EXPECT_EQ(told["listeners"][0]["region"], "us");
    EXPECT_EQ(told["listeners"][0]["held_tenants"], 1);
    EXPECT_EQ(told["listeners"][1]["tenants"], 0);
}

TEST_F(AdminCallsTest, WithoutARelayItSaysThatNoneRunsAndNothingAboutHolds) {
    const Json told = ask("GET", "/api/v1/status");
    EXPECT_EQ(told["relay"]["running"], false);
    EXPECT_EQ(told["relay"]["ready"], false);
    EXPECT_EQ(told["tenants"][0]["hold"], nullptr);
}

TEST_F(AdminCallsTest, TenantsAreSearchedSortedAndTurnedByPage) {
    relay_runs();
    spool.add_tenant(spool::NamedIdentity{"Zebra"}, 9);
    const auto labels = [&](const std::string& query) {
        std::vector<std::string> found;
        const Json told = ask("GET", "/api/v1/tenants" + query);
        for (const Json& row : told.value("tenants", Json::array())) found.push_back(row["label"]);
        return found;
    };
    const std::string hosted_label = "us-" + Secret(token).fingerprint();
    EXPECT_THAT(labels(""), ElementsAre("acme", hosted_label, "Zebra"));
    EXPECT_THAT(labels("?sort=-waiting_lines"), ElementsAre("Zebra", hosted_label, "acme"));
    EXPECT_THAT(labels("?sort=waiting_lines&skip=1&count=1"), ElementsAre(hosted_label));
    EXPECT_EQ(ask("GET", "/api/v1/tenants?count=1")["found"], 3);
    EXPECT_THAT(labels("?search=zEB"), ElementsAre("Zebra"));
    EXPECT_THAT(labels("?search=token_rej"), ElementsAre(hosted_label)) << "what is held, and why";
    EXPECT_THAT(labels("?search=nobody"), ElementsAre());
    EXPECT_THAT(labels("?id=2"), ElementsAre(hosted_label));
    EXPECT_THAT(labels("?sort=-held_since").size(), 0);
    EXPECT_EQ(status, 400);
    ask("GET", "/api/v1/tenants?id=nobody");
    EXPECT_EQ(status, 404);
    ask("GET", "/api/v1/tenants?page=1");
    EXPECT_EQ(status, 400);
}

TEST_F(AdminCallsTest, WhatIsNullIsSortedLastEitherWay) {
    spool.change_tenant("acme",
                        [](spool::TenantStatus& tenant) { tenant.oldest_waiting = at("2026-01-01T00:00:00Z"); });
    for (const char* order : {"oldest_waiting", "-oldest_waiting"}) {
        EXPECT_EQ(ask("GET", std::string("/api/v1/tenants?sort=") + order)["tenants"][0]["label"], "acme") << order;
    }
}

TEST_F(AdminCallsTest, TheStatusLeavesOutThousandsOfTenantsWhenAsked) {
    const Json told = ask("GET", "/api/v1/status?tenants=0");
    EXPECT_FALSE(told.contains("tenants"));
    EXPECT_EQ(told["totals"]["tenants"], 2);
}

TEST_F(AdminCallsTest, AListenerSaysSinceWhenAndWhyATenantOfItsIsHeld) {
    relay_runs();
    parts.listeners = [] { return std::vector<ListenerRow>{{"us", "https://us"}, {"eu", "https://eu"}}; };
    const Json listeners = ask("GET", "/api/v1/status")["listeners"];
    EXPECT_EQ(listeners[0]["held_since"], "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(listeners[0]["detail"], "Logz.io answered 401: token or region");
    EXPECT_EQ(listeners[1]["held_since"], nullptr);
}

TEST_F(AdminCallsTest, TheHistoryIsReadBySpanAndInstant) {
    EXPECT_EQ(ask("GET", "/api/v1/history"), (Json{{"span", "hour"}, {"step_seconds", 10}, {"samples", Json::array()}}))
        << "no relay runs";
    Watch watch(parts);
    const AdminCalls calls(parts, Live{&watch});
    const auto samples = [&](const std::string& query) {
        return Json::parse(calls.call("GET", "/api/v1/history" + query, "").body)["samples"];
    };
    for (int look = 0; look < 7; ++look) {
        watch.step(clock.now());
        clock.advance(Watch::hour_step);
    }
    EXPECT_EQ(samples("").size(), 7U);
    EXPECT_EQ(samples("?span=day").size(), 2U);
    EXPECT_EQ(samples("?from=2026-01-01T00:00:50Z").size(), 2U);
    EXPECT_EQ(calls.call("GET", "/api/v1/history?span=week", "").status, 400);
    EXPECT_EQ(calls.call("GET", "/api/v1/history?from=now", "").status, 400);
    EXPECT_EQ(calls.call("POST", "/api/v1/history", "").status, 405);
}

TEST_F(AdminCallsTest, NoAnswerHoldsAToken) {
    relay_runs();
    spool.add_letter(hosted, LetterReason::line_refused, "{}\n", 1, at("2026-01-01T00:00:00Z"));
    for (const char* target : {"/api/v1/status", "/api/v1/tenants", "/api/v1/letters?body=1"}) {
        EXPECT_EQ(ask("GET", target).dump().find(token), std::string::npos) << target;
    }
    EXPECT_THAT(ask("GET", "/api/v1/tenants").dump(), HasSubstr("us-" + Secret(token).fingerprint()));
}

TEST_F(AdminCallsTest, RekeyGivesAHeaderModeTenantAnotherTokenAndTellsTheShipper) {
    relay_runs();
    std::vector<TenantId> changed;
    parts.destination_changed = [&](TenantId tenant) { changed.push_back(tenant); };
    const Json told = ask("POST", "/api/v1/tenants/2/rekey", {{"token", other_token}, {"region", " EU "}});
    EXPECT_EQ(status, 200) << told;
    EXPECT_EQ(told["before"], "us-" + Secret(token).fingerprint());
    EXPECT_EQ(told["label"], "eu-" + Secret(other_token).fingerprint());
    EXPECT_EQ(changed, std::vector<TenantId>{hosted});
    EXPECT_EQ(std::get<spool::HeaderIdentity>(*spool.identity(hosted)),
              (spool::HeaderIdentity{"eu", Secret(other_token)}));
}

TEST_F(AdminCallsTest, RekeyKeepsWhatIsNotGiven) {
    ask("POST", "/api/v1/tenants/us-" + Secret(token).fingerprint() + "/rekey", {{"region", "eu"}});
    EXPECT_EQ(std::get<spool::HeaderIdentity>(*spool.identity(hosted)), (spool::HeaderIdentity{"eu", Secret(token)}));
}

TEST_F(AdminCallsTest, RekeyRefusesWhatCannotBeRight) {
    relay_runs();
    ask("POST", "/api/v1/tenants/1/rekey", {{"region", "eu"}});
    EXPECT_EQ(status, 409) << "a named tenant's destination stands in the configuration";
    ask("POST", "/api/v1/tenants/9/rekey", {{"region", "eu"}});
    EXPECT_EQ(status, 404);
    EXPECT_THAT(ask("POST", "/api/v1/tenants/2/rekey", {{"region", "mars"}})["error"], HasSubstr("mars"));
    EXPECT_EQ(status, 400);
    const Json wrong = ask("POST", "/api/v1/tenants/2/rekey", {{"token", "much-too-short"}});
    EXPECT_EQ(status, 400);
    EXPECT_EQ(wrong.dump().find("much-too-short"), std::string::npos);
    ask("POST", "/api/v1/tenants/2/rekey", {{"region", "us"}});
    EXPECT_EQ(status, 400) << "nothing would change";
    spool.add_tenant(spool::HeaderIdentity{"eu", Secret(token)});
    ask("POST", "/api/v1/tenants/2/rekey", {{"region", "eu"}});
    EXPECT_EQ(status, 409) << "that is another tenant";
    ask("POST", "/api/v1/tenants/2/rekey");
    EXPECT_EQ(status, 400);
}

TEST_F(AdminCallsTest, ForgetTakesTheTenantAwayAndTellsWhatWentWithIt) {
    const Json told = ask("DELETE", "/api/v1/tenants/2");
    EXPECT_EQ(status, 200);
    EXPECT_EQ(told["waiting_lines"], 4);
    EXPECT_FALSE(spool.identity(hosted));
    ask("DELETE", "/api/v1/tenants/2");
    EXPECT_EQ(status, 404);
}

TEST_F(AdminCallsTest, AResendIsADryRunUnlessItSaysOtherwise) {
    relay_runs();
    spool.change_tenant("acme", [](spool::TenantStatus& one) { one.kept_since = at("2026-01-01T00:00:00Z"); });
    const std::string target = "/api/v1/tenants/acme/resend";
    ask("POST", target, {{"from", "2026-01-01T00:00:00Z"}, {"to", "2026-01-02T00:00:00Z"}, {"after", 7}, {"upto", 9}});
    EXPECT_EQ(status, 200);
    ASSERT_EQ(spool.resends.size(), 1U);
    EXPECT_TRUE(spool.resends[0].dry_run);
    EXPECT_EQ(spool.resends[0].tenant, acme);
    EXPECT_EQ(spool.resends[0].from, at("2026-01-01T00:00:00Z"));
    EXPECT_EQ(spool.resends[0].to, at("2026-01-02T00:00:00Z"));
    EXPECT_EQ(spool.resends[0].after, Sequence{7});
    EXPECT_EQ(spool.resends[0].upto, Sequence{9});
}

TEST_F(AdminCallsTest, AResendThatMakesNoSenseIsRefused) {
    relay_runs();
    const std::string from = "2026-01-01T00:00:00Z";
    const std::string to = "2026-01-02T00:00:00Z";
    for (const Json& body :
         {Json(3), Json::object(), Json{{"from", from}}, Json{{"from", from}, {"to", "tomorrow"}},
          Json{{"from", to}, {"to", from}}, Json{{"from", from}, {"to", to}, {"dry_run", 1}},
          Json{{"from", from}, {"to", to}, {"after", -1}}, Json{{"from", from}, {"to", to}, {"x", 1}}}) {
        const Json told = ask("POST", "/api/v1/tenants/acme/resend", body);
        EXPECT_EQ(status, 400) << body;
        EXPECT_FALSE(told["error"].get<std::string>().empty());
    }
    ask("POST", "/api/v1/tenants/nobody/resend", {{"from", from}, {"to", to}});
    EXPECT_EQ(status, 404);
    ask("GET", "/api/v1/tenants/acme/resend");
    EXPECT_EQ(status, 405);
    EXPECT_TRUE(spool.resends.empty());
}

class AdminLetters : public AdminCallsTest {
 protected:
    AdminLetters() {
        refused = spool.add_letter(hosted, LetterReason::line_refused, "{\"a\":1}\n", 1, at("2026-01-01T10:00:00Z"));
        unproven = spool.add_letter(hosted, LetterReason::token_refused, "{\"b\":1}\n{\"c\":2}\n", 2,
                                    at("2026-01-02T10:00:00Z"));
        aside = spool.add_letter(acme, LetterReason::body_refused, "\xff not json", 0, at("2026-01-03T10:00:00Z"));
    }
    std::vector<std::uint64_t> ids(const std::string& query) {
        std::vector<std::uint64_t> found;
        const Json told = ask("GET", "/api/v1/letters" + query);
        EXPECT_EQ(status, 200) << told;
        for (const Json& letter : told["letters"]) found.push_back(letter["id"]);
        return found;
    }
    std::uint64_t refused = 0;
    std::uint64_t unproven = 0;
    std::uint64_t aside = 0;
};

TEST_F(AdminLetters, AreListedWithReasonAnswerAndWhetherReplayHelps) {
    const Json told = ask("GET", "/api/v1/letters");
    ASSERT_EQ(told["letters"].size(), 3U);
    EXPECT_EQ(told["next"], nullptr);
    const Json& letter = told["letters"][1];
    EXPECT_EQ(letter["reason"], "token_refused");
    EXPECT_EQ(letter["class"], "condemned");
    EXPECT_EQ(letter["replay_can_help"], true);
    EXPECT_EQ(letter["status"], 400);
    EXPECT_EQ(letter["answer"], R"({"malformedLines":1})");
    EXPECT_EQ(letter["uuid"], "uuid-2");
    EXPECT_EQ(letter["lines"], 2);
    EXPECT_EQ(letter["bytes"], 16);
    EXPECT_EQ(letter["at"], "2026-01-02T10:00:00.000000Z");
    EXPECT_FALSE(letter.contains("body"));
    EXPECT_EQ(told["letters"][2]["replay_can_help"], false) << "there is no line in it";
}

TEST_F(AdminLetters, ShowTheirBytesInBase64) {
    EXPECT_EQ(ask("GET", "/api/v1/letters?id=3&body=1")["letters"][0]["body"], "/yBub3QganNvbg==");
}

TEST_F(AdminLetters, AreFilteredByEachCondition) {
    const std::string label = "us-" + Secret(token).fingerprint();
    EXPECT_THAT(ids("?tenant=" + label), ElementsAre(refused, unproven));
    EXPECT_THAT(ids("?tenant=acme"), ElementsAre(aside));
    EXPECT_THAT(ids("?reason=line_refused"), ElementsAre(refused));
    EXPECT_THAT(ids("?class=kept_aside"), ElementsAre(aside));
    EXPECT_THAT(ids("?from=2026-01-02T10:00:00Z&to=2026-01-03T10%3A00%3A00Z"), ElementsAre(unproven));
    EXPECT_THAT(ids("?id=2"), ElementsAre(unproven));
    for (const char* wrong :
         {"?tenant=nobody", "?reason=whim", "?class=x", "?from=yesterday", "?id=x", "?count=0", "?colour=red"}) {
        ask("GET", std::string("/api/v1/letters") + wrong);
        EXPECT_EQ(status, 400) << wrong;
    }
}

TEST_F(AdminLetters, ComeInPagesAndOnlyAFewAreInMemoryAtOnce) {
    for (int i = 0; i < 30; ++i) spool.add_letter(acme, LetterReason::too_old, "{}\n", 1, at("2026-01-04T00:00:00Z"));
    const Json first = ask("GET", "/api/v1/letters?count=20");
    EXPECT_EQ(first["letters"].size(), 20U);
    ASSERT_EQ(first["next"], 20);
    const Json second = ask("GET", "/api/v1/letters?count=20&after=20");
    EXPECT_EQ(second["letters"].size(), 13U);
    EXPECT_EQ(second["next"], nullptr);
    EXPECT_LE(spool.letters_read_at_once, 8U);
}

TEST_F(AdminLetters, APageWithBodiesEndsWhenItHasGrownLargeButHoldsAtLeastOne) {
    for (int i = 0; i < 3; ++i)
        spool.add_letter(acme, LetterReason::too_old, std::string(3 << 20, 'x'), 1, at("2026-01-04T00:00:00Z"));
    const Json page = ask("GET", "/api/v1/letters?body=1&after=3");
    EXPECT_EQ(page["letters"].size(), 1U);
    EXPECT_EQ(page["next"], 4);
}

TEST_F(AdminLetters, ADryRunCountsAndChangesNothing) {
    const Json told = ask("POST", "/api/v1/letters/replay", {{"all", true}});
    EXPECT_EQ(status, 200) << told;
    EXPECT_EQ(told["dry_run"], true) << "unless it says otherwise";
    EXPECT_EQ(told["letters"], 3);
    EXPECT_EQ(told["lines"], 3);
    EXPECT_EQ(told["without_lines"], 1);
    EXPECT_EQ(told["hopeless"], 1) << "a malformed line stays malformed";
    EXPECT_EQ(told["by_reason"]["token_refused"], 1);
    EXPECT_EQ(told["last"], 3);
    EXPECT_EQ(spool.letter_count(), 3U);
}

TEST_F(AdminLetters, ReplayTakesWhatTheFilterFindsAndLeavesWhatHasNoLines) {
    const Json told = ask("POST", "/api/v1/letters/replay", {{"all", true}, {"dry_run", false}});
    EXPECT_EQ(told["replayed"], 2);
    EXPECT_THAT(spool.replayed, ElementsAre(refused, unproven));
    EXPECT_EQ(spool.letter_count(), 1U);
}

TEST_F(AdminLetters, ReplayStopsWhereItIsTold) {
    const Json told = ask("POST", "/api/v1/letters/replay", {{"all", true}, {"dry_run", false}, {"count", 1}});
    EXPECT_EQ(told["replayed"], 1);
    EXPECT_EQ(told["more"], true);
    EXPECT_EQ(told["last"], refused);
    ask("POST", "/api/v1/letters/replay", {{"all", true}, {"dry_run", false}, {"after", refused}, {"upto", refused}});
    EXPECT_THAT(spool.replayed, ElementsAre(refused)) << "what came later is not touched";
}

TEST_F(AdminLetters, DiscardTakesOnlyWhatTheFilterFinds) {
    const Json told =
        ask("POST", "/api/v1/letters/discard", {{"filter", {{"reason", "body_refused"}}}, {"dry_run", false}});
    EXPECT_EQ(told["discarded"], 1);
    EXPECT_THAT(ids(""), ElementsAre(refused, unproven));
}

TEST_F(AdminLetters, AnEmptyFilterIsNotTakenForEverything) {
    for (const Json& body : {Json{{"filter", Json::object()}, {"dry_run", false}}, Json{{"dry_run", false}},
                             Json::object(), Json{{"filter", {{"whim", "x"}}}}, Json{{"all", "yes"}}, Json::array()}) {
        ask("POST", "/api/v1/letters/discard", body);
        EXPECT_EQ(status, 400) << body;
    }
    EXPECT_EQ(spool.letter_count(), 3U);
}

TEST_F(AdminLetters, AConditionOfAnyDepthIsRefused) {
    const std::string deep = std::string(250'000, '[') + std::string(250'000, ']');
    for (const std::string& condition : {deep, std::string("null"), std::string("1.5"), std::string("-1")}) {
        const std::string body = R"({"filter":{"id":)" + condition + R"(},"dry_run":true})";
        EXPECT_EQ(AdminCalls(parts).call("POST", "/api/v1/letters/discard", body).status, 400);
    }
}

TEST_F(AdminLetters, ADiskThatCannotBeReadIsReported) {
    spool.broken = true;
    EXPECT_THAT(ask("GET", "/api/v1/letters")["error"], HasSubstr("input/output error"));
    EXPECT_EQ(status, 500);
}

TEST_F(AdminCallsTest, GapsTellWhatWasNotTaken) {
    spool.gap_list.push_back(
        {spool::Gap::Kind::down, at("2026-01-01T00:00:00Z"), at("2026-01-01T01:00:00Z"), 0, "", "", "stopped", 1, 0});
    spool.gap_list.push_back({spool::Gap::Kind::refused, at("2026-01-02T00:00:00Z"), at("2026-01-02T00:00:01Z"), 503,
                              "acme", "ev-1", "full", 2, 6});
    const Json all = ask("GET", "/api/v1/gaps");
    ASSERT_EQ(all["gaps"].size(), 2U);
    EXPECT_EQ(all["gaps"][0]["kind"], "down");
    EXPECT_EQ(all["gaps"][1], (Json{{"kind", "refused"},
                                    {"from", "2026-01-02T00:00:00.000000Z"},
                                    {"to", "2026-01-02T00:00:01.000000Z"},
                                    {"status", 503},
                                    {"tenant", "acme"},
                                    {"event_id", "ev-1"},
                                    {"reason", "full"},
                                    {"count", 2},
                                    {"events", 6}}));
    EXPECT_EQ(ask("GET", "/api/v1/gaps?from=2026-01-02T00:00:00Z")["gaps"].size(), 1U);
    EXPECT_EQ(ask("GET", "/api/v1/gaps?count=1")["gaps"].size(), 1U);
}

TEST_F(AdminCallsTest, TraceTellsAnEventsLife) {
    spool::Trace trace;
    trace.tenant = acme;
    trace.tenant_label = "acme";
    trace.received_at = at("2026-01-01T00:00:00Z");
    trace.position = {Sequence{7}, 2};
    trace.settled = true;
    trace.bulk = spool::BulkNote{42, at("2026-01-01T00:00:01Z"), at("2026-01-01T00:00:02Z"), 200, 10};
    spool.traces.emplace("a b", trace);
    const Json told = ask("GET", "/api/v1/trace?uuid=a%20b");
    ASSERT_EQ(told["entries"].size(), 1U);
    EXPECT_EQ(told["entries"][0]["sequence"], 7);
    EXPECT_EQ(told["entries"][0]["bulk"]["status"], 200);
    EXPECT_EQ(told["entries"][0]["letter"], nullptr);
    EXPECT_EQ(ask("GET", "/api/v1/trace?uuid=unknown")["entries"], Json::array());
    ask("GET", "/api/v1/trace");
    EXPECT_EQ(status, 400);
}

TEST_F(AdminCallsTest, WhatIsNotThereAndWhatIsAskedWronglyIsSaid) {
    for (const char* target : {"/api/v1/", "/api/v2/status", "/api/v1/nothing", "/api/v1/tenants/1/2/3",
                               "/api/v1/letters/burn", "/api/v1/%zz", "nonsense"}) {
        ask("GET", target);
        EXPECT_EQ(status, 404) << target;
    }
    for (const auto& [method, target] :
         std::vector<std::pair<const char*, const char*>>{{"POST", "/api/v1/status"},
                                                          {"GET", "/api/v1/tenants/1"},
                                                          {"GET", "/api/v1/tenants/1/rekey"},
                                                          {"GET", "/api/v1/letters/replay"},
                                                          {"DELETE", "/api/v1/gaps"}}) {
        ask(method, target);
        EXPECT_EQ(status, 405) << method << " " << target;
    }
}

TEST_F(AdminCallsTest, TheLogsLevelIsToldAndChanged) {
    ask("GET", "/api/v1/log");
    EXPECT_EQ(status, 409) << "there is no relay whose log it could be";
    relay_runs();
    EXPECT_EQ(ask("GET", "/api/v1/log"), (Json{{"level", "info"}}));
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(ask("PUT", "/api/v1/log", {{"level", "debug"}}), (Json{{"before", "info"}, {"level", "debug"}}));
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("from=info to=debug by=\"admin API\""));
    EXPECT_EQ(log_level(), LogLevel::debug);
    for (const Json& odd :
         {Json(), Json("debug"), Json{{"level", "loud"}}, Json{{"level", 3}}, Json{{"level", "warn"}, {"more", 1}}}) {
        ask("PUT", "/api/v1/log", odd);
        EXPECT_EQ(status, 400) << odd;
    }
    EXPECT_EQ(log_level(), LogLevel::debug);
    ask("POST", "/api/v1/log", {{"level", "warn"}});
    EXPECT_EQ(status, 405);
    set_up_log(LogLevel::info, LogFormat::text);
}

}  // namespace
}  // namespace hookline::status
