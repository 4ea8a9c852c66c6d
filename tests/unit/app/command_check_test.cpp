// What `check` finds: offline on files, online against an emulated Logz.io.

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "app/command_certificate.h"
#include "app/command_run.h"
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

TEST_F(Check, ASelfSignedCertificateIsWhatOktaWouldRefuse) {
    const auto pair = net::make_self_signed({"hooks.example.com", "127.0.0.1"}, 7);
    ASSERT_TRUE(pair);
    flag("receive.certificate", file("cert.pem", pair->certificate_pem));
    flag("receive.key", file("key.pem", pair->key_pem));
    EXPECT_EQ(checked(), 0) << "good enough for a rehearsal";
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

TEST_F(CheckOnline, AListenerThatIsNotThereIsAProblemWithItsReason) {
    logzio_takes({"us:" + token});
    flag("tenants.acme.region", "au");
    EXPECT_EQ(checked(), 1);
    EXPECT_THAT(out.str(), HasSubstr("✗ region au: "));
}

}  // namespace
}  // namespace hookline::app
