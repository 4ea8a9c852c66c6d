// What the client commands show and do, against the real calls on a spool in memory.

#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "app/command_run.h"
#include "base/log_level.h"
#include "base/time_text.h"
#include "status/admin_api.h"
#include "status/backup_desk.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"
#include "unit/app/calls_desk.h"
#include "unit/status/fake_spool.h"

namespace hookline::app {
namespace {

using spool::LetterReason;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string token = "0123456789abcdef0123456789ABCDEF";
const std::string label = "us-" + Secret(token).fingerprint();

class ClientCommand : public ::testing::Test {
 protected:
    ClientCommand() {
        acme = spool.add_tenant(spool::NamedIdentity{"acme"});
        hosted = spool.add_tenant(spool::HeaderIdentity{"us", Secret(token)}, 1234);
        parts.shippers = [this] {
            status::ShipperRow row;
            row.tenant = hosted;
            row.hold = "token_rejected";
            row.detail = "Logz.io answered 401\x1b[2J: token or region";
            row.next_try = clock.wall() + std::chrono::seconds(90);
            return std::vector<status::ShipperRow>{row};
        };
    }
    void add_letters() {
        refused = spool.add_letter(hosted, LetterReason::line_refused, "{\"a\":1}\n", 1, clock.wall());
        unproven = spool.add_letter(hosted, LetterReason::token_refused, "{\"b\":\"é\"}\n", 1, clock.wall());
        aside = spool.add_letter(acme, LetterReason::body_refused, "\xff\x1b[2Jno json", 0, clock.wall());
    }
    /// Somebody sits at the terminal and types.
    void somebody_types(const std::string& text) {
        terminal.in_is_terminal = true;
        in.str(text);
    }
    [[nodiscard]] Json printed() const { return Json::parse(out.str()); }

    test::FakeSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    status::AdminParts parts{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
    CallsDesk desk{parts};
    TenantId acme, hosted;
    std::uint64_t refused = 0, unproven = 0, aside = 0;
    std::ostringstream out, err;
    std::istringstream in;
    Terminal terminal{out, err, in};
};

TEST_F(ClientCommand, StatusShowsWhatWaitsAndWhatHolds) {
    EXPECT_EQ(run_status({}, desk, terminal), 0);
    EXPECT_THAT(
        out.str(),
        AllOf(HasSubstr("relay at 127.0.0.1:9180"), HasSubstr("ready"), HasSubstr("1,234 lines of 2 tenants, 1 held"),
              HasSubstr("held: token_rejected, next try in 1 min 30 s"), HasSubstr(label + ": Logz.io answered 401")));
}

TEST_F(ClientCommand, NothingFromOutsideMovesTheTerminalsCursor) {
    add_letters();
    run_status({}, desk, terminal);
    DeadShowCommand show;
    show.id = aside;
    run_dead_show(show, desk, terminal);
    EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
    EXPECT_THAT(out.str(), HasSubstr("\\xff\\x1b[2Jno json"));
}

TEST_F(ClientCommand, ColoursAreForTerminalsOnly) {
    run_status({}, desk, terminal);
    EXPECT_THAT(out.str(), Not(HasSubstr("\x1b[")));
    terminal.colours = true;
    run_status({}, desk, terminal);
    EXPECT_THAT(out.str(), HasSubstr("\x1b[31mheld"));
}

TEST_F(ClientCommand, StatusAsJsonIsTheApisAnswer) {
    StatusCommand command;
    command.json = true;
    EXPECT_EQ(run_status(command, desk, terminal), 0);
    EXPECT_EQ(printed()["tenants"][1]["hold"], "token_rejected");
}

TEST_F(ClientCommand, TenantsAreListedAsATableAndAsAnArray) {
    EXPECT_EQ(run_tenant_list({}, desk, terminal), 0);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("acme"), HasSubstr("named"), HasSubstr(label)));
    out.str("");
    TenantListCommand command;
    command.json = true;
    EXPECT_EQ(run_tenant_list(command, desk, terminal), 0);
    EXPECT_EQ(printed().size(), 2U);
}

TEST_F(ClientCommand, ForgetAsksAndTakesNoForAnAnswer) {
    TenantForgetCommand command;
    command.tenant = label;
    somebody_types("n\n");
    EXPECT_EQ(run_tenant_forget(command, desk, terminal), 1);
    EXPECT_THAT(err.str(), HasSubstr("1,234 waiting lines and 0 letters will be gone for good"));
    EXPECT_TRUE(spool.identity(hosted));
    somebody_types("yes\n");
    EXPECT_EQ(run_tenant_forget(command, desk, terminal), 0);
    EXPECT_FALSE(spool.identity(hosted));
}

TEST_F(ClientCommand, WhereNobodyCanAnswerForgetNeedsYes) {
    TenantForgetCommand command;
    command.tenant = "2";
    EXPECT_EQ(run_tenant_forget(command, desk, terminal), 1);
    EXPECT_THAT(err.str(), HasSubstr("--yes"));
    EXPECT_TRUE(spool.identity(hosted));
    command.yes = true;
    EXPECT_EQ(run_tenant_forget(command, desk, terminal), 0);
    EXPECT_FALSE(spool.identity(hosted));
}

TEST_F(ClientCommand, RekeyTakesTheTokenFromAFileOrFromStdinAndNeverShowsIt) {
    const std::string other = "ffffffffffffffffffffffffffffffff";
    TenantRekeyCommand command;
    command.tenant = label;
    command.token_of = "-";
    in.str(other + "\n");
    EXPECT_EQ(run_tenant_rekey(command, desk, terminal), 0) << err.str();
    EXPECT_THAT(out.str(), HasSubstr(label + " is now us-" + Secret(other).fingerprint()));
    EXPECT_THAT(out.str() + err.str(), Not(HasSubstr(other)));
    EXPECT_EQ(std::get<spool::HeaderIdentity>(*spool.identity(hosted)), (spool::HeaderIdentity{"us", Secret(other)}));
}

TEST_F(ClientCommand, ATenantThatIsNotThereIsSaid) {
    TenantForgetCommand command;
    command.tenant = "nobody";
    command.yes = true;
    EXPECT_EQ(run_tenant_forget(command, desk, terminal), 1);
    EXPECT_THAT(err.str(), HasSubstr("there is no tenant nobody"));
}

TEST_F(ClientCommand, LettersAreListedAsATableAndAsAnArray) {
    add_letters();
    EXPECT_EQ(run_dead_list({}, desk, terminal), 0);
    EXPECT_THAT(out.str(),
                AllOf(HasSubstr("line_refused"), HasSubstr("can help"), HasSubstr(R"({"malformedLines":1})")));
    out.str("");
    DeadListCommand command;
    command.json = true;
    command.choice.reason = "token_refused";
    EXPECT_EQ(run_dead_list(command, desk, terminal), 0);
    ASSERT_EQ(printed().size(), 1U);
    EXPECT_EQ(printed()[0]["id"], unproven);
}

TEST_F(ClientCommand, NoLettersAreAnEmptyArrayForScripts) {
    DeadListCommand command;
    command.json = true;
    EXPECT_EQ(run_dead_list(command, desk, terminal), 0);
    EXPECT_EQ(printed(), Json::array());
}

TEST_F(ClientCommand, AListOverSeveralPagesIsWholeInJsonAndSaysMoreInATable) {
    for (int i = 0; i < 1'100; ++i) spool.add_letter(acme, LetterReason::too_old, "{}\n", 1, clock.wall());
    run_dead_list({}, desk, terminal);
    EXPECT_THAT(out.str(), HasSubstr("--count shows more than 100"));
    out.str("");
    DeadListCommand command;
    command.json = true;
    run_dead_list(command, desk, terminal);
    EXPECT_EQ(printed().size(), 1'100U);
}

TEST_F(ClientCommand, ShowTellsALetterWholeAndRawItsBytes) {
    add_letters();
    DeadShowCommand show;
    show.id = unproven;
    EXPECT_EQ(run_dead_show(show, desk, terminal), 0);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("reason    token_refused"), HasSubstr("{\"b\":\"é\"}"),
                                 HasSubstr("answer    {\"malformedLines\":1}")));
    out.str("");
    show.id = aside;
    show.raw = true;
    EXPECT_EQ(run_dead_show(show, desk, terminal), 0);
    EXPECT_EQ(out.str(), "\xff\x1b[2Jno json");
    show.id = 99;
    EXPECT_EQ(run_dead_show(show, desk, terminal), 1);
}

TEST_F(ClientCommand, ExportKeepsBytesThatAreNoTextInBase64) {
    add_letters();
    EXPECT_EQ(run_dead_export({}, desk, terminal), 0);
    std::istringstream lines(out.str());
    std::vector<Json> letters;
    for (std::string line; std::getline(lines, line);) letters.push_back(Json::parse(line));
    ASSERT_EQ(letters.size(), 3U);
    EXPECT_EQ(letters[1]["body"], "{\"b\":\"é\"}\n");
    EXPECT_FALSE(letters[2].contains("body"));
    EXPECT_EQ(base64_decoded(letters[2]["body_base64"].get<std::string>()), "\xff\x1b[2Jno json");
}

TEST_F(ClientCommand, ExportOfLinesIsWhatWasSent) {
    add_letters();
    DeadExportCommand command;
    command.lines = true;
    EXPECT_EQ(run_dead_export(command, desk, terminal), 0);
    EXPECT_EQ(out.str(), "{\"a\":1}\n{\"b\":\"é\"}\n");
}

TEST_F(ClientCommand, ExportIntoAFileIsForItsOwnerAloneAndLeavesNothingHalf) {
    add_letters();
    const test::TempDirectory directory;
    DeadExportCommand command;
    command.output = directory / "letters.ndjson";
    EXPECT_EQ(run_dead_export(command, desk, terminal), 0) << err.str();
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(*command.output).permissions(), perms::owner_read | perms::owner_write);
    EXPECT_FALSE(std::filesystem::exists(directory / "letters.ndjson.partial"));
    command.output = directory / "nowhere" / "letters.ndjson";
    EXPECT_EQ(run_dead_export(command, desk, terminal), 1);
}

TEST_F(ClientCommand, ReplaySaysFirstWhatItWouldDo) {
    add_letters();
    DeadReplayCommand command;
    command.choice.all = true;
    command.dry_run = true;
    EXPECT_EQ(run_dead_replay(command, desk, terminal), 0);
    EXPECT_THAT(out.str(),
                AllOf(HasSubstr("3 letters, 2 lines"), HasSubstr("token_refused 1"),
                      HasSubstr("1 of them hold no line"), HasSubstr("1 of them will probably be refused again")));
    EXPECT_EQ(spool.letter_count(), 3U);
    command.dry_run = false;
    EXPECT_EQ(run_dead_replay(command, desk, terminal), 1) << "nobody said yes";
    EXPECT_EQ(spool.letter_count(), 3U);
    command.yes = true;
    EXPECT_EQ(run_dead_replay(command, desk, terminal), 0);
    EXPECT_THAT(spool.replayed, ElementsAre(refused, unproven));
}

TEST_F(ClientCommand, ReplayByNumberTouchesNothingElse) {
    add_letters();
    DeadReplayCommand command;
    command.choice.ids = {unproven};
    command.yes = command.json = true;
    EXPECT_EQ(run_dead_replay(command, desk, terminal), 0);
    EXPECT_THAT(spool.replayed, ElementsAre(unproven));
    EXPECT_EQ(printed()["replayed"], 1);
    command.choice.ids = {99};
    EXPECT_EQ(run_dead_replay(command, desk, terminal), 1);
    EXPECT_THAT(err.str(), HasSubstr("there is no letter 99"));
}

TEST_F(ClientCommand, AReplayOfManyGoesOnToTheEnd) {
    for (int i = 0; i < 1'050; ++i) spool.add_letter(acme, LetterReason::too_old, "{}\n", 1, clock.wall());
    DeadReplayCommand command;
    command.choice.all = command.yes = true;
    terminal.err_is_terminal = true;
    EXPECT_EQ(run_dead_replay(command, desk, terminal), 0);
    EXPECT_EQ(spool.letter_count(), 0U);
    EXPECT_THAT(out.str(), HasSubstr("1,050 letters replayed"));
    EXPECT_THAT(err.str(), AllOf(HasSubstr("replaying"), HasSubstr("100 %"), HasSubstr("of 1,050")));
}

TEST_F(ClientCommand, ALetterThatComesBackWhileReplayingIsNotReplayedAgain) {
    class Relentless final : public AdminDesk {
     public:
        Relentless(AdminDesk& real, test::FakeSpool& spool, TenantId tenant)
            : real_(real), spool_(spool), tenant_(tenant) {}
        Result<Json> ask(std::string_view method, const std::string& target, const Json& body) override {
            auto told = real_.ask(method, target, body);
            const bool deed = body.is_object() && !body.value("dry_run", true);
            if (deed)
                spool_.add_letter(tenant_, LetterReason::line_refused, "{}\n", 1, WallTime{});  // refused again at once
            return told;
        }
        [[nodiscard]] std::string name() const override { return real_.name(); }

     private:
        AdminDesk& real_;
        test::FakeSpool& spool_;
        TenantId tenant_;
    };
    add_letters();
    Relentless relentless(desk, spool, acme);
    DeadReplayCommand command;
    command.choice.all = command.yes = true;
    EXPECT_EQ(run_dead_replay(command, relentless, terminal), 0);
    EXPECT_THAT(spool.replayed, ElementsAre(refused, unproven));
}

TEST_F(ClientCommand, DiscardDeletesAfterAYes) {
    add_letters();
    DeadDiscardCommand command;
    command.choice.kind = "kept_aside";
    somebody_types("y\n");
    EXPECT_EQ(run_dead_discard(command, desk, terminal), 0);
    EXPECT_EQ(spool.letter_count(), 2U);
    EXPECT_THAT(out.str(), HasSubstr("1 letters discarded"));
}

TEST_F(ClientCommand, GapsTellWhenAndWhy) {
    EXPECT_EQ(run_gaps({}, desk, terminal), 0);
    EXPECT_THAT(out.str(), HasSubstr("no gaps"));
    spool.gap_list.push_back(
        {spool::Gap::Kind::refused, clock.wall(), clock.wall(), 503, "acme", "ev-1", "the spool is full", 2, 6});
    EXPECT_EQ(run_gaps({}, desk, terminal), 0);
    EXPECT_THAT(out.str(),
                AllOf(HasSubstr("2026-01-01 00:00:00"), HasSubstr("refused 503"), HasSubstr("the spool is full")));
    out.str("");
    GapsCommand command;
    command.json = true;
    run_gaps(command, desk, terminal);
    EXPECT_EQ(printed()[0]["event_id"], "ev-1");
}

TEST_F(ClientCommand, TraceTellsALifeAndIsOneWhenNothingIsKnown) {
    spool::Trace trace;
    trace.tenant_label = "acme";
    trace.received_at = clock.wall();
    trace.position = {Sequence{7}, 2};
    trace.settled = true;
    trace.bulk = spool::BulkNote{42, clock.wall(), clock.wall(), 200, 10};
    spool.traces.emplace("u1", trace);
    TraceCommand command;
    command.uuid = "u1";
    EXPECT_EQ(run_trace(command, desk, terminal), 0);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("record 7, line 2"), HasSubstr("in bulk 42 of 10 lines"),
                                 HasSubstr("with 200"), HasSubstr("delivered")));
    command.uuid = "unknown";
    EXPECT_EQ(run_trace(command, desk, terminal), 1);
}

TEST(Terminal, TablesAlignByCharactersNotBytes) {
    std::ostringstream out, err;
    std::istringstream in;
    const Terminal terminal{out, err, in};
    Table table({"NAME", ">COUNT"});
    table.row({{"é"}, {"5"}});
    table.row({{"long name"}, {"1,234"}});
    table.print(terminal);
    EXPECT_EQ(out.str(), "NAME       COUNT\né              5\nlong name  1,234\n");
}

TEST(Terminal, NumbersAreWrittenForPeople) {
    EXPECT_EQ(show_count(0), "0");
    EXPECT_EQ(show_count(999), "999");
    EXPECT_EQ(show_count(1'234'567), "1,234,567");
    EXPECT_EQ(show_bytes(1023), "1023 B");
    EXPECT_EQ(show_bytes(1536), "1.5 KiB");
    EXPECT_EQ(show_bytes(5ULL << 40), "5.0 TiB");
    EXPECT_EQ(one_line("a\nb\tc", 80), "a b c");
    EXPECT_EQ(one_line("ééééé", 3), "éé…");
}

TEST(Base64, ReadsWhatTheApiWrites) {
    EXPECT_EQ(base64_decoded(""), "");
    EXPECT_EQ(base64_decoded("YQ=="), "a");
    EXPECT_EQ(base64_decoded("YWI="), "ab");
    EXPECT_EQ(base64_decoded("YWJj"), "abc");
    EXPECT_EQ(base64_decoded("YWJj*"), std::nullopt);
    EXPECT_EQ(base64_decoded("Y*Jj"), std::nullopt);
}

/// A desk at which backups are made, or not, at a place of the test's own.
class BackupCommandTest : public ClientCommand {
 protected:
    BackupCommandTest() { parts.backups = &backups; }
    int back_up(bool json = false) {
        BackupCommand command;
        command.directory = directory / "monday/";
        command.json = json;
        return run_backup(command, desk, terminal);
    }
    test::TempDirectory directory;
    status::BackupDesk backups{spool, clock, [](const std::string& asked) -> Result<Path> {
                                   if (asked.ends_with("/")) return failed("a slash at the end");
                                   return Path(asked);
                               }};
};

TEST_F(BackupCommandTest, SaysOnOneLineWhereItIsAndWhichKeyOpensIt) {
    EXPECT_EQ(back_up(), 0);
    EXPECT_THAT(out.str(), AllOf(HasSubstr((directory / "monday").string() + ": 4.0 KiB in 5 files"),
                                 HasSubstr("key 0011223344556677, which is not in it"), HasSubstr("spool.key")));
    const std::string said = out.str();
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
    EXPECT_THAT(spool.backed_up, ElementsAre(directory / "monday"));
}

TEST_F(BackupCommandTest, TellsScriptsTheSame) {
    EXPECT_EQ(back_up(true), 0);
    EXPECT_EQ(printed()["state"], "done");
    EXPECT_EQ(printed()["key_beside"], true);
}

TEST_F(BackupCommandTest, WhatFailsHasStatusOneAndSaysWhy) {
    spool.broken = true;
    EXPECT_EQ(back_up(), 1);
    EXPECT_THAT(err.str(), HasSubstr("no backup was made: back up: input/output error"));
    EXPECT_EQ(back_up(true), 1);
    EXPECT_EQ(printed()["state"], "failed");
}

TEST_F(ClientCommand, TheLogsLevelIsShownAndChanged) {
    EXPECT_EQ(run_log_level({}, desk, terminal), 0);
    EXPECT_EQ(out.str(), "info\n");
    out.str("");
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(run_log_level({{}, "debug", false}, desk, terminal), 0);
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("log level changed"));
    EXPECT_THAT(out.str(), HasSubstr("is now debug, before info"));
    EXPECT_EQ(log_level(), LogLevel::debug);
    out.str("");
    EXPECT_EQ(run_log_level({{}, "info", true}, desk, terminal), 0);
    EXPECT_EQ(printed(), (Json{{"before", "debug"}, {"level", "info"}}));
    parts.shippers = nullptr;
    EXPECT_EQ(run_log_level({}, desk, terminal), 1);
    EXPECT_THAT(err.str(), HasSubstr("no relay runs"));
}

}  // namespace
}  // namespace hookline::app
