// What the server does with well-behaved requests.

#include <atomic>
#include <thread>
#include <unordered_map>

#include <gmock/gmock.h>

#include "unit/net/server_under_test.h"

namespace hookline::test {
namespace {

TEST(HttpServer, AnswersOneRequestAfterTheOtherOnAConnection) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    for (const char* body : {"first", "", "third"}) {
        const RawAnswer answer = client.ask(post("/path?query=1", body));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, std::string("POST /path ") + body);
        EXPECT_TRUE(answer.has("Server: hookline\r\n"));
        EXPECT_FALSE(answer.has("Connection: close"));
    }
}

TEST(HttpServer, GivesTheHandlerHeadAndBodyAsTheyWereSent) {
    net::RequestHead seen;
    std::string seen_body;
    Script script;
    script.on_request = [&](net::RequestHead head, std::string body, const net::Responder& responder) {
        seen = std::move(head);
        seen_body = std::move(body);
        responder.respond({});
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    const auto before = std::chrono::steady_clock::now();
    const RawAnswer answer =
        client.ask(post("/hooks/a%20b?x=1&y=?", "{\"a\":1}", "Logzio_Token: abc\r\nlogzio-region:  \tEU \r\n"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_FALSE(answer.has("Content-Type")) << "an empty body has no type";
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.target, "/hooks/a%20b?x=1&y=?");
    EXPECT_EQ(seen.path, "/hooks/a%20b");
    EXPECT_EQ(seen.query, "x=1&y=?");
    EXPECT_EQ(seen.headers.find("LOGZIO_TOKEN"), "abc");
    EXPECT_EQ(seen.headers.find("Logzio-Region"), "EU");
    EXPECT_EQ(seen.peer_address, "127.0.0.1");
    EXPECT_FALSE(seen.over_tls);
    EXPECT_LE(before - std::chrono::seconds(1), seen.began);
    EXPECT_LE(seen.began, std::chrono::steady_clock::now());
    EXPECT_EQ(seen_body, "{\"a\":1}");
}

TEST(HttpServer, LetsEveryMethodReachTheHandler) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"}) {
        const RawAnswer answer = client.ask(std::string(method) + " /x HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(answer.body, std::string(method) + " /x ");
    }
}

TEST(HttpServer, AnswersHeadWithLengthAndWithoutBody) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
    const RawAnswer answer = client.answer(true);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has("Content-Length: 8\r\n"));
    EXPECT_EQ(client.ask("GET /y HTTP/1.1\r\nHost: a\r\n\r\n").body, "GET /y ");
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderAndEachAfterTheOneBefore) {
    std::vector<std::pair<std::string, net::Responder>> open;
    std::atomic<int> handed_over{0};
    Script script;
    script.on_request = [&](net::RequestHead head, std::string, net::Responder responder) {
        open.emplace_back(head.path, std::move(responder));
        ++handed_over;
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    client.send(post("/1", "one") + post("/2", "two") + post("/3", "three"));
    for (int number = 1; number <= 3; ++number) {
        while (handed_over < number) std::this_thread::yield();
        EXPECT_EQ(handed_over, number) << "the next request was begun before this one's answer";
        server.server->on_each_loop([&](net::HttpHandler&) {
            net::HttpResponse response;
            response.body = open.back().first;
            open.back().second.respond(response);
        });
        EXPECT_EQ(client.answer().body, "/" + std::to_string(number));
    }
    server.server.reset();
}

TEST(HttpServer, ManyPipelinedRequestsAreAllAnswered) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    std::string all;
    for (int number = 0; number < 500; ++number) all += post("/" + std::to_string(number), "body");
    client.send(all);
    for (int number = 0; number < 500; ++number) {
        ASSERT_EQ(client.answer().body, "POST /" + std::to_string(number) + " body");
    }
}

TEST(HttpServer, ReadsARequestThatComesByteByByte) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    const std::string request =
        "POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n4;name=\"x\"\r\nslow\r\n1\r\n!\r\n0\r\nEnd: "
        "1\r\n\r\n";
    for (const char byte : request) client.send({&byte, 1});
    EXPECT_EQ(client.answer().body, "POST /slow slow!");
}

TEST(HttpServer, ReadsChunkedBodiesAndForgetsTheirTrailers) {
    bool trailer_seen = false;
    Script script;
    script.on_request = [&](const net::RequestHead& head, const std::string& body, const net::Responder& responder) {
        trailer_seen = head.headers.find("x-late").has_value();
        net::HttpResponse response;
        response.body = body;
        responder.respond(response);
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    const std::string chunked =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "5\r\nhello\r\nA\r\n, believer\r\n0\r\nX-Late: 1\r\n\r\n";
    EXPECT_EQ(client.ask(chunked).body, "hello, believer");
    EXPECT_FALSE(trailer_seen);
    EXPECT_EQ(client.ask(chunked).body, "hello, believer") << "the connection goes on behind the trailers";
}

TEST(HttpServer, ReadsChunkedBodiesHoweverTheyAreCut) {
    const std::string head = "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::pair<std::string, std::string> bodies[] = {
        {"0\r\n\r\n", ""},
        {"0\r\nX-Late: 1\r\n\r\n", ""},
        {"00;ext=\"1\"\r\n\r\n", ""},
        {"1\r\na\r\n0\r\n\r\n", "a"},
        {"3\r\nabc\r\n2;x\r\nde\r\n0\r\nX-Late: 1\r\nX-Later: 2\r\n\r\n", "abcde"},
    };
    ServerUnderTest server;
    for (const auto& [wire, body] : bodies) {
        for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
            RawConnection client(server.endpoint());
            client.send(head + wire.substr(0, cut));
            // Another connection's answer: by then the first piece has been read.
            RawConnection(server.endpoint()).ask(post("/", ""));
            client.send(wire.substr(cut));
            EXPECT_EQ(client.answer().body, "POST /c " + body) << "cut at " << cut << " of " << wire;
        }
        RawConnection drip(server.endpoint());
        drip.send(head);
        for (const char byte : wire) {
            drip.send(std::string(1, byte));
            RawConnection(server.endpoint()).ask(post("/", ""));
        }
        EXPECT_EQ(drip.answer().body, "POST /c " + body) << wire;
    }
}

TEST(HttpServer, ReadsLargeBodiesWhole) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    std::string body(5'000'000, 'x');
    for (std::size_t at = 0; at < body.size(); at += 1000) body[at] = static_cast<char>('a' + at / 1000 % 26);
    EXPECT_EQ(client.ask(post("/", body)).body, "POST / " + body);
}

TEST(HttpServer, PutsReadableBytesBehindEveryBody) {
    Script script;
    std::size_t room = 0;
    script.on_request = [&](const net::RequestHead&, std::string body, const net::Responder& responder) {
        const std::string moved = std::move(body);
        room = moved.capacity() - moved.size();
        responder.respond({});
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    for (const std::size_t bytes : {0UL, 1UL, 15UL, 64UL, 4096UL, 65536UL, 70000UL, 300000UL}) {
        room = 0;
        EXPECT_EQ(client.ask(post("/", std::string(bytes, ' '))).status, 200);
        EXPECT_GE(room, 64U) << bytes;
    }
}

TEST(HttpServer, SaysContinueOnlyAfterTheHandlerLetTheHeadPass) {
    Script script;
    script.on_head = [](const net::RequestHead& head) -> std::optional<net::HttpResponse> {
        if (head.path == "/no") return net::HttpResponse{.status = 401, .body = "no"};
        return std::nullopt;
    };
    ServerUnderTest server({}, script);
    const std::string expects = " HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";

    RawConnection welcome(server.endpoint());
    EXPECT_EQ(welcome.ask("POST /yes" + expects).status, 100);
    EXPECT_EQ(welcome.ask("body").body, "POST /yes body");

    RawConnection refused(server.endpoint());
    const RawAnswer answer = refused.ask("POST /no" + expects);
    EXPECT_EQ(answer.status, 401);
    EXPECT_TRUE(answer.has("Connection: close")) << "nobody knows whether the body still comes";
    EXPECT_TRUE(refused.is_closed());
}

TEST(HttpServer, DoesNotSayContinueToABodyThatIsAlreadyThere) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask(post("/", "body", "Expect: 100-continue\r\n")).status, 200);
}

TEST(HttpServer, KeepsTheConnectionWhenARefusedBodyIsSmall) {
    Script script;
    script.on_head = [](const net::RequestHead& head) -> std::optional<net::HttpResponse> {
        if (head.path == "/no") return net::HttpResponse{.status = 403, .body = "no"};
        return std::nullopt;
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    for (int turn = 0; turn < 3; ++turn) {
        EXPECT_EQ(client.ask(post("/no", "secret stuff")).status, 403);
        EXPECT_EQ(client.ask(post("/yes", "x")).body, "POST /yes x");
    }
}

TEST(HttpServer, ARefusalReachesASenderThatIsStillSending) {
    Script script;
    script.on_head = [](const net::RequestHead&) { return net::HttpResponse{.status = 401, .body = "no"}; };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    const std::string request = post("/", std::string(200'000, 'x'));
    client.send(request.substr(0, 40'000));
    const RawAnswer answer = client.answer();
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body, "no");
    EXPECT_TRUE(answer.has("Connection: close"));
}

TEST(HttpServer, ClosesAfterHttp10AndWhenAskedTo) {
    ServerUnderTest server;
    RawConnection old(server.endpoint());
    EXPECT_TRUE(old.ask("GET / HTTP/1.0\r\n\r\n").has("Connection: close"));
    EXPECT_TRUE(old.is_closed());
    RawConnection kept(server.endpoint());
    EXPECT_TRUE(kept.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").has("Connection: close"));
    RawConnection asked(server.endpoint());
    EXPECT_TRUE(asked.ask(post("/", "x", "Connection: close\r\n")).has("Connection: close"));
    EXPECT_TRUE(asked.is_closed());
}

TEST(HttpServer, AnswersASenderThatHasShutItsSide) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    client.send(post("/", "last words"));
    client.end_sending();
    EXPECT_EQ(client.answer().body, "POST / last words");
}

TEST(HttpServer, TakesAbsoluteTargetsAndSkipsAnEmptyLineInFront) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask("\r\nGET http://relay.example/deep/path?q HTTP/1.1\r\nHost: relay.example\r\n\r\n").body,
              "GET /deep/path ");
    EXPECT_EQ(client.ask("GET http://relay.example HTTP/1.1\r\nHost: relay.example\r\n\r\n").body, "GET / ");
}

TEST(HttpServer, AnswersLateFromAnotherThreadThroughTheMailbox) {
    std::vector<std::thread> workers;
    Script script;
    script.on_request = [&](const net::RequestHead&, std::string body, net::Responder responder) {
        workers.emplace_back([body = std::move(body), responder] {
            responder.mailbox().post([body, responder] {
                net::HttpResponse response;
                response.body = body;
                responder.respond(response);
            });
        });
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    for (int turn = 0; turn < 20; ++turn) {
        EXPECT_EQ(client.ask(post("/", std::to_string(turn))).body, std::to_string(turn));
    }
    for (std::thread& worker : workers) worker.join();
}

TEST(HttpServer, TheFirstAnswerCounts) {
    Script script;
    script.on_request = [](const net::RequestHead& head, const std::string&, const net::Responder& responder) {
        net::HttpResponse response;
        response.body = "first for " + head.path;
        responder.respond(response);
        EXPECT_TRUE(responder.answered());
        response.body = "second";
        responder.respond(response);
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask(post("/1", "")).body, "first for /1");
    EXPECT_EQ(client.ask(post("/2", "")).body, "first for /2");
}

TEST(HttpServer, CallsTheDeadlineOnceWhenNothingWasAnsweredByThen) {
    std::atomic<int> called{0};
    Script script;
    script.on_request = [&](const net::RequestHead&, const std::string&, const net::Responder& responder) {
        responder.at_deadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(20), [&called, responder] {
            ++called;
            responder.respond({.status = 503, .body = "late"});
        });
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask(post("/", "")).status, 503);
    EXPECT_EQ(client.ask(post("/", "")).status, 503);
    EXPECT_EQ(called, 2);
}

TEST(HttpServer, AnsweredRequestsHaveNoDeadline) {
    std::atomic<int> called{0};
    Script script;
    script.on_request = [&](const net::RequestHead& head, const std::string&, const net::Responder& responder) {
        const auto soon = std::chrono::milliseconds(head.path == "/quick" ? 1 : 150);
        responder.at_deadline(std::chrono::steady_clock::now() + soon, [&, responder] {
            ++called;
            responder.respond({.status = 503});
        });
        if (head.path == "/quick") responder.respond({});
    };
    ServerUnderTest server({}, script);
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask(post("/quick", "")).status, 200);
    // Several sweeps pass before this one's deadline.
    EXPECT_EQ(client.ask(post("/late", "")).status, 503);
    EXPECT_EQ(called, 1);
}

TEST(HttpServer, AnswersThatNobodyWaitsForAnyMoreHarmNothing) {
    std::optional<net::Responder> kept;
    std::atomic<bool> handed_over{false};
    Script script;
    script.on_request = [&](const net::RequestHead& head, const std::string&, net::Responder responder) {
        if (head.path != "/keep") return responder.respond({});
        kept = std::move(responder);
        handed_over = true;
    };
    ServerUnderTest server({}, script);
    {
        RawConnection gone(server.endpoint());
        gone.send(post("/keep", ""));
        while (!handed_over) std::this_thread::yield();
    }
    RawConnection client(server.endpoint());
    EXPECT_EQ(client.ask(post("/", "")).status, 200);
    server.server->on_each_loop([&](net::HttpHandler&) { kept->respond({}); });
    EXPECT_EQ(client.ask(post("/", "")).status, 200);
    server.server.reset();
    kept->mailbox().post([] { ADD_FAILURE() << "a task ran though the loop is gone"; });
    kept->respond({});
    kept.reset();
}

TEST(HttpServer, SpreadsConnectionsOverItsLoops) {
    net::HttpServerOptions options;
    options.loops = 3;
    std::mutex mutex;
    std::unordered_map<std::thread::id, int> by_thread;
    Script script;
    script.on_request = [&](const net::RequestHead&, const std::string&, const net::Responder& responder) {
        {
            const std::lock_guard lock(mutex);
            ++by_thread[std::this_thread::get_id()];
        }
        responder.respond({});
    };
    ServerUnderTest server(options, script);
    for (int turn = 0; turn < 9; ++turn) {
        RawConnection client(server.endpoint());
        EXPECT_EQ(client.ask(post("/", "")).status, 200);
    }
    const std::lock_guard lock(mutex);
    ASSERT_EQ(by_thread.size(), 3U);
    for (const auto& [thread, count] : by_thread) EXPECT_EQ(count, 3);
}

}  // namespace
}  // namespace hookline::test
