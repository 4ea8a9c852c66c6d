// Every row of "Toward Logz.io": what an answer means for the lines that were sent.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "logzio/http_date.h"
#include "logzio/listener.h"

namespace hookline::logzio {
namespace {

using namespace std::chrono_literals;

// Sun, 06 Nov 1994 08:49:37 GMT
constexpr WallTime now = WallTime(std::chrono::seconds(784'111'777));

net::ClientOutcome answer(int status, std::string body = "", std::vector<net::Header> headers = {}) {
    net::ClientAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    for (net::Header& header : headers) answer.headers.add(std::move(header.name), std::move(header.value));
    net::ClientOutcome outcome;
    outcome.answer = std::move(answer);
    return outcome;
}

template <class Meaning>
bool means(const net::ClientOutcome& outcome, std::size_t lines = 3) {
    return std::holds_alternative<Meaning>(verdict_of(outcome, lines, now).meaning);
}

std::chrono::seconds wait_of(std::vector<net::Header> headers, int status = 429) {
    return std::get<RetryLater>(verdict_of(answer(status, "", std::move(headers)), 1, now).meaning).at_least;
}

TEST(VerdictTable, AnySuccessIsDelivered) {
    for (const int status : {200, 201, 202, 204, 299}) EXPECT_TRUE(means<Delivered>(answer(status))) << status;
    EXPECT_TRUE(means<Delivered>(answer(200, "ok", {{"Content-Type", "text/plain"}})));
}

TEST(VerdictTable, ASuccessWithAPageIsNoListener) {
    EXPECT_TRUE(means<Refused>(answer(200, "<!DOCTYPE html><html>Sign in to Wi-Fi</html>")));
    EXPECT_TRUE(means<Refused>(answer(200, "\xEF\xBB\xBF \r\n <HTML>")));
    EXPECT_TRUE(means<Refused>(answer(200, "", {{"content-type", "Text/HTML; charset=utf-8"}})));
}

TEST(VerdictTable, A400WhoseCountersAddUpIsPartlyAccepted) {
    const auto verdict = verdict_of(
        answer(400, R"({"malformedLines":1,"successfulLines":230,"oversizedLines":2,"emptyLogLines":4})"), 237, now);
    const auto& partly = std::get<PartlyAccepted>(verdict.meaning);
    EXPECT_EQ(partly.accepted, 230U);
    EXPECT_EQ(partly.malformed, 1U);
    EXPECT_EQ(partly.oversized, 2U);
    EXPECT_EQ(partly.empty, 4U);
    EXPECT_EQ(partly.bad(), 7U);
    EXPECT_EQ(verdict.status, 400);
}

TEST(VerdictTable, CountersMayBeAbsentAsSeenLive) {
    EXPECT_TRUE(
        means<PartlyAccepted>(answer(400, R"({"malformedLines":0,"oversizedLines":1,"successfulLines":233})"), 234));
    EXPECT_TRUE(means<PartlyAccepted>(answer(400, R"({"malformedLines":3})"), 3));
    EXPECT_TRUE(means<PartlyAccepted>(answer(400, R"( {"successfulLines":3,"note":"x","more":[1]} )"), 3));
}

TEST(VerdictTable, CountersThatDoNotAddUpAreNotUnderstood) {
    for (const char* body :
         {R"({"malformedLines":1,"successfulLines":3})", R"({"malformedLines":1,"successfulLines":1})", "{}",
          R"({"unknown":3})", R"({"malformedLines":-1,"successfulLines":4})",
          R"({"malformedLines":"1","successfulLines":2})", R"({"malformedLines":1.5,"successfulLines":2})",
          R"({"malformedLines":18446744073709551615,"oversizedLines":1,"successfulLines":3})",
          R"([{"successfulLines":3}])", R"({"successfulLines":3)", "", "Bad Request", "<html>400</html>",
          R"({"successfulLines":null,"malformedLines":3})"}) {
        EXPECT_TRUE(means<NotUnderstood>(answer(400, body), 3)) << body;
    }
}

TEST(VerdictTable, AuthorizationRefusalsAreAboutTheToken) {
    EXPECT_TRUE(means<TokenRejected>(answer(401, "Logging token is not valid")));
    EXPECT_TRUE(means<TokenRejected>(answer(403)));
}

TEST(VerdictTable, A413IsTooLarge) { EXPECT_TRUE(means<TooLarge>(answer(413))); }

TEST(VerdictTable, TroubleThatPassesIsTriedLater) {
    for (const int status : {408, 429, 500, 502, 503, 504, 599}) EXPECT_TRUE(means<RetryLater>(answer(status)));
}

TEST(VerdictTable, NoAnswerIsTriedLaterAndSaysWhetherItMayHaveBeenTaken) {
    net::ClientOutcome outcome;
    outcome.failure = {"could not connect to listener.example port 8071", true, false};
    auto verdict = verdict_of(outcome, 3, now);
    EXPECT_FALSE(std::get<RetryLater>(verdict.meaning).may_have_been_taken);
    EXPECT_EQ(verdict.status, 0);
    EXPECT_EQ(verdict.answer, "could not connect to listener.example port 8071");

    outcome.failure.nothing_sent = false;
    verdict = verdict_of(outcome, 3, now);
    EXPECT_TRUE(std::get<RetryLater>(verdict.meaning).may_have_been_taken);
}

TEST(VerdictTable, AnythingElseIsRefused) {
    for (const int status : {300, 301, 302, 307, 402, 404, 405, 407, 410, 418, 451, 600, 999}) {
        EXPECT_TRUE(means<Refused>(answer(status))) << status;
    }
}

TEST(VerdictTable, RetryAfterIsReadInSecondsAndAsADate) {
    EXPECT_EQ(wait_of({}), 0s);
    EXPECT_EQ(wait_of({{"Retry-After", "17"}}), 17s);
    EXPECT_EQ(wait_of({{"retry-after", " 17 "}}, 503), 17s);
    EXPECT_EQ(wait_of({{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}), 30s);
}

TEST(VerdictTable, ADateIsMeasuredByTheListenersOwnClock) {
    EXPECT_EQ(wait_of({{"Date", "Tue, 06 Nov 2035 10:00:00 GMT"}, {"Retry-After", "Tue, 06 Nov 2035 10:00:45 GMT"}}),
              45s);
}

TEST(VerdictTable, AbsurdWaitsAreClamped) {
    EXPECT_EQ(wait_of({{"Retry-After", "86400"}}), 86400s);
    EXPECT_EQ(wait_of({{"Retry-After", "99999999999999999999999999"}}), std::chrono::seconds::max());
    EXPECT_EQ(wait_of({{"Retry-After", "9223372036854775807"}}), std::chrono::seconds::max());
    EXPECT_EQ(wait_of({{"Retry-After", "-5"}}), 0s);
    EXPECT_EQ(wait_of({{"Retry-After", "soon"}}), 0s);
    EXPECT_EQ(wait_of({{"Retry-After", ""}}), 0s);
    EXPECT_EQ(wait_of({{"Retry-After", "Sun, 06 Nov 1994 08:49:00 GMT"}}), 0s);
    EXPECT_GT(wait_of({{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"}}), 24h * 365);
    EXPECT_EQ(wait_of({{"Retry-After", "Sat, 01 Jan 0000 00:00:00 GMT"}}), 0s);
}

TEST(VerdictTable, ReadsTheThreeFormsOfHttpDates) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), now);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), now);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), now);
    for (const char* no_date : {"", "Sun", "Sun, 31 Feb 2026 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                                "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nix 1994 08:49:37 GMT", "1 2 3 4 5 6 7 8"}) {
        EXPECT_FALSE(parse_http_date(no_date)) << no_date;
    }
}

}  // namespace
}  // namespace hookline::logzio
