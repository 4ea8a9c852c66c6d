// What the screens say, and how they are painted.
#include "rehearse/screen.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "raw_client.h"
#include "rehearse/commands.h"
#include "rehearse/panels.h"
#include "support/temp_directory.h"
#include "test_hook.h"

namespace hookline::rehearse {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const TimePoint start{std::chrono::hours(1)};

std::string text_of(const Panel& panel) {
    std::string text;
    for (const PanelLine& line : panel.lines) {
        for (const Span& span : line) text += span.text;
        text += '\n';
    }
    return text;
}

OktaSenderReport busy_report() {
    OktaSenderReport report;
    report.deliveries = 12'345;
    report.events = 24'690;
    report.acknowledged = 12'340;
    report.acknowledged_events = 24'680;
    report.in_flight = 5;
    report.p50 = 900us;
    report.p99 = 4ms;
    report.max = 9ms;
    return report;
}

TEST(Screen, PaintsAPanelOverTheOneBefore) {
    std::ostringstream out;
    Screen screen(ScreenMode::terminal, out, 80);
    screen.show({{{{"one"}}, {{"two"}}}, "", ""});
    EXPECT_EQ(out.str(), "\x1b[2Kone\n\x1b[2Ktwo\n\x1b[J");
    out.str("");
    screen.show({{{{"three"}}}, "", ""});
    EXPECT_EQ(out.str(), "\x1b[2A\x1b[2Kthree\n\x1b[J");
}

TEST(Screen, NeverWrapsALine) {
    std::ostringstream out;
    Screen screen(ScreenMode::terminal, out, 6);
    screen.show({{{{"äöü"}, {"12345678"}}}, "", ""});
    EXPECT_EQ(out.str(), "\x1b[2Käöü12\n\x1b[J");
}

TEST(Screen, PrintsOneLineAtATimeWithoutATerminal) {
    std::ostringstream out;
    Screen plain(ScreenMode::plain, out);
    plain.say({{"hello "}, {"there"}});
    plain.show({{{{"panel"}}}, "in short", "{}"});
    EXPECT_EQ(out.str(), "hello there\nin short\n");
}

TEST(Screen, PrintsObjectsAndNothingElseForScripts) {
    std::ostringstream out;
    Screen screen(ScreenMode::json, out);
    screen.say({{"hello"}});
    screen.say_json("{\"a\":1}");
    screen.show({{{{"panel"}}}, "in short", "{\"b\":2}"});
    EXPECT_EQ(out.str(), "{\"a\":1}\n{\"b\":2}\n");
}

TEST(Screen, ShowsNumbersForPeople) {
    EXPECT_EQ(with_commas(0), "0");
    EXPECT_EQ(with_commas(999), "999");
    EXPECT_EQ(with_commas(1'234'567), "1,234,567");
    EXPECT_EQ(bytes_text(999), "999 bytes");
    EXPECT_EQ(bytes_text(1'500), "1.5 kB");
    EXPECT_EQ(bytes_text(999'990), "1.0 MB");
    EXPECT_EQ(bar(0, 4), "    ");
    EXPECT_EQ(bar(0.5, 4), "██  ");
    EXPECT_EQ(bar(2, 4), "████");
    EXPECT_EQ(padded("é", 3), "é  ");
    EXPECT_EQ(padded_left("é", 3), "  é");
}

TEST(Screen, LetsNoTextFromOutsideCommandTheTerminal) {
    EXPECT_EQ(harmless("a\x1b[2Jb\x7f\xc2\x9b"
                       "c\xff\n\xc3\xa9"),
              "a [2Jb  c  \xc3\xa9");
}

TEST(Rate, TellsTheSpeedAndItsHistory) {
    Rate rate;
    EXPECT_EQ(rate.bars(3), "   ");
    rate.add(0, start);
    rate.add(50, start + 100ms);  // too soon for a look of its own
    EXPECT_EQ(rate.per_second(), 0);
    rate.add(100, start + 1s);
    EXPECT_EQ(rate.per_second(), 100);
    rate.add(300, start + 2s);
    EXPECT_EQ(rate.per_second(), 200);
    rate.add(300, start + 3s);
    EXPECT_EQ(rate.bars(4), " ▄█ ");
}

TEST(OktaPanel, TellsPlainlyThatNothingWouldHaveBeenLost) {
    OktaView view({}, start);
    const Panel panel = view.look(busy_report(), start + 61s);
    EXPECT_THAT(text_of(panel), HasSubstr("Okta would have lost 0 events\n"));
    EXPECT_THAT(text_of(panel), HasSubstr("12,345"));
    EXPECT_THAT(text_of(panel), HasSubstr("1 min 1 s"));
    EXPECT_THAT(panel.plain, HasSubstr("Okta would have lost 0 events"));
    EXPECT_EQ(json::parse(panel.json)["lost_events"], 0);
    EXPECT_EQ(json::parse(panel.json)["seconds"], 61.0);
    EXPECT_EQ(verdict_on(busy_report()).tone, Tone::good);
}

TEST(OktaPanel, TellsWhatWouldHaveBeenLostAndWhy) {
    OktaSenderReport report = busy_report();
    report.lost_events = 1;
    report.last_problem = "the hook answered 500: \"\x1b[2Joops\"";
    OktaView view({}, start);
    const Panel panel = view.look(report, start + 2s);
    EXPECT_THAT(text_of(panel), HasSubstr("Okta would have lost 1 event\n"));
    EXPECT_THAT(text_of(panel), HasSubstr("the hook answered 500"));
    EXPECT_THAT(text_of(panel), Not(HasSubstr("\x1b")));
    EXPECT_EQ(verdict_on(report).tone, Tone::bad);
}

TEST(LogzioPanel, ShowsLinesTagsConflictsAndFaults) {
    LogzioEmulatorReport report;
    report.lines = 7;
    report.invalid_documents = 2;
    report.tags = {{"mapping-conflict", 2}};
    report.conflicts = {{"a.b: number, then string", 2}};
    report.faults = {{"status", 3}};
    report.answers = {{0, 1}, {200, 4}};
    report.last_lines = {
        R"({"@timestamp":"2026-11-22T10:11:12.5Z","eventType":"user.session.start","displayMessage":"User login","actor":{"displayName":"Ada"}})",
        "no JSON \x1b[0m"};
    LogzioView view("us http://127.0.0.1:1", start);
    const Panel panel = view.look(report, start + 2s);
    const std::string text = text_of(panel);
    EXPECT_THAT(text, HasSubstr("mapping-conflict × 2"));
    EXPECT_THAT(text, HasSubstr("a.b: number, then string (2 ×)"));
    EXPECT_THAT(text, HasSubstr("status has struck 3 times"));
    EXPECT_THAT(text, HasSubstr("none × 1 · 200 × 4"));
    EXPECT_THAT(text, HasSubstr("10:11:12  user.session.start"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_EQ(json::parse(panel.json)["invalid_documents"], 2);
    EXPECT_THAT(panel.plain, HasSubstr("7 lines"));
}

TEST(TryPanel, ShowsAllThreeStages) {
    TryCounts relay;
    relay.stored_events = 24'689;
    relay.waiting_events = 42;
    relay.acknowledgement_p99 = 3ms;
    LogzioEmulatorReport logzio;
    logzio.distinct_uuids = 24'647;
    TryView view(start);
    const Panel panel = view.look(busy_report(), relay, logzio, start + 2s);
    for (const char* part :
         {"24,690", "24,689", "24,647", "42", "as the relay sees it", "Okta would have lost 0 events"}) {
        EXPECT_THAT(text_of(panel), HasSubstr(part));
    }
    const json object = json::parse(panel.json);
    EXPECT_EQ(object["relay"]["stored_events"], 24'689);
    EXPECT_EQ(object["okta"]["events"], 24'690);
    EXPECT_EQ(object["logzio"]["distinct_uuids"], 24'647);
}

class TryOnAString : public testing::Test {
 protected:
    [[nodiscard]] TryScreen make(ScreenMode mode) {
        return {{[this] { return okta; }, [] { return TryCounts{}; }, [] { return LogzioEmulatorReport{}; }},
                {"https://localhost:8443/", "http://127.0.0.1:9180/", "http://127.0.0.1:9102", "", ""},
                mode,
                out};
    }
    OktaSenderReport okta = busy_report();
    std::ostringstream out;
};

TEST_F(TryOnAString, SaysHowToPointARealHookAtItAndWhatToLookAt) {
    make(ScreenMode::plain).introduce();
    for (const char* part : {"https://localhost:8443/", "Workflow > Event Hooks", "logzio_token", "What to look at",
                             "http://127.0.0.1:9102/faults"}) {
        EXPECT_THAT(out.str(), HasSubstr(part));
    }
}

TEST_F(TryOnAString, ConcludesInPlainWordsAndWithAnExitStatus) {
    EXPECT_EQ(make(ScreenMode::plain).conclude(0), 0);
    EXPECT_THAT(out.str(), HasSubstr("All 24,680 acknowledged events arrived"));
    EXPECT_EQ(make(ScreenMode::plain).conclude(3), 1);
    EXPECT_THAT(out.str(), HasSubstr("3 of 24,680 acknowledged events did not arrive"));
    okta.lost_events = 1;
    EXPECT_EQ(make(ScreenMode::plain).conclude(0), 1);
}

TEST(CountMissing, LooksForEachAcknowledgedUuid) {
    const test::TempDirectory directory;
    LogzioEmulatorOptions options;
    options.regions["us"] = {"127.0.0.1", 0};
    const auto emulator = LogzioEmulator::start(options);
    ASSERT_TRUE(emulator);
    RawClient((*emulator)->url("us"))
        .post(std::string("/?token=") + test_token, "{\"uuid\":\"a\"}\n{\"uuid\":\"b\"}\n");
    std::ofstream(directory.path() / "uuids") << "a\nb\nc\n";
    EXPECT_EQ(*count_missing(directory.path() / "uuids", **emulator, "us", test_token), 1U);
    EXPECT_FALSE(count_missing(directory.path() / "nothing", **emulator, "us", test_token));
}

TEST(SimOkta, EndsWith0WhenNothingWouldHaveBeenLostElse1) {
    const auto run_against = [](int status, std::string& out) {
        TestHook hook([&](const HookRequest&) { return hook_answer(status); });
        OktaSenderOptions options;
        options.url = hook.url();
        options.rate = 0;
        options.deliveries = 3;
        std::ostringstream shown;
        std::ostringstream problems;
        const std::atomic<bool> stop{false};
        const int exit_status = run_sim_okta(options, ScreenMode::plain, stop, shown, problems);
        out = shown.str();
        return exit_status;
    };
    std::string out;
    EXPECT_EQ(run_against(200, out), 0);
    EXPECT_THAT(out, HasSubstr("Okta would have lost 0 events"));
    EXPECT_EQ(run_against(400, out), 1);
    EXPECT_THAT(out, testing::MatchesRegex("(.|\n)*Okta would have lost [1-9][0-9]* events?\n"));
}

TEST(SimOkta, SaysOnStderrWhyItCannotStart) {
    OktaSenderOptions options;
    options.url = "nonsense";
    std::ostringstream out;
    std::ostringstream err;
    const std::atomic<bool> stop{false};
    EXPECT_EQ(run_sim_okta(options, ScreenMode::plain, stop, out, err), 1);
    EXPECT_THAT(err.str(), HasSubstr("no URL of a hook"));
}

TEST(SimLogzio, TellsScriptsWhereItListensAndStopsWhenAsked) {
    const test::TempDirectory directory;
    LogzioEmulatorOptions options;
    options.regions["us"] = {"127.0.0.1", 0};
    options.control = net::Endpoint{"127.0.0.1", 0};
    options.tls = true;
    std::ostringstream out;
    std::ostringstream err;
    const std::atomic<bool> stop{true};
    EXPECT_EQ(run_sim_logzio(options, ScreenMode::json, stop, directory.path() / "ca.pem", out, err), 0);
    const json addresses = json::parse(out.str().substr(0, out.str().find('\n')));
    EXPECT_THAT(addresses["regions"]["us"].get<std::string>(), testing::StartsWith("https://127.0.0.1:"));
    EXPECT_THAT(addresses["control"].get<std::string>(), testing::StartsWith("http://127.0.0.1:"));
    EXPECT_TRUE(std::filesystem::exists(directory.path() / "ca.pem"));
}

}  // namespace
}  // namespace hookline::rehearse
