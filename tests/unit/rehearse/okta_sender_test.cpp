// What the simulated Okta does to a hook, seen by a small hook that answers as it is told.
#include "rehearse/okta_sender.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/temp_directory.h"
#include "test_hook.h"

namespace hookline::rehearse {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string accepted(const HookRequest&) { return hook_answer(200); }

OktaSenderOptions quick(const TestHook& hook, std::uint64_t deliveries) {
    OktaSenderOptions options;
    options.url = hook.url();
    options.rate = 0;
    options.connections = 1;
    options.deliveries = deliveries;
    options.retry_after = 0ms;
    options.verify_first = false;
    return options;
}

OktaSenderReport run(const OktaSenderOptions& options) {
    auto sender = OktaSender::make(options);
    EXPECT_TRUE(sender) << sender.error().message;
    auto report = (*sender)->run();
    EXPECT_TRUE(report) << report.error().message;
    return *report;
}

std::string problem_of(const OktaSenderOptions& options) {
    auto sender = OktaSender::make(options);
    if (!sender) return sender.error().message;
    const auto report = (*sender)->run();
    return report ? "" : report.error().message;
}

TEST(OktaSender, DeliversAndCounts) {
    TestHook hook(accepted);
    const OktaSenderReport report = run(quick(hook, 20));
    EXPECT_EQ(report.deliveries, 20U);
    EXPECT_EQ(report.acknowledged, 20U);
    EXPECT_EQ(report.acknowledged_events, report.events);
    EXPECT_EQ(report.lost_events, 0U);
    EXPECT_EQ(report.in_flight, 0U);
    EXPECT_TRUE(report.finished);
    EXPECT_GT(report.p50.count(), 0);
    EXPECT_LE(report.p50, report.p99);
    EXPECT_LE(report.p99, report.max);
    EXPECT_EQ(hook.events().size(), report.events);
}

TEST(OktaSender, SendsWhatTheDocumentsShow) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 1);
    options.authorization = Secret("opensesame");
    options.headers = {{"logzio_token", "abc"}, {"logzio_region", "eu"}};
    run(options);
    const HookRequest post = hook.posts().front();
    EXPECT_EQ(post.head.path, "/hook");
    EXPECT_EQ(post.head.query, "x=1");
    EXPECT_EQ(post.head.header("accept"), "application/json");
    EXPECT_EQ(post.head.header("content-type"), "application/json");
    EXPECT_EQ(post.head.header("authorization"), "opensesame");
    EXPECT_EQ(post.head.header("logzio_token"), "abc");
    EXPECT_EQ(post.head.header("logzio_region"), "eu");
    EXPECT_THAT(std::string(post.head.header("user-agent")), HasSubstr("Okta Hook Service v1.0.0 - who"));
    EXPECT_FALSE(post.head.chunked);
    const json envelope = json::parse(post.body);
    EXPECT_EQ(envelope["eventType"], "com.okta.event_hook");
    EXPECT_EQ(envelope["cloudEventsVersion"], "0.1");
    EXPECT_EQ(envelope["contentType"], "application/json");
    EXPECT_THAT(envelope["source"].get<std::string>(),
                testing::StartsWith("https://dev-000000.okta.com/api/v1/eventHooks/who"));
    EXPECT_EQ(envelope["eventId"].get<std::string>().size(), 36U);
}

TEST(OktaSender, VerifiesOnceFirstWithTheHooksOwnHeaders) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 2);
    options.verify_first = true;
    options.authorization = Secret("opensesame");
    options.headers = {{"logzio_token", "abc"}};
    EXPECT_TRUE(run(options).verified);
    const auto requests = hook.requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_EQ(requests[0].head.method, "GET");
    EXPECT_EQ(requests[0].head.header("user-agent"), "Okta-Integrations");
    EXPECT_EQ(requests[0].head.header("authorization"), "opensesame");
    EXPECT_EQ(requests[0].head.header("logzio_token"), "abc");
    EXPECT_EQ(requests[0].head.header("x-okta-verification-challenge").size(), 40U);
    EXPECT_EQ(requests[1].head.method, "POST");
}

TEST(OktaSender, SaysWhatCameInsteadOfAVerification) {
    const auto refused_by = [](const TestHook::Script& gets) {
        TestHook hook(accepted, gets);
        OktaSenderOptions options = quick(hook, 1);
        options.verify_first = true;
        const std::string problem = problem_of(options);
        EXPECT_TRUE(hook.posts().empty());
        return problem;
    };
    EXPECT_THAT(refused_by([](const auto&) { return hook_answer(401, "the authorization is wrong"); }),
                HasSubstr("the hook answered 401: \"the authorization is wrong\""));
    EXPECT_THAT(refused_by([](const auto&) { return hook_answer(200, "hello"); }), HasSubstr("was expected"));
    EXPECT_THAT(refused_by([](const auto&) { return hook_answer(200, R"({"verification":"other"})"); }),
                HasSubstr("was expected"));
    EXPECT_THAT(refused_by([](const auto&) { return hook_answer(204); }), HasSubstr("was expected"));
}

TEST(OktaSender, TriesTheVerificationAgainAfterAnErrorAndNotAfterARefusal) {
    TestHook flaky(accepted, [](const HookRequest& request) {
        return request.number == 0 ? hook_answer(503) : verified(request);
    });
    OktaSenderOptions options = quick(flaky, 1);
    options.verify_first = true;
    EXPECT_TRUE(run(options).verified);
    TestHook strict(accepted, [](const HookRequest&) { return hook_answer(403); });
    options.url = strict.url();
    EXPECT_THAT(problem_of(options), HasSubstr("403"));
    EXPECT_EQ(strict.requests().size(), 1U);
}

TEST(OktaSender, RetriesA5xxOnceWithTheSameBody) {
    TestHook hook([](const HookRequest& request) { return hook_answer(request.number == 0 ? 503 : 200); });
    const OktaSenderReport report = run(quick(hook, 1));
    EXPECT_EQ(report.retried, 1U);
    EXPECT_EQ(report.failed_5xx, 1U);
    EXPECT_EQ(report.acknowledged, 1U);
    EXPECT_EQ(report.lost_events, 0U);
    const auto posts = hook.posts();
    ASSERT_EQ(posts.size(), 2U);
    EXPECT_EQ(posts[0].body, posts[1].body);
}

TEST(OktaSender, GivesUpAfterTheSecond5xx) {
    TestHook hook([](const HookRequest&) { return hook_answer(500, "no"); });
    OktaSenderOptions options = quick(hook, 1);
    options.events_min = options.events_max = 4;
    const OktaSenderReport report = run(options);
    EXPECT_EQ(hook.posts().size(), 2U);
    EXPECT_EQ(report.lost_events, 4U);
    EXPECT_EQ(report.acknowledged, 0U);
    EXPECT_EQ(report.last_problem, "the hook answered 500: \"no\"");
}

TEST(OktaSender, NeverRetriesA4xxOrARedirect) {
    for (const int status : {400, 401, 404, 413, 429, 301}) {
        TestHook hook([&](const HookRequest&) { return hook_answer(status); });
        const OktaSenderReport report = run(quick(hook, 1));
        EXPECT_EQ(hook.posts().size(), 1U) << status;
        EXPECT_EQ(report.refused_4xx, 1U) << status;
        EXPECT_EQ(report.lost_events, report.events) << status;
    }
}

TEST(OktaSender, RetriesATimeoutOnce) {
    TestHook hook([](const HookRequest& request) { return request.number == 0 ? "" : hook_answer(200); });
    OktaSenderOptions options = quick(hook, 1);
    options.time_max = 50ms;
    const OktaSenderReport report = run(options);
    EXPECT_EQ(report.timed_out, 1U);
    EXPECT_EQ(report.acknowledged, 1U);
    EXPECT_EQ(report.connections, 2U) << "a connection that timed out is not used again";
}

TEST(OktaSender, CountsTheRoundTripsOfAFarAwayOktaAgainstTheTime) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 2);
    options.round_trip = 40ms;
    options.time_max = 60ms;  // connecting and posting take two round trips, posting alone one
    const OktaSenderReport report = run(options);
    EXPECT_GT(report.timed_out, 0U);
    options.time_max = 10s;
    const OktaSenderReport patient = run(options);
    EXPECT_EQ(patient.acknowledged, 2U);
    EXPECT_GE(patient.max, 80ms) << "the first had to connect";
    EXPECT_GE(patient.p50, 40ms);
}

TEST(OktaSender, SeesAConnectionThatBreaks) {
    TestHook hook([](const HookRequest& request) { return request.number == 0 ? "reset" : hook_answer(200); });
    const OktaSenderReport report = run(quick(hook, 1));
    EXPECT_EQ(report.unreachable, 1U);
    EXPECT_EQ(report.acknowledged, 1U);
}

TEST(OktaSender, SaysWhenNobodyListens) {
    OktaSenderOptions options;
    {
        TestHook hook(accepted);
        options = quick(hook, 1);
    }
    const OktaSenderReport report = run(options);
    EXPECT_EQ(report.unreachable, 2U);
    EXPECT_EQ(report.lost_events, report.events);
    EXPECT_THAT(report.last_problem, HasSubstr("Connection refused"));
}

TEST(OktaSender, KeepsConnectionsAndObeysTheirEnd) {
    TestHook keeps(accepted);
    EXPECT_EQ(run(quick(keeps, 10)).connections, 1U);
    TestHook closes([](const HookRequest&) { return hook_answer(200, "", "Connection: close\r\n"); });
    EXPECT_EQ(run(quick(closes, 10)).connections, 10U);
    OktaSenderOptions options = quick(keeps, 3);
    options.keep_alive = false;
    EXPECT_EQ(run(options).connections, 3U);
    EXPECT_EQ(keeps.posts().back().head.header("connection"), "close");
}

TEST(OktaSender, UsesAsManyConnectionsAsItIsGivenAtOnce) {
    std::mutex mutex;
    std::condition_variable all_here;
    int here = 0;
    TestHook hook([&](const HookRequest&) {
        std::unique_lock lock(mutex);
        ++here;
        all_here.notify_all();
        all_here.wait(lock, [&] { return here >= 5; });
        return hook_answer(200);
    });
    OktaSenderOptions options = quick(hook, 5);
    options.connections = 5;
    EXPECT_EQ(run(options).acknowledged, 5U);
}

TEST(OktaSender, PutsAsManyEventsIntoADeliveryAsItIsTold) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 60);
    options.events_min = 2;
    options.events_max = 4;
    run(options);
    std::set<std::size_t> sizes;
    for (const HookRequest& post : hook.posts()) sizes.insert(json::parse(post.body)["data"]["events"].size());
    EXPECT_THAT(sizes, testing::ElementsAre(2U, 3U, 4U));
}

TEST(OktaSender, OffersSomeDeliveriesAgainThoughTheyWereAcknowledged) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 40);
    options.duplicate_share = 1;
    const OktaSenderReport report = run(options);
    EXPECT_EQ(report.repeats, 40U);
    EXPECT_EQ(report.deliveries, 40U);
    EXPECT_EQ(report.acknowledged, 40U) << "a repeat acknowledges nothing new";
    std::multiset<std::string> uuids;
    std::set<std::string> ids;
    for (const json& event : hook.events()) uuids.insert(event["uuid"]);
    for (const HookRequest& post : hook.posts()) ids.insert(json::parse(post.body)["eventId"]);
    for (const std::string& uuid : uuids) EXPECT_EQ(uuids.count(uuid), 2U);
    EXPECT_GT(ids.size(), 40U) << "some repeats come as from a second hook";
    EXPECT_LT(ids.size(), 80U);
}

TEST(OktaSender, ARefusedRepeatLosesNothing) {
    TestHook hook([](const HookRequest& request) { return hook_answer(request.number == 0 ? 200 : 400); });
    OktaSenderOptions options = quick(hook, 1);
    options.duplicate_share = 1;
    const OktaSenderReport report = run(options);
    EXPECT_EQ(report.repeats_refused, 1U);
    EXPECT_EQ(report.lost_events, 0U);
}

TEST(OktaSender, LetsLaterDeliveriesOvertakeSome) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 50);
    options.rate = 500;
    options.reorder_share = 0.3;
    EXPECT_EQ(run(options).acknowledged, 50U);
    std::vector<std::string> times;
    for (const HookRequest& post : hook.posts()) times.push_back(json::parse(post.body)["eventTime"]);
    EXPECT_FALSE(std::is_sorted(times.begin(), times.end()));
}

TEST(OktaSender, MakesPreviewsThatLookLikeOktas) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 5);
    options.preview_share = 1;
    EXPECT_EQ(run(options).previews, 5U);
    for (const json& event : hook.events()) {
        EXPECT_EQ(event["outcome"]["result"], "Success");
        EXPECT_TRUE(event["actor"].is_null());
        EXPECT_TRUE(event["target"].is_null());
        EXPECT_TRUE(event["debugContext"].is_null());
        EXPECT_TRUE(event["transaction"]["type"].is_null());
        EXPECT_EQ(event["uuid"].get<std::string>()[14], '4');
    }
}

TEST(OktaSender, SendsTheEventsOfAFileByteForByteAndEndsWithIt) {
    const test::TempDirectory directory;
    const std::string first = R"({ "uuid":"one", "n": 51.0,"big":12345678901234567890 })";
    const std::string second = R"({"uuid":"two","text":"\u00e9\ud800"})";
    const std::string third = R"({"no uuid":1})";
    std::ofstream(directory.path() / "events") << first << "\n\n" << second << "\r\n" << third;
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 0);
    options.events_file = directory.path() / "events";
    options.events_min = options.events_max = 2;
    options.acknowledged_file = directory.path() / "acknowledged";
    EXPECT_EQ(run(options).events, 3U);
    const auto posts = hook.posts();
    ASSERT_EQ(posts.size(), 2U);
    EXPECT_THAT(posts[0].body, HasSubstr("[" + first + "," + second + "]"));
    EXPECT_THAT(posts[1].body, HasSubstr("[" + third + "]"));
    std::ostringstream acknowledged;
    acknowledged << std::ifstream(*options.acknowledged_file).rdbuf();
    EXPECT_EQ(acknowledged.str(), "one\ntwo\n");
}

TEST(OktaSender, CanStartTheFileOver) {
    const test::TempDirectory directory;
    std::ofstream(directory.path() / "events") << R"({"uuid":"one"})"
                                               << "\n";
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 5);
    options.events_file = directory.path() / "events";
    options.events_file_again = true;
    options.events_min = options.events_max = 1;
    EXPECT_EQ(run(options).events, 5U);
}

TEST(OktaSender, NamesTheBadLineOfAFileBeforeItSendsAnything) {
    const test::TempDirectory directory;
    std::ofstream(directory.path() / "events") << "{}\n[1]\n";
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 1);
    options.events_file = directory.path() / "events";
    EXPECT_THAT(problem_of(options), HasSubstr("line 2"));
    options.events_file = directory.path() / "nothing";
    EXPECT_THAT(problem_of(options), HasSubstr("No such file"));
}

TEST(OktaSender, WritesExactlyTheAcknowledgedUuids) {
    const test::TempDirectory directory;
    TestHook hook([](const HookRequest& request) { return hook_answer(request.number % 2 == 0 ? 200 : 400); });
    OktaSenderOptions options = quick(hook, 10);
    options.acknowledged_file = directory.path() / "acknowledged";
    run(options);
    std::set<std::string> expected;
    for (const HookRequest& post : hook.posts()) {
        if (post.number % 2 != 0) continue;
        const json envelope = json::parse(post.body);
        for (const auto& event : envelope["data"]["events"]) expected.insert(event["uuid"]);
    }
    std::set<std::string> written;
    std::ifstream file(*options.acknowledged_file);
    for (std::string uuid; std::getline(file, uuid);) written.insert(uuid);
    EXPECT_EQ(written, expected);
}

TEST(OktaSender, EndsWhenItsTimeIsOver) {
    TestHook hook(accepted);
    OktaSenderOptions options = quick(hook, 0);
    options.duration = 1s;
    options.rate = 50;
    const OktaSenderReport report = run(options);
    EXPECT_GT(report.deliveries, 0U);
    EXPECT_LE(report.deliveries, 51U);
}

TEST(OktaSender, StopsWithWhatIsUnderWayFinished) {
    TestHook hook(accepted);
    auto sender = OktaSender::make(quick(hook, 0));
    ASSERT_TRUE(sender);
    std::thread stopper([&] {
        while ((*sender)->report().acknowledged < 10) std::this_thread::yield();
        (*sender)->stop();
    });
    const auto report = (*sender)->run();
    stopper.join();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->acknowledged, report->deliveries);
}

TEST(OktaSender, ASecondStopWaitsForNobody) {
    TestHook hook([](const HookRequest&) { return ""; });
    OktaSenderOptions options = quick(hook, 0);
    options.time_max = 1h;
    auto sender = OktaSender::make(options);
    ASSERT_TRUE(sender);
    std::thread stopper([&] {
        while (hook.posts().empty()) std::this_thread::yield();
        (*sender)->stop();
        (*sender)->stop();
    });
    const auto report = (*sender)->run();
    stopper.join();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->in_flight, 1U);
}

TEST(OktaSender, SpeaksTlsAndTrustsOnlyWhomItIsTold) {
    const test::TempDirectory directory;
    TestHook hook(accepted, verified, true);
    OktaSenderOptions options = quick(hook, 3);
    options.verify_first = true;
    EXPECT_THAT(problem_of(options), HasSubstr("certificate is not accepted"));
    std::ofstream(directory.path() / "ca.pem") << hook.certificate_pem();
    options.ca_file = directory.path() / "ca.pem";
    EXPECT_EQ(run(options).acknowledged, 3U);
    options.url = "https://127.0.0.2" + options.url.substr(options.url.rfind(':'));
    EXPECT_NE(problem_of(options), "") << "the certificate is for other names";
}

TEST(OktaSender, RefusesOptionsThatMakeNoSense) {
    OktaSenderOptions options;
    for (const char* url : {"", "ftp://x/", "https://", "http://a b/", "http://user:pass@x/", "http://x:99999/"}) {
        options.url = url;
        EXPECT_FALSE(OktaSender::make(options)) << url;
    }
    options.url = "http://127.0.0.1:1/";
    options.headers = {{"a", "b\r\nc: d"}};
    EXPECT_FALSE(OktaSender::make(options));
    options.headers.clear();
    options.events_min = 5;
    EXPECT_FALSE(OktaSender::make(options));
}

TEST(OktaSender, NeverShowsASecret) {
    OktaSenderOptions options;
    options.authorization = Secret("canary-of-the-authorization");
    options.headers = {{"logzio_token", "canary-of-the-token\n"}};
    options.url = "http://127.0.0.1:1/";
    const std::string problem = problem_of(options);
    EXPECT_THAT(problem, Not(HasSubstr("canary")));
    EXPECT_NE(problem, "");
}

}  // namespace
}  // namespace hookline::rehearse
