// How commands find a relay, its token, or a spool without one.

#include "app/command_admin.h"

#include <atomic>
#include <fstream>

#include <gmock/gmock.h>

#include "status/admin_api.h"
#include "support/fake_clock.h"
#include "support/temp_directory.h"
#include "unit/status/fake_spool.h"

namespace hookline::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string token = "the-admin-token-of-this-relay";

class Reach : public ::testing::Test {
 protected:
    Reach() {
        net::HttpServerOptions options;
        options.listen = {{"127.0.0.1", 0}};
        options.name = "admin";
        auto started = status::AdminServer::start(
            std::move(options),
            {fake, clock, metrics, [] { return std::vector<status::ShipperRow>(); }, {}, {}, {}, {}, {}}, Secret(token),
            metrics);
        check(started.has_value(), "the admin server starts");
        server = std::move(*started);
        target.address = net::to_string(server->endpoints().at(0));
    }
    /// A spool that a relay has left behind.
    void leave_spool(const Path& at) {
        spool::SpoolOptions options;
        options.directory = at;
        auto opened = spool::Spool::open(std::move(options), clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE((*opened)->close());
    }
    Path written(const std::string& name, const std::string& text) {
        std::filesystem::create_directories((directory / name).parent_path());
        std::ofstream(directory / name) << text;
        return directory / name;
    }
    test::TempDirectory directory;
    test::FakeSpool fake;
    test::FakeClock clock;
    Metrics metrics;
    std::unique_ptr<status::AdminServer> server;
    AdminTarget target;
    Environment environment;
};

TEST_F(Reach, ASealedSpoolIsOpenedWithItsKeyFromAFileTheEnvironmentOrACredential) {
    const std::string digits(64, '7');
    {
        spool::SpoolOptions options;
        options.directory = directory / "sealed";
        options.key = SealKey::from_hex(digits);
        auto opened = spool::Spool::open(std::move(options), clock, metrics);
        ASSERT_TRUE(opened) << opened.error().message;
        ASSERT_TRUE((*opened)->close());
    }
    target.spool = directory / "sealed";
    const auto asked = [&](const Environment& with) -> bool {
        const auto desk = AdminDesk::reach(target, with);
        return desk && (*desk)->ask("GET", "status").has_value();
    };
    const auto refused = AdminDesk::reach(target, environment);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr(SealKey::from_hex(digits)->id()));
    EXPECT_FALSE(asked({{"HOOKLINE_SPOOL_KEY", std::string(64, '8')}}));
    EXPECT_FALSE(asked({{"HOOKLINE_SPOOL_KEY", "no key"}}));
    EXPECT_TRUE(asked({{"HOOKLINE_SPOOL_KEY", digits}}));
    EXPECT_TRUE(asked({{"HOOKLINE_SPOOL_KEY_FILE", written("key", digits + "\n").string()}}));
    written("credentials/spool.key", digits);
    EXPECT_TRUE(asked({{"CREDENTIALS_DIRECTORY", (directory / "credentials").string()}}));
    written("all/hookline_spool.key", digits);
    EXPECT_TRUE(asked({{"CREDENTIALS_DIRECTORY", (directory / "all").string()}}));
    target.spool_key_file = written("key", digits + "\n");
    EXPECT_TRUE(asked({{"HOOKLINE_SPOOL_KEY", std::string(64, '8')}})) << "a file that is named comes first";
}

TEST_F(Reach, TheTokenComesFromItsFileTheEnvironmentOrTheSpool) {
    target.token_file = written("token", token + "\n");
    EXPECT_TRUE(AdminDesk::reach(target, environment).value()->ask("GET", "status"));
    target.token_file.reset();
    environment["HOOKLINE_ADMIN_TOKEN"] = token;
    EXPECT_TRUE(AdminDesk::reach(target, environment).value()->ask("GET", "status"));
    environment.clear();
    target.spool = written("spool/admin-token", token + "\n").parent_path();
    EXPECT_TRUE(AdminDesk::reach(target, environment).value()->ask("GET", "status"));
}

TEST_F(Reach, TheAddressCanComeFromTheEnvironment) {
    environment = {{"HOOKLINE_ADMIN_TOKEN", token}, {"HOOKLINE_ADMIN_LISTEN", target.address}};
    target.address.clear();
    EXPECT_TRUE(AdminDesk::reach(target, environment).value()->ask("GET", "status"));
}

TEST_F(Reach, WithoutATokenItSaysHowToGiveOne) {
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_FALSE(reached);
    EXPECT_THAT(reached.error().message, AllOf(HasSubstr("wants its admin token"), HasSubstr("--admin-token-file")));
}

TEST_F(Reach, AWrongTokenIsRefusedInWords) {
    environment["HOOKLINE_ADMIN_TOKEN"] = "another-token-altogether";
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_TRUE(reached);
    const auto told = (*reached)->ask("GET", "status");
    ASSERT_FALSE(told);
    EXPECT_THAT(told.error().message, HasSubstr("admin token"));
}

TEST_F(Reach, WhereNobodyAnswersItSaysWhatWouldHelp) {
    server->stop();
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_FALSE(reached);
    EXPECT_THAT(reached.error().message,
                AllOf(HasSubstr("no relay answers at " + target.address), HasSubstr("--spool DIR")));
}

TEST_F(Reach, ASpoolThatNoRelayHasOpenIsAskedItself) {
    server->stop();
    target.spool = directory / "spool";
    leave_spool(*target.spool);
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_TRUE(reached) << reached.error().message;
    EXPECT_THAT((*reached)->name(), HasSubstr("no relay runs"));
    const auto told = (*reached)->ask("GET", "status");
    ASSERT_TRUE(told) << told.error().message;
    EXPECT_EQ((*told)["relay"]["running"], false);
}

TEST_F(Reach, ASpoolThatSomebodyHasOpenIsLeftAlone) {
    server->stop();
    spool::SpoolOptions options;
    options.directory = directory / "spool";
    const auto open = spool::Spool::open(std::move(options), clock, metrics);
    ASSERT_TRUE(open) << open.error().message;
    target.spool = directory / "spool";
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_FALSE(reached);
    EXPECT_THAT(reached.error().message, HasSubstr("name it with --admin"));
}

TEST_F(Reach, AMistypedPathDoesNotBecomeASpool) {
    server->stop();
    target.spool = directory / "spol";
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_FALSE(reached);
    EXPECT_THAT(reached.error().message, HasSubstr("is no spool"));
    EXPECT_FALSE(std::filesystem::exists(*target.spool));
}

TEST_F(Reach, TheTokenOfASpoolThatNoRelayHasOpenIsShownToNobody) {
    std::atomic<int> asked = 0;
    class Stranger final : public net::HttpHandler {
     public:
        explicit Stranger(std::atomic<int>& asked) : asked_(asked) {}
        std::optional<net::HttpResponse> on_head(const net::RequestHead&) override {
            ++asked_;
            return {};
        }
        void on_request(net::RequestHead, std::string, net::Responder responder) override { responder.respond({}); }

     private:
        std::atomic<int>& asked_;
    };
    net::HttpServerOptions options;
    options.listen = {{"127.0.0.1", 0}};
    const auto stranger = net::HttpServer::start(
        std::move(options), [&](unsigned) { return std::make_unique<Stranger>(asked); }, metrics);
    ASSERT_TRUE(stranger) << stranger.error().message;
    target.address = net::to_string((*stranger)->endpoints().at(0));
    target.spool = directory / "spool";
    leave_spool(*target.spool);
    written("spool/admin-token", token + "\n");
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_TRUE(reached) << reached.error().message;
    EXPECT_THAT((*reached)->name(), HasSubstr("no relay runs"));
    EXPECT_EQ(asked, 0);
}

TEST_F(Reach, AnotherRelayAtTheAddressIsNotTakenForThisSpools) {
    target.spool = directory / "spool";
    leave_spool(*target.spool);
    written("spool/admin-token", "the-token-of-another-relay\n");
    const auto reached = AdminDesk::reach(target, environment);
    ASSERT_TRUE(reached) << reached.error().message;
    EXPECT_THAT((*reached)->name(), HasSubstr("no relay runs"));
}

TEST(PercentEncoding, LeavesOnlyWhatIsPlain) {
    EXPECT_EQ(percent_encoded("a b/ü&c-d_e.f"), "a%20b%2F%C3%BC%26c-d_e.f");
}

}  // namespace
}  // namespace hookline::app
