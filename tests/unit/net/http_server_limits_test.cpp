// What the server does with senders that are slow, large or many, and how it ends.

#include <atomic>
#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "unit/net/server_under_test.h"

namespace hookline::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

net::HttpServerOptions with(const std::function<void(net::HttpServerLimits&)>& change) {
    net::HttpServerOptions options;
    change(options.limits);
    return options;
}

TEST(HttpServerLimits, OversizedHeadersAre431) {
    ServerUnderTest server(with([](auto& limits) { limits.header_bytes_max = 1000; }));
    const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: ";
    RawConnection whole(server.endpoint());
    EXPECT_EQ(whole.ask(start + std::string(1000, 'x') + "\r\n\r\n").status, 431);
    EXPECT_TRUE(whole.is_closed());
    RawConnection endless(server.endpoint());
    EXPECT_EQ(endless.ask(start + std::string(1000, 'x')).status, 431) << "its end is not waited for";
    RawConnection fits(server.endpoint());
    EXPECT_EQ(fits.ask(start + std::string(900, 'x') + "\r\n\r\n").status, 200);
    RawConnection many(server.endpoint());
    std::string fields;
    for (int number = 0; number < 201; ++number) fields += "a:\r\n";
    EXPECT_EQ(many.ask("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").status, 431);
}

TEST(HttpServerLimits, ABodyOverTheLimitIs413HoweverItIsSent) {
    ServerUnderTest server(with([](auto& limits) { limits.body_bytes_max = 10'000; }));
    RawConnection announced(server.endpoint());
    const RawAnswer answer = announced.ask(post("/", std::string(10'001, 'x')));
    EXPECT_EQ(answer.status, 413);
    EXPECT_TRUE(answer.has("Connection: close"));

    RawConnection chunked(server.endpoint());
    chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int chunk = 0; chunk < 11; ++chunk) chunked.send("3e8\r\n" + std::string(1000, 'x') + "\r\n");
    EXPECT_EQ(chunked.answer().status, 413);

    RawConnection exact(server.endpoint());
    EXPECT_EQ(exact.ask(post("/", std::string(10'000, 'x'))).status, 200);
    ASSERT_EQ(server.refusals().size(), 2U);
    EXPECT_TRUE(server.refusals()[0].head_known);
    EXPECT_TRUE(server.refusals()[1].head_known);
}

TEST(HttpServerLimits, ChunksMayNotBeMostlyFraming) {
    ServerUnderTest server(with([](auto& limits) { limits.body_bytes_max = 10'000; }));
    RawConnection one_line(server.endpoint());
    one_line.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(40'000, 'x'));
    EXPECT_EQ(one_line.answer().status, 400);
    RawConnection trailers(server.endpoint());
    std::string endless = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    for (int number = 0; number < 5000; ++number) endless += "X-Trailer: x\r\n";
    trailers.send(endless);
    EXPECT_EQ(trailers.answer().status, 400);
    RawConnection small_chunks(server.endpoint());
    std::string drip = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int number = 0; number < 9'000; ++number) drip += "1;ext=1\r\nx\r\n";
    small_chunks.send(drip);
    EXPECT_EQ(small_chunks.answer().status, 400);
}

TEST(HttpServerLimits, ASlowHeadIsClosedByItsDeadline) {
    ServerUnderTest server(with([](auto& limits) { limits.head_time_max = 100ms; }));
    RawConnection client(server.endpoint());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nX-Slow");
    EXPECT_TRUE(client.is_closed()) << "never 408: to Okta that would be final";
    ASSERT_EQ(server.refusals().size(), 1U);
    EXPECT_EQ(server.refusals()[0].status, 408);
    EXPECT_FALSE(server.refusals()[0].head_known);
}

TEST(HttpServerLimits, ASlowBodyIsClosedByItsDeadline) {
    ServerUnderTest server(with([](auto& limits) { limits.body_time_max = 100ms; }));
    RawConnection client(server.endpoint());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    EXPECT_TRUE(client.is_closed());
    ASSERT_EQ(server.refusals().size(), 1U);
    EXPECT_TRUE(server.refusals()[0].head_known);
}

TEST(HttpServerLimits, AnIdleConnectionIsClosedByItsDeadline) {
    ServerUnderTest server(with([](auto& limits) { limits.idle_time_max = 100ms; }));
    RawConnection silent(server.endpoint());
    EXPECT_TRUE(silent.is_closed());
    RawConnection used(server.endpoint());
    EXPECT_EQ(used.ask(post("/", "x")).status, 200);
    EXPECT_TRUE(used.is_closed());
    EXPECT_TRUE(server.refusals().empty());
}

TEST(HttpServerLimits, AnAnswerThatNobodyReadsIsGivenUp) {
    Script script;
    script.on_request = [](const net::RequestHead&, const std::string&, const net::Responder& responder) {
        net::HttpResponse response;
        response.body = std::string(50'000'000, 'x');
        responder.respond(std::move(response));
    };
    ServerUnderTest server(with([](auto& limits) { limits.write_time_max = 100ms; }), script);
    RawConnection client(server.endpoint());
    client.send(post("/", ""));
    while (server.server->connections() > 0) std::this_thread::yield();
    EXPECT_LT(client.rest().size(), 50'000'000U);
}

TEST(HttpServerLimits, ALongAnswerArrivesWhole) {
    Script script;
    script.on_request = [](const net::RequestHead&, const std::string&, const net::Responder& responder) {
        net::HttpResponse response;
        response.body = std::string(20'000'000, 'x');
        responder.respond(std::move(response));
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask(post("/", "")).body.size(), 20'000'000U);
    EXPECT_EQ(client.ask(post("/", "")).body.size(), 20'000'000U);
}

TEST(HttpServerLimits, SlowSendersDoNotKeepOthersWaiting) {
    ServerUnderTest server;
    std::vector<std::unique_ptr<RawConnection>> slow;
    for (int number = 0; number < 200; ++number) {
        slow.push_back(std::make_unique<RawConnection>(server.endpoint()));
        slow.back()->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    }
    RawConnection client(server.endpoint());
    for (int turn = 0; turn < 50; ++turn) EXPECT_EQ(client.ask(post("/", "x")).status, 200);
}

TEST(HttpServerLimits, TheNewestConnectionIsClosedWhenThereAreTooManyAndAllAreAtWork) {
    std::vector<net::Responder> waiting;
    std::atomic<int> taken{0};
    Script script;
    script.on_request = [&](const net::RequestHead&, const std::string&, net::Responder responder) {
        waiting.push_back(std::move(responder));
        ++taken;
    };
    ServerUnderTest server(with([](auto& limits) { limits.connections_max = 3; }), script);
    std::vector<std::unique_ptr<RawConnection>> busy;
    for (int number = 0; number < 3; ++number) {
        busy.push_back(std::make_unique<RawConnection>(server.endpoint()));
        busy.back()->send(post("/", "x"));
    }
    while (taken < 3) std::this_thread::yield();
    RawConnection one_more(server.endpoint());
    EXPECT_TRUE(one_more.is_closed());
    server.server->on_each_loop([&](net::HttpHandler&) {
        for (const net::Responder& responder : waiting) responder.respond({});
    });
    for (const auto& client : busy) EXPECT_EQ(client->answer().status, 200);
    EXPECT_THAT(server.metrics.text(), HasSubstr("hookline_http_connections_refused_total{server=\"receive\"} 1"));
}

TEST(HttpServerLimits, AConnectionThatHasBeenIdleForASecondMakesRoomForANewOne) {
    ServerUnderTest server(with([](auto& limits) { limits.connections_max = 1; }));
    RawConnection idle(server.endpoint());
    EXPECT_EQ(idle.ask(post("/", "x")).status, 200);
    const auto patience = std::chrono::steady_clock::now() + 15s;
    int status = 0;
    while (status != 200 && std::chrono::steady_clock::now() < patience) {
        RawConnection fresh(server.endpoint());
        status = fresh.ask(post("/", "y")).status;
    }
    EXPECT_EQ(status, 200);
    EXPECT_TRUE(idle.is_closed());
}

TEST(HttpServerLimits, RequestsOnOneConnectionCanBeLimited) {
    ServerUnderTest server(with([](auto& limits) { limits.requests_per_connection_max = 2; }));
    RawConnection client(server.endpoint());
    EXPECT_FALSE(client.ask(post("/", "x")).has("Connection: close"));
    EXPECT_TRUE(client.ask(post("/", "x")).has("Connection: close"));
    EXPECT_TRUE(client.is_closed());
}

// ---- Memory ----

TEST(HttpServerMemory, LargeBodiesWaitForEachOtherAndAllArrive) {
    auto options = with([](auto& limits) { limits.bodies_bytes_max = 1'000'000; });
    options.loops = 2;
    ServerUnderTest server(options);
    const std::string body(700'000, 'x');
    std::atomic<int> arrived{0};
    std::vector<std::thread> senders;
    for (int number = 0; number < 8; ++number) {
        senders.emplace_back([&] {
            RawConnection client(server.endpoint());
            if (client.ask(post("/", body)).status == 200) ++arrived;
        });
    }
    for (std::thread& sender : senders) sender.join();
    EXPECT_EQ(arrived, 8);
}

TEST(HttpServerMemory, SmallBodiesPassWhileLargeOnesWait) {
    ServerUnderTest server(with([](auto& limits) { limits.bodies_bytes_max = 1'000'000; }));
    std::vector<std::unique_ptr<RawConnection>> hogs;
    for (int number = 0; number < 4; ++number) {
        hogs.push_back(std::make_unique<RawConnection>(server.endpoint()));
        const std::string request = post("/", std::string(900'000, 'x'));
        std::thread([&] { hogs.back()->send(request.substr(0, 260'000)); }).join();
    }
    RawConnection client(server.endpoint());
    for (int turn = 0; turn < 10; ++turn) EXPECT_EQ(client.ask(post("/", std::string(3'000, 'y'))).status, 200);
}

TEST(HttpServerMemory, ABodyThatWaitsForMemoryIsStillClosedByItsDeadline) {
    ServerUnderTest server(with([](auto& limits) {
        limits.bodies_bytes_max = 100'000;
        limits.body_time_max = 300ms;
    }));
    const std::string request = post("/", std::string(900'000, 'x'));
    RawConnection guest(server.endpoint());
    guest.send(request.substr(0, 150'000));
    RawConnection waiting(server.endpoint());
    waiting.send(request.substr(0, 150'000));
    EXPECT_TRUE(guest.is_closed());
    EXPECT_TRUE(waiting.is_closed());
}

// ---- The end ----

TEST(HttpServerDrain, ClosesIdleConnectionsAndAnswersTheOthersWithClose) {
    std::optional<net::Responder> open;
    std::atomic<bool> handed_over{false};
    Script script;
    script.on_request = [&](const net::RequestHead& head, const std::string&, net::Responder responder) {
        if (head.path != "/wait") return responder.respond({});
        open = std::move(responder);
        handed_over = true;
    };
    ServerUnderTest server({}, script);
    const net::Endpoint endpoint = server.endpoint();
    RawConnection idle(endpoint);
    EXPECT_EQ(idle.ask(post("/", "")).status, 200);
    RawConnection busy(endpoint);
    busy.send(post("/wait", ""));
    RawConnection half(endpoint);
    half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    while (!handed_over) std::this_thread::yield();

    std::thread drained([&] { server.server->drain(20s); });
    EXPECT_TRUE(idle.is_closed());
    half.send("5 byte");
    EXPECT_TRUE(half.answer().has("Connection: close"));
    EXPECT_TRUE(half.is_closed());
    server.server->on_each_loop([&](net::HttpHandler&) { open->respond({}); });
    const RawAnswer answer = busy.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Connection: close"));
    EXPECT_TRUE(busy.is_closed());
    // The server reads a little on behind its last answer, until the other side closes too.
    busy.end_sending();
    half.end_sending();
    drained.join();
    EXPECT_EQ(server.server->connections(), 0U);
    RawConnection after(endpoint);
    EXPECT_TRUE(after.is_closed());
}

/// Keeps the loops from doing anything until it goes, so that a test can say what the kernel holds when they go on.
class LoopsHeld {
 public:
    explicit LoopsHeld(net::HttpServer& server) {
        server.on_each_loop([gate = go_on_.get_future().share()](net::HttpHandler&) { gate.wait(); });
    }
    ~LoopsHeld() { go_on_.set_value(); }
    LoopsHeld(const LoopsHeld&) = delete;
    LoopsHeld& operator=(const LoopsHeld&) = delete;

 private:
    std::promise<void> go_on_;
};

void wait_until_all_are_gone(const net::HttpServer& server) {
    while (server.connections() > 0) std::this_thread::yield();
}

TEST(HttpServerDrain, TakesARequestThatWasSentBeforeTheEndAndNotReadYet) {
    ServerUnderTest server;
    RawConnection kept(server.endpoint());
    EXPECT_EQ(kept.ask(post("/", "")).status, 200);
    {
        const LoopsHeld held(*server.server);
        kept.send(post("/", "late, but in time"));
        server.server->drain(0ms);
    }
    const RawAnswer answer = kept.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Connection: close"));
    kept.end_sending();
    wait_until_all_are_gone(*server.server);
}

TEST(HttpServerDrain, TakesTheFirstRequestOfAConnectionThatWasOpenedBeforeTheEnd) {
    ServerUnderTest server;
    std::optional<RawConnection> fresh;
    std::optional<RawConnection> silent;
    {
        const LoopsHeld held(*server.server);
        fresh.emplace(server.endpoint());
        silent.emplace(server.endpoint());
        server.server->drain(0ms);
    }
    const RawAnswer answer = fresh->ask(post("/", "the first"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Connection: close"));
    fresh->end_sending();
    EXPECT_TRUE(silent->is_closed()) << "it does not hold up the end for longer than its first request's time";
    wait_until_all_are_gone(*server.server);
}

TEST(HttpServerDrain, DoesNotWaitForEver) {
    std::vector<net::Responder> open;
    Script script;
    script.on_request = [&](const net::RequestHead&, const std::string&, net::Responder responder) {
        open.push_back(std::move(responder));
    };
    ServerUnderTest server({}, script);
    RawConnection busy(server.endpoint());
    busy.send(post("/wait", ""));
    while (server.server->connections() == 0) std::this_thread::yield();
    server.server->drain(50ms);
    server.server.reset();
    EXPECT_TRUE(busy.is_closed());
}

// ---- Addresses ----

TEST(HttpServerListen, AnAddressInUseIsSaidSo) {
    ServerUnderTest server;
    net::HttpServerOptions options;
    options.listen.push_back(server.endpoint());
    Metrics metrics;
    const auto second = net::HttpServer::start(
        options, [](unsigned) -> std::unique_ptr<net::HttpHandler> { return nullptr; }, metrics);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr(to_string(server.endpoint())));
    EXPECT_THAT(second.error().message, HasSubstr("already in use"));
}

TEST(HttpServerListen, OnAllAddressesTakesBothFamilies) {
    // Loopback only, as far as a test is concerned: nothing else knows the port.
    net::HttpServerOptions options;
    options.listen.push_back({"", 0});
    std::vector<std::string> peers;
    Script script;
    script.on_request = [&](const net::RequestHead& head, const std::string&, const net::Responder& responder) {
        peers.push_back(head.peer_address);
        responder.respond({});
    };
    ServerUnderTest server(options, script);
    RawConnection v4({"127.0.0.1", server.endpoint().port});
    EXPECT_EQ(v4.ask(post("/", "")).status, 200);
    RawConnection v6({"::1", server.endpoint().port});
    if (v6.ask(post("/", "")).status == 0) GTEST_SKIP() << "this machine has no IPv6";
    EXPECT_THAT(peers, testing::ElementsAre("127.0.0.1", "::1"));
}

TEST(HttpServerListen, OnSeveralAddressesAtOnce) {
    net::HttpServerOptions options;
    options.listen = {{"127.0.0.1", 0}, {"127.0.0.2", 0}};
    ServerUnderTest server(options);
    for (const net::Endpoint& endpoint : server.server->endpoints()) {
        RawConnection client(endpoint);
        EXPECT_EQ(client.ask(post("/", "")).status, 200);
    }
}

// ---- Behind proxies ----

net::HttpServerOptions behind_proxies(bool proxy_protocol, const std::vector<const char*>& trusted) {
    net::HttpServerOptions options;
    options.proxy_protocol = proxy_protocol;
    for (const char* network : trusted) EXPECT_TRUE(options.trusted.add(network));
    return options;
}

Script tell_peer() {
    Script script;
    script.on_request = [](const net::RequestHead& head, const std::string&, const net::Responder& responder) {
        net::HttpResponse response;
        response.body = head.peer_address;
        responder.respond(response);
    };
    return script;
}

TEST(HttpServerProxies, ForwardedForCountsOnlyFromTrustedPeers) {
    ServerUnderTest strict({}, tell_peer());
    RawConnection direct(strict.endpoint());
    EXPECT_EQ(direct.ask(post("/", "", "X-Forwarded-For: 192.0.2.1\r\n")).body, "127.0.0.1");

    ServerUnderTest trusting(behind_proxies(false, {"127.0.0.0/8", "10.0.0.0/8"}), tell_peer());
    RawConnection proxied(trusting.endpoint());
    EXPECT_EQ(proxied.ask(post("/", "", "X-Forwarded-For: 192.0.2.1\r\n")).body, "192.0.2.1");
    EXPECT_EQ(proxied.ask(post("/", "", "X-Forwarded-For: 6.6.6.6, 192.0.2.1 ,10.1.1.1\r\n")).body, "192.0.2.1");
    EXPECT_EQ(proxied.ask(post("/", "")).body, "127.0.0.1");
}

TEST(HttpServerProxies, ProxyHeadersOfBothVersionsAreRead) {
    ServerUnderTest server(behind_proxies(true, {"127.0.0.1"}), tell_peer());
    using namespace std::string_literals;
    const std::string v2_head = "\r\n\r\n\0\r\nQUIT\n"s;
    for (const auto& [header, peer] : std::vector<std::pair<std::string, std::string>>{
             {"PROXY TCP4 192.0.2.77 127.0.0.1 12345 443\r\n", "192.0.2.77"},
             {"PROXY TCP6 2001:db8::7 ::1 12345 443\r\n", "2001:db8::7"},
             {"PROXY UNKNOWN\r\n", "127.0.0.1"},
             {v2_head + "\x21\x11\x00\x0c\xc0\x00\x02\x4d\x7f\x00\x00\x01\x30\x39\x01\xbb"s, "192.0.2.77"},
             {v2_head + "\x21\x11\x00\x10\xc0\x00\x02\x4d\x7f\x00\x00\x01\x30\x39\x01\xbb\x04\x00\x01z"s, "192.0.2.77"},
             {v2_head + "\x20\x00\x00\x00"s, "127.0.0.1"},
         }) {
        RawConnection at_once(server.endpoint());
        EXPECT_EQ(at_once.ask(header + post("/", "x")).body, peer);
        EXPECT_EQ(at_once.ask(post("/", "x")).body, peer) << "once a connection";
        RawConnection slowly(server.endpoint());
        for (const char byte : header + post("/", "x")) slowly.send({&byte, 1});
        EXPECT_EQ(slowly.answer().body, peer);
    }
}

TEST(HttpServerProxies, ATrustedPeerWithoutProxyHeaderIsClosed) {
    ServerUnderTest server(behind_proxies(true, {"127.0.0.1"}), tell_peer());
    RawConnection client(server.endpoint());
    client.send(post("/", "x"));
    EXPECT_TRUE(client.is_closed());
}

TEST(HttpServerProxies, AProxyHeaderFromAnybodyElseIsNoRequest) {
    ServerUnderTest server(behind_proxies(true, {"192.0.2.1"}), tell_peer());
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask("PROXY TCP4 192.0.2.77 127.0.0.1 12345 443\r\n" + post("/", "x")).status, 400);
}

}  // namespace
}  // namespace hookline::test
