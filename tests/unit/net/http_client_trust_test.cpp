// Whom the HTTP client trusts, and what it says of a certificate it refuses.

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_client_peer.h"
#include "net/curl_trust.h"
#include "net/http_client.h"
#include "support/temp_directory.h"

namespace hookline::net {
namespace {

using test::make_certificate;
using test::Peer;
using test::PeerConnection;
using test::TestCertificate;
using testing::HasSubstr;

void answer_ok(PeerConnection& connection) {
    while (!connection.read_request().head.empty()) connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

ClientOutcome post(HttpClient& client, const std::string& url) {
    test::WaitingInbox inbox;
    ClientOutcome outcome;
    ClientRequest request;
    request.url = url;
    request.body = std::make_shared<const std::string>("lines");
    client.start(request, inbox, [&](ClientOutcome heard) { outcome = std::move(heard); });
    inbox.run_one();
    return outcome;
}

ClientOutcome post(const std::string& url, const std::string& ca_file) {
    ClientOptions options;
    options.ca_file = ca_file;
    auto client = make_http_client(options);
    EXPECT_TRUE(client);
    return post(**client, url);
}

std::string write_pem(const test::TempDirectory& directory, const std::string& text) {
    std::ofstream(directory / "ca.pem") << text;
    return directory / "ca.pem";
}

TEST(HttpClientTrust, RefusesACertificateThatNobodyVouchesFor) {
    const TestCertificate certificate = make_certificate("IP:127.0.0.1", 10);
    Peer peer(answer_ok, &certificate);
    const ClientOutcome outcome = post(peer.url(), "");
    EXPECT_FALSE(outcome.answer);
    EXPECT_TRUE(outcome.failure.certificate_refused);
    EXPECT_TRUE(outcome.failure.nothing_sent);
    EXPECT_THAT(outcome.failure.reason, HasSubstr("the certificate of 127.0.0.1 port"));
    EXPECT_THAT(outcome.failure.reason, HasSubstr("self-signed certificate"));
}

TEST(HttpClientTrust, TrustsTheConfiguredFile) {
    const test::TempDirectory directory;
    const TestCertificate other = make_certificate("IP:127.0.0.1", 10);
    const TestCertificate certificate = make_certificate("IP:127.0.0.1", 10);
    Peer peer(answer_ok, &certificate);
    EXPECT_TRUE(post(peer.url(), write_pem(directory, other.pem + certificate.pem)).answer);
    EXPECT_FALSE(post(peer.url(), write_pem(directory, other.pem)).answer);
}

TEST(HttpClientTrust, AddsTheFileToTheSystemsAuthorities) {
    const test::TempDirectory directory;
    const TestCertificate certificate = make_certificate("IP:127.0.0.1", 10);
    const auto system = CurlTrust::load("");
    const auto both = CurlTrust::load(write_pem(directory, certificate.pem));
    ASSERT_TRUE(system && both);
    EXPECT_EQ((*both)->authorities(), (*system)->authorities() + 1);
    if (!std::ifstream("/etc/ssl/certs/ca-certificates.crt")) GTEST_SKIP() << "this machine has no system store";
    EXPECT_GT((*system)->authorities(), 10U);
}

TEST(HttpClientTrust, TrustsTheFileOnEveryConnection) {
    const test::TempDirectory directory;
    const TestCertificate certificate = make_certificate("IP:127.0.0.1", 10);
    Peer peer(
        [](PeerConnection& connection) {
            connection.read_request();
            connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        },
        &certificate);
    ClientOptions options;
    options.ca_file = write_pem(directory, certificate.pem);
    const auto client = make_http_client(options);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(post(**client, peer.url()).answer);
    EXPECT_EQ(peer.connections, 3);
}

TEST(HttpClientTrust, RefusesACertificateOfAnotherHost) {
    const test::TempDirectory directory;
    const TestCertificate certificate = make_certificate("DNS:elsewhere.example", 10);
    Peer peer(answer_ok, &certificate);
    const ClientOutcome outcome = post(peer.url(), write_pem(directory, certificate.pem));
    EXPECT_TRUE(outcome.failure.certificate_refused);
    EXPECT_THAT(outcome.failure.reason, HasSubstr("it does not belong to this host"));
}

TEST(HttpClientTrust, RefusesAnExpiredCertificate) {
    const test::TempDirectory directory;
    const TestCertificate certificate = make_certificate("IP:127.0.0.1", -1);
    Peer peer(answer_ok, &certificate);
    const ClientOutcome outcome = post(peer.url(), write_pem(directory, certificate.pem));
    EXPECT_TRUE(outcome.failure.certificate_refused);
    EXPECT_THAT(outcome.failure.reason, HasSubstr("certificate has expired"));
}

TEST(HttpClientTrust, AFileWithoutCertificatesIsRefusedAtOnce) {
    const test::TempDirectory directory;
    ClientOptions options;
    options.ca_file = directory / "missing.pem";
    auto refused = make_http_client(options);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("No such file or directory"));
    options.ca_file = write_pem(directory, "no certificate");
    refused = make_http_client(options);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("holds no PEM certificate"));
}

}  // namespace
}  // namespace hookline::net
