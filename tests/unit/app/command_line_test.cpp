// What words on the command line mean.

#include <fstream>

#include <gmock/gmock.h>

#include "app/command.h"
#include "app/config.h"
#include "base/time_text.h"
#include "spool/letter.h"
#include "support/temp_directory.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const WallTime now = parse_rfc3339("2026-11-22T12:00:00Z").value();

template <class One>
One parsed(const std::vector<std::string>& words) {
    auto command = parse_command(words, now);
    if (!command) {
        ADD_FAILURE() << command.error().text;
        return {};
    }
    if (!std::holds_alternative<One>(*command)) {
        ADD_FAILURE() << "another command was understood";
        return {};
    }
    return std::get<One>(std::move(*command));
}
ParseEnd refused(const std::vector<std::string>& words) {
    auto command = parse_command(words, now);
    if (command) {
        ADD_FAILURE() << "it was understood";
        return {};
    }
    return command.error();
}

TEST(CommandLine, ServeTakesTheFlagsThatScriptsRelyOn) {
    const auto serve = parsed<ServeCommand>({"serve", "--listen", "127.0.0.1:9000", "--tls", "off", "--admin",
                                             "127.0.0.1:9180", "--spool", "DIR", "--listener",
                                             "us=http://127.0.0.1:9100", "--listener", "eu=http://127.0.0.1:9101"});
    EXPECT_FALSE(serve.config.file);
    EXPECT_THAT(serve.config.flags,
                ::testing::UnorderedElementsAre(Pair("receive.listen", "127.0.0.1:9000"), Pair("receive.tls", "off"),
                                                Pair("admin.listen", "127.0.0.1:9180"), Pair("spool.directory", "DIR"),
                                                Pair("regions.us.url", "http://127.0.0.1:9100"),
                                                Pair("regions.eu.url", "http://127.0.0.1:9101")));
    const auto config = read_config({{}, {}, serve.config.flags});
    ASSERT_TRUE(config);
    EXPECT_EQ(config->regions.url("eu"), "http://127.0.0.1:9101");
}

TEST(CommandLine, ServeTakesCertificateKeyAndConfig) {
    const auto serve = parsed<ServeCommand>(
        {"serve", "--certificate", "c.pem", "--key=k.pem", "--config", "h.toml", "--listen", "a:1", "--listen", "b:2"});
    EXPECT_EQ(serve.config.file, Path("h.toml"));
    EXPECT_THAT(serve.config.flags,
                ::testing::UnorderedElementsAre(Pair("receive.certificate", "c.pem"), Pair("receive.key", "k.pem"),
                                                Pair("receive.listen", "a:1"), Pair("receive.listen", "b:2")));
}

TEST(CommandLine, AListenerIsRegionAndUrl) {
    for (const char* wrong : {"us", "=http://x", "http://x", "u.s=http://x"}) {
        const ParseEnd end = refused({"serve", "--listener", wrong});
        EXPECT_EQ(end.status, 64) << wrong;
        EXPECT_THAT(end.text, HasSubstr("REGION=URL"));
    }
}

TEST(CommandLine, WhatMakesNoSenseIsAUsageErrorWithASuggestion) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                  {"nonsense"},
                                                  {"serve", "--nonsense"},
                                                  {"dead"},
                                                  {"dead", "nonsense"},
                                                  {"trace"},
                                                  {"dead", "show", "x"},
                                                  {"completion", "fish"},
                                                  {"serve", "word"}}) {
        EXPECT_EQ(refused(words).status, 64);
    }
    EXPECT_THAT(refused({"statsu"}).text, HasSubstr("did you mean \"status\"?"));
    EXPECT_THAT(refused({"frobnicate"}).text, AllOf(HasSubstr("\"frobnicate\" is none of"), HasSubstr("status, ")));
    EXPECT_THAT(refused({"serve", "--lisetn", "x"}).text, HasSubstr("did you mean \"--listen\"?"));
    EXPECT_THAT(refused({"dead", "lst"}).text, HasSubstr("did you mean \"list\"?"));
    EXPECT_THAT(refused({"dead", "list", "--reason", "too_larg"}).text, HasSubstr("did you mean \"too_large\"?"));
}

TEST(CommandLine, EachCommandHelpsWithExamplesAndNamesTheProgram) {
    for (const CommandShape& shape : command_shapes()) {
        std::vector<std::string> words;
        for (std::size_t at = 0; at < shape.path.size();) {
            const std::size_t end = std::min(shape.path.find(' ', at), shape.path.size());
            words.push_back(shape.path.substr(at, end - at));
            at = end + 1;
        }
        words.emplace_back("--help");
        const ParseEnd help = refused(words);
        EXPECT_EQ(help.status, 0) << shape.path;
        EXPECT_THAT(help.text, HasSubstr("Usage: hookline")) << shape.path;
        if (!shape.path.empty()) {
            EXPECT_THAT(help.text, HasSubstr("Examples:\n  ")) << shape.path;
        }
    }
}

TEST(CommandLine, NoOptionTakesASecretItself) {
    for (const CommandShape& shape : command_shapes()) {
        for (const CommandShape::Option& option : shape.options) {
            const bool about_secrets =
                option.name.find("token") != std::string::npos || option.name.find("secret") != std::string::npos;
            if (about_secrets) {
                EXPECT_EQ(option.value, "FILE") << shape.path << " " << option.name;
            }
        }
    }
}

TEST(CommandLine, ClientCommandsTakeWhereToAsk) {
    const auto status = parsed<StatusCommand>(
        {"status", "--admin", "127.0.0.1:1", "--spool", "/s", "--admin-token-file", "/t", "--json"});
    EXPECT_EQ(status.target.address, "127.0.0.1:1");
    EXPECT_EQ(status.target.spool, Path("/s"));
    EXPECT_EQ(status.target.token_file, Path("/t"));
    EXPECT_TRUE(status.json);
    EXPECT_EQ(parsed<TenantListCommand>({"tenant", "list", "--spool", "/s"}).target.spool, Path("/s"));
    EXPECT_EQ(parsed<TraceCommand>({"trace", "some-uuid", "--json"}).uuid, "some-uuid");
}

TEST(CommandLine, TimesAreInstantsDaysOrHowLongAgo) {
    EXPECT_EQ(parsed<GapsCommand>({"gaps", "--from", "2026-11-01T10:00:00Z"}).from,
              parse_rfc3339("2026-11-01T10:00:00Z"));
    EXPECT_EQ(parsed<GapsCommand>({"gaps", "--from", "2026-11-01"}).from, parse_rfc3339("2026-11-01T00:00:00Z"));
    EXPECT_EQ(parsed<GapsCommand>({"gaps", "--from", "2 h"}).from, now - 2h);
    EXPECT_EQ(refused({"gaps", "--from", "yesterday"}).status, 64);
}

TEST(CommandLine, LettersAreChosenByNumberFilterOrExplicitlyAll) {
    const auto replay = parsed<DeadReplayCommand>({"dead", "replay", "17", "18", "--dry-run"});
    EXPECT_THAT(replay.choice.ids, ElementsAre(17U, 18U));
    EXPECT_TRUE(replay.dry_run);
    const auto some = parsed<DeadDiscardCommand>({"dead", "discard", "--tenant", "acme", "--reason", "too_old",
                                                  "--class", "condemned", "--to", "30 d", "--yes"});
    EXPECT_EQ(some.choice.tenant, "acme");
    EXPECT_EQ(some.choice.reason, "too_old");
    EXPECT_EQ(some.choice.kind, "condemned");
    EXPECT_EQ(some.choice.to, now - 720h);
    EXPECT_TRUE(some.yes);
    EXPECT_TRUE(parsed<DeadReplayCommand>({"dead", "replay", "--all"}).choice.all);
    EXPECT_THAT(refused({"dead", "replay"}).text, HasSubstr("--all"));
    EXPECT_THAT(refused({"dead", "discard", "--yes"}).text, HasSubstr("--all"));
    EXPECT_THAT(refused({"dead", "discard", "17", "--all"}).text, HasSubstr("contradicts"));
}

TEST(CommandLine, TheReasonsAreThoseOfTheSpool) {
    for (int number = 0; number < 8; ++number) {
        const std::string name(spool::reason_name(static_cast<spool::LetterReason>(number)));
        EXPECT_EQ(parsed<DeadListCommand>({"dead", "list", "--reason", name}).choice.reason, name);
    }
}

TEST(CommandLine, RekeyNeedsSomethingNew) {
    EXPECT_EQ(refused({"tenant", "rekey", "us-1"}).status, 64);
    const auto rekey = parsed<TenantRekeyCommand>({"tenant", "rekey", "us-1", "--region", "eu", "--token-file", "-"});
    EXPECT_EQ(rekey.region, "eu");
    EXPECT_EQ(rekey.token_of, Path("-"));
}

TEST(CommandLine, CheckTakesTheFlagsOfServeAndItsOwn) {
    const auto check = parsed<CheckCommand>(
        {"check", "--config", "h.toml", "--spool", "/s", "--online", "--yes", "--url", "https://x/", "--json"});
    EXPECT_EQ(check.config.file, Path("h.toml"));
    EXPECT_THAT(check.config.flags, ElementsAre(Pair("spool.directory", "/s")));
    EXPECT_TRUE(check.online && check.yes && check.json);
    EXPECT_EQ(refused({"check", "--online", "--token-file", "t"}).status, 64) << "in which region?";
    EXPECT_TRUE(parsed<CheckCommand>({"check", "--keys", "--markdown"}).markdown);
}

TEST(CommandLine, TryTakesRateAndDuration) {
    const auto rehearsal =
        parsed<TryCommand>({"try", "--rate", "300", "--duration", "30 s", "--json", "--spool", "/s"});
    EXPECT_EQ(rehearsal.options.rate, 300);
    EXPECT_EQ(rehearsal.options.duration, 30s);
    EXPECT_TRUE(rehearsal.options.json);
    EXPECT_EQ(rehearsal.options.spool_directory, Path("/s"));
    EXPECT_EQ(refused({"try", "--duration", "30"}).status, 64) << "30 of what?";
}

TEST(CommandLine, SimOktaIsTold) {
    const test::TempDirectory directory;
    std::ofstream(directory / "secret") << "hush\n";
    const auto sim = parsed<SimOktaCommand>({"sim",
                                             "okta",
                                             "http://127.0.0.1:9000/",
                                             "--region",
                                             "eu",
                                             "--secret-file",
                                             (directory / "secret").string(),
                                             "--rate",
                                             "0",
                                             "--deliveries",
                                             "12",
                                             "--duration",
                                             "1 min",
                                             "--events-max",
                                             "50",
                                             "--duplicates",
                                             "0.1",
                                             "--timeout",
                                             "2 s",
                                             "--round-trip",
                                             "80 ms",
                                             "--events",
                                             "e.jsonl",
                                             "--no-verify",
                                             "--acknowledged",
                                             "acks"});
    EXPECT_EQ(sim.options.url, "http://127.0.0.1:9000/");
    ASSERT_EQ(sim.options.headers.size(), 2U);
    EXPECT_EQ(sim.options.headers[0].name, "logzio_region");
    EXPECT_EQ(sim.options.headers[0].value, "eu");
    EXPECT_EQ(sim.options.headers[1].value.size(), 32U);
    EXPECT_TRUE(sim.options.authorization.value().matches("hush"));
    EXPECT_EQ(sim.options.rate, 0);
    EXPECT_EQ(sim.options.deliveries, 12U);
    EXPECT_EQ(sim.options.duration, 60s);
    EXPECT_EQ(sim.options.events_max, 50U);
    EXPECT_EQ(sim.options.duplicate_share, 0.1);
    EXPECT_EQ(sim.options.time_max, 2s);
    EXPECT_EQ(sim.options.round_trip, 80ms);
    EXPECT_EQ(sim.options.events_file, Path("e.jsonl"));
    EXPECT_FALSE(sim.options.verify_first);
    EXPECT_EQ(sim.options.acknowledged_file, Path("acks"));
    EXPECT_EQ(refused({"sim", "okta", "http://x/", "--events-min", "5"}).status, 64) << "above the most";
}

TEST(CommandLine, SimLogzioIsTold) {
    const test::TempDirectory directory;
    std::ofstream(directory / "tokens") << "us:aaa\neu:bbb\n";
    const auto sim = parsed<SimLogzioCommand>({"sim", "logzio", "--listen", "us=127.0.0.1:1", "--listen",
                                               "eu=127.0.0.1:2", "--tls", "--certificate-out", "c.pem", "--tokens-file",
                                               (directory / "tokens").string(), "--control", "127.0.0.1:3", "--lines",
                                               "l", "--size-reading", "wire", "--three-counters"});
    EXPECT_EQ(sim.options.regions.at("us").port, 1);
    EXPECT_EQ(sim.options.regions.at("eu").port, 2);
    EXPECT_TRUE(sim.options.tls);
    EXPECT_EQ(sim.certificate_file, Path("c.pem"));
    EXPECT_THAT(sim.options.tokens, ElementsAre("us:aaa", "eu:bbb"));
    EXPECT_EQ(sim.options.control.value().port, 3);
    EXPECT_EQ(sim.options.lines_file, Path("l"));
    EXPECT_EQ(sim.options.size_reading, "wire");
    EXPECT_TRUE(sim.options.three_counters);
    EXPECT_EQ(parsed<SimLogzioCommand>({"sim", "logzio"}).options.regions.size(), 2U)
        << "us and eu, unless told otherwise";
}

}  // namespace
}  // namespace hookline::app
