// What `check` finds: offline on files, online against an emulated Logz.io.

#include "app/command_check.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "app/command_certificate.h"
#include "app/command_run.h"
#include "base/check.h"
#include "net/http_server.h"
#include "net/tls.h"
#include "rehearse/logzio_emulator.h"
#include "support/temp_directory.h"

namespace hookline::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string token = "AcmeAcmeAcmeAcmeAcmeAcmeAcme1234";

class Check : public ::testing::Test {
 protected:
    Check() { command.config.flags = {{"spool.directory", (directory / "spool").string()}}; }
    int checked() {
        out.str("");
        err.str("");
        return run_check(command, terminal, environment);
    }
    void flag(const std::string& key, const std::string& value) { command.config.flags.emplace_back(key, value); }
    std::string file(const std::string& name, const std::string& content) {
        const Path path = directory / name;
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }
    test::TempDirectory directory;
    CheckCommand command;
    Environment environment;
    std::ostringstream out, err;
    std::istringstream in;
    Terminal terminal{out, err, in};
};

TEST_F(Check, SaysThatAllIsWell) {
    EXPECT_EQ(checked(), 0);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("✓ configuration: plain HTTP on 127.0.0.1:8080"), HasSubstr("✓ spool: "),
                                 HasSubstr("can be made")));
    EXPECT_FALSE(std::filesystem::exists(directory / "spool")) << "looking makes nothing";
}

TEST_F(Check, AWrongConfigurationIs78WithEveryProblem) {
    flag("log.level", "loud");
    flag("receive.loops", "1000");
    EXPECT_EQ(checked(), 78);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("log.level"), HasSubstr("receive.loops")));
    command.json = true;
    EXPECT_EQ(checked(), 78);
    const Json told = Json::parse(out.str());
    EXPECT_EQ(told["ok"], false);
    EXPECT_EQ(told["findings"].size(), 2U);
}

TEST_F(Check, ASpoolThatIsNoDirectoryIsAProblem) {
    flag("spool.directory", file("occupied", "x"));
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), HasSubstr("is no directory"));
}

TEST_F(Check, ASpoolThatCannotBeLookedAtIsAProblem) {
    std::filesystem::create_directory_symlink("loop", directory / "loop");
    flag("spool.directory", (directory / "loop" / "spool").string());
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("✗ spool: "), HasSubstr("cannot be looked at: ")));
}

TEST_F(Check, ASelfSignedCertificateIsWhatOktaWouldRefuse) {
    const auto pair = net::make_self_signed({"hooks.example.com", "127.0.0.1"}, 7);
    ASSERT_TRUE(pair);
    flag("receive.certificate", file("cert.pem", pair->certificate_pem));
    flag("receive.key", file("key.pem", pair->key_pem));
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), HasSubstr("✗ certificate: Okta would refuse it: it is self-signed"));
    flag("receive.trusted_proxies", "10.0.0.0/8");
    EXPECT_EQ(checked(), 0) << "Okta sees the proxy's";
    EXPECT_THAT(out.str(), HasSubstr("! certificate: Okta would refuse it: it is self-signed"));
    const auto view = look_at_certificate(directory / "cert.pem", SystemClock().wall());
    ASSERT_TRUE(view);
    EXPECT_THAT(view->names, ::testing::UnorderedElementsAre("hooks.example.com", "127.0.0.1"));
    EXPECT_FALSE(view->trusted);
}

TEST_F(Check, ACertificateWithTheWrongKeyIsAProblem) {
    const auto one = net::make_self_signed({"localhost"}, 7);
    const auto other = net::make_self_signed({"localhost"}, 7);
    ASSERT_TRUE(one && other);
    flag("receive.certificate", file("cert.pem", one->certificate_pem));
    flag("receive.key", file("key.pem", other->key_pem));
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), HasSubstr("✗ certificate: "));
}

TEST(Certificate, AWildcardCoversOneLabel) {
    EXPECT_TRUE(covers({"*.example.com"}, "Hooks.Example.com"));
    EXPECT_FALSE(covers({"*.example.com"}, "a.b.example.com"));
    EXPECT_FALSE(covers({"*.example.com"}, "example.com"));
    EXPECT_TRUE(covers({"a.example.com", "127.0.0.1"}, "127.0.0.1"));
    EXPECT_FALSE(covers({}, "a.example.com"));
}

class CheckOnline : public Check {
 protected:
    CheckOnline() {
        command.online = true;
        environment["HOOKLINE_TENANTS_ACME_TOKEN"] = token;
        environment["HOOKLINE_HOOKS_ACME_SECRET"] = "a-secret-of-some-length";
    }
    void logzio_takes(const std::vector<std::string>& tokens) {
        rehearse::LogzioEmulatorOptions options;
        options.regions = {{"us", {"127.0.0.1", 0}}, {"eu", {"127.0.0.1", 0}}};
        options.tokens = tokens;
        auto started = rehearse::LogzioEmulator::start(std::move(options));
        ASSERT_TRUE(started) << started.error().message;
        logzio = std::move(*started);
        for (const char* region : {"us", "eu"}) flag(std::string("regions.") + region + ".url", logzio->url(region));
        // The others are the real ones: keep away from them.
        for (const char* region : {"au", "ca", "uk", "nl", "wa"})
            flag(std::string("regions.") + region + ".url", "http://127.0.0.1:9");
    }
    std::unique_ptr<rehearse::LogzioEmulator> logzio;
};

TEST_F(CheckOnline, ATokenThatIsAcceptedIsSaidToBe) {
    logzio_takes({"us:" + token});
    flag("tenants.acme.region", "us");
    command.yes = true;
    EXPECT_EQ(checked(), 0) << out.str();
    EXPECT_THAT(out.str(),
                AllOf(HasSubstr("✓ region us: "),
                      HasSubstr("✓ tenant acme: its token (" + Secret(token).fingerprint() + ") is accepted in us"),
                      Not(HasSubstr(token))));
    EXPECT_EQ(logzio->report().lines, 1U) << "one test line";
    EXPECT_EQ(logzio->report().invalid_documents, 0U);
}

TEST_F(CheckOnline, ATokenOfAnotherRegionIsNamedAsSuch) {
    logzio_takes({"eu:" + token});
    flag("tenants.acme.region", "us");
    command.yes = true;
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), HasSubstr("✗ tenant acme: this token (" + Secret(token).fingerprint() +
                                     ") is refused in us and accepted in eu"));
}

TEST_F(CheckOnline, ATokenThatNobodyKnowsIsSaidToBeWrong) {
    logzio_takes({"eu:OtherOtherOtherOtherOtherOther12"});
    flag("tenants.acme.region", "us");
    command.yes = true;
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), HasSubstr("refused in us and accepted in no other region"));
}

TEST_F(CheckOnline, NothingIsWrittenBeforeSomebodySaidYes) {
    logzio_takes({"us:" + token});
    flag("tenants.acme.region", "us");
    EXPECT_EQ(checked(), 0);
    EXPECT_THAT(out.str() + err.str(),
                AllOf(HasSubstr("This writes one test line to Logz.io"), HasSubstr("! tokens: not tried")));
    EXPECT_EQ(logzio->report().lines, 0U);
}

TEST_F(CheckOnline, OtherRegionsAreTriedOnlyAfterAnotherYes) {
    logzio_takes({"eu:" + token});
    flag("tenants.acme.region", "us");
    terminal.in_is_terminal = true;
    in.str("y\nn\n");
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("is refused in us"), HasSubstr("token or region is wrong")));
    EXPECT_EQ(logzio->report().lines, 0U);
}

TEST_F(CheckOnline, ATokenOfNoConfigurationCanBeTried) {
    logzio_takes({"eu:" + token});
    environment.clear();
    command.token_file = file("token", token + "\n");
    command.region = "eu";
    command.yes = true;
    EXPECT_EQ(checked(), 0) << out.str();
    EXPECT_THAT(out.str(), HasSubstr("is accepted in eu"));
}

/// Our own address, answered by whatever a test puts there.
class OwnUrl : public Check {
 protected:
    /// What `check` finds of a server that answers so.
    std::string found(const std::function<net::HttpResponse(const net::RequestHead&)>& answer) {
        class Handler final : public net::HttpHandler {
         public:
            explicit Handler(const std::function<net::HttpResponse(const net::RequestHead&)>& answer)
                : answer_(answer) {}
            std::optional<net::HttpResponse> on_head(const net::RequestHead&) override { return {}; }
            void on_request(net::RequestHead head, std::string, net::Responder responder) override {
                responder.respond(answer_(head));
            }
            void on_refused(const net::RequestHead*, int, std::string_view) override {}

         private:
            const std::function<net::HttpResponse(const net::RequestHead&)>& answer_;
        };
        net::HttpServerOptions options;
        options.listen = {{"127.0.0.1", 0}};
        Metrics metrics;
        const auto server = net::HttpServer::start(
            std::move(options), [&](unsigned) { return std::make_unique<Handler>(answer); }, metrics);
        const auto client = net::make_http_client({});
        check(server.has_value() && client.has_value(), "both sides start");
        out.str("");
        Findings findings(terminal, false);
        const Config config;
        const OnlineParts parts{config, **client, findings, [](const std::string&) { return true; }, WallTime{}};
        check_own_url(parts, "http://" + net::to_string((*server)->endpoints().at(0)) + "/hooks/acme");
        return out.str();
    }
    static net::HttpResponse answer_of(int status, std::string body) {
        net::HttpResponse response;
        response.status = status;
        response.body = std::move(body);
        return response;
    }
};

TEST_F(OwnUrl, IsGoodWhereItReturnsOktasChallenge) {
    EXPECT_THAT(found([](const net::RequestHead& head) {
                    EXPECT_EQ(head.method, "GET");
                    EXPECT_EQ(head.path, "/hooks/acme");
                    return answer_of(200, R"({"verification":")" +
                                              std::string(*head.headers.find("x-okta-verification-challenge")) + "\"}");
                }),
                HasSubstr("/hooks/acme can be reached from here and answers Okta's verification"));
}

TEST_F(OwnUrl, IsAProblemWhereSomethingElseAnswers) {
    const auto answering = [](int status, const std::string& body) {
        return [status, body](const net::RequestHead&) { return answer_of(status, body); };
    };
    EXPECT_THAT(found(answering(404, R"({"error":"no hook"})")),
                AllOf(HasSubstr("✗ url: "), HasSubstr("with 404: is the hook's name right"), Not(HasSubstr("✓"))));
    EXPECT_THAT(found(answering(502, "<html>")), AllOf(HasSubstr("with 502: does a proxy"), Not(HasSubstr("✓"))));
    EXPECT_THAT(found(answering(200, "It works!")), AllOf(HasSubstr("without its challenge"), Not(HasSubstr("✓"))));
    EXPECT_THAT(found(answering(200, R"({"verification":"another"})")), Not(HasSubstr("✓")));
}

TEST_F(CheckOnline, AListenerThatIsNotThereIsAProblemWithItsReason) {
    logzio_takes({"us:" + token});
    flag("tenants.acme.region", "au");
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), HasSubstr("✗ region au: "));
}

}  // namespace
}  // namespace hookline::app
