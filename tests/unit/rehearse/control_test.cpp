// The emulator's control interface.
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/secret.h"
#include "base/time_text.h"
#include "raw_client.h"
#include "rehearse/logzio_emulator.h"

namespace hookline::rehearse {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string target = std::string("/?token=") + test_token + "&type=okta";

std::string line(const std::string& uuid, std::chrono::hours ago = std::chrono::hours(0)) {
    return R"({"type":"okta","@timestamp":")" + format_rfc3339(SystemClock().wall() - ago) +
           R"(","message":"hello","eventType":"user.session.start","eventId":"e-)" + uuid + R"(","actor":{"id":"00u)" +
           uuid + R"("},"uuid":")" + uuid + "\"}\n";
}

class ControlInterface : public testing::Test {
 protected:
    ControlInterface() {
        LogzioEmulatorOptions options;
        options.regions["us"] = {"127.0.0.1", 0};
        options.control = net::Endpoint{"127.0.0.1", 0};
        auto started = LogzioEmulator::start(options);
        EXPECT_TRUE(started);
        emulator = std::move(*started);
    }
    [[nodiscard]] RawAnswer get(const std::string& path, const std::string& headers = "") const {
        return RawClient(emulator->control()->port).get(path, headers);
    }
    RawAnswer post(const std::string& path, const std::string& body, const std::string& headers = "") const {
        return RawClient(emulator->control()->port).post(path, body, headers);
    }
    RawAnswer remove(const std::string& path) const {
        RawClient client(emulator->control()->port);
        client.send("DELETE " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        return client.receive();
    }
    void deliver(const std::string& lines) const { RawClient(emulator->url("us")).post(target, lines); }
    [[nodiscard]] json search(const std::string& query) const {
        return json::parse(post("/v1/search", query, "X-API-TOKEN: " + std::string(test_token) + "\r\n").body);
    }

    std::unique_ptr<LogzioEmulator> emulator;
};

TEST_F(ControlInterface, ReportsWhatCame) {
    deliver(line("1") + line("1") + "oops\n");
    const json report = json::parse(get("/report").body);
    EXPECT_EQ(report["lines"], 2);
    EXPECT_EQ(report["duplicates"], 1);
    EXPECT_EQ(report["malformed_lines"], 1);
    EXPECT_EQ(report["answers"]["400"], 1);
}

TEST_F(ControlInterface, FindsLinesByUuidAndEventId) {
    deliver(line("1") + line("2"));
    const json by_uuid = json::parse(get("/lines?uuid=2").body);
    ASSERT_EQ(by_uuid["lines"].size(), 1U);
    EXPECT_EQ(by_uuid["lines"][0]["account"], Secret(test_token).fingerprint());
    EXPECT_THAT(by_uuid["lines"][0]["line"].get<std::string>(), HasSubstr(R"("uuid":"2")"));
    EXPECT_EQ(json::parse(get("/lines?eventId=e-1").body)["lines"].size(), 1U);
    EXPECT_EQ(json::parse(get("/lines?uuid=9").body)["lines"].size(), 0U);
    EXPECT_EQ(json::parse(get("/lines?last=1").body)["lines"].size(), 1U);
}

TEST_F(ControlInterface, FindsTheLinesThatWouldBeTagged) {
    deliver(line("1") + "{\"uuid\":\"2\"}\n");
    const json invalid = json::parse(get("/lines?invalid=1").body);
    ASSERT_EQ(invalid["lines"].size(), 1U);
    EXPECT_EQ(invalid["lines"][0]["tags"], json::array({"FIELDS_MISSING"}));
}

TEST_F(ControlInterface, ListsRequestsWithHeadersAndWithoutTokens) {
    RawClient(emulator->url("us")).post(target, line("1"), "User-Agent: tester/1\r\n");
    const RawAnswer answer = get("/requests");
    const json requests = json::parse(answer.body)["requests"];
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0]["answer"], 200);
    EXPECT_EQ(requests[0]["type"], "okta");
    EXPECT_THAT(requests[0]["headers"], testing::Contains(json::array({"User-Agent", "tester/1"})));
    EXPECT_THAT(answer.body, Not(HasSubstr(test_token)));
}

TEST_F(ControlInterface, SetsListsAndRemovesFaults) {
    const std::string fault =
        R"({"kind":"status","status":503,"retry_after":7,"token":")" + std::string(test_token) + "\"}";
    const json set = json::parse(post("/faults", fault).body);
    EXPECT_EQ(RawClient(emulator->url("us")).post(target, line("1")).header("Retry-After"), "7");
    const RawAnswer listed = get("/faults");
    EXPECT_EQ(json::parse(listed.body)["faults"][0]["hits"], 1);
    EXPECT_THAT(listed.body, Not(HasSubstr(test_token)));
    EXPECT_EQ(remove("/faults/" + set["id"].dump()).status, 200);
    EXPECT_EQ(RawClient(emulator->url("us")).post(target, line("1")).status, 200);
    post("/faults", R"({"kind":"html"})");
    remove("/faults");
    EXPECT_EQ(json::parse(get("/faults").body)["faults"].size(), 0U);
}

TEST_F(ControlInterface, SaysWhatIsWrongWithAFault) {
    EXPECT_EQ(post("/faults", "{").status, 400);
    const RawAnswer answer = post("/faults", R"({"kind":"nonsense"})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("nonsense"));
}

TEST_F(ControlInterface, SurvivesJsonOfAnyDepth) {
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    post("/faults", R"({"kind":"html","x":)" + deep + "}");
    post("/v1/search", R"({"query":)" + deep + "}", "X-API-TOKEN: any\r\n");
    remove("/faults");
    deliver(R"({"uuid":"deep","x":)" + deep + "}\n");
    post("/v1/search", R"({"query":{"term":{"x":"1"}}})", "X-API-TOKEN: any\r\n");
    EXPECT_EQ(json::parse(get("/report").body)["lines"], 1);
    EXPECT_EQ(get("/lines?uuid=deep").status, 200);
}

TEST_F(ControlInterface, ForgetsEverythingOnReset) {
    deliver(line("1"));
    post("/faults", R"({"kind":"html"})");
    EXPECT_EQ(post("/reset", "").status, 200);
    EXPECT_EQ(json::parse(get("/report").body)["lines"], 0);
    deliver(line("1"));
    EXPECT_EQ(json::parse(get("/report").body)["lines"], 1);
    EXPECT_EQ(json::parse(get("/report").body)["duplicates"], 0);
}

TEST_F(ControlInterface, SearchesLikeTheRealOne) {
    deliver(line("1") + line("2"));
    const json found = search(
        R"({"query":{"query_string":{"query":"type:okta AND eventType:user.session.start AND actor.id:\"00u2\""}},"size":5})");
    EXPECT_EQ(found["hits"]["total"], 1);
    EXPECT_EQ(found["hits"]["hits"][0]["_source"]["uuid"], "2");
    EXPECT_EQ(search(R"({"query":{"match_all":{}},"size":1})")["hits"]["total"], 2);
    EXPECT_EQ(search(R"({"query":{"match_all":{}},"size":1})")["hits"]["hits"].size(), 1U);
    EXPECT_EQ(
        search(
            R"({"query":{"bool":{"must":[{"match":{"eventId":"e-1"}},{"term":{"type":"okta"}}]}}})")["hits"]["total"],
        1);
}

TEST_F(ControlInterface, SearchNeedsAToken) {
    EXPECT_EQ(post("/v1/search", R"({"query":{"match_all":{}}})").status, 401);
    deliver(line("1"));
    const std::string other = "X-API-TOKEN: " + std::string(32, 'z') + "\r\n";
    const json elsewhere = json::parse(post("/v1/search", R"({"query":{"match_all":{}}})", other).body);
    EXPECT_EQ(elsewhere["hits"]["total"], 0) << "another account's documents";
}

TEST_F(ControlInterface, SearchLooksAtTodayAndYesterdayOnly) {
    deliver(line("old", std::chrono::hours(72)));
    EXPECT_EQ(search(R"({"query":{"match_all":{}}})")["hits"]["total"], 0);
    const auto from = format_rfc3339(SystemClock().wall() - std::chrono::hours(72) - std::chrono::minutes(1));
    const auto to = format_rfc3339(SystemClock().wall() - std::chrono::hours(71));
    EXPECT_EQ(search(R"({"query":{"range":{"@timestamp":{"gte":")" + from + R"(","lte":")" + to +
                     R"("}}}})")["hits"]["total"],
              1);
}

TEST_F(ControlInterface, SearchRefusesWhatItCannotAnswer) {
    const std::string token = "X-API-TOKEN: any\r\n";
    for (const char* query :
         {"{", "{}", R"({"query":7})", R"({"query":{"fuzzy":{}}})",
          R"({"query":{"query_string":{"query":"no colon"}}})", R"({"query":{"query_string":{"query":"a:*b"}}})",
          R"({"query":{"range":{"@timestamp":{"gte":5}}}})"}) {
        EXPECT_EQ(post("/v1/search", query, token).status, 400) << query;
    }
}

TEST_F(ControlInterface, TellsAStrangerWhatIsHere) {
    EXPECT_EQ(get("/nothing").status, 404);
    EXPECT_THAT(get("/nothing").body, HasSubstr("/report"));
}

}  // namespace
}  // namespace hookline::rehearse
