// Backups by the admin API: one at a time, without holding up other calls, and only where they may be.

#include "status/backup_desk.h"

#include <condition_variable>
#include <fstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "status/admin_api.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"
#include "unit/status/fake_spool.h"

namespace hookline::status {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class BackupDeskTest : public ::testing::Test {
 protected:
    Json ask(std::string_view method, const Json& body = nullptr) {
        const auto answer = AdminCalls(parts).call(method, "/api/v1/backup", body.is_null() ? "" : body.dump());
        status = answer.status;
        return Json::parse(answer.body);
    }
    Json begin(const std::string& name = "monday") { return ask("POST", {{"directory", (directory / name).string()}}); }
    /// Blocks the backup until it is let go.
    void hold_backups() {
        spool.during_backup = [this] {
            std::unique_lock lock(mutex);
            held = true;
            changed.notify_all();
            changed.wait(lock, [this] { return !holding; });
        };
    }
    void wait_until_held() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return held; });
    }
    void let_go() {
        const std::lock_guard lock(mutex);
        holding = false;
        changed.notify_all();
    }
    Json wait_for_end() {
        Json state = ask("GET");
        while (state["state"] == "running") {
            std::this_thread::yield();
            state = ask("GET");
        }
        return state;
    }

    test::TempDirectory directory;
    std::mutex mutex;
    std::condition_variable changed;
    bool holding = true;
    bool held = false;
    test::FakeSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    BackupDesk desk{spool, clock, [this](const std::string& asked) { return place_within(directory.path(), asked); }};
    AdminParts parts = [this] {
        AdminParts made{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
        made.backups = &desk;
        return made;
    }();
    int status = 0;
};

TEST_F(BackupDeskTest, SaysThatThereWasNone) {
    const Json state = ask("GET");
    EXPECT_EQ(status, 200);
    EXPECT_EQ(state["state"], "none");
    EXPECT_TRUE(state["began"].is_null());
}

TEST_F(BackupDeskTest, AnswersWhileItIsMadeAndTellsHowFarItIs) {
    hold_backups();
    EXPECT_EQ(begin()["state"], "running");
    EXPECT_EQ(status, 200);
    wait_until_held();
    const Json now = ask("GET");
    EXPECT_EQ(now["state"], "running");
    EXPECT_EQ(now["bytes_total"], 4096);
    let_go();
    const Json done = wait_for_end();
    EXPECT_EQ(done["state"], "done");
    EXPECT_EQ(done["files"], 5);
    EXPECT_EQ(done["bytes_done"], 4096);
    EXPECT_EQ(done["key"], "0011223344556677");
    EXPECT_EQ(done["key_beside"], true);
    EXPECT_FALSE(done["ended"].is_null());
    EXPECT_THAT(spool.backed_up, ElementsAre(std::filesystem::canonical(directory.path()) / "monday"));
}

TEST_F(BackupDeskTest, MakesOneAtATime) {
    hold_backups();
    begin();
    wait_until_held();
    EXPECT_THAT(begin("tuesday")["error"].get<std::string>(), HasSubstr("monday"));
    EXPECT_EQ(status, 409);
    let_go();
    wait_for_end();
    begin("tuesday");  // nothing holds it: it may be done by the time it is told of
    EXPECT_EQ(status, 200);
    EXPECT_EQ(wait_for_end()["state"], "done");
}

TEST_F(BackupDeskTest, TellsWhyThereIsNone) {
    spool.broken = true;
    begin();
    const Json state = wait_for_end();
    EXPECT_EQ(state["state"], "failed");
    EXPECT_THAT(state["error"].get<std::string>(), HasSubstr("input/output error"));
}

TEST_F(BackupDeskTest, AStopEndsTheOneThatRunsAndTakesNoMore) {
    hold_backups();
    begin();
    wait_until_held();
    std::thread stopping([this] { desk.stop(); });
    while (begin("tuesday")["error"] != "the relay stops") std::this_thread::yield();
    let_go();
    stopping.join();
    EXPECT_EQ(ask("GET")["state"], "failed");
    EXPECT_TRUE(spool.backed_up.empty());
}

TEST_F(BackupDeskTest, WhatIsNoWishIsRefused) {
    for (const Json& body : {Json(nullptr), Json::object(), Json{{"directory", 7}}, Json{{"directory", ""}},
                             Json{{"directory", "/tmp/a\nb"}}, Json{{"directory", "/tmp/a"}, {"key", true}},
                             Json{{"directory", std::string(5000, 'x')}}}) {
        ask("POST", body);
        EXPECT_EQ(status, 400) << body;
    }
    ask("DELETE");
    EXPECT_EQ(status, 405);
}

TEST_F(BackupDeskTest, WhoeverHoldsTheTokenChoosesANameAndNotAPlace) {
    test::TempDirectory elsewhere;
    std::filesystem::create_directory(directory / "inner");
    std::filesystem::create_directory_symlink(elsewhere.path(), directory / "link");
    const std::string root = directory.path().string();
    for (const std::string& asked :
         {(elsewhere / "x").string(), root + "/inner/x", root + "/link/x", root + "/../x", root + "/", root + "/..",
          root + "/.", std::string("x"), std::string("/"), root + "/missing/x"}) {
        ask("POST", {{"directory", asked}});
        EXPECT_EQ(status, 409) << asked;
    }
    EXPECT_TRUE(spool.backed_up.empty());
    EXPECT_TRUE(std::filesystem::is_empty(elsewhere.path()));
}

TEST_F(BackupDeskTest, ANameThatIsTakenIsRefused) {
    std::filesystem::create_directory(directory / "monday");
    std::filesystem::create_symlink("nowhere", directory / "link");
    EXPECT_THAT(begin()["error"].get<std::string>(), HasSubstr("is there already"));
    EXPECT_EQ(status, 409);
    begin("link");
    EXPECT_EQ(status, 409);
    EXPECT_TRUE(spool.backed_up.empty());
}

TEST_F(BackupDeskTest, APlaceThatOthersMayWriteToIsNone) {
    ASSERT_EQ(::chmod(directory.path().c_str(), 0777), 0);
    const auto place = place_within(directory.path(), (directory / "x").string());
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().message, HasSubstr("nobody else may write"));
}

TEST_F(BackupDeskTest, WithoutAConfiguredPlaceNoneIsMade) {
    const auto place = place_within({}, (directory / "x").string());
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().message, HasSubstr("spool.backup_directory"));
}

}  // namespace
}  // namespace hookline::status
