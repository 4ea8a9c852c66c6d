// The listener's rules, in the order of the facts' section 6, seen through bare sockets.
#include "rehearse/logzio_emulator.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "raw_client.h"
#include "support/temp_directory.h"

namespace hookline::rehearse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

const std::string target = std::string("/?token=") + test_token + "&type=okta";
const std::string good = R"({"type":"okta","@timestamp":"2026-11-22T10:00:00.123Z","message":"hello","uuid":"a"})";

std::string good_line(const std::string& uuid, const std::string& more = "") {
    return R"({"type":"okta","@timestamp":"2026-11-22T10:00:00.123Z","message":"hello","uuid":")" + uuid + "\"" + more +
           "}\n";
}

std::unique_ptr<LogzioEmulator> start(LogzioEmulatorOptions options = {}) {
    if (options.regions.empty()) options.regions["us"] = {"127.0.0.1", 0};
    auto emulator = LogzioEmulator::start(std::move(options));
    EXPECT_TRUE(emulator) << emulator.error().message;
    return std::move(*emulator);
}

TEST(LogzioEmulator, TakesGoodLinesWith200AndAnEmptyBody) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    const RawAnswer answer = client.post(target, good_line("1") + good_line("2"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(emulator->report().lines, 2U);
    EXPECT_EQ(emulator->report().distinct_uuids, 2U);
    EXPECT_EQ(emulator->times_seen("us", test_token, "2"), 1U);
}

TEST(LogzioEmulator, KeepsTheConnectionForFurtherRequests) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    for (const char* uuid : {"1", "2", "3"}) EXPECT_EQ(client.post(target, good_line(uuid)).status, 200);
    EXPECT_EQ(emulator->report().connections, 1U);
    EXPECT_EQ(emulator->report().requests, 3U);
}

TEST(LogzioEmulator, RefusesOtherMethods) {
    const auto emulator = start();
    EXPECT_EQ(RawClient(emulator->url("us")).get(target).status, 405);
}

TEST(LogzioEmulator, SaysWhenTheTokenIsMissing) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    for (const char* each : {"/", "/?token=", "/?type=okta"}) {
        const RawAnswer answer = client.post(each, good_line("1"));
        EXPECT_EQ(answer.status, 401);
        EXPECT_EQ(answer.body, "Logging token is missing");
    }
    EXPECT_EQ(emulator->report().lines, 0U);
}

TEST(LogzioEmulator, RefusesATokenOfAnotherRegion) {
    LogzioEmulatorOptions options;
    options.regions = {{"us", {"127.0.0.1", 0}}, {"eu", {"127.0.0.1", 0}}};
    options.tokens = {std::string("eu:") + test_token};
    const auto emulator = start(options);
    const RawAnswer refused = RawClient(emulator->url("us")).post(target, good_line("1"));
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.body, "Logging token is not valid");
    EXPECT_EQ(RawClient(emulator->url("eu")).post(target, good_line("1")).status, 200);
    EXPECT_THAT(emulator->report().regions, ElementsAre(Pair("eu", 1U)));
}

TEST(LogzioEmulator, DecodesThePercentsOfAToken) {
    const auto emulator = start();
    const std::string coded = "/?type=okta&token=%41" + std::string(test_token).substr(1);
    EXPECT_EQ(RawClient(emulator->url("us")).post(coded, good_line("1")).status, 200);
}

TEST(LogzioEmulator, AcceptsOnlyWellFormedTokensWhenNoneAreListed) {
    const auto emulator = start();
    EXPECT_EQ(RawClient(emulator->url("us")).post("/?token=short", good_line("1")).status, 401);
}

TEST(LogzioEmulator, Answers413EarlyWhenTheDeclaredBodyIsTooLarge) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10485761\r\n\r\nonly the beginning");
    const RawAnswer answer = client.receive();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.header("Connection"), "close");
}

TEST(LogzioEmulator, CountsInflatedBytesInTheStrictReadingAndNotInTheWireReading) {
    const std::string large = good_line("1", R"(,"x":")" + std::string(400'000, 'x') + "\"");
    std::string body;
    while (body.size() <= 10'485'760) body += large;
    for (const auto& [reading, status] : {std::pair{"either", 413}, {"inflated", 413}, {"wire", 200}}) {
        LogzioEmulatorOptions options;
        options.size_reading = reading;
        const auto emulator = start(options);
        RawClient client(emulator->url("us"));
        EXPECT_EQ(client.post(target, gzip(body), "Content-Encoding: gzip\r\n").status, status) << reading;
    }
}

TEST(LogzioEmulator, InflatesGzipOfSeveralMembers) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    const std::string body = gzip(good_line("1")) + gzip(good_line("2"));
    EXPECT_EQ(client.post(target, body, "Content-Encoding: gzip\r\n").status, 200);
    EXPECT_EQ(emulator->report().lines, 2U);
}

TEST(LogzioEmulator, RefusesBrokenGzipAndOtherCodings) {
    const auto emulator = start();
    const std::string whole = gzip(good_line("1"));
    RawClient client(emulator->url("us"));
    EXPECT_EQ(client.post(target, whole.substr(0, whole.size() - 4), "Content-Encoding: gzip\r\n").status, 400);
    EXPECT_EQ(client.post(target, "not gzip", "Content-Encoding: gzip\r\n").status, 400);
    EXPECT_EQ(client.post(target, good_line("1"), "Content-Encoding: br\r\n").status, 400);
    EXPECT_EQ(emulator->report().lines, 0U);
}

TEST(LogzioEmulator, ReadsChunkedBodies) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    std::ostringstream size;
    size << std::hex << good_line("1").size();
    client.send("POST " + target + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + size.str() + "\r\n" +
                good_line("1") + "\r\n0\r\n\r\n");
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_EQ(emulator->report().lines, 1U);
}

TEST(LogzioEmulator, InvitesTheBodyOfAnExpectingClientUnlessItIsRefused) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    const std::string head =
        " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(good_line("1").size()) +
        "\r\n\r\n";
    client.send("POST " + target + head);
    EXPECT_EQ(client.receive().status, 100);
    client.send(good_line("1"));
    EXPECT_EQ(client.receive().status, 200);
    client.send("POST /?token=short" + head);
    EXPECT_EQ(client.receive().status, 401);
}

TEST(LogzioEmulator, AcceptsGoodLinesBesideBadOnesAndCountsEachKind) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    const std::string body = good_line("1") + "[1,2]\n" + "{\"a\":1}{\"b\":2}\n" + "{\n" + "  \n" + "\"text\"\n" +
                             "{\"bad\":\"\xff\"}\n" + good_line("2", R"(,"x":")" + std::string(500'000, 'x') + "\"") +
                             good_line("3");
    const RawAnswer answer = client.post(target, body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.header("Content-Type"), "application/json");
    EXPECT_EQ(answer.body, R"({"malformedLines":5,"oversizedLines":1,"successfulLines":2,"emptyLogLines":1})");
    EXPECT_EQ(emulator->times_seen("us", test_token, "1"), 1U);
    EXPECT_EQ(emulator->times_seen("us", test_token, "2"), 0U);
    EXPECT_EQ(emulator->times_seen("us", test_token, "3"), 1U);
}

TEST(LogzioEmulator, CanAnswerInTheShapeThatWasSeenLive) {
    LogzioEmulatorOptions options;
    options.three_counters = true;
    const auto emulator = start(options);
    RawClient client(emulator->url("us"));
    EXPECT_EQ(client.post(target, "oops\n").body, R"({"malformedLines":1,"oversizedLines":0,"successfulLines":0})");
}

TEST(LogzioEmulator, TakesCarriageReturnsAndNoFinalNewline) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    EXPECT_EQ(client.post(target, good + "\r\n" + good).status, 200);
    EXPECT_EQ(emulator->report().lines, 2U);
}

TEST(LogzioEmulator, AnswersBlankBodiesAsItIsTold) {
    for (const int status : {200, 400}) {
        LogzioEmulatorOptions options;
        options.blank_status = status;
        const auto emulator = start(options);
        RawClient client(emulator->url("us"));
        EXPECT_EQ(client.post(target, "").status, status);
        EXPECT_EQ(client.post(target, "\n \n").status, status);
    }
}

TEST(LogzioEmulator, TakesTheTypeFromTheDocumentThenTheUrlThenItsDefault) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    const std::string untyped = "{\"@timestamp\":\"2026-11-22T10:00:00Z\"}\n";
    client.post("/?token=" + std::string(test_token) + "&type=other", good_line("1"));
    client.post(target, untyped);
    client.post("/?token=" + std::string(test_token), untyped);
    EXPECT_THAT(emulator->report().types, UnorderedElementsAre(Pair("okta", 2U), Pair("http-bulk", 1U)));
    EXPECT_EQ(emulator->report().type_differs, 1U);
}

TEST(LogzioEmulator, CanPreferTheTypeOfTheUrl) {
    LogzioEmulatorOptions options;
    options.url_type_wins = true;
    const auto emulator = start(options);
    RawClient(emulator->url("us")).post("/?token=" + std::string(test_token) + "&type=other", good_line("1"));
    EXPECT_THAT(emulator->report().types, ElementsAre(Pair("other", 1U)));
}

TEST(LogzioEmulator, TellsConflictsOfTypesWithinAnAccountAndNotAcrossAccounts) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    const std::string other = "/?token=" + std::string(32, 'z') + "&type=okta";
    EXPECT_EQ(client.post(target, good_line("1", R"(,"a":{"b":1})")).status, 200);
    EXPECT_EQ(client.post(other, good_line("2", R"(,"a":{"b":"text"})")).status, 200);
    EXPECT_EQ(emulator->report().invalid_documents, 0U);
    EXPECT_EQ(client.post(target, good_line("3", R"(,"a":{"b":"text"})")).status, 200);
    EXPECT_EQ(emulator->report().invalid_documents, 1U);
    EXPECT_THAT(emulator->report().tags, ElementsAre(Pair("mapping-conflict", 1U)));
    EXPECT_THAT(emulator->report().conflicts, ElementsAre(Pair("a.b: number, then string", 1U)));
}

TEST(LogzioEmulator, CountsCopiesOfADocumentWithinAnAccount) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    const std::string uuid = "dc9fd3c0-598c-11ef-8478-2b7584bf8d5a";
    client.post(target, good_line(uuid) + good_line(uuid));
    client.post(target, good_line(uuid));
    client.post("/?token=" + std::string(32, 'z'), good_line(uuid));
    EXPECT_EQ(emulator->report().distinct_uuids, 2U);
    EXPECT_EQ(emulator->report().duplicates, 2U);
    EXPECT_EQ(emulator->times_seen("us", test_token, uuid), 3U);
}

TEST(LogzioEmulator, SaysWhenMoreCameThanItRemembers) {
    LogzioEmulatorOptions options;
    options.documents_max = 2;
    const auto emulator = start(options);
    RawClient(emulator->url("us")).post(target, good_line("1") + good_line("2") + good_line("3"));
    EXPECT_EQ(emulator->report().distinct_uuids, 2U);
    EXPECT_EQ(emulator->report().not_remembered, 1U);
}

TEST(LogzioEmulator, CanLetOversizedLinesArriveAsInvalidDocuments) {
    LogzioEmulatorOptions options;
    options.oversized_arrive = true;
    const auto emulator = start(options);
    const std::string line = good_line("1", R"(,"x":")" + std::string(500'000, 'x') + "\"");
    EXPECT_EQ(RawClient(emulator->url("us")).post(target, line).status, 400);
    EXPECT_EQ(emulator->times_seen("us", test_token, "1"), 1U);
    EXPECT_THAT(emulator->report().tags, testing::Contains(Pair("oversized", 1U)));
}

TEST(LogzioEmulator, WritesEveryAcceptedLineToAFile) {
    const test::TempDirectory directory;
    LogzioEmulatorOptions options;
    options.lines_file = directory.path() / "lines.ndjson";
    const auto emulator = start(options);
    RawClient(emulator->url("us")).post(target, good_line("1") + "oops\n" + good_line("2"));
    emulator->flush();
    std::ostringstream text;
    text << std::ifstream(*options.lines_file).rdbuf();
    EXPECT_EQ(text.str(), good_line("1") + good_line("2"));
}

TEST(LogzioEmulator, CanWriteWhereEachLineCameFromWithoutTheToken) {
    const test::TempDirectory directory;
    LogzioEmulatorOptions options;
    options.lines_file = directory.path() / "lines.ndjson";
    options.lines_file_with_account = true;
    auto emulator = start(options);
    RawClient(emulator->url("us")).post(target, good_line("1"));
    emulator.reset();
    std::ostringstream text;
    text << std::ifstream(*options.lines_file).rdbuf();
    EXPECT_THAT(text.str(), HasSubstr(R"({"region":"us","account":")"));
    EXPECT_THAT(text.str(), HasSubstr(R"("line":{"type":"okta")"));
    EXPECT_THAT(text.str(), Not(HasSubstr(test_token)));
}

TEST(LogzioEmulator, ListensOnLoopbackOnly) {
    LogzioEmulatorOptions options;
    options.regions["us"] = {"0.0.0.0", 0};
    const auto refused = LogzioEmulator::start(options);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("loopback only"));
}

TEST(LogzioEmulator, RefusesAPortThatIsTaken) {
    const auto first = start();
    const std::string url = first->url("us");
    LogzioEmulatorOptions options;
    options.regions["us"] = {"127.0.0.1", static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)))};
    const auto second = LogzioEmulator::start(options);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("already in use"));
}

TEST(LogzioEmulator, RefusesOptionsThatMakeNoSense) {
    LogzioEmulatorOptions options;
    EXPECT_FALSE(LogzioEmulator::start(options));
    options.regions["us"] = {"127.0.0.1", 0};
    options.tokens = {std::string("eu:") + test_token};
    const auto refused = LogzioEmulator::start(options);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, Not(HasSubstr(test_token)));
}

TEST(LogzioEmulator, AnswersAHeadThatIsNoHttpWith400AndCloses) {
    const auto emulator = start();
    RawClient client(emulator->url("us"));
    client.send("nonsense\r\n\r\n");
    EXPECT_EQ(client.receive().status, 400);
    EXPECT_EQ(client.receive_all(), "");
}

TEST(LogzioEmulator, SendsTheDate) {
    const auto emulator = start();
    const RawAnswer answer = RawClient(emulator->url("us")).post(target, good_line("1"));
    EXPECT_THAT(answer.header("Date"), testing::MatchesRegex("[A-Z][a-z][a-z], [0-9][0-9] [A-Z].*GMT"));
}

}  // namespace
}  // namespace hookline::rehearse
