// The admin server over a real socket.

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <future>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "status/admin_api.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"
#include "unit/status/fake_spool.h"

namespace hookline::status {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string token = "the-admin-token-of-this-relay";

/// A spool whose traces can be held up, as by a slow disk.
class SlowSpool final : public test::FakeSpool {
 public:
    [[nodiscard]] Result<std::vector<spool::Trace>> trace(std::string_view) const override {
        asked.set_value();
        released.get_future().wait();
        return std::vector<spool::Trace>{};
    }
    mutable std::promise<void> asked;
    mutable std::promise<void> released;
};

class AdminServerTest : public ::testing::Test {
 protected:
    void start() {
        net::HttpServerOptions options;
        options.listen = {{"127.0.0.1", 0}};
        options.name = "admin";
        AdminParts parts{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
        parts.not_ready = [this] { return not_ready; };
        parts.not_healthy = [this] { return not_healthy; };
        auto started = AdminServer::start(std::move(options), parts, Secret(token), metrics);
        ASSERT_TRUE(started) << started.error().message;
        server = std::move(*started);
    }
    /// Sends one request and returns all that comes back until the server closes.
    std::string ask(const std::string& method, const std::string& target, const std::string& headers = {},
                    const std::string& body = {}) {
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server->endpoints().at(0).port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        const std::string request = method + " " + target + " HTTP/1.1\r\nHost: " + host +
                                    "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                                    headers + "\r\n" + body;
        EXPECT_EQ(::send(socket, request.data(), request.size(), MSG_NOSIGNAL), static_cast<ssize_t>(request.size()));
        std::string answer;
        char buffer[4096];
        for (ssize_t got = 0; (got = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
            answer.append(buffer, static_cast<std::size_t>(got));
        ::close(socket);
        return answer;
    }
    const std::string key = "Authorization: Bearer " + token + "\r\n";
    std::string host = "localhost";

    SlowSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    std::vector<std::string> not_ready;
    std::vector<std::string> not_healthy;
    std::unique_ptr<AdminServer> server;
};

TEST_F(AdminServerTest, HealthReadinessAndMetricsNeedNoToken) {
    metrics.counter("hookline_deliveries_total", "deliveries").add(3);
    start();
    EXPECT_THAT(ask("GET", "/healthz"),
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"({"healthy":true,"reasons":[]})")));
    EXPECT_THAT(ask("GET", "/readyz"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"("ready":true)")));
    EXPECT_THAT(ask("GET", "/metrics"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/plain; version=0.0.4"),
                                              HasSubstr("hookline_deliveries_total 3")));
}

TEST_F(AdminServerTest, WhatHangsIsNotHealthy) {
    not_healthy = {"the thread commit does not take its turn"};
    start();
    EXPECT_THAT(ask("GET", "/healthz"),
                AllOf(StartsWith("HTTP/1.1 503"),
                      HasSubstr(R"({"healthy":false,"reasons":["the thread commit does not take its turn"]})")));
    EXPECT_THAT(ask("GET", "/readyz"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, ANameThatSomebodyPointsHereReadsNothing) {
    start();
    host = "rebound.example.org";
    for (const char* path : {"/healthz", "/readyz", "/metrics", "/", "/api/v1/status"}) {
        EXPECT_THAT(ask("GET", path), AllOf(StartsWith("HTTP/1.1 403"), HasSubstr("admin.host_names"))) << path;
    }
    server->admit(Secret(token), {"rebound.example.org"});
    EXPECT_THAT(ask("GET", "/metrics"), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, WhoSignsInSendsAShortBody) {
    start();
    const std::string ours = "Origin: http://localhost\r\n";
    EXPECT_THAT(
        ask("POST", "/session", ours, R"({"token":")" + token + R"(","more":")" + std::string(8192, 'x') + "\"}"),
        StartsWith("HTTP/1.1 400"));
    EXPECT_THAT(ask("POST", "/session", ours, std::string(64 * 1024, '[')), StartsWith("HTTP/1.1 400"));
}

TEST_F(AdminServerTest, NotReadySaysWhy) {
    not_ready = {"the spool takes nothing: full"};
    start();
    EXPECT_THAT(ask("GET", "/readyz"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("the spool takes nothing: full")));
}

TEST_F(AdminServerTest, TheApiNeedsTheToken) {
    start();
    EXPECT_THAT(ask("GET", "/api/v1/status"), AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("WWW-Authenticate: Bearer")));
    EXPECT_THAT(ask("POST", "/api/v1/letters/discard", {}, R"({"all":true,"dry_run":false})"),
                StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(ask("DELETE", "/api/v1/tenants/1"), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(ask("GET", "/api/v1/status", key), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"("tenants":[])")));
}

TEST_F(AdminServerTest, ANewTokenTakesTheOldOnesPlaceAtOnce) {
    start();
    server->admit(Secret("another-token-of-this-relay"), {"hookline.example.com"});
    EXPECT_THAT(ask("GET", "/api/v1/status", key), StartsWith("HTTP/1.1 401"));
    EXPECT_THAT(ask("GET", "/api/v1/status", "Authorization: Bearer another-token-of-this-relay\r\n"),
                StartsWith("HTTP/1.1 200"));
    server->admit(Secret(), {});
    EXPECT_THAT(ask("GET", "/api/v1/status", "Authorization: Bearer \r\n"), StartsWith("HTTP/1.1 401"))
        << "no token is never a token that everybody knows";
}

TEST(AdminToken, OneThatCouldBeGuessedIsRefused) {
    const test::TempDirectory directory;
    const auto made = admin_token(directory.path());
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->reveal().size(), 64U);
    EXPECT_EQ(admin_token(directory.path())->reveal(), made->reveal()) << "it stays";
    std::ofstream(directory / "admin-token") << "\n";
    EXPECT_FALSE(admin_token(directory.path()));
    std::ofstream(directory / "admin-token") << "guess-me\n";
    const auto refused = admin_token(directory.path());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr("could be guessed"), Not(HasSubstr("guess-me"))));
}

TEST_F(AdminServerTest, BodiesReachTheCall) {
    start();
    EXPECT_THAT(ask("POST", "/api/v1/letters/replay", key, R"({"all":true})"),
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr(R"("dry_run":true)")));
}

TEST_F(AdminServerTest, WhatIsNotThereIs404AndHealthIsOnlyRead) {
    start();
    EXPECT_THAT(ask("GET", "/nothing"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(ask("GET", "/page/../page_files.cpp"), StartsWith("HTTP/1.1 404"));
    EXPECT_THAT(ask("POST", "/healthz", {}, "x"), StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(ask("POST", "/", {}, "x"), StartsWith("HTTP/1.1 405"));
    EXPECT_THAT(ask("GET", "/session"), StartsWith("HTTP/1.1 405"));
}

TEST_F(AdminServerTest, SigningInOpensTheApiUntilSigningOutOrAnotherToken) {
    start();
    const std::string ours = "Origin: http://localhost\r\n";
    EXPECT_THAT(ask("POST", "/session", ours, R"({"token":"wrong"})"),
                AllOf(StartsWith("HTTP/1.1 401"), Not(HasSubstr("Set-Cookie"))));
    EXPECT_THAT(ask("POST", "/session", {}, R"({"token":")" + token + R"("})"), StartsWith("HTTP/1.1 403"));
    const auto sign_in = [&] {
        const std::string answer = ask("POST", "/session", ours, R"({"token":")" + token + R"("})");
        EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("; Path=/; HttpOnly; SameSite=Strict"),
                                  Not(HasSubstr(token))));
        const std::string cookie_start = "Set-Cookie: hookline_session=";
        const std::string key_start = R"("key":")";
        return "Cookie: hookline_session=" + answer.substr(answer.find(cookie_start) + cookie_start.size(), 64) +
               "\r\nHookline-Session-Key: " + answer.substr(answer.find(key_start) + key_start.size(), 64) + "\r\n";
    };
    const std::string halves = sign_in();
    EXPECT_THAT(ask("GET", "/api/v1/status", halves), StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(ask("DELETE", "/session", halves + ours), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Max-Age=0")));
    EXPECT_THAT(ask("GET", "/api/v1/status", halves), StartsWith("HTTP/1.1 401"));

    const std::string again = sign_in();
    server->admit(Secret(token), {});
    EXPECT_THAT(ask("GET", "/api/v1/status", again), StartsWith("HTTP/1.1 200")) << "a reload that changes nothing";
    server->admit(Secret("another-token-of-this-relay"), {});
    EXPECT_THAT(ask("GET", "/api/v1/status", again), StartsWith("HTTP/1.1 401"));
}

TEST_F(AdminServerTest, ThePageIsAskedForAnewAndSentOnlyWhenItChanged) {
    start();
    const std::string page = ask("GET", "/");
    EXPECT_THAT(page,
                AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/html; charset=utf-8"), HasSubstr("<!doctype html>"),
                      HasSubstr("Content-Security-Policy: default-src 'none'; script-src 'self'")));
    const std::string tag = page.substr(page.find("ETag: ") + 6, 34);
    EXPECT_THAT(ask("GET", "/", "If-None-Match: " + tag + "\r\n"),
                AllOf(StartsWith("HTTP/1.1 304"), Not(HasSubstr("<!doctype html>"))));
    EXPECT_THAT(ask("GET", "/page/main.js"), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/javascript")));
}

TEST_F(AdminServerTest, ASlowCallDoesNotHoldUpHealth) {
    start();
    auto slow = std::async(std::launch::async, [this] { return ask("GET", "/api/v1/trace?uuid=u", key); });
    spool.asked.get_future().wait();
    EXPECT_THAT(ask("GET", "/healthz"), StartsWith("HTTP/1.1 200"));
    spool.released.set_value();
    EXPECT_THAT(slow.get(), StartsWith("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, StopWaitsForTheCallThatRuns) {
    start();
    auto slow = std::async(std::launch::async, [this] { return ask("GET", "/api/v1/trace?uuid=u", key); });
    spool.asked.get_future().wait();
    auto stopped = std::async(std::launch::async, [this] { server->stop(); });
    spool.released.set_value();
    stopped.get();
    slow.get();  // answered or closed, but never left hanging
}

TEST(AdminToken, IsMadeOnceForItsOwnerAlone) {
    const test::TempDirectory directory;
    const auto first = admin_token(directory.path());
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_GE(first->reveal().size(), 32U);
    const auto again = admin_token(directory.path());
    ASSERT_TRUE(again);
    EXPECT_TRUE(*first == *again);
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(directory / "admin-token").permissions(), perms::owner_read | perms::owner_write);
}

}  // namespace
}  // namespace hookline::status
