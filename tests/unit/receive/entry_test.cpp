// Who may deliver, and to which tenant: header mode, named hooks and their answers (DESIGN sections 2 and 5).

#include "unit/receive/endpoint_world.h"

namespace hookline::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string one_event = delivery({event("u1")});

TEST(HeaderMode, TakesTheHeadersUnderAnyOfTheirNames) {
    for (const Headers& headers : std::vector<Headers>{
             {{"logzio_token", good_token}, {"logzio_region", "eu"}},
             {{"LogzIO_Token", good_token}, {"LOGZIO_REGION", "EU"}},
             {{"logzio-token", good_token}, {"logzio-region", "Eu"}},
             {{"X-Logzio-Token", "  " + good_token + "\t"}, {"x-logzio-region", " eu "}},
             {{"logzio_token", good_token}, {"logzio-token", good_token}, {"x-logzio-region", "eu"}},
         }) {
        World world;
        world.spool.know(World::pair(good_token, "eu"));
        EXPECT_EQ(world.post(one_event, headers)->status(), 200);
        EXPECT_EQ(world.spool.lines.size(), 1U);
    }
}

TEST(HeaderMode, SaysWhichHeaderIsMissingAndWhyThatMayBe) {
    World world;
    const auto token = world.post(one_event, {{"logzio_region", "us"}});
    EXPECT_EQ(token->status(), 400);
    EXPECT_THAT(token->error(), HasSubstr("logzio_token"));
    EXPECT_THAT(token->help(), AllOf(HasSubstr("underscore"), HasSubstr("logzio-token"), HasSubstr("x-logzio-token")));
    const auto region = world.post(one_event, {{"logzio_token", good_token}});
    EXPECT_EQ(region->status(), 400);
    EXPECT_THAT(region->error(), HasSubstr("logzio_region"));
    EXPECT_THAT(region->help(), AllOf(HasSubstr("underscore"), HasSubstr("us, eu")));
}

TEST(HeaderMode, RefusesAMalformedTokenWithoutRepeatingIt) {
    World world;
    for (const std::string& bad : {std::string("tooShortToBeOne"), good_token + "x", good_token.substr(1) + "-",
                                   good_token.substr(1) + "\xc3", good_token + "&type=other", "<" + good_token + ">"}) {
        const auto sent = world.post(one_event, World::token_headers(bad));
        EXPECT_EQ(sent->status(), 400) << bad;
        EXPECT_THAT(sent->error(), HasSubstr("logzio_token"));
        EXPECT_THAT(sent->body(), Not(HasSubstr(bad)));
    }
    EXPECT_TRUE(world.prover.asked.empty());
}

TEST(HeaderMode, NamesTheKnownRegionsToWhoNamesAnother) {
    World world;
    const auto sent = world.post(one_event, World::token_headers(good_token, "mars"));
    EXPECT_EQ(sent->status(), 400);
    EXPECT_THAT(sent->error(), HasSubstr("logzio_region"));
    EXPECT_THAT(sent->help(), HasSubstr("us, eu"));
    EXPECT_THAT(sent->body(), Not(HasSubstr("mars")));
}

TEST(HeaderMode, RefusesTwoDifferentTokens) {
    World world;
    EXPECT_EQ(
        world.post(one_event, {{"logzio_token", good_token}, {"logzio_token", other_token}, {"logzio_region", "us"}})
            ->status(),
        400);
    EXPECT_EQ(world.post(one_event, {{"logzio_token", good_token}, {"logzio_region", "us"}, {"logzio-region", "eu"}})
                  ->status(),
              400);
}

TEST(HeaderMode, UnknownPathsAre404) {
    World world;
    for (const char* path : {"/elsewhere", "/hooks/nobody", "/hooks/", "/hooks", "//", "/index.html"}) {
        EXPECT_EQ(world.post(one_event, World::token_headers(), path)->status(), 404) << path;
    }
}

TEST(HeaderMode, WhenItIsOffIs404WithAHint) {
    receive::Entrances entrances = World::with_hook();
    entrances.header_mode.enabled = false;
    World world(entrances);
    const auto sent = world.post(one_event);
    EXPECT_EQ(sent->status(), 404);
    EXPECT_THAT(sent->help(), HasSubstr("/hooks/"));
}

TEST(HeaderMode, AsksForASharedSecretIfOneIsSet) {
    receive::Entrances entrances = World::open_house();
    entrances.header_mode.secrets = {Secret("old secret"), Secret("new secret")};
    World world(entrances);
    world.spool.know(World::pair());
    const auto with = [](const std::string& secret) {
        Headers headers = World::token_headers();
        headers.emplace_back("Authorization", secret);
        return headers;
    };
    EXPECT_EQ(world.post(one_event)->status(), 401);
    for (const char* wrong :
         {"", "old", "old secre", "old secrets", "OLD SECRET", "Bearer old secret", "new secret,"}) {
        const auto sent = world.post(one_event, with(wrong));
        EXPECT_EQ(sent->status(), 401) << wrong;
        EXPECT_THAT(sent->body(), Not(HasSubstr("old secret")));
    }
    EXPECT_TRUE(world.spool.lines.empty());
    EXPECT_EQ(world.post(one_event, with("old secret"))->status(), 200);
    EXPECT_EQ(world.post(one_event, with("new secret"))->status(), 200);
}

TEST(HeaderMode, TheNameOfTheAuthorizationHeaderIsASetting) {
    receive::Entrances entrances = World::open_house();
    entrances.header_mode.secrets = {Secret("the secret")};
    entrances.authorization_header = "x-hook-secret";
    World world(entrances);
    world.spool.know(World::pair());
    Headers right = World::token_headers();
    right.emplace_back("X-Hook-Secret", "the secret");
    Headers wrong = World::token_headers();
    wrong.emplace_back("Authorization", "the secret");
    EXPECT_EQ(world.post(one_event, right)->status(), 200);
    const auto sent = world.post(one_event, wrong);
    EXPECT_EQ(sent->status(), 401);
    EXPECT_THAT(sent->error(), HasSubstr("x-hook-secret"));
}

TEST(HeaderMode, TokensThatAreNotOnTheListAre403) {
    receive::Entrances entrances = World::open_house();
    entrances.header_mode.tokens_allowed = {sha256("x"), sha256(good_token)};
    World world(entrances);
    const auto sent = world.post(one_event, World::token_headers(other_token));
    EXPECT_EQ(sent->status(), 403);
    EXPECT_THAT(sent->body(), Not(HasSubstr(other_token)));
    EXPECT_TRUE(world.prover.asked.empty());
    EXPECT_EQ(world.post(one_event)->status(), 200);
    ASSERT_EQ(world.spool.appends.size(), 1U);
    EXPECT_TRUE(world.spool.appends[0].listed);
}

TEST(HeaderMode, WithoutAListNobodyIsListed) {
    World world;
    EXPECT_EQ(world.post(one_event)->status(), 200);
    EXPECT_FALSE(world.spool.appends.at(0).listed);
}

TEST(Sources, ThatAreNotAllowedAre403WhateverElseIsRight) {
    receive::Entrances entrances = World::with_hook();
    ASSERT_TRUE(entrances.sources_allowed.add("192.0.2.0/24"));
    World world(entrances);
    const auto sent = world.post(one_event);
    EXPECT_EQ(sent->status(), 403);
    EXPECT_THAT(sent->error(), HasSubstr("198.51.100.7"));
    EXPECT_EQ(world.post(one_event, {{"Authorization", "hook secret ^*&$!"}}, "/hooks/acme")->status(), 403);
    world.peer = "192.0.2.7";
    EXPECT_EQ(world.post(one_event)->status(), 200);
}

TEST(NamedHooks, AreOpenedByAnyOfTheirSecretsAndNoOther) {
    World world(World::with_hook());
    EXPECT_EQ(world.post(one_event, {}, "/hooks/acme")->status(), 401);
    EXPECT_EQ(world.post(one_event, {{"Authorization", "wrong"}}, "/hooks/acme")->status(), 401);
    EXPECT_EQ(world.post(one_event, {{"Authorization", "hook secret ^*&$!"}}, "/hooks/acme")->status(), 200);
    EXPECT_EQ(world.post(one_event, {{"Authorization", "the next secret"}}, "/hooks/acme")->status(), 200);
    EXPECT_TRUE(world.spool.knows(spool::NamedIdentity{"acme-tenant"}));
}

TEST(NamedHooks, StoreFirstAndNeverAskForAProof) {
    World world(World::with_hook());
    EXPECT_EQ(world.post(one_event, {{"Authorization", "the next secret"}}, "/hooks/acme")->status(), 200);
    EXPECT_TRUE(world.prover.asked.empty());
    ASSERT_EQ(world.spool.appends.size(), 1U);
    EXPECT_TRUE(world.spool.appends[0].listed);
    EXPECT_FALSE(world.spool.appends[0].already_delivered);
}

TEST(NamedHooks, IgnoreTokenHeadersWithAWarningNowAndThen) {
    World world(World::with_hook());
    Headers headers = World::token_headers(other_token);
    headers.emplace_back("Authorization", "the next secret");
    testing::internal::CaptureStderr();
    for (int turn = 0; turn < 50; ++turn) EXPECT_EQ(world.post(one_event, headers, "/hooks/acme")->status(), 200);
    const std::string logged = testing::internal::GetCapturedStderr();
    EXPECT_THAT(logged, HasSubstr("logzio_token"));
    EXPECT_THAT(logged, Not(HasSubstr(other_token)));
    EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1);
    EXPECT_FALSE(world.spool.knows(World::pair(other_token)));
    for (const spool::Append& append : world.spool.appends) {
        EXPECT_EQ(append.tenant, world.spool.tenants_by_label.at("acme-tenant"));
    }
}

TEST(Reload, AppliesToTheNextRequest) {
    World world;
    world.spool.know(World::pair());
    EXPECT_EQ(world.post(one_event)->status(), 200);
    receive::Entrances stricter = World::open_house();
    stricter.header_mode.secrets = {Secret("now there is one")};
    world.entrances().set(std::make_shared<const receive::Entrances>(stricter));
    EXPECT_EQ(world.post(one_event)->status(), 401);
}

TEST(Refusals, OfLargeBodiesAreGivenBeforeTheyAreRead) {
    receive::Entrances entrances = World::open_house();
    entrances.header_mode.secrets = {Secret("the secret")};
    World world(entrances);
    Headers headers = World::token_headers();
    headers.emplace_back("Content-Length", "5000000");
    EXPECT_EQ(world.send("POST", "/", headers)->status(), 401);
    EXPECT_EQ(world.spool.refusals.size(), 1U);
}

TEST(Refusals, NeverShowASecretAndAlwaysAreJson) {
    receive::Entrances entrances = World::with_hook();
    entrances.header_mode.secrets = {Secret("the secret of header mode")};
    World world(entrances);
    testing::internal::CaptureStderr();
    Headers guess = World::token_headers();
    guess.emplace_back("Authorization", "a guess that is wrong");
    for (const auto& sent : {world.post(one_event, guess), world.post(one_event, guess, "/hooks/acme"),
                             world.post(one_event), world.post(one_event, guess, "/x")}) {
        ASSERT_GE(sent->status(), 400);
        EXPECT_NE(sent->error(), "");
        for (const std::string& secret : {good_token, std::string("the secret of header mode"),
                                          std::string("hook secret"), std::string("a guess")}) {
            EXPECT_THAT(sent->body(), Not(HasSubstr(secret)));
        }
    }
    const std::string logged = testing::internal::GetCapturedStderr();
    EXPECT_THAT(logged, Not(HasSubstr(good_token)));
    EXPECT_THAT(logged, Not(HasSubstr("a guess")));
    EXPECT_THAT(world.metrics.text(), Not(HasSubstr(good_token)));
}

}  // namespace
}  // namespace hookline::test
