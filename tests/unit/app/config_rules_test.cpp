// What the configuration refuses, and in what words.

#include "unit/app/config_support.h"

namespace hookline::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

TEST(ConfigRules, RunsWithoutAFile) {
    const Config config = Written().accepted();
    EXPECT_EQ(config.listen, (std::vector<net::Endpoint>{{"127.0.0.1", 8080}}));
    EXPECT_TRUE(config.entrances.header_mode.enabled);
    EXPECT_THAT(config.entrances.regions, ::testing::Contains("us"));
    EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(ConfigRules, ReportsEverythingThatIsWrongAtOnceWithLineAndColumn) {
    Written written;
    written.file(
        "[spool]\n"
        "tenant_bytes_max = \"20 Gigs\"\n"
        "tenant_byte_max = \"20 GiB\"\n"
        "heartbeat = 10\n"
        "[ship]\n"
        "  bulk_lines_max = 0\n"
        "[receive]\n"
        "listen = [\"127.0.0.1:8080\", 7, \"nowhere\"]\n");
    written.variable("HOOKLINE_LOG_LEVEL", "loud");
    EXPECT_THAT(
        written.problems(),
        ElementsAre(
            AllOf(StartsWith("$HOOKLINE_LOG_LEVEL: log.level: "),
                  HasSubstr("expected one of debug, info, warn, error")),
            AllOf(StartsWith("hookline.toml:2:20: spool.tenant_bytes_max: "), HasSubstr("\"20 GiB\"")),
            StartsWith(
                "hookline.toml:3:1: spool.tenant_byte_max: unknown key (did you mean \"spool.tenant_bytes_max\"?)"),
            AllOf(StartsWith("hookline.toml:4:13: spool.heartbeat: "), HasSubstr("with its unit")),
            AllOf(StartsWith("hookline.toml:6:20: ship.bulk_lines_max: "), HasSubstr("expected 1 to 1000000")),
            AllOf(StartsWith("hookline.toml:8:29: receive.listen: "), HasSubstr("texts only")),
            AllOf(StartsWith("hookline.toml:8:32: receive.listen: "), HasSubstr("\"0.0.0.0:8443\""))));
}

TEST(ConfigRules, AnAddressThatCannotBeReadIsNotAlsoCalledMissing) {
    Written written;
    written.flag("receive.listen", "127.0.0.1:22x");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("\"127.0.0.1:22x\" has no port")));
    Written none;
    none.file("[receive]\nlisten = []\n");
    EXPECT_THAT(none.problems(), ElementsAre(HasSubstr("is empty; expected at least one address")));
}

TEST(ConfigRules, NamesThePlaceWhereTheFileStopsBeingToml) {
    Written written;
    written.file("[receive]\nlisten = [\"127.0.0.1:1\"\ntls = \"off\"\n");
    ASSERT_THAT(written.problems(), ElementsAre(AllOf(StartsWith("hookline.toml:3:"), HasSubstr("is no TOML"))));
}

TEST(ConfigRules, SaysThatTheFileIsNotThere) {
    Written written;
    written.variable("HOOKLINE_CONFIG", written.path("absent.toml").string());
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("No such file or directory")));
}

TEST(ConfigRules, ASectionThatNobodyKnowsIsAProblemKeyByKey) {
    Written written;
    written.file("[tenant.acme]\nregion = \"us\"\n[recieve]\ntls = \"off\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("did you mean \"tenants.acme.region\"?"),
                                                HasSubstr("did you mean \"receive.tls\"?")));
}

TEST(ConfigRules, AnEmptySectionThatNobodyKnowsIsAProblemTooAndAKnownOneIsNone) {
    Written written;
    written.file("[recieve]\n[log.levels]\n[receive]\n[tenants]\n");
    EXPECT_THAT(written.problems(),
                ElementsAre(StartsWith("hookline.toml:1:2: recieve: unknown section (did you mean \"receive\"?)"),
                            StartsWith("hookline.toml:2:6: log.levels: unknown section")));
}

TEST(ConfigRules, NeverTakesASecretOutOfTheFileAndNeverRepeatsIt) {
    Written written;
    written.file("[tenants.acme]\nregion = \"us\"\ntoken = \"" + token_of_acme +
                 "\"\n[access]\nsecret = \"hush-hush-hush\"\n");
    const auto problems = written.problems();
    EXPECT_THAT(problems,
                UnorderedElementsAre(
                    AllOf(StartsWith("hookline.toml:3:1: tenants.acme.token: "), HasSubstr("tenants.acme.token_file"),
                          HasSubstr("$HOOKLINE_TENANTS_ACME_TOKEN"), HasSubstr("credential tenants.acme.token")),
                    AllOf(StartsWith("hookline.toml:5:1: access.secret: "), HasSubstr("access.secret_files")),
                    HasSubstr("tenants.acme: has no token")));
    for (const std::string& problem : problems) {
        EXPECT_THAT(problem, ::testing::Not(HasSubstr(token_of_acme)));
        EXPECT_THAT(problem, ::testing::Not(HasSubstr("hush")));
    }
}

TEST(ConfigRules, NeverTakesASecretFromTheCommandLine) {
    Written written;
    written.flag("access.secret", "hush-hush-hush");
    EXPECT_THAT(written.problems(),
                ElementsAre(AllOf(StartsWith("command line: access.secret: "), ::testing::Not(HasSubstr("hush")))));
}

TEST(ConfigRules, ATokenOfTheWrongShapeIsRefusedWithoutShowingIt) {
    Written written;
    written.file("[tenants.acme]\nregion = \"us\"\ntoken_file = \"acme-token\"\n");
    written.write("acme-token", "too-short-token\n");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(HasSubstr("hookline.toml:3:14: tenants.acme.token_file: "),
                                                      HasSubstr("expected 32 letters and digits, got 15"),
                                                      ::testing::Not(HasSubstr("too-short-token")))));
}

TEST(ConfigRules, HeaderModeBeyondLoopbackNeedsARuleOrAnExplicitYes) {
    const std::string outside = "[receive]\nlisten = [\"0.0.0.0:8443\"]\n";
    const auto with = [&](const std::string& more) {
        Written written;
        written.write("okta-secret", "a-shared-secret-for-okta\n");
        written.write("tokens", token_of_acme + "\n");
        written.file(outside + more);
        return written.problems();
    };
    EXPECT_THAT(with(""), ElementsAre(AllOf(StartsWith("hookline.toml:2:10: receive.listen: 0.0.0.0:8443 is open"),
                                            HasSubstr("access.open = true"))));
    EXPECT_THAT(with("[access]\nopen = true\n"), IsEmpty());
    EXPECT_THAT(with("[access]\nsecret_files = [\"okta-secret\"]\n"), IsEmpty());
    EXPECT_THAT(with("[access]\ntokens_allowed_file = \"tokens\"\n"), IsEmpty());
    EXPECT_THAT(with("[access]\nsources = [\"10.0.0.0/8\"]\n"), IsEmpty());
}

TEST(ConfigRules, HeaderModeIsOffOnceThereAreHooksUnlessItIsEnabled) {
    Written written;
    written.acme();
    written.file(Written::acme_toml() + "[receive]\nlisten = [\"0.0.0.0:8443\"]\n");
    EXPECT_FALSE(written.accepted().entrances.header_mode.enabled);
    written.file(Written::acme_toml() + "[access]\nheader_mode = true\n");
    EXPECT_TRUE(written.accepted().entrances.header_mode.enabled);
}

TEST(ConfigRules, WithoutAnyEntranceNothingCouldBeDelivered) {
    Written written;
    written.file("[access]\nheader_mode = false\n");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(StartsWith("hookline.toml:2:15: access.header_mode"),
                                                      HasSubstr("there is no hook"))));
}

TEST(ConfigRules, AnAllowListThatListsNobodyIsNotTakenForAnybody) {
    Written written;
    written.write("tokens", "# none yet\n\n");
    written.file("[receive]\nlisten = [\"0.0.0.0:1\"]\n[access]\ntokens_allowed_file = \"tokens\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("lists no token")));
}

TEST(ConfigRules, AnAllowListTakesTokensAndTheirDigests) {
    Written written;
    const Sha256 digest = sha256("OtherOtherOtherOtherOtherOther12");
    written.write("tokens", "# acme\n" + token_of_acme + "\n" + hex(digest) + "\n");
    written.file("[access]\ntokens_allowed_file = \"tokens\"\n");
    EXPECT_THAT(written.accepted().entrances.header_mode.tokens_allowed.digests(),
                ElementsAre(sha256(token_of_acme), digest));
}

TEST(ConfigRules, ACertificateNeedsItsKeyAndTlsNeedsBoth) {
    const auto with = [](const std::string& lines) {
        Written written;
        written.file("[receive]\n" + lines);
        return written.problems();
    };
    EXPECT_THAT(with("certificate = \"c.pem\"\n"),
                ElementsAre(AllOf(StartsWith("hookline.toml:2:15: receive.certificate"), HasSubstr("receive.key"))));
    EXPECT_THAT(with("key = \"k.pem\"\n"), ElementsAre(HasSubstr("receive.certificate beside it")));
    EXPECT_THAT(with("tls = \"on\"\n"), ElementsAre(HasSubstr("on without a certificate")));
    EXPECT_THAT(with("certificate = \"c.pem\"\nkey = \"k.pem\"\n"), IsEmpty());
}

TEST(ConfigRules, ACertificateWithItsKeyMeansTlsUnlessItIsSwitchedOff) {
    Written written;
    written.file("[receive]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
    EXPECT_TRUE(written.accepted().tls);
    written.flag("receive.tls", "off");
    const Config config = written.accepted();
    EXPECT_FALSE(config.tls);
    EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("certificate is not used")));
}

TEST(ConfigRules, TheAdminAddressHasACertificateOfItsOwnOrAWarning) {
    Written written;
    written.file("[admin]\nlisten = \"0.0.0.0:9180\"\n");
    EXPECT_THAT(written.accepted().warnings,
                ElementsAre(AllOf(HasSubstr("plain HTTP"), HasSubstr("admin.certificate"))));
    written.file("[admin]\nlisten = \"0.0.0.0:9180\"\ncertificate = \"c.pem\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("has no admin.key beside it")));
    written.file("[admin]\nlisten = \"0.0.0.0:9180\"\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n");
    EXPECT_THAT(written.accepted().warnings, IsEmpty());
    EXPECT_FALSE(written.accepted().tls) << "that is of receive alone";
}

TEST(ConfigRules, AHookLeadsToATenantThatExists) {
    Written written;
    written.acme();
    written.file(Written::acme_toml() + "[hooks.second]\ntenant = \"acmee\"\nsecret_files = [\"acme-secret\"]\n");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(StartsWith("hookline.toml:7:10: hooks.second.tenant: "),
                                                      HasSubstr("no [tenants.acmee] (did you mean \"acme\"?)"))));
}

TEST(ConfigRules, TheLogIsShippedToATenantThatExistsAndNeedsNoHook) {
    Written written;
    written.acme();
    const std::string ops = "[tenants.ops]\nregion = \"us\"\ntoken_file = \"acme-token\"\n";
    written.file(Written::acme_toml() + ops + "[log]\nship_to = \"opps\"\n");
    EXPECT_THAT(written.problems(),
                ElementsAre(AllOf(HasSubstr("log.ship_to: leads to no tenant: there is no [tenants.opps]"),
                                  HasSubstr("did you mean \"ops\"?"))));
    written.file(Written::acme_toml() + ops + "[log]\nship_to = \"ops\"\n");
    EXPECT_THAT(written.accepted().warnings, IsEmpty());
    written.file(Written::acme_toml() + ops);
    EXPECT_THAT(written.accepted().warnings, ElementsAre(HasSubstr("no hook leads to the tenant ops")));
}

TEST(ConfigRules, AHookWithoutASecretIsRefused) {
    Written written;
    written.acme();
    written.file(Written::acme_toml() + "[tenants.bare]\nregion = \"eu\"\ntoken_file = \"acme-token\"\n[hooks.bare]\n");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(StartsWith("hookline.toml:9:8: hooks.bare: has no secret"),
                                                      HasSubstr("hooks.bare.secret_files"))));
}

TEST(ConfigRules, ATenantNeedsARegionThatIsKnownAndAToken) {
    Written written;
    written.file("[tenants.acme]\n[tenants.beta]\nregion = \"ue\"\n");
    written.variable("HOOKLINE_TENANTS_BETA_TOKEN", token_of_acme);
    EXPECT_THAT(
        written.problems(),
        UnorderedElementsAre(HasSubstr("tenants.acme: has no region"), HasSubstr("tenants.acme: has no token"),
                             AllOf(HasSubstr("tenants.beta.region: \"ue\" is no region"), HasSubstr("au, ca, eu"))));
}

TEST(ConfigRules, APlainHttpListenerBeyondLoopbackMustBeAllowed) {
    Written written;
    written.file(
        "[regions.us]\nurl = \"http://logz.example.com:8070\"\n[regions.eu]\nurl = \"http://127.0.0.1:9100\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(StartsWith("hookline.toml:2:7: regions.us.url: ")));
    written.flag("ship.plain_http_allowed", "on");
    EXPECT_EQ(written.accepted().regions.url("us"), "http://logz.example.com:8070");
}

TEST(ConfigRules, ARegionOfOnesOwnCanBeAddedAndIsAccepted) {
    Written written;
    written.file("[regions.lab]\nurl = \"https://lab.example.com:8071\"\n");
    const Config config = written.accepted();
    EXPECT_EQ(config.regions.url("lab"), "https://lab.example.com:8071");
    EXPECT_THAT(config.entrances.regions, ::testing::Contains("lab"));
}

TEST(ConfigRules, LimitsThatContradictEachOtherAreNamedTogether) {
    Written written;
    written.file("[ship]\nbackoff_first = \"30 s\"\nbackoff_max = \"2 s\"\n[receive]\nbody_bytes_max = \"65 MiB\"\n");
    EXPECT_THAT(
        written.problems(),
        ElementsAre(HasSubstr("hookline.toml:2:17: ship.backoff_first: ship.backoff_first is above ship.backoff_max"),
                    HasSubstr("above receive.bodies_bytes_max"), HasSubstr("above receive.admitted_bytes_max")));
}

TEST(ConfigRules, TheAdminAddressIsItsOwn) {
    Written written;
    written.flag("receive.listen", "127.0.0.1:9180");
    EXPECT_THAT(written.problems(),
                ElementsAre(HasSubstr("admin.listen: is 127.0.0.1:9180, where deliveries are taken")));
    written.flag("admin.listen", "off");
    EXPECT_FALSE(written.accepted().admin.has_value());
}

TEST(ConfigRules, TheProxyProtocolNeedsSomebodyToTrust) {
    Written written;
    written.file("[receive]\nproxy_protocol = true\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("receive.trusted_proxies names nobody")));
}

TEST(ConfigRules, AProxyUrlMayHoldNoPasswordAndItIsNotRepeated) {
    Written written;
    written.file("[client]\nproxy = \"http://me:hush@proxy:3128\"\n");
    EXPECT_THAT(written.problems(),
                ElementsAre(AllOf(HasSubstr("client.proxy_credentials_file"), ::testing::Not(HasSubstr("hush")))));
}

TEST(ConfigRules, ASecretThatHttpCannotCarryIsRefused) {
    Written written;
    written.write("secret", " leading blank is taken off\n");
    written.file("[access]\nsecret_files = [\"secret\"]\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("it could never match")));
}

TEST(ConfigRules, NamesOfTenantsAndHooksFitIntoAPath) {
    Written written;
    written.acme();
    written.file("[tenants.\"a/b\"]\nregion = \"us\"\ntoken_file = \"acme-token\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(HasSubstr("tenants.a/b"), HasSubstr("is no good name"))));
}

TEST(ConfigRules, ATenantsNameIsNoNumber) {
    Written written;
    written.acme();
    written.file("[tenants.2]\nregion = \"us\"\ntoken_file = \"acme-token\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(HasSubstr("tenants.2"), HasSubstr("a tenant's number"))));
}

TEST(ConfigRules, AHeaderWithAMeaningOfItsOwnCarriesNoSecret) {
    Written written;
    written.file("[access]\nauthorization_header = \"Logzio_Token\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("has a meaning of its own")));
    written.file("[access]\nauthorization_header = \"x api key\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("is no header name")));
}

TEST(ConfigRules, WarnsOfWhatIsNoErrorButWorthKnowing) {
    Written written;
    written.write("secret", "short\n");
    std::filesystem::permissions(written.path("secret"), std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    written.file(
        "[receive]\nlisten = [\"0.0.0.0:8080\"]\n[access]\nsecret_files = [\"secret\"]\n[admin]\nlisten = "
        "\"0.0.0.0:9180\"\n");
    EXPECT_THAT(written.accepted().warnings,
                UnorderedElementsAre(HasSubstr("everyone on this machine can read"), HasSubstr("come without TLS"),
                                     HasSubstr("admin API on 0.0.0.0:9180"), HasSubstr("shorter than 16 characters")));
}

}  // namespace
}  // namespace hookline::app
