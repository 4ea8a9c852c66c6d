// HTTPS: versions, certificates and their renewal, and what happens to senders that get it wrong.

#include "net/tls.h"

#include <fstream>

#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "support/fake_clock.h"
#include "support/temp_directory.h"
#include "unit/net/server_under_test.h"

namespace hookline::test {
namespace {

using testing::HasSubstr;

class Tls : public testing::Test {
 protected:
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(directory / name, std::ios::trunc) << text;
    }
    void put_pair(const std::string& common_name, int days = 30) const {
        const auto made = net::make_self_signed({common_name, "127.0.0.1"}, days);
        ASSERT_TRUE(made) << made.error().message;
        write("certificate.pem", made->certificate_pem);
        write("key.pem", made->key_pem);
    }
    [[nodiscard]] Result<std::shared_ptr<net::TlsServer>> open() const {
        return net::TlsServer::open(directory / "certificate.pem", directory / "key.pem", clock);
    }
    [[nodiscard]] std::shared_ptr<net::TlsServer> must_open() const {
        auto opened = open();
        if (!opened) throw std::runtime_error(opened.error().message);
        return *opened;
    }
    [[nodiscard]] net::HttpServerOptions https(std::shared_ptr<net::TlsServer> tls) const {
        net::HttpServerOptions options;
        options.tls = std::move(tls);
        return options;
    }

    TempDirectory directory;
    SystemClock system_clock;
    FakeClock clock{system_clock.wall()};
};

TEST_F(Tls, AnswersOverVersions12And13AndNoOlderOne) {
    put_pair("localhost");
    ServerUnderTest server(https(must_open()));
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        RawConnection client(server.endpoint());
        ASSERT_TRUE(client.start_tls(version, version));
        EXPECT_EQ(client.tls_version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
        for (int turn = 0; turn < 3; ++turn) EXPECT_EQ(client.ask(post("/", "body")).body, "POST / body");
    }
    RawConnection old(server.endpoint());
    EXPECT_FALSE(old.start_tls(TLS1_VERSION, TLS1_1_VERSION));
}

TEST_F(Tls, SaysSoInTheHead) {
    put_pair("localhost");
    std::atomic<bool> over_tls{false};
    Script script;
    script.on_request = [&](const net::RequestHead& head, const std::string&, const net::Responder& responder) {
        over_tls = head.over_tls;
        responder.respond({});
    };
    ServerUnderTest server(https(must_open()), script);
    RawConnection client(server.endpoint());
    ASSERT_TRUE(client.start_tls());
    EXPECT_EQ(client.ask(post("/", "")).status, 200);
    EXPECT_TRUE(over_tls);
}

TEST_F(Tls, ChoosesHttp11FromWhatIsOffered) {
    put_pair("localhost");
    ServerUnderTest server(https(must_open()));
    RawConnection client(server.endpoint());
    client.offer_protocols("\x02h2\x08http/1.1");
    ASSERT_TRUE(client.start_tls());
    EXPECT_EQ(client.tls_protocol(), "http/1.1");
    RawConnection only_2(server.endpoint());
    only_2.offer_protocols("\x02h2");
    ASSERT_TRUE(only_2.start_tls());
    EXPECT_EQ(only_2.tls_protocol(), "");
}

TEST_F(Tls, PipelinedAndLargeBodiesArriveOverItToo) {
    put_pair("localhost");
    ServerUnderTest server(https(must_open()));
    RawConnection client(server.endpoint());
    ASSERT_TRUE(client.start_tls());
    const std::string large(2'000'000, 'x');
    std::thread sender([&] { client.send(post("/1", "one") + post("/2", large) + post("/3", "three")); });
    sender.join();
    EXPECT_EQ(client.answer().body, "POST /1 one");
    EXPECT_EQ(client.answer().body.size(), large.size() + 8);
    EXPECT_EQ(client.answer().body, "POST /3 three");
}

TEST_F(Tls, WhoSpeaksPlainHttpIsToldSo) {
    put_pair("localhost");
    ServerUnderTest server(https(must_open()));
    RawConnection client(server.endpoint());
    const RawAnswer answer = client.ask(post("/", "x"));
    EXPECT_EQ(answer.status, 400);
    EXPECT_THAT(answer.body, HasSubstr("https"));
}

TEST_F(Tls, WhoSpeaksTlsToAPlainPortIsAnsweredAtOnce) {
    ServerUnderTest server;
    RawConnection client(server.endpoint());
    EXPECT_FALSE(client.start_tls());
    ASSERT_EQ(server.refusals().size(), 1U);
    EXPECT_THAT(server.refusals()[0].reason, HasSubstr("https"));
}

TEST_F(Tls, AHandshakeThatIsNeverFinishedIsClosedByItsDeadline) {
    put_pair("localhost");
    auto options = https(must_open());
    options.limits.head_time_max = std::chrono::milliseconds(100);
    ServerUnderTest server(options);
    RawConnection client(server.endpoint());
    EXPECT_TRUE(client.is_closed());
}

TEST_F(Tls, AProxyHeaderComesBeforeTheHandshake) {
    put_pair("localhost");
    auto options = https(must_open());
    options.proxy_protocol = true;
    ASSERT_TRUE(options.trusted.add("127.0.0.1"));
    Script script;
    script.on_request = [](const net::RequestHead& head, const std::string&, const net::Responder& responder) {
        net::HttpResponse response;
        response.body = head.peer_address;
        responder.respond(response);
    };
    ServerUnderTest server(options, script);
    RawConnection client(server.endpoint());
    client.send("PROXY TCP4 192.0.2.77 127.0.0.1 12345 443\r\n");
    ASSERT_TRUE(client.start_tls());
    EXPECT_EQ(client.ask(post("/", "")).body, "192.0.2.77");
}

TEST_F(Tls, ARenewedPairServesNewConnectionsAndOldOnesGoOn) {
    put_pair("first.example");
    const auto tls = must_open();
    ServerUnderTest server(https(tls));
    RawConnection before(server.endpoint());
    ASSERT_TRUE(before.start_tls());
    EXPECT_EQ(before.certificate_name(), "first.example");
    EXPECT_FALSE(tls->reload_if_changed().value()) << "nothing has changed";

    put_pair("second.example", 60);
    const WallTime old_end = tls->expires_at();
    EXPECT_TRUE(tls->reload_if_changed().value());
    EXPECT_GT(tls->expires_at(), old_end);
    EXPECT_FALSE(tls->reload_if_changed().value());
    RawConnection after(server.endpoint());
    ASSERT_TRUE(after.start_tls());
    EXPECT_EQ(after.certificate_name(), "second.example");
    EXPECT_EQ(before.ask(post("/", "still here")).body, "POST / still here");
}

TEST_F(Tls, APairThatIsNotGoodIsRefusedAndTheOldOneStays) {
    put_pair("good.example");
    const auto tls = must_open();
    const auto other = net::make_self_signed({"other.example"}, 30);
    write("key.pem", other->key_pem);  // the certificate is not there yet
    const auto halfway = tls->reload_if_changed();
    ASSERT_FALSE(halfway);
    EXPECT_THAT(halfway.error().message, HasSubstr("does not belong to"));
    EXPECT_FALSE(tls->reload_if_changed().value()) << "said once, not every second";
    ServerUnderTest server(https(tls));
    RawConnection client(server.endpoint());
    ASSERT_TRUE(client.start_tls());
    EXPECT_EQ(client.certificate_name(), "good.example");

    write("certificate.pem", other->certificate_pem);
    EXPECT_TRUE(tls->reload_if_changed().value());
}

TEST_F(Tls, APairAtOtherPathsIsTakenUpAndWatchedThere) {
    put_pair("first.example");
    const auto tls = must_open();
    ServerUnderTest server(https(tls));
    const auto name_shown = [&server] {
        RawConnection client(server.endpoint());
        EXPECT_TRUE(client.start_tls());
        return client.certificate_name();
    };
    const auto second = net::make_self_signed({"second.example"}, 30);
    write("second.pem", second->certificate_pem);
    ASSERT_FALSE(tls->reload(directory / "second.pem", directory / "key.pem")) << "the key is the first's";
    EXPECT_EQ(name_shown(), "first.example");
    EXPECT_FALSE(tls->reload_if_changed().value()) << "the first is still looked at, and has not changed";

    write("second-key.pem", second->key_pem);
    ASSERT_TRUE(tls->reload(directory / "second.pem", directory / "second-key.pem"));
    EXPECT_EQ(name_shown(), "second.example");
    put_pair("unwatched.example");
    EXPECT_FALSE(tls->reload_if_changed().value());
    const auto third = net::make_self_signed({"third.example"}, 60);
    write("second.pem", third->certificate_pem);
    write("second-key.pem", third->key_pem);
    EXPECT_TRUE(tls->reload_if_changed().value());
    EXPECT_EQ(name_shown(), "third.example");
}

TEST_F(Tls, AnExpiredOrFutureCertificateIsRefusedWithItsDate) {
    put_pair("localhost", 10);
    clock.jump_wall(std::chrono::hours(24 * 11));
    const auto expired = open();
    ASSERT_FALSE(expired);
    EXPECT_THAT(expired.error().message, HasSubstr("expired at 20"));
    clock.jump_wall(-std::chrono::hours(24 * 30));
    const auto future = open();
    ASSERT_FALSE(future);
    EXPECT_THAT(future.error().message, HasSubstr("valid only from"));
}

TEST_F(Tls, FilesThatDoNotHoldWhatTheyShouldAreNamed) {
    EXPECT_THAT(open().error().message, HasSubstr("certificate.pem"));
    put_pair("localhost");
    const auto key = read_file(directory / "key.pem").value();
    const auto certificate = read_file(directory / "certificate.pem").value();
    write("key.pem", "hello");
    EXPECT_THAT(open().error().message, HasSubstr("no private key"));
    write("key.pem", key);
    write("certificate.pem", key);
    EXPECT_THAT(open().error().message, HasSubstr("no certificate"));
    write("certificate.pem", net::make_self_signed({"issuer.example"}, 30)->certificate_pem + certificate);
    EXPECT_THAT(open().error().message, HasSubstr("does not come first"));
    std::filesystem::remove(directory / "key.pem");
    EXPECT_THAT(open().error().message, HasSubstr("key.pem"));
}

TEST_F(Tls, SelfSignedCertificatesAreMadeForNamesAndAddresses) {
    const auto made = net::make_self_signed({"localhost", "127.0.0.1", "::1"}, 1);
    ASSERT_TRUE(made);
    EXPECT_THAT(made->certificate_pem, HasSubstr("BEGIN CERTIFICATE"));
    EXPECT_THAT(made->key_pem, HasSubstr("BEGIN PRIVATE KEY"));
}

}  // namespace
}  // namespace hookline::test
