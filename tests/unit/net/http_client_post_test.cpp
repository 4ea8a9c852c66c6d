// The promises of the HTTP client, over real sockets on loopback.

#include <cstdlib>
#include <fstream>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_client_peer.h"
#include "net/http_client.h"
#include "support/temp_directory.h"

namespace hookline::net {
namespace {

using namespace std::chrono_literals;
using test::Peer;
using test::PeerConnection;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string secret = "token=abcdefghijABCDEFGHIJ012345678901&type=okta";
const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

ClientRequest request_to(const std::string& url, std::string body = "lines") {
    ClientRequest request;
    request.url = url + "/";
    request.secret_query = Secret(secret);
    request.body = std::make_shared<const std::string>(std::move(body));
    return request;
}

std::unique_ptr<HttpClient> make_client(ClientOptions options = {}) {
    auto made = make_http_client(std::move(options));
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    return std::move(*made);
}

ClientOutcome post(HttpClient& client, ClientRequest request) {
    test::WaitingInbox inbox;
    ClientOutcome outcome;
    client.start(std::move(request), inbox, [&](ClientOutcome heard) { outcome = std::move(heard); });
    inbox.run_one();
    return outcome;
}

/// Answers every request of a connection in the same way.
Peer::Behaviour always(std::string answer) {
    return [answer = std::move(answer)](PeerConnection& connection) {
        while (!connection.read_request().head.empty()) connection.write(answer);
    };
}

TEST(HttpClient, PostsOverHttp11WithoutExpecting100) {
    std::promise<PeerConnection::Request> promised;
    Peer peer([&](PeerConnection& connection) {
        promised.set_value(connection.read_request());
        connection.write("HTTP/1.1 200 OK\r\nX-Note:  hi \r\nContent-Length: 2\r\n\r\nok");
    });
    ClientOptions options;
    options.user_agent = "hookline/test";
    const auto client = make_client(options);
    ClientRequest request = request_to(peer.url(), std::string(3'000'000, 'x'));
    request.headers = {{"Content-Encoding", "gzip"}};
    const ClientOutcome outcome = post(*client, std::move(request));

    ASSERT_TRUE(outcome.answer) << outcome.failure.reason;
    EXPECT_EQ(outcome.answer->status, 200);
    EXPECT_EQ(outcome.answer->body, "ok");
    EXPECT_EQ(outcome.answer->headers.find("x-note"), "hi");
    EXPECT_GT(outcome.took.count(), 0);
    const PeerConnection::Request seen = promised.get_future().get();
    EXPECT_THAT(seen.head, StartsWith("POST /?" + secret + " HTTP/1.1\r\n"));
    EXPECT_THAT(seen.head, HasSubstr("Content-Encoding: gzip\r\n"));
    EXPECT_THAT(seen.head, HasSubstr("User-Agent: hookline/test\r\n"));
    EXPECT_THAT(ascii_lower(seen.head), Not(HasSubstr("expect")));
    EXPECT_EQ(seen.body, std::string(3'000'000, 'x'));
}

TEST(HttpClient, KeepsAConnectionForTheNextRequest) {
    Peer peer(always(ok));
    const auto client = make_client();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(post(*client, request_to(peer.url())).answer);
    EXPECT_EQ(peer.connections, 1);
}

TEST(HttpClient, DoesNotUseAConnectionThatWasIdleForLong) {
    Peer peer(always(ok));
    ClientOptions options;
    options.idle_connection_max = 1s;
    const auto client = make_client(options);
    EXPECT_TRUE(post(*client, request_to(peer.url())).answer);
    std::this_thread::sleep_for(2'200ms);  // libcurl measures idle time in whole seconds
    EXPECT_TRUE(post(*client, request_to(peer.url())).answer);
    EXPECT_EQ(peer.connections, 2);
}

TEST(HttpClient, NeverSendsABodyAgainByItselfWhenAKeptConnectionDies) {
    std::atomic<int> bodies_of_the_second = 0;
    Peer peer([&](PeerConnection& connection) {
        while (true) {
            const auto request = connection.read_request();
            if (request.head.empty()) return;
            if (request.body == "second") {
                ++bodies_of_the_second;
                connection.close_by_reset();
                return;
            }
            connection.write(ok);
        }
    });
    const auto client = make_client();
    ASSERT_TRUE(post(*client, request_to(peer.url(), "first")).answer);
    const ClientOutcome outcome = post(*client, request_to(peer.url(), "second"));

    EXPECT_FALSE(outcome.answer);
    EXPECT_FALSE(outcome.failure.nothing_sent);
    EXPECT_EQ(bodies_of_the_second, 1);
    EXPECT_THAT(outcome.failure.reason, HasSubstr("127.0.0.1 port " + std::to_string(peer.port)));
}

TEST(HttpClient, ReadsAnEarlyRefusalAsTheAnswer) {
    for (const std::string& status : {std::string("413 Too Large"), std::string("401 Unauthorized")}) {
        for (const bool reset : {false, true}) {
            Peer peer([&](PeerConnection& connection) {
                connection.read_head();
                connection.wait_until_sender_is_stuck();
                connection.write("HTTP/1.1 " + status + "\r\nContent-Length: 4\r\n\r\nwhy?");
                if (reset) connection.close_by_reset();
            });
            const auto client = make_client();
            const ClientOutcome outcome = post(*client, request_to(peer.url(), std::string(40'000'000, 'x')));
            ASSERT_TRUE(outcome.answer) << status << ": " << outcome.failure.reason;
            EXPECT_EQ(outcome.answer->status, std::stoi(status));
            EXPECT_EQ(outcome.answer->body, "why?");
        }
    }
}

TEST(HttpClient, ReadsAnEarlyRefusalOnAnOpenConnection) {
    Peer peer([&](PeerConnection& connection) {
        connection.read_head();
        connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
        while (!connection.read_some().empty()) {
        }
    });
    const auto client = make_client();
    const ClientOutcome outcome = post(*client, request_to(peer.url(), std::string(40'000'000, 'x')));
    ASSERT_TRUE(outcome.answer) << outcome.failure.reason;
    EXPECT_EQ(outcome.answer->status, 413);
}

TEST(HttpClient, ARefusalCutOffBehindItsHeadIsAnAnswerASuccessIsNot) {
    Peer peer([](PeerConnection& connection) {
        const bool refuse = connection.read_request().body == "refuse";
        connection.write(refuse ? "HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nyou may"
                                : "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nall");
    });
    const auto client = make_client();
    const ClientOutcome refused = post(*client, request_to(peer.url(), "refuse"));
    ASSERT_TRUE(refused.answer);
    EXPECT_EQ(refused.answer->status, 403);
    EXPECT_EQ(refused.answer->body, "you may");
    const ClientOutcome cut = post(*client, request_to(peer.url(), "take"));
    EXPECT_FALSE(cut.answer);
    EXPECT_FALSE(cut.failure.nothing_sent);
}

TEST(HttpClient, ReadsTheAnswerBehindAnInterimOne) {
    Peer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 102 Processing\r\nX-Note: early\r\n\r\n" + ok);
    });
    const ClientOutcome outcome = post(*make_client(), request_to(peer.url()));
    ASSERT_TRUE(outcome.answer);
    EXPECT_EQ(outcome.answer->status, 200);
    EXPECT_EQ(outcome.answer->headers.find("x-note"), std::nullopt);
}

TEST(HttpClient, WhatIsNoHttpIsAFailure) {
    for (const char* nonsense : {"", "HTT", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 2", "\r\n\r\n"}) {
        Peer peer([&](PeerConnection& connection) {
            connection.read_request();
            connection.write(nonsense);
        });
        const ClientOutcome outcome = post(*make_client(), request_to(peer.url()));
        EXPECT_FALSE(outcome.answer) << nonsense;
        EXPECT_FALSE(outcome.failure.nothing_sent) << nonsense;
        EXPECT_THAT(outcome.failure.reason, Not(HasSubstr("abcdefghij"))) << nonsense;
    }
}

TEST(HttpClient, EndlessHeadersEndTheTransfer) {
    Peer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\n");
        for (int i = 0; i < 200; ++i) connection.write("X: " + std::string(1'000, 'y') + "\r\n");
        connection.write("\r\n");
    });
    EXPECT_FALSE(post(*make_client(), request_to(peer.url())).answer);
}

TEST(HttpClient, DoesNotFollowRedirects) {
    std::atomic<int> followed = 0;
    Peer elsewhere([&](PeerConnection& connection) {
        ++followed;
        connection.write(ok);
    });
    Peer peer(always("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() + "/\r\nContent-Length: 0\r\n\r\n"));
    const ClientOutcome outcome = post(*make_client(), request_to(peer.url()));
    ASSERT_TRUE(outcome.answer);
    EXPECT_EQ(outcome.answer->status, 302);
    EXPECT_EQ(followed, 0);
}

TEST(HttpClient, CapsTheAnswer) {
    Peer peer([](PeerConnection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 400 No\r\nContent-Length: 5000000\r\n\r\n" + std::string(5'000'000, 'n'));
    });
    ClientOptions options;
    options.answer_bytes_max = 1'000;
    const ClientOutcome outcome = post(*make_client(options), request_to(peer.url()));
    ASSERT_TRUE(outcome.answer);
    EXPECT_EQ(outcome.answer->status, 400);
    EXPECT_EQ(outcome.answer->body, std::string(1'000, 'n'));
}

TEST(HttpClient, SaysThatNothingWasSentWhenNobodyListens) {
    std::uint16_t port = 0;
    {
        Peer gone([](PeerConnection&) {});
        port = gone.port;
    }
    const ClientOutcome outcome =
        post(*make_client(), request_to("http://user:word@127.0.0.1:" + std::to_string(port)));
    EXPECT_FALSE(outcome.answer);
    EXPECT_TRUE(outcome.failure.nothing_sent);
    EXPECT_EQ(outcome.failure.reason,
              "could not connect to 127.0.0.1 port " + std::to_string(port) + ": Connection refused");
}

TEST(HttpClient, GivesUpAListenerThatNeverAnswers) {
    Peer peer([](PeerConnection& connection) {
        while (!connection.read_some().empty()) {
        }
    });
    ClientRequest request = request_to(peer.url());
    request.time_max = 100ms;
    const ClientOutcome outcome = post(*make_client(), std::move(request));
    EXPECT_FALSE(outcome.answer);
    EXPECT_FALSE(outcome.failure.nothing_sent);
    EXPECT_THAT(outcome.failure.reason, StartsWith("no answer in time"));
    EXPECT_GE(outcome.took, 100ms);
}

TEST(HttpClient, AHungListenerDelaysNoOther) {
    Peer hung([](PeerConnection& connection) {
        while (!connection.read_some().empty()) {
        }
    });
    Peer fine(always(ok));
    const auto client = make_client();
    test::WaitingInbox hung_inbox;
    for (int i = 0; i < 20; ++i) {
        client->start(request_to(hung.url(), std::string(100'000, 'x')), hung_inbox, [](const ClientOutcome&) {});
    }
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(post(*client, request_to(fine.url())).answer);
    EXPECT_TRUE(hung_inbox.empty());
    client->cancel_all();
    for (int i = 0; i < 20; ++i) hung_inbox.run_one();
}

TEST(HttpClient, CancellingEndsWhatIsUnderWay) {
    Peer hung([](PeerConnection& connection) {
        while (!connection.read_some().empty()) {
        }
    });
    Peer fine(always(ok));
    const auto client = make_client();
    test::WaitingInbox inbox;
    ClientOutcome outcome;
    client->start(request_to(hung.url()), inbox, [&](ClientOutcome heard) { outcome = std::move(heard); });
    client->cancel_all();
    inbox.run_one();
    EXPECT_FALSE(outcome.answer);
    EXPECT_THAT(outcome.failure.reason, HasSubstr("cancelled"));
    EXPECT_TRUE(post(*client, request_to(fine.url())).answer);  // it is of use afterwards
}

TEST(HttpClient, AnswersEverybodyWhenItIsDestroyed) {
    Peer hung([](PeerConnection& connection) {
        while (!connection.read_some().empty()) {
        }
    });
    test::WaitingInbox inbox;
    auto client = make_client();
    int answered = 0;
    for (int i = 0; i < 5; ++i) client->start(request_to(hung.url()), inbox, [&](const ClientOutcome&) { ++answered; });
    client.reset();
    for (int i = 0; i < 5; ++i) inbox.run_one();
    EXPECT_EQ(answered, 5);
}

TEST(HttpClient, KeepsToItsNumberOfConnections) {
    Peer peer(always(ok));
    ClientOptions options;
    options.connections_per_host_max = 2;
    const auto client = make_client(options);
    test::WaitingInbox inbox;
    int answered = 0;
    for (int i = 0; i < 20; ++i) {
        client->start(request_to(peer.url()), inbox, [&](const ClientOutcome& o) { answered += o.answer ? 1 : 0; });
    }
    for (int i = 0; i < 20; ++i) inbox.run_one();
    EXPECT_EQ(answered, 20);
    EXPECT_LE(peer.open_most, 2);
}

TEST(HttpClient, ARequestThatWaitsForAConnectionHasItsDeadlineToo) {
    Peer hung([](PeerConnection& connection) {
        while (!connection.read_some().empty()) {
        }
    });
    ClientOptions options;
    options.connections_per_host_max = 1;
    const auto client = make_client(options);
    test::WaitingInbox patient;
    client->start(request_to(hung.url()), patient, [](const ClientOutcome&) {});
    ClientRequest request = request_to(hung.url());
    request.time_max = 100ms;
    const ClientOutcome outcome = post(*client, std::move(request));
    EXPECT_FALSE(outcome.answer);
    EXPECT_TRUE(outcome.failure.nothing_sent);
    client.get()->cancel_all();
    patient.run_one();
}

TEST(HttpClient, UsesTheConfiguredProxyAndNeverTheEnvironments) {
    std::promise<std::string> promised;
    Peer proxy([&](PeerConnection& connection) {
        promised.set_value(connection.read_request().head);
        connection.write(ok);
    });
    Peer peer(always(ok));
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    ::setenv("all_proxy", "http://127.0.0.1:1", 1);
    ::setenv("no_proxy", "127.0.0.1", 1);
    EXPECT_TRUE(post(*make_client(), request_to(peer.url())).answer);

    ClientOptions options;
    options.proxy = proxy.url();
    options.proxy_credentials = Secret("user:word");
    EXPECT_TRUE(post(*make_client(options), request_to(peer.url())).answer);
    const std::string head = promised.get_future().get();
    EXPECT_THAT(head, StartsWith("POST " + peer.url() + "/?" + secret + " HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("Proxy-Authorization: Basic dXNlcjp3b3Jk"));
    for (const char* name : {"http_proxy", "all_proxy", "no_proxy"}) ::unsetenv(name);
}

TEST(HttpClient, SaysThatAProxyRefused) {
    Peer proxy([](PeerConnection& connection) {
        connection.read_head();
        connection.write("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    });
    ClientOptions options;
    options.proxy = proxy.url();
    const ClientOutcome outcome = post(*make_client(options), request_to("https://listener.example:8071"));
    EXPECT_FALSE(outcome.answer);
    EXPECT_TRUE(outcome.failure.nothing_sent);
    EXPECT_EQ(outcome.failure.reason, "the proxy refused to connect to listener.example port 8071 with status 407");
}

TEST(HttpClient, ReadsNoNetrc) {
    const test::TempDirectory home;
    std::ofstream(home / ".netrc") << "machine 127.0.0.1 login somebody password word\n";
    const char* before = std::getenv("HOME");
    const std::string kept = before != nullptr ? before : "";
    ::setenv("HOME", home.path().c_str(), 1);
    std::promise<std::string> promised;
    Peer peer([&](PeerConnection& connection) {
        promised.set_value(connection.read_request().head);
        connection.write(ok);
    });
    EXPECT_TRUE(post(*make_client(), request_to(peer.url())).answer);
    const std::string head = promised.get_future().get();
    EXPECT_THAT(ascii_lower(head), Not(HasSubstr("authorization")));
    ::setenv("HOME", kept.c_str(), 1);
}

}  // namespace
}  // namespace hookline::net
