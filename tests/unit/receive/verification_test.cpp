// The verification of a hook and the greeting: the rows of DESIGN section 2 that a GET meets.

#include "unit/receive/endpoint_world.h"

namespace hookline::test {
namespace {

using testing::HasSubstr;

TEST(Verification, AGetWithAChallengeIsAnsweredWithIt) {
    World world;
    const auto sent = world.challenge("Me_rShK8JHsTnbyYrWXCEoMGbM_zsZ6k0hLPZ_Pg");
    EXPECT_EQ(sent->status(), 200);
    EXPECT_EQ(sent->body(), R"({"verification":"Me_rShK8JHsTnbyYrWXCEoMGbM_zsZ6k0hLPZ_Pg"})");
    EXPECT_EQ(sent->response->content_type, "application/json");
    EXPECT_TRUE(world.spool.refusals.empty());
}

TEST(Verification, TheChallengeIsEscapedAndBounded) {
    World world;
    const auto odd = world.challenge("a\"b\\c\x01\xff/<x>");
    ASSERT_EQ(odd->status(), 200);
    EXPECT_EQ(nlohmann::json::parse(odd->body())["verification"], "a\"b\\c\x01\xEF\xBF\xBD/<x>");
    EXPECT_EQ(world.challenge(std::string(4096, 'x'))->status(), 200);
    EXPECT_EQ(world.challenge(std::string(4097, 'x'))->status(), 400);
}

TEST(Verification, MissingHeadersAre200AndAWarning) {
    receive::Entrances entrances = World::with_hook();
    entrances.header_mode.secrets = {Secret("header mode's secret")};
    World world(entrances);
    testing::internal::CaptureStderr();
    EXPECT_EQ(world.challenge("bare", {})->body(), R"({"verification":"bare"})");
    const std::string logged = testing::internal::GetCapturedStderr();
    EXPECT_THAT(logged, HasSubstr("warn"));
    EXPECT_THAT(logged, HasSubstr("authorization, logzio_token, logzio_region"));
    EXPECT_EQ(world.challenge("bare", {}, "/hooks/acme")->status(), 200);
    EXPECT_EQ(world.challenge("half", {{"logzio_token", good_token}})->status(), 200);
}

TEST(Verification, WhatIsPresentAndWrongIsRefusedAsThePostWouldBe) {
    receive::Entrances entrances = World::with_hook();
    entrances.header_mode.secrets = {Secret("header mode's secret")};
    entrances.header_mode.tokens_allowed = {sha256(good_token)};
    World world(entrances);
    const auto with = [](Headers headers, const std::string& secret) {
        headers.emplace_back("Authorization", secret);
        return headers;
    };
    const std::string right = "header mode's secret";
    EXPECT_EQ(world.challenge("x", with(World::token_headers(), right))->status(), 200);
    EXPECT_EQ(world.challenge("x", with(World::token_headers(), "wrong"))->status(), 401);
    EXPECT_EQ(world.challenge("x", with(World::token_headers("tooshort"), right))->status(), 400);
    EXPECT_EQ(world.challenge("x", with(World::token_headers(good_token, "mars"), right))->status(), 400);
    EXPECT_EQ(world.challenge("x", with({{"logzio_region", "mars"}}, right))->status(), 400);
    EXPECT_EQ(world.challenge("x", with(World::token_headers(other_token), right))->status(), 403);
    EXPECT_EQ(world.challenge("x", {}, "/hooks/nobody")->status(), 404);
    EXPECT_EQ(world.challenge("x", {}, "/elsewhere")->status(), 404);
    EXPECT_EQ(world.challenge("x", {{"Authorization", "wrong"}}, "/hooks/acme")->status(), 401);
    EXPECT_EQ(world.challenge("x", {{"Authorization", "hook secret ^*&$!"}}, "/hooks/acme")->status(), 200);
    EXPECT_TRUE(world.spool.refusals.empty()) << "a verification is no delivery";
}

TEST(Verification, ASourceThatIsNotAllowedIsRefused) {
    receive::Entrances entrances = World::open_house();
    ASSERT_TRUE(entrances.sources_allowed.add("192.0.2.0/24"));
    World world(entrances);
    EXPECT_EQ(world.challenge("x")->status(), 403);
    world.peer = "192.0.2.200";
    EXPECT_EQ(world.challenge("x")->status(), 200);
}

TEST(Verification, HeaderModeThatIsOffIs404WithAHint) {
    receive::Entrances entrances = World::with_hook();
    entrances.header_mode.enabled = false;
    World world(entrances);
    const auto sent = world.challenge("x");
    EXPECT_EQ(sent->status(), 404);
    EXPECT_THAT(sent->help(), HasSubstr("/hooks/"));
}

TEST(Verification, OnAPostTheHeaderIsIgnoredAndTheEventsAreStored) {
    World world;
    world.spool.know(World::pair());
    Headers headers = World::token_headers();
    headers.emplace_back("x-okta-verification-challenge", "abc");
    const auto sent = world.post(delivery({event("u1")}), headers);
    EXPECT_EQ(sent->status(), 200);
    EXPECT_EQ(sent->body(), "");
    EXPECT_EQ(world.spool.lines.size(), 1U);
}

TEST(Greeting, IsOneLineThatSaysWhatThisIs) {
    World world;
    for (const char* method : {"GET", "HEAD"}) {
        const auto sent = world.send(method, "/", {});
        EXPECT_EQ(sent->status(), 200);
        const std::string text = sent->body();
        EXPECT_THAT(text, HasSubstr("hookline"));
        EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    }
}

TEST(Greeting, ElsewhereThereIsNone) {
    World world(World::with_hook());
    EXPECT_EQ(world.send("GET", "/favicon.ico", {})->status(), 404);
    const auto hook = world.send("GET", "/hooks/acme", {});
    EXPECT_EQ(hook->status(), 405);
    EXPECT_EQ(hook->header("Allow"), "POST");
}

TEST(Methods, OthersAre405AndNameWhatIsAllowed) {
    World world;
    for (const char* method : {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"}) {
        const auto sent = world.send(method, "/", World::token_headers(), delivery({event("u1")}));
        EXPECT_EQ(sent->status(), 405) << method;
        EXPECT_EQ(sent->header("Allow"), "GET, POST");
    }
    EXPECT_TRUE(world.spool.appends.empty());
}

}  // namespace
}  // namespace hookline::test
