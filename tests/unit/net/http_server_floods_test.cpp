// Senders who begin much and finish nothing: on all connections, or in all of the memory. Whoever is honest gets in.

#include <thread>

#include <gmock/gmock.h>

#include "unit/net/server_under_test.h"

namespace hookline::test {
namespace {

using namespace std::chrono_literals;

using Senders = std::vector<std::unique_ptr<RawConnection>>;

Senders half_senders(const ServerUnderTest& server, std::size_t count, const std::string& half) {
    Senders senders;
    for (std::size_t number = 0; number < count; ++number) {
        senders.push_back(std::make_unique<RawConnection>(server.endpoint()));
        senders.back()->send(half);
    }
    return senders;
}

/// Fresh connections until one of them is answered.
int ask_until_answered(const ServerUnderTest& server, const std::string& request) {
    const auto patience = std::chrono::steady_clock::now() + 15s;
    int status = 0;
    while (status == 0 && std::chrono::steady_clock::now() < patience) {
        RawConnection client(server.endpoint());
        status = client.ask(request).status;
    }
    return status;
}

class HalfRequests : public testing::TestWithParam<const char*> {};

TEST_P(HalfRequests, OnAllConnectionsMakeRoomForWholeOnes) {
    net::HttpServerOptions options;
    options.limits.connections_max = 3;
    options.limits.head_time_max = options.limits.body_time_max = 10min;
    ServerUnderTest server(options);
    const Senders slow = half_senders(server, 3, GetParam());
    while (server.server->connections() < 3) std::this_thread::yield();
    EXPECT_EQ(ask_until_answered(server, post("/", "honest")), 200);
    EXPECT_TRUE(slow.front()->is_closed()) << "the oldest goes first";
}
INSTANTIATE_TEST_SUITE_P(Kinds, HalfRequests,
                         testing::Values("P", "POST / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
                                         "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
                                         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"));

class HalfBodies : public testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(HalfBodies, InAllOfTheMemoryMakeRoomForWholeOnes) {
    net::HttpServerOptions options;
    options.limits.bodies_bytes_max = 200'000;
    options.limits.head_time_max = options.limits.body_time_max = 10min;
    options.limits.header_bytes_max = 64 * 1024;
    ServerUnderTest server(options);
    const Senders slow = half_senders(server, 12, GetParam().second);
    RawConnection honest(server.endpoint());
    for (int turn = 0; turn < 3; ++turn) EXPECT_EQ(honest.ask(post("/", std::string(20'000, 'y'))).status, 200);
    EXPECT_EQ(slow.front()->answer().status, 503) << "the oldest goes first, and is asked to send it again";
    EXPECT_TRUE(slow.front()->is_closed());
}
INSTANTIATE_TEST_SUITE_P(
    Kinds, HalfBodies,
    testing::Values(std::pair("small bodies", post("/", std::string(60'000, 'x')).substr(0, 50'000)),
                    std::pair("large bodies", post("/", std::string(900'000, 'x')).substr(0, 150'000)),
                    std::pair("heads", "POST / HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(40'000, 'x'))));

TEST(HalfPipelines, OfWhoDoesNotReadTheAnswersEndWithoutAGarbledOne) {
    Script script;
    script.on_request = [](const net::RequestHead&, const std::string&, const net::Responder& responder) {
        net::HttpResponse response;
        response.body = std::string(30'000'000, 'x');
        responder.respond(std::move(response));
    };
    net::HttpServerOptions options;
    options.limits.bodies_bytes_max = 8'000;
    ServerUnderTest server(options, script);
    RawConnection deaf(server.endpoint());
    std::string many;
    for (int number = 0; number < 200; ++number) many += post("/", "");
    deaf.send(many);
    while (server.server->connections() == 0) std::this_thread::yield();
    while (server.server->connections() > 0) std::this_thread::yield();
    const std::string received = deaf.rest();
    EXPECT_EQ(received.find("HTTP/1.1", 8), std::string::npos) << "no second answer inside the first";
    EXPECT_LT(received.size(), 30'000'000U);
}

}  // namespace
}  // namespace hookline::test
