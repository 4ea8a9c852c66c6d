// Every key reaches its own place, from the file, from the environment and from a flag alike.

#include <algorithm>
#include <functional>
#include <set>

#include "app/config_rule.h"
#include "unit/app/config_support.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

struct Sample {
    std::string key;
    std::string toml;  ///< the value as the file has it
    std::function<bool(const Config&)> arrived;
    std::vector<std::pair<std::string, std::string>> beside;  ///< flags it needs for company
};

#define ARRIVED(condition) [](const Config& c) { return condition; }

std::vector<Sample> receive_samples() {
    return {
        {"receive.listen",
         R"(["127.0.0.1:9000", "[::1]:9000"])",
         ARRIVED(c.listen.size() == 2 && c.listen[1].port == 9000),
         {}},
        {"receive.tls", R"("off")", ARRIVED(!c.tls), {{"receive.certificate", "/c"}, {"receive.key", "/k"}}},
        {"receive.certificate", R"("/c.pem")", ARRIVED(c.certificate == "/c.pem"), {{"receive.key", "/k"}}},
        {"receive.key", R"("/k.pem")", ARRIVED(c.key == "/k.pem"), {{"receive.certificate", "/c"}}},
        {"receive.proxy_protocol", R"("on")", ARRIVED(c.proxy_protocol), {{"receive.trusted_proxies", "10.0.0.1"}}},
        {"receive.trusted_proxies", R"(["10.0.0.0/8"])", ARRIVED(c.trusted_proxies.contains("10.1.2.3")), {}},
        {"receive.loops", "3", ARRIVED(c.loops == 3), {}},
        {"receive.answer_time_max", R"("1500 ms")", ARRIVED(c.endpoint.answer_time_max == 1500ms), {}},
        {"receive.proof_reserve", R"("400 ms")", ARRIVED(c.endpoint.proof_reserve == 400ms), {}},
        {"receive.admitted_bytes_max", R"("65 MiB")", ARRIVED(c.endpoint.admitted_bytes_max == 65 << 20), {}},
        {"receive.admitted_tenant_bytes_max",
         R"("5 MiB")",
         ARRIVED(c.endpoint.admitted_tenant_bytes_max == 5 << 20),
         {}},
        {"receive.unproven_bytes_max", R"("500 KiB")", ARRIVED(c.endpoint.unproven_bytes_max == 500 << 10), {}},
        {"receive.lines_bytes_max", R"("32 MiB")", ARRIVED(c.endpoint.lines_bytes_max == 32 << 20), {}},
        {"receive.lane_bytes_min", R"("1 MiB")", ARRIVED(c.endpoint.lane_bytes_min == 1 << 20), {}},
        {"receive.challenge_bytes_max", "2000", ARRIVED(c.endpoint.challenge_bytes_max == 2000), {}},
        {"receive.header_bytes_max", R"("16 KiB")", ARRIVED(c.http.header_bytes_max == 16 << 10), {}},
        {"receive.body_bytes_max", R"("2 MiB")", ARRIVED(c.http.body_bytes_max == 2 << 20), {}},
        {"receive.bodies_bytes_max", R"("32 MiB")", ARRIVED(c.http.bodies_bytes_max == 32 << 20), {}},
        {"receive.connections_max", "77", ARRIVED(c.http.connections_max == 77), {}},
        {"receive.head_time_max", R"("3 s")", ARRIVED(c.http.head_time_max == 3s), {}},
        {"receive.body_time_max", R"("4 s")", ARRIVED(c.http.body_time_max == 4s), {}},
        {"receive.idle_time_max", R"("5 s")", ARRIVED(c.http.idle_time_max == 5s), {}},
        {"receive.write_time_max", R"("6 s")", ARRIVED(c.http.write_time_max == 6s), {}},
        {"receive.requests_per_connection_max", "100", ARRIVED(c.http.requests_per_connection_max == 100), {}},
        {"access.header_mode",
         R"("on")",
         ARRIVED(c.entrances.header_mode.enabled),
         {{"hooks.acme.secret_files", "DIR/acme-secret"},
          {"tenants.acme.region", "us"},
          {"tenants.acme.token_file", "DIR/acme-token"}}},
        {"access.open", R"("on")", ARRIVED(c.open), {}},
        {"access.authorization_header",
         R"("x-okta-secret")",
         ARRIVED(c.entrances.authorization_header == "x-okta-secret"),
         {}},
        {"access.secret_files",
         R"(["DIR/acme-secret"])",
         ARRIVED(c.entrances.header_mode.secrets.at(0).matches(secret_of_acme)),
         {}},
        {"access.tokens_allowed_file",
         R"("DIR/acme-token")",
         ARRIVED(c.entrances.header_mode.tokens_allowed.digests().at(0) == sha256(token_of_acme)),
         {}},
        {"access.sources", R"(["192.0.2.0/24"])", ARRIVED(c.entrances.sources_allowed.contains("192.0.2.9")), {}},
        {"access.remove_used_hooks", R"("on")", ARRIVED(c.remove_used_hooks), {}},
        {"regions.us.url",
         R"("https://us.example.com:8071")",
         ARRIVED(c.regions.url("us") == "https://us.example.com:8071"),
         {}},
        {"tenants.acme.region",
         R"("eu")",
         ARRIVED(c.tenants.at("acme").region == "eu"),
         {{"tenants.acme.token_file", "DIR/acme-token"}}},
        {"tenants.acme.token_file",
         R"("DIR/acme-token")",
         ARRIVED(c.tenants.at("acme").token.matches(token_of_acme)),
         {{"tenants.acme.region", "us"}}},
        {"hooks.acme.tenant",
         R"("beta")",
         ARRIVED(c.entrances.hooks.at("acme").tenant == "beta"),
         {{"hooks.acme.secret_files", "DIR/acme-secret"},
          {"tenants.beta.region", "us"},
          {"tenants.beta.token_file", "DIR/acme-token"}}},
        {"hooks.acme.secret_files",
         R"(["DIR/acme-secret"])",
         ARRIVED(c.entrances.hooks.at("acme").secrets.at(0).matches(secret_of_acme)),
         {{"tenants.acme.region", "us"}, {"tenants.acme.token_file", "DIR/acme-token"}}},
    };
}

std::vector<Sample> inner_samples() {
    return {
        {"document.compatibility", R"("reference")", ARRIVED(c.shape == logzio::Shape::reference), {}},
        {"document.line_bytes_max", "400000", ARRIVED(c.line_limits.line_bytes_max == 400'000), {}},
        {"document.string_characters_max", "30000", ARRIVED(c.line_limits.string_characters_max == 30'000), {}},
        {"document.fields_max", "900", ARRIVED(c.line_limits.fields_max == 900), {}},
        {"document.levels_max", "9", ARRIVED(c.line_limits.levels_max == 9), {}},
        {"spool.directory", R"("/var/spool/hookline")", ARRIVED(c.spool_directory == "/var/spool/hookline"), {}},
        {"spool.backup_directory",
         R"("/var/backups/hookline")",
         ARRIVED(c.backup_directory == "/var/backups/hookline"),
         {}},
        {"spool.key_file", R"("DIR/spool-key")", ARRIVED(c.spool_key == SealKey::from_hex(key_of_spool)), {}},
        {"spool.bytes_max", R"("1 TiB")", ARRIVED(c.spool.bytes_max == 1ULL << 40), {}},
        {"spool.tenant_bytes_max", R"("7 GiB")", ARRIVED(c.spool.tenant_bytes_max == 7ULL << 30), {}},
        {"spool.shared_share", "0.25", ARRIVED(c.spool.shared_share == 0.25), {}},
        {"spool.free_bytes_min", R"("3 GiB")", ARRIVED(c.spool.free_bytes_min == 3ULL << 30), {}},
        {"spool.waiting_bytes_max", R"("32 MiB")", ARRIVED(c.spool.waiting_bytes_max == 32 << 20), {}},
        {"spool.group_bytes_max", R"("2 MiB")", ARRIVED(c.spool.group_bytes_max == 2 << 20), {}},
        {"spool.seen_age_max", R"("48 h")", ARRIVED(c.spool.seen_age_max == 48h), {}},
        {"spool.seen_tenant_max", "40000", ARRIVED(c.spool.seen_tenant_max == 40'000), {}},
        {"spool.seen_max", "2_000_000", ARRIVED(c.spool.seen_max == 2'000'000), {}},
        {"spool.condemned_tenant_bytes_max",
         R"("2 GiB")",
         ARRIVED(c.spool.condemned_tenant_bytes_max == 2ULL << 30),
         {}},
        {"spool.aside_tenant_bytes_max", R"("32 MiB")", ARRIVED(c.spool.aside_tenant_bytes_max == 32 << 20), {}},
        {"spool.aside_bytes_max", R"("2 GiB")", ARRIVED(c.spool.aside_bytes_max == 2ULL << 30), {}},
        {"spool.keep_delivered", R"("7 d")", ARRIVED(c.spool.kept_age_max == 168h), {}},
        {"spool.keep_delivered_bytes_max", R"("2 GiB")", ARRIVED(c.spool.kept_bytes_max == 2ULL << 30), {}},
        {"spool.gaps_max", "5000", ARRIVED(c.spool.gaps_max == 5'000), {}},
        {"spool.heartbeat", R"("20 s")", ARRIVED(c.spool.heartbeat == 20s), {}},
    };
}

std::vector<Sample> outward_samples() {
    return {
        {"ship.bulk_bytes", R"("1 MiB")", ARRIVED(c.shipping.bulk_bytes == 1 << 20), {}},
        {"ship.bulk_lines_max", "500", ARRIVED(c.shipping.bulk_lines_max == 500), {}},
        {"ship.bulk_age_max", R"("250 ms")", ARRIVED(c.shipping.bulk_age_max == 250ms), {}},
        {"ship.listener_bulks_max", "4", ARRIVED(c.shipping.listener_bulks_max == 4), {}},
        {"ship.backoff_first", R"("700 ms")", ARRIVED(c.shipping.backoff_first == 700ms), {}},
        {"ship.backoff_max", R"("90 s")", ARRIVED(c.shipping.backoff_max == 90s), {}},
        {"ship.retry_after_max", R"("5 min")", ARRIVED(c.shipping.retry_after_max == 5min), {}},
        {"ship.probe_first", R"("6 s")", ARRIVED(c.shipping.probe_first == 6s), {}},
        {"ship.probe_max", R"("10 min")", ARRIVED(c.shipping.probe_max == 10min), {}},
        {"ship.line_sends_max", "5", ARRIVED(c.shipping.line_sends_max == 5), {}},
        {"ship.narrow_sends_hour_max", "50", ARRIVED(c.shipping.narrow_sends_hour_max == 50), {}},
        {"ship.age_max", R"("30 d")", ARRIVED(c.shipping.age_max == 720h), {}},
        {"ship.unproven_letter_life", R"("3 d")", ARRIVED(c.shipping.unproven_letter_life == 72h), {}},
        {"ship.proof_pair_bytes_max", R"("2 MiB")", ARRIVED(c.shipping.proof_pair_bytes_max == 2 << 20), {}},
        {"ship.proof_bytes_max", R"("32 MiB")", ARRIVED(c.shipping.proof_bytes_max == 32 << 20), {}},
        {"ship.proofs_max", "8", ARRIVED(c.shipping.proofs_max == 8), {}},
        {"ship.proofs_region_second_max", "2", ARRIVED(c.shipping.proofs_region_second_max == 2), {}},
        {"ship.refusal_memory", R"("20 s")", ARRIVED(c.shipping.refusal_memory == 20s), {}},
        {"ship.plain_http_allowed",
         R"("on")",
         ARRIVED(c.regions.url("eu") == "http://logz.example.com:8070"),
         {{"regions.eu.url", "http://logz.example.com:8070"}}},
        {"listener.bulk_bytes_max", "8000000", ARRIVED(c.listener.bulk_bytes_max == 8'000'000), {}},
        {"listener.answer_time_max", R"("12 s")", ARRIVED(c.listener.answer_time_max == 12s), {}},
        {"client.user_agent", R"("hookline-of-acme")", ARRIVED(c.client.user_agent == "hookline-of-acme"), {}},
        {"client.proxy", R"("http://proxy:3128")", ARRIVED(c.client.proxy == "http://proxy:3128"), {}},
        {"client.proxy_credentials_file",
         R"("DIR/proxy")",
         ARRIVED(c.client.proxy_credentials.matches("user:pass")),
         {}},
        {"client.ca_file", R"("/ca.pem")", ARRIVED(c.client.ca_file == "/ca.pem"), {}},
        {"client.answer_bytes_max", R"("8 KiB")", ARRIVED(c.client.answer_bytes_max == 8 << 10), {}},
        {"client.idle_connection_max", R"("9 s")", ARRIVED(c.client.idle_connection_max == 9s), {}},
        {"client.connections_per_host_max", "6", ARRIVED(c.client.connections_per_host_max == 6), {}},
        {"admin.listen", R"("127.0.0.1:9999")", ARRIVED(c.admin.value().port == 9999), {}},
        {"admin.certificate", R"("/c.pem")", ARRIVED(c.admin_certificate == "/c.pem"), {{"admin.key", "/k"}}},
        {"admin.key", R"("/k.pem")", ARRIVED(c.admin_key == "/k.pem"), {{"admin.certificate", "/c"}}},
        {"admin.token_file", R"("DIR/acme-token")", ARRIVED(c.admin_token.value().matches(token_of_acme)), {}},
        {"admin.host_names", R"(["relay.example.com"])", ARRIVED(c.admin_host_names.at(0) == "relay.example.com"), {}},
        {"log.level", R"("debug")", ARRIVED(c.log_level == LogLevel::debug), {}},
        {"log.format", R"("json")", ARRIVED(c.log_format == LogFormat::json), {}},
        {"log.ship_to",
         R"("acme")",
         ARRIVED(c.log_ship_to == "acme"),
         {{"tenants.acme.region", "us"}, {"tenants.acme.token_file", "DIR/acme-token"}}},
        {"log.ship_level", R"("error")", ARRIVED(c.log_ship_level == LogLevel::error), {}},
        {"relay.stop_time_max", R"("15 s")", ARRIVED(c.stop_time_max == 15s), {}},
    };
}

std::vector<Sample> all_samples() {
    std::vector<Sample> all = receive_samples();
    for (const auto& more : {inner_samples(), outward_samples()}) all.insert(all.end(), more.begin(), more.end());
    return all;
}

class EachKey : public ::testing::TestWithParam<Sample> {
 protected:
    EachKey() {
        written.acme();
        written.write("proxy", "user:pass\n");
        written.write("spool-key", key_of_spool + "\n");
        for (const auto& [key, value] : GetParam().beside) written.flag(key, placed(value));
    }
    [[nodiscard]] std::string placed(std::string text) const {
        if (const auto at = text.find("DIR/"); at != std::string::npos)
            text.replace(at, 3, written.path("").parent_path().string());
        return text;
    }
    /// The value as the environment and flags write it.
    [[nodiscard]] std::string plain() const {
        std::string text = placed(GetParam().toml);
        text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == '"'; }), text.end());
        return text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : text;
    }
    void expect_arrived() const {
        const auto config = written.read();
        if (!config) {
            for (const ConfigProblem& problem : config.error()) ADD_FAILURE() << to_string(problem);
            return;
        }
        EXPECT_TRUE(GetParam().arrived(*config));
    }
    Written written;
};

TEST_P(EachKey, IsNotThereBeforeItIsSet) {
    const auto config = written.read();
    if (!config) return;  // what stands beside it is not complete without it
    bool arrived = false;
    try {
        arrived = GetParam().arrived(*config);
    } catch (const std::exception&) {  // an empty list or map has no such element yet
    }
    EXPECT_FALSE(arrived);
}

TEST_P(EachKey, IsTakenFromTheFile) {
    const std::string& key = GetParam().key;
    const auto dot = key.rfind('.');
    written.file("[" + key.substr(0, dot) + "]\n" + key.substr(dot + 1) + " = " + placed(GetParam().toml) + "\n");
    expect_arrived();
}

TEST_P(EachKey, IsTakenFromTheEnvironment) {
    written.variable(environment_name(GetParam().key), plain());
    expect_arrived();
}

TEST_P(EachKey, IsTakenFromAFlag) {
    written.flag(GetParam().key, plain());
    expect_arrived();
}

INSTANTIATE_TEST_SUITE_P(Config, EachKey, ::testing::ValuesIn(all_samples()), [](const auto& sample) {
    std::string name = sample.param.key;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
});

TEST(ConfigKeys, EachOneThatIsNoSecretIsTriedAbove) {
    std::set<std::string> tried;
    for (const Sample& sample : all_samples()) {
        const auto match = rule_for(sample.key);
        ASSERT_TRUE(match) << sample.key;
        tried.insert(match->rule->name);
    }
    for (const ConfigKey& key : config_keys()) {
        EXPECT_TRUE(key.kind == "secret" || tried.contains(key.name)) << key.name;
    }
}

TEST(ConfigKeys, SecretsAreTakenFromTheEnvironmentOnly) {
    Written written;
    written.variable("HOOKLINE_ACCESS_SECRET", secret_of_acme);
    written.variable("HOOKLINE_ACCESS_TOKENS_ALLOWED", token_of_acme);
    written.variable("HOOKLINE_ACCESS_HEADER_MODE", "on");
    written.variable("HOOKLINE_TENANTS_ACME_REGION", "us");
    written.variable("HOOKLINE_TENANTS_ACME_TOKEN", token_of_acme);
    written.variable("HOOKLINE_HOOKS_ACME_SECRET", secret_of_acme);
    written.variable("HOOKLINE_CLIENT_PROXY", "http://proxy:3128");
    written.variable("HOOKLINE_CLIENT_PROXY_CREDENTIALS", "user:pass");
    written.variable("HOOKLINE_ADMIN_TOKEN", "an-admin-token-of-some-length");
    written.variable("HOOKLINE_SPOOL_KEY", key_of_spool + "\n");
    const Config config = written.accepted();
    EXPECT_EQ(config.spool_key, SealKey::from_hex(key_of_spool));
    EXPECT_TRUE(config.entrances.header_mode.secrets.at(0).matches(secret_of_acme));
    EXPECT_EQ(config.entrances.header_mode.tokens_allowed.digests().at(0), sha256(token_of_acme));
    EXPECT_TRUE(config.tenants.at("acme").token.matches(token_of_acme));
    EXPECT_TRUE(config.entrances.hooks.at("acme").secrets.at(0).matches(secret_of_acme));
    EXPECT_TRUE(config.client.proxy_credentials.matches("user:pass"));
    EXPECT_TRUE(config.admin_token.value().matches("an-admin-token-of-some-length"));
}

TEST(ConfigKeys, ADefaultThatIsPrintedCanBeReadBackAndChangesNothing) {
    for (const KeyRule& rule : key_rules()) {
        const bool value = rule.form == Form::count || rule.form == Form::size || rule.form == Form::duration ||
                           rule.form == Form::share || rule.kind == "choice";
        if (!value) continue;
        Draft draft;
        const Place place{"default"};
        rule.set(draft, Setting{&rule, rule.name, "", {{rule.default_text, place}}, place, {}, 0});
        EXPECT_TRUE(draft.problems.empty())
            << rule.name << ": " << rule.default_text << " is not within " << rule.limits;
    }
}

}  // namespace
}  // namespace hookline::app
