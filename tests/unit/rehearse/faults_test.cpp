// Every fault of the emulated listener, seen through bare sockets.
#include <array>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "raw_client.h"
#include "rehearse/logzio_emulator.h"

namespace hookline::rehearse {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

const std::string target = std::string("/?token=") + test_token + "&type=okta";
const std::string other_target = "/?token=" + std::string(32, 'z') + "&type=okta";

std::string line(const std::string& uuid) {
    return R"({"type":"okta","@timestamp":"2026-11-22T10:00:00Z","message":"hello","uuid":")" + uuid + "\"}\n";
}

class Faults : public testing::Test {
 protected:
    Faults() {
        LogzioEmulatorOptions options;
        options.regions = {{"us", {"127.0.0.1", 0}}, {"eu", {"127.0.0.1", 0}}};
        auto started = LogzioEmulator::start(options);
        EXPECT_TRUE(started);
        emulator = std::move(*started);
    }
    std::uint64_t set(const std::string& kind, std::map<std::string, std::string> settings = {}, int status = 0) {
        Fault fault;
        fault.kind = kind;
        fault.status = status;
        fault.settings = std::move(settings);
        const std::uint64_t id = emulator->add_fault(fault);
        EXPECT_NE(id, 0U) << kind;
        return id;
    }
    [[nodiscard]] std::string us() const { return emulator->url("us"); }
    [[nodiscard]] std::uint64_t lines() const { return emulator->report().lines; }

    std::unique_ptr<LogzioEmulator> emulator;
};

TEST_F(Faults, AnUnknownKindOrASenselessSettingIsRefused) {
    Fault fault;
    fault.kind = "no such thing";
    EXPECT_EQ(emulator->add_fault(fault), 0U);
    fault.kind = "status";
    EXPECT_EQ(emulator->add_fault(fault), 0U);
    fault.kind = "slow_read";
    for (const char* senseless : {"fast", "-1", "1000000000000"}) {
        fault.settings["bytes_per_second"] = senseless;
        EXPECT_EQ(emulator->add_fault(fault), 0U) << senseless;
    }
    fault.kind = "huge_answer";
    fault.settings = {{"bytes", "-1"}};
    EXPECT_EQ(emulator->add_fault(fault), 0U);
}

TEST_F(Faults, AStatusAnswersWithoutTakingLines) {
    RawClient client(us());
    for (const int status : {400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504}) {
        emulator->clear_faults();
        set("status", {}, status);
        EXPECT_EQ(client.post(target, line("1")).status, status);
    }
    EXPECT_EQ(lines(), 0U);
    emulator->clear_faults();
    EXPECT_EQ(client.post(target, line("1")).status, 200);
}

TEST_F(Faults, AStatusMayBringABodyThatIsNoJson) {
    set("status", {{"body", "<oops>"}, {"content_type", "text/html"}}, 400);
    const RawAnswer answer = RawClient(us()).post(target, line("1"));
    EXPECT_EQ(answer.body, "<oops>");
    EXPECT_EQ(answer.header("Content-Type"), "text/html");
}

TEST_F(Faults, RetryAfterMayBeSecondsADateOrNonsense) {
    RawClient client(us());
    for (const std::string value : {"7", "-1", "99999999999999999999", "soon"}) {
        emulator->clear_faults();
        set("status", {{"retry_after", value}}, 429);
        EXPECT_EQ(client.post(target, line("1")).header("Retry-After"), value);
    }
    emulator->clear_faults();
    set("status", {{"retry_after", "date+30"}}, 503);
    EXPECT_THAT(client.post(target, line("1")).header("Retry-After"), HasSubstr(" GMT"));
    emulator->clear_faults();
    set("status", {}, 429);
    EXPECT_EQ(client.post(target, line("1")).header("Retry-After"), "");
}

TEST_F(Faults, ARedirectNamesAnotherPlace) {
    set("status", {{"location", "http://127.0.0.1:1/"}}, 301);
    const RawAnswer answer = RawClient(us()).post(target, line("1"));
    EXPECT_EQ(answer.status, 301);
    EXPECT_EQ(answer.header("Location"), "http://127.0.0.1:1/");
}

TEST_F(Faults, AnEarlyStatusComesBeforeTheBody) {
    set("status", {{"early", "1"}}, 503);
    RawClient client(us());
    client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    EXPECT_EQ(client.receive().status, 503);
}

TEST_F(Faults, OtherSuccessesTakeTheLines) {
    RawClient client(us());
    set("status", {}, 202);
    EXPECT_EQ(client.post(target, line("1")).status, 202);
    emulator->clear_faults();
    set("status", {}, 204);
    EXPECT_EQ(client.post(target, line("2")).status, 204);
    EXPECT_EQ(client.post(target, line("3")).status, 204);
    EXPECT_EQ(lines(), 3U);
}

TEST_F(Faults, APageOf200TakesNothing) {
    set("html");
    const RawAnswer answer = RawClient(us()).post(target, line("1"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, HasSubstr("<html>"));
    EXPECT_EQ(lines(), 0U);
}

TEST_F(Faults, CountersMaySayAnything) {
    RawClient client(us());
    const std::uint64_t all = set("counters");
    EXPECT_EQ(client.post(target, line("1") + line("2")).body,
              R"({"malformedLines":2,"oversizedLines":0,"successfulLines":0,"emptyLogLines":0})");
    emulator->remove_fault(all);
    set("counters", {{"malformed", "1"}, {"successful", "7"}, {"commit", "1"}});
    EXPECT_EQ(client.post(target, line("1")).body,
              R"({"malformedLines":1,"oversizedLines":0,"successfulLines":7,"emptyLogLines":0})");
    EXPECT_EQ(lines(), 1U);
}

TEST_F(Faults, PoisonRefusesTheLinesThatHoldIt) {
    set("poison", {{"text", "\"uuid\":\"2\""}});
    const RawAnswer answer = RawClient(us()).post(target, line("1") + line("2") + line("3"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr(R"("malformedLines":1)"));
    EXPECT_EQ(lines(), 2U);
}

TEST_F(Faults, ASpentQuotaDropsLinesBehindA200OrWithAStatus) {
    RawClient client(us());
    const std::uint64_t silent = set("quota", {{"bytes", std::to_string(line("1").size())}});
    EXPECT_EQ(client.post(target, line("1")).status, 200);
    EXPECT_EQ(client.post(target, line("2")).status, 200);
    EXPECT_EQ(client.post(other_target, line("3")).status, 200) << "another account has its own quota";
    EXPECT_EQ(lines(), 2U);
    emulator->remove_fault(silent);
    set("quota", {{"bytes", "0"}}, 429);
    EXPECT_EQ(client.post(target, line("4")).status, 429);
    EXPECT_EQ(lines(), 2U);
}

TEST_F(Faults, AClosedPortRefusesConnectionsBreaksOpenOnesAndOpensAgain) {
    RawClient before(us());
    EXPECT_EQ(before.post(target, line("1")).status, 200);
    Fault fault;
    fault.kind = "refuse_connect";
    fault.region = "us";
    const std::uint64_t id = emulator->add_fault(fault);
    EXPECT_TRUE(RawClient(us()).refused());
    EXPECT_EQ(RawClient(emulator->url("eu")).post(target, line("2")).status, 200);
    EXPECT_EQ(before.receive().status, 0);
    EXPECT_NE(before.end(), RawClient::End::open);
    emulator->remove_fault(id);
    EXPECT_EQ(RawClient(us()).post(target, line("3")).status, 200);
}

TEST_F(Faults, AConnectionMayBeResetAsSoonAsItStands) {
    set("reset_on_accept");
    RawClient client(us());
    client.send_post(target, line("1"));
    EXPECT_EQ(client.receive().status, 0);
    EXPECT_EQ(client.end(), RawClient::End::reset);
}

TEST_F(Faults, AStallEndsWhenItIsReleased) {
    for (const char* kind : {"stall_before_read", "stall_in_upload", "stall_before_answer", "stall_in_answer"}) {
        const std::uint64_t before = lines();
        const std::uint64_t id = set(kind);
        RawClient client(us());
        client.send_post(target, line(kind));
        auto answer = std::async(std::launch::async, [&] { return client.receive(); });
        while (emulator->report().faults[kind] == 0) std::this_thread::yield();
        EXPECT_EQ(answer.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout) << kind;
        const bool taken_first = std::string(kind).find("answer") != std::string::npos;
        EXPECT_EQ(lines(), before + (taken_first ? 1 : 0)) << kind;
        emulator->remove_fault(id);
        EXPECT_EQ(answer.get().status, 200) << kind;
        EXPECT_EQ(lines(), before + 1) << kind;
    }
}

TEST_F(Faults, AStallMayHaveALength) {
    set("stall_before_answer", {{"milliseconds", "30"}});
    EXPECT_EQ(RawClient(us()).post(target, line("1")).status, 200);
}

TEST_F(Faults, AStallEndsWithTheEmulator) {
    set("stall_before_answer");
    RawClient client(us());
    client.send_post(target, line("1"));
    while (emulator->report().faults["stall_before_answer"] == 0) std::this_thread::yield();
    emulator.reset();
    SUCCEED();
}

TEST_F(Faults, ASlowListenerReadsTheBodyDropByDrop) {
    set("slow_read", {{"bytes_per_second", "1000"}});
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(RawClient(us()).post(target, line("1")).status, 200);
    const auto least = std::chrono::milliseconds(line("1").size());
    EXPECT_GE(std::chrono::steady_clock::now() - before, least / 2);
}

TEST_F(Faults, LinesMayBeTakenAndTheConnectionReset) {
    set("commit_then_reset");
    RawClient client(us());
    client.send_post(target, line("1"));
    EXPECT_EQ(client.receive().status, 0);
    EXPECT_EQ(client.end(), RawClient::End::reset);
    EXPECT_EQ(lines(), 1U);
    EXPECT_THAT(emulator->report().answers, Contains(Pair(0, 1U)));
}

TEST_F(Faults, LinesMayBeTakenAndTheConnectionClosed) {
    set("commit_then_close");
    RawClient client(us());
    client.send_post(target, line("1"));
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_EQ(client.end(), RawClient::End::closed);
    EXPECT_EQ(lines(), 1U);
}

TEST_F(Faults, LinesMayBeTakenAndTheAnswerSayOtherwise) {
    set("commit_then_status");
    EXPECT_EQ(RawClient(us()).post(target, line("1")).status, 500);
    EXPECT_EQ(lines(), 1U);
}

TEST_F(Faults, SomeLinesMayBeTakenBeforeAReset) {
    set("partial_commit_then_reset", {{"lines", "2"}});
    RawClient client(us());
    client.send_post(target, line("1") + line("2") + line("3"));
    EXPECT_EQ(client.receive().status, 0);
    EXPECT_EQ(client.end(), RawClient::End::reset);
    EXPECT_EQ(lines(), 2U);
    EXPECT_EQ(emulator->times_seen("us", test_token, "3"), 0U);
}

TEST_F(Faults, TheStatusLineMayBreakOff) {
    set("truncated_status_line");
    RawClient client(us());
    client.send_post(target, line("1"));
    EXPECT_EQ(client.receive_all(), "HTTP/1.1 2");
    EXPECT_EQ(lines(), 1U);
}

TEST_F(Faults, AnAnswerMayBeHuge) {
    set("huge_answer");
    EXPECT_EQ(RawClient(us()).post(target, line("1")).body.size(), 5'000'000U);
}

TEST_F(Faults, AConnectionMayEndAfterSomeRequestsWithOrWithoutAWord) {
    const std::uint64_t announced = set("close_after", {{"requests", "2"}});
    RawClient polite(us());
    EXPECT_EQ(polite.post(target, line("1")).header("Connection"), "keep-alive");
    EXPECT_EQ(polite.post(target, line("2")).header("Connection"), "close");
    EXPECT_EQ(polite.receive_all(), "");
    emulator->remove_fault(announced);
    set("close_after", {{"requests", "1"}, {"announce", "0"}});
    RawClient rude(us());
    EXPECT_EQ(rude.post(target, line("3")).header("Connection"), "keep-alive");
    EXPECT_EQ(rude.receive_all(), "");
}

TEST_F(Faults, AnIdleConnectionMayBeClosed) {
    set("idle_close", {{"milliseconds", "1"}});
    RawClient client(us());
    EXPECT_EQ(client.post(target, line("1")).status, 200);
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_EQ(client.end(), RawClient::End::closed);
}

TEST_F(Faults, TheDateMayBeSkewed) {
    const std::string now = RawClient(us()).post(target, line("1")).header("Date");
    set("skewed_date", {{"seconds", "86400000"}});
    const std::string skewed = RawClient(us()).post(target, line("2")).header("Date");
    ASSERT_EQ(now.size(), skewed.size());
    EXPECT_NE(now.substr(8, 8), skewed.substr(8, 8)) << "a thousand days are in another month or year";
}

TEST_F(Faults, AFaultMayBeMeantForOneTokenOneRegionOrSomeRequests) {
    Fault fault;
    fault.kind = "status";
    fault.status = 503;
    fault.token = test_token;
    fault.region = "us";
    fault.first_request = 2;
    fault.last_request = 3;
    emulator->add_fault(fault);
    RawClient here(us());
    RawClient there(emulator->url("eu"));
    EXPECT_EQ(here.post(target, line("1")).status, 200);        // request 1
    EXPECT_EQ(here.post(target, line("2")).status, 503);        // request 2
    EXPECT_EQ(here.post(other_target, line("3")).status, 200);  // request 3, another token
    EXPECT_EQ(here.post(target, line("4")).status, 200);        // request 4
    for (const char* uuid : {"5", "6", "7"}) EXPECT_EQ(there.post(target, line(uuid)).status, 200);
}

TEST_F(Faults, AStallForOneTokenLeavesOthersAlone) {
    Fault fault;
    fault.kind = "stall_before_read";
    fault.token = test_token;
    emulator->add_fault(fault);
    RawClient stalled(us());
    stalled.send_post(target, line("1"));
    while (emulator->report().faults["stall_before_read"] == 0) std::this_thread::yield();
    EXPECT_EQ(RawClient(us()).post(other_target, line("2")).status, 200);
    emulator->clear_faults();
    EXPECT_EQ(stalled.receive().status, 200);
}

TEST_F(Faults, AFaultMayStrikeAShareOfRequestsOrANumberOfTimes) {
    Fault fault;
    fault.kind = "status";
    fault.status = 500;
    fault.probability = 0.5;
    const std::uint64_t share = emulator->add_fault(fault);
    RawClient client(us());
    int struck = 0;
    for (int request = 0; request < 200; ++request) struck += client.post(target, line("1")).status == 500 ? 1 : 0;
    EXPECT_GT(struck, 50);
    EXPECT_LT(struck, 150);
    emulator->remove_fault(share);
    set("status", {{"times", "1"}}, 500);
    EXPECT_EQ(client.post(target, line("1")).status, 500);
    EXPECT_EQ(client.post(target, line("1")).status, 200);
}

}  // namespace
}  // namespace hookline::rehearse
