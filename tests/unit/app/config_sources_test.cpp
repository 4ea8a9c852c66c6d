// Where values come from, and which source wins.

#include "unit/app/config_support.h"

namespace hookline::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

TEST(ConfigSources, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
    Written written;
    EXPECT_EQ(written.accepted().spool_directory, Path("./hookline-spool"));
    written.file("[spool]\ndirectory = \"/of/the/file\"\n");
    EXPECT_EQ(written.accepted().spool_directory, Path("/of/the/file"));
    written.variable("HOOKLINE_SPOOL_DIRECTORY", "/of/the/environment");
    EXPECT_EQ(written.accepted().spool_directory, Path("/of/the/environment"));
    written.flag("spool.directory", "/of/the/flags");
    EXPECT_EQ(written.accepted().spool_directory, Path("/of/the/flags"));
}

TEST(ConfigSources, WhatIsReplacedIsJudgedAllTheSame) {
    Written written;
    written.file(
        "[spool]\ntenant_bytes_max = \"20 Gigs\"\n[receive]\nlisten = [\"nowhere\"]\nconnections_max = 0\n"
        "[log]\nlevel = \"loud\"\n");
    written.variable("HOOKLINE_SPOOL_TENANT_BYTES_MAX", "20 GiB");
    written.variable("HOOKLINE_RECEIVE_CONNECTIONS_MAX", "many");
    written.variable("HOOKLINE_LOG_LEVEL", "warn");
    written.flag("receive.listen", "127.0.0.1:9000");
    written.flag("receive.connections_max", "100");
    EXPECT_THAT(written.problems(),
                ElementsAre(StartsWith("$HOOKLINE_RECEIVE_CONNECTIONS_MAX: receive.connections_max: \"many\""),
                            StartsWith("hookline.toml:2:20: spool.tenant_bytes_max: \"20 Gigs\""),
                            StartsWith("hookline.toml:4:11: receive.listen: \"nowhere\""),
                            StartsWith("hookline.toml:5:19: receive.connections_max: \"0\""),
                            StartsWith("hookline.toml:7:9: log.level: \"loud\"")));
}

TEST(ConfigSources, AFileThatIsReplacedNeedNotBeThere) {
    Written written;
    written.write("acme-token", token_of_acme + "\n");
    written.file("[tenants.acme]\nregion = \"us\"\ntoken_file = \"/no/such/token\"\n");
    written.variable("HOOKLINE_TENANTS_ACME_TOKEN_FILE", written.path("acme-token").string());
    EXPECT_TRUE(written.accepted().tenants.at("acme").token.matches(token_of_acme));
}

TEST(ConfigSources, AFileThatIsNotThereIsNotMissedWhereALaterSourceBringsTheSecret) {
    Written written;
    written.file(
        "[tenants.acme]\nregion = \"us\"\ntoken_file = \"/no/such/token\"\n[spool]\nkey_file = \"/no/such/key\"\n"
        "[admin]\ntoken_file = \"/no/such/token\"\n[client]\nproxy = \"http://proxy.example.com:3128\"\n"
        "proxy_credentials_file = \"/no/such/file\"\n");
    written.credential("tenants.acme.token", token_of_acme);
    written.variable("HOOKLINE_SPOOL_KEY", key_of_spool);
    written.variable("HOOKLINE_ADMIN_TOKEN", "an-admin-token-of-some-length");
    written.credential("client.proxy_credentials", "relay:its-password");
    const Config config = written.accepted();
    EXPECT_TRUE(config.tenants.at("acme").token.matches(token_of_acme));
    EXPECT_EQ(config.spool_key, SealKey::from_hex(key_of_spool));
    EXPECT_TRUE(config.admin_token && config.admin_token->matches("an-admin-token-of-some-length"));
    EXPECT_TRUE(config.client.proxy_credentials.matches("relay:its-password"));
}

TEST(ConfigSources, AFileOfALaterSourceTakesTheSecretsPlace) {
    Written written;
    written.write("acme-token", token_of_acme + "\n");
    written.variable("HOOKLINE_TENANTS_ACME_REGION", "us");
    written.credential("tenants.acme.token", "OtherOtherOtherOtherOtherOther12");
    written.variable("HOOKLINE_TENANTS_ACME_TOKEN_FILE", written.path("acme-token").string());
    EXPECT_TRUE(written.accepted().tenants.at("acme").token.matches(token_of_acme));
}

TEST(ConfigSources, ASecretWhereItsFilesNameBelongsIsNotShown) {
    Written written;
    written.file("[tenants.acme]\nregion = \"us\"\ntoken_file = \"" + token_of_acme +
                 "\"\n[hooks.acme]\nsecret_files = [\"" + secret_of_acme + "\"]\n[spool]\nkey_file = \"" +
                 key_of_spool +
                 "\"\n[admin]\ntoken_file = \"pass.word.of/base64==\"\n[client]\n"
                 "proxy = \"http://proxy.example.com:3128\"\nproxy_credentials_file = \"relay:pass.word\"\n"
                 "[access]\nsecret_files = [\"the secret\"]\ntokens_allowed_file = \"" +
                 token_of_acme + "\"\n");
    const auto problems = written.problems();
    EXPECT_THAT(problems, ::testing::SizeIs(7));
    for (const std::string& problem : problems) {
        EXPECT_THAT(problem, HasSubstr("that can be read; if it is the secret itself"));
        for (const std::string& secret : {token_of_acme, secret_of_acme, key_of_spool, std::string("base64=="),
                                          std::string("pass.word"), std::string("the secret\""), std::string("\"the")})
            EXPECT_THAT(problem, Not(HasSubstr(secret)));
    }
}

TEST(ConfigSources, APathThatIsNotThereIsShown) {
    Written written;
    written.file("[access]\nsecret_files = [\"/etc/no-such-folder/secret\", \"./secret\"]\n");
    EXPECT_THAT(written.problems(),
                ElementsAre(AllOf(HasSubstr("/etc/no-such-folder/secret"), HasSubstr("No such file")),
                            AllOf(HasSubstr("./secret"), HasSubstr("No such file"))));
}

TEST(ConfigSources, ATokenOrKeyAtAnyWrongPlaceIsNotShown) {
    Written written;
    written.acme();
    written.file("[tenants.acme]\nregion = \"" + token_of_acme + "\"\ntoken_file = \"acme-token\"\n" + token_of_acme +
                 " = \"x\"\n[hooks.acme]\nsecret_files = [\"acme-secret\"]\ntenant = \"" + token_of_acme +
                 "\"\n[log]\nlevel = \"" + key_of_spool +
                 "\"\n[receive]\nkey = \"\"\"-----BEGIN PRIVATE KEY-----\nMIGH"
                 "\"\"\"\n");
    const auto problems = written.problems();
    EXPECT_THAT(problems, ::testing::Contains(HasSubstr("tenants.acme.<32 characters not shown>: unknown key")));
    EXPECT_THAT(problems, ::testing::Contains(HasSubstr("log.level: \"<64 characters not shown>\" is not known")));
    EXPECT_THAT(problems, ::testing::Contains(HasSubstr("receive.key: holds the text of a PEM file")));
    for (const std::string& problem : problems) {
        EXPECT_THAT(problem, Not(HasSubstr(token_of_acme)));
        EXPECT_THAT(problem, Not(HasSubstr(key_of_spool)));
        EXPECT_THAT(problem, Not(HasSubstr("MIGH")));
    }
}

TEST(ConfigSources, AReplacedSecretOfTheWrongShapeIsNamedAndNotShown) {
    Written written;
    written.acme();
    written.file(Written::acme_toml());
    written.credential("admin.token", "short-secret");
    written.variable("HOOKLINE_ADMIN_TOKEN", "an-admin-token-of-some-length");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(StartsWith("credential admin.token: admin.token: is shorter"),
                                                      Not(HasSubstr("short-secret")))));
}

TEST(ConfigSources, AKeyOfTheSpoolOfTheWrongShapeIsNamedAndNotShown) {
    Written written;
    written.credential("spool.key", "5e0c4e7");
    EXPECT_THAT(written.problems(),
                ElementsAre(AllOf(StartsWith("credential spool.key: spool.key: is no key: expected one line of 64"),
                                  HasSubstr("openssl rand -hex 32"), Not(HasSubstr("5e0c4e7")))));
    written.credential("spool.key", key_of_spool);
    EXPECT_EQ(written.accepted().spool_key, SealKey::from_hex(key_of_spool));
    written.file("[spool]\nkey = \"" + key_of_spool + "\"\n");
    EXPECT_THAT(written.problems(), ElementsAre(AllOf(HasSubstr("spool.key_file"), Not(HasSubstr(key_of_spool)))));
}

TEST(ConfigSources, RelativePathsStartWhereTheFileLies) {
    Written written;
    written.file("[spool]\ndirectory = \"spool\"\n");
    EXPECT_EQ(written.accepted().spool_directory, written.path("spool"));
    written.flag("spool.directory", "spool");
    EXPECT_EQ(written.accepted().spool_directory, Path("spool"));
}

TEST(ConfigSources, AListInTheEnvironmentIsSplitAtCommasAndReplacesTheFiles) {
    Written written;
    written.file("[receive]\nlisten = [\"127.0.0.1:1\"]\n");
    written.variable("HOOKLINE_RECEIVE_LISTEN", "127.0.0.1:2, [::1]:3");
    EXPECT_EQ(written.accepted().listen, (std::vector<net::Endpoint>{{"127.0.0.1", 2}, {"::1", 3}}));
}

TEST(ConfigSources, ARepeatedFlagGoesOnWithItsList) {
    Written written;
    written.flag("receive.listen", "127.0.0.1:2");
    written.flag("receive.listen", "127.0.0.1:3");
    EXPECT_EQ(written.accepted().listen, (std::vector<net::Endpoint>{{"127.0.0.1", 2}, {"127.0.0.1", 3}}));
}

TEST(ConfigSources, ATenantAndItsHookCanLiveInTheEnvironmentAlone) {
    Written written;
    written.variable("HOOKLINE_TENANTS_ACME_EU_REGION", "eu");
    written.variable("HOOKLINE_TENANTS_ACME_EU_TOKEN", token_of_acme);
    written.variable("HOOKLINE_HOOKS_ACME_EU_SECRET", secret_of_acme);
    const Config config = written.accepted();
    ASSERT_TRUE(config.tenants.contains("acme_eu"));
    EXPECT_TRUE(config.tenants.at("acme_eu").token.matches(token_of_acme));
    ASSERT_TRUE(config.entrances.hooks.contains("acme_eu"));
    EXPECT_EQ(config.entrances.hooks.at("acme_eu").tenant, "acme_eu");
    EXPECT_TRUE(config.entrances.hooks.at("acme_eu").secrets.at(0).matches(secret_of_acme));
}

TEST(ConfigSources, AVariableFindsTheTenantOfTheFileThroughItsDashesAndCase) {
    Written written;
    written.file("[tenants.Acme-EU]\nregion = \"eu\"\n");
    written.variable("HOOKLINE_TENANTS_ACME_EU_TOKEN", token_of_acme);
    const Config config = written.accepted();
    ASSERT_EQ(config.tenants.size(), 1U);
    EXPECT_TRUE(config.tenants.at("Acme-EU").token.matches(token_of_acme));
}

TEST(ConfigSources, AVariableFindsTheNamesOfItsOwnSectionFirst) {
    Written written;
    written.write("acme-token", token_of_acme + "\n");
    written.file(
        "[tenants.acme-eu]\nregion = \"my-own\"\ntoken_file = \"acme-token\"\n[hooks.acme_eu]\ntenant = \"acme-eu\"\n"
        "[regions.my-own]\nurl = \"https://one.example.com:8071\"\n");
    written.variable("HOOKLINE_HOOKS_ACME_EU_SECRET", secret_of_acme);
    written.variable("HOOKLINE_REGIONS_MY_OWN_URL", "https://other.example.com:8071");
    const Config config = written.accepted();
    ASSERT_EQ(config.entrances.hooks.size(), 1U);
    EXPECT_EQ(config.entrances.hooks.at("acme_eu").tenant, "acme-eu");
    EXPECT_EQ(config.regions.url("my-own"), "https://other.example.com:8071");
    EXPECT_FALSE(config.regions.url("my_own"));
}

TEST(ConfigSources, AVariableThatNoKeyAnswersToIsAProblem) {
    Written written;
    written.variable("HOOKLINE_SPOOL_DIRECTROY", "/x");
    written.variable("HOOKLINE_TENANT_ACME_TOKEN", token_of_acme);
    EXPECT_THAT(written.problems(),
                ElementsAre(StartsWith("$HOOKLINE_SPOOL_DIRECTROY: no key answers to this variable (did you mean "
                                       "\"HOOKLINE_SPOOL_DIRECTORY\"?)"),
                            AllOf(HasSubstr("HOOKLINE_TENANTS_ACME_TOKEN"), ::testing::Not(HasSubstr(token_of_acme)))));
}

TEST(ConfigSources, WhatKubernetesPutsBesideAServiceCalledHooklineIsNobodysMistake) {
    Written written;
    written.variable("HOOKLINE_SERVICE_HOST", "10.0.0.1");
    written.variable("HOOKLINE_SERVICE_PORT", "443");
    written.variable("HOOKLINE_SERVICE_PORT_HTTPS", "443");
    written.variable("HOOKLINE_PORT", "tcp://10.0.0.1:443");
    written.variable("HOOKLINE_PORT_443_TCP_ADDR", "10.0.0.1");
    written.variable("HOOKLINE_ADMIN_PORT_9180_TCP", "tcp://10.0.0.2:9180");
    EXPECT_THAT(written.problems(), IsEmpty());
}

TEST(ConfigSources, AnEmptyVariableSaysNothing) {
    Written written;
    written.variable("HOOKLINE_LOG_LEVEL", "");
    EXPECT_EQ(written.accepted().log_level, LogLevel::info);
}

TEST(ConfigSources, SystemdCredentialsBringSecretsAndFiles) {
    Written written;
    written.file("[tenants.acme]\nregion = \"us\"\n");
    written.credential("tenants.acme.token", token_of_acme + "\n");
    written.credential("hooks.acme.secret", secret_of_acme + "\nthe-next-one-to-come\n");
    written.credential("receive.certificate", "pem");
    written.credential("receive.key", "pem");
    const Config config = written.accepted();
    EXPECT_TRUE(config.tenants.at("acme").token.matches(token_of_acme));
    EXPECT_EQ(config.entrances.hooks.at("acme").secrets.size(), 2U);
    EXPECT_EQ(config.certificate, written.path("credentials/receive.certificate"));
    EXPECT_EQ(config.key, written.path("credentials/receive.key"));
}

TEST(ConfigSources, ADirectoryOfCredentialsGivesEachAPrefix) {
    Written written;
    written.file("[tenants.acme]\nregion = \"us\"\n");
    written.credential("hookline_tenants.acme.token", token_of_acme + "\n");
    written.credential("hookline_hooks.acme.secret", secret_of_acme + "\n");
    written.credential("hookline_spool.key", key_of_spool);
    written.credential("hookline_notes", "x");
    const Config config = written.accepted();
    EXPECT_TRUE(config.tenants.at("acme").token.matches(token_of_acme));
    EXPECT_TRUE(config.entrances.hooks.contains("acme"));
    EXPECT_TRUE(config.spool_key);
    EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("credential hookline_notes is not used")));
}

TEST(ConfigSources, AKubernetesVolumeMayHoldTheCredentials) {
    Written written;
    written.file("[tenants.acme]\nregion = \"us\"\n[hooks.acme]\n");
    written.credential("..2026_11_23/tenants.acme.token", token_of_acme + "\n");
    written.credential("hooks.acme.secret", secret_of_acme + "\n");
    std::filesystem::create_directory_symlink("..2026_11_23", written.path("credentials/..data"));
    std::filesystem::create_symlink("..data/tenants.acme.token", written.path("credentials/tenants.acme.token"));
    const Config config = written.accepted();
    EXPECT_TRUE(config.tenants.at("acme").token.matches(token_of_acme));
    EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(ConfigSources, WherePassedSocketsListenIsJudgedInPlaceOfWhatWasSaid) {
    Written written;
    written.flag("receive.listen", "127.0.0.1:8080");
    written.socket("receive.listen", "0.0.0.0:443");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("access.open")))
        << "on loopback, where its flag has it, it would need no access rule";
    written.flag("access.open", "on");
    written.socket("receive.listen", "[::]:443");
    EXPECT_THAT(written.accepted().listen, ElementsAre(net::Endpoint{"0.0.0.0", 443}, net::Endpoint{"::", 443}));
}

TEST(ConfigSources, ACredentialThatNothingTakesIsWarnedAbout) {
    Written written;
    written.credential("tenant-token", "x");
    EXPECT_THAT(written.accepted().warnings, ElementsAre(HasSubstr("credential tenant-token is not used")));
}

TEST(ConfigSources, ASecretOfTheEnvironmentTakesTheFilesPlace) {
    Written written;
    written.acme();
    written.file(Written::acme_toml());
    const std::string other = "OtherOtherOtherOtherOtherOther12";
    written.variable("HOOKLINE_TENANTS_ACME_TOKEN", other);
    EXPECT_TRUE(written.accepted().tenants.at("acme").token.matches(other));
}

TEST(ConfigSources, ASecretGivenTwiceInOneSourceContradicts) {
    Written written;
    written.acme();
    written.variable("HOOKLINE_TENANTS_ACME_REGION", "us");
    written.variable("HOOKLINE_TENANTS_ACME_TOKEN", token_of_acme);
    written.variable("HOOKLINE_TENANTS_ACME_TOKEN_FILE", written.path("acme-token").string());
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("keep one of the two")));
}

TEST(ConfigSources, SecretsOfAllSourcesOpenTogetherSoThatOneCanBeRotated) {
    Written written;
    written.write("old", "the-old-secret-of-okta\n");
    written.file("[access]\nsecret_files = [\"old\"]\n");
    written.variable("HOOKLINE_ACCESS_SECRET", "the-new-secret-of-okta");
    const auto secrets = written.accepted().entrances.header_mode.secrets;
    ASSERT_EQ(secrets.size(), 2U);
    EXPECT_TRUE(secrets[0].matches("the-old-secret-of-okta"));
    EXPECT_TRUE(secrets[1].matches("the-new-secret-of-okta"));
}

TEST(ConfigSources, ADurationWhereNoughtHasAMeaningTakesItWithoutAUnit) {
    Written written;
    written.file("[ship]\nage_max = \"24 h\"\n");
    EXPECT_TRUE(written.accepted().shipping.age_max);
    written.file("[ship]\nage_max = 0\n");
    EXPECT_FALSE(written.accepted().shipping.age_max);
    written.file("[ship]\nage_max = \"0\"\n");
    EXPECT_FALSE(written.accepted().shipping.age_max);
    written.variable("HOOKLINE_SHIP_AGE_MAX", "0");
    EXPECT_FALSE(written.accepted().shipping.age_max);
    written.file("[spool]\nseen_age_max = 0\n[ship]\nbackoff_max = 5\n");
    EXPECT_THAT(written.problems(), ElementsAre(HasSubstr("\"0\" is no duration"), HasSubstr("is a whole number")));
}

TEST(ConfigSources, TheSameKeyOfALaterSourceReplacesSecretsToo) {
    Written written;
    written.credential("access.secret", "the-old-secret-of-okta");
    written.variable("HOOKLINE_ACCESS_SECRET", "the-new-secret-of-okta");
    const auto secrets = written.accepted().entrances.header_mode.secrets;
    ASSERT_EQ(secrets.size(), 1U);
    EXPECT_TRUE(secrets[0].matches("the-new-secret-of-okta"));
}

TEST(ConfigReload, NamesEveryChangedKeyThatOnlyCountsAtTheNextStart) {
    Written before;
    before.file(
        "[receive]\nlisten = [\"127.0.0.1:1\"]\nbody_bytes_max = \"1 MiB\"\n[access]\nsources = [\"10.0.0.0/8\"]\n"
        "[log]\nlevel = \"info\"\n[spool]\nbytes_max = \"1 TiB\"\n");
    Written next;
    next.file(
        "[receive]\nlisten = [\"127.0.0.1:1\"]\nbody_bytes_max = \"2 MiB\"\n[access]\nsources = [\"10.0.0.0/9\"]\n"
        "[log]\nlevel = \"warn\"\n[ship]\nproofs_max = 3\n[admin]\nhost_names = [\"a.example\"]\n");
    EXPECT_THAT(keys_for_the_next_start(before.accepted(), next.accepted()),
                ElementsAre("receive.body_bytes_max", "ship.proofs_max", "spool.bytes_max"));
    EXPECT_THAT(keys_for_the_next_start(before.accepted(), before.accepted()), IsEmpty());
}

TEST(ConfigReload, ACertificatesPathsCountAtOnceAndTlsItselfAtTheNextStart) {
    Written before;
    before.file("[receive]\ncertificate = \"/one.pem\"\nkey = \"/one.key\"\n");
    Written moved;
    moved.file("[receive]\ncertificate = \"/two.pem\"\nkey = \"/two.key\"\n");
    Written gone;
    gone.file("");
    EXPECT_THAT(keys_for_the_next_start(before.accepted(), moved.accepted()), IsEmpty());
    EXPECT_THAT(keys_for_the_next_start(before.accepted(), gone.accepted()), ElementsAre("receive.tls"));
    EXPECT_THAT(keys_for_the_next_start(gone.accepted(), before.accepted()), ElementsAre("receive.tls"));
}

TEST(ConfigReload, WhatWasSaidIsKeptWithoutSecrets) {
    Written written;
    written.variable("HOOKLINE_ACCESS_SECRET", secret_of_acme);
    written.variable("HOOKLINE_LOG_LEVEL", "warn");
    EXPECT_THAT(written.accepted().said, ElementsAre(Pair("log.level", "warn")));
}

TEST(ConfigSources, TheFileCanBeNamedByTheEnvironment) {
    Written written;
    written.write("other.toml", "[log]\nlevel = \"warn\"\n");
    written.variable("HOOKLINE_CONFIG", written.path("other.toml").string());
    EXPECT_EQ(written.accepted().log_level, LogLevel::warn);
}

}  // namespace
}  // namespace hookline::app
