// The keys of what leaves and of the relay itself: ship, listener, client, admin, log, relay.

#include "app/config_kinds.h"
#include "app/config_secrets.h"
#include "base/text.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
constexpr std::uint64_t kib = 1ULL << 10;
constexpr std::uint64_t mib = 1ULL << 20;
constexpr std::uint64_t gib = 1ULL << 30;

using Taken = Result<void>;

Taken set_user_agent(Draft& draft, const Setting&, const std::string& text) {
    for (const char c : text) {
        if (c < 0x20 || c == 0x7f) return failed("holds a character that no header can carry");
    }
    if (text.empty()) return failed("is empty; expected a name such as \"hookline\"");
    draft.config.client.user_agent = text;
    return {};
}

Taken set_proxy(Draft& draft, const Setting&, const std::string& text) {
    if (text.empty()) {
        draft.config.client.proxy.clear();
        return {};
    }
    if (text.find('@') != std::string::npos) {
        // Not repeated in the message: what stands before the @ is a password.
        return failed("holds a user or password; give these with client.proxy_credentials_file");
    }
    const bool http = text.starts_with("http://") || text.starts_with("https://");
    if (!http || text.find("://") + 3 >= text.size() || text.find_first_of(" \t?#") != std::string::npos) {
        return failed(fmt::format(R"("{}" is no proxy; expected a URL such as "http://proxy.example.com:3128")", text));
    }
    draft.config.client.proxy = text;
    return {};
}

Result<Secret> read_proxy_credentials(std::string_view text) {
    auto secret = read_one_line(text);
    if (secret && secret->reveal().find(':') == std::string_view::npos)
        return failed("has no colon; expected user:password");
    return secret;
}
Taken set_proxy_credentials_file(Draft& draft, const Setting& setting, const std::string& text) {
    auto content = read_secret_text(draft, setting, text);
    if (!content) return tl::unexpected(content.error());
    auto secret = read_proxy_credentials(*content);
    if (!secret) return failed(text, secret.error());
    return keep_one(draft.proxy_credentials, std::move(secret));
}
Taken set_proxy_credentials(Draft& draft, const Setting&, const std::string& text) {
    return keep_one(draft.proxy_credentials, read_proxy_credentials(text));
}

Taken set_admin_listen(Draft& draft, const Setting&, const std::string& text) {
    if (text == "off") {
        draft.config.admin.reset();
        return {};
    }
    auto endpoint = net::parse_endpoint(text);
    if (!endpoint)
        return failed(endpoint.error().message +
                      R"(; expected an address and port such as "127.0.0.1:9180", or "off")");
    draft.config.admin = *endpoint;
    return {};
}

Result<Secret> read_admin_token(std::string_view text) {
    auto secret = read_one_line(text);
    if (secret && secret->reveal().size() < 16) return failed("is shorter than 16 characters: it could be guessed");
    return secret;
}
Taken set_admin_token_file(Draft& draft, const Setting& setting, const std::string& text) {
    auto content = read_secret_text(draft, setting, text);
    if (!content) return tl::unexpected(content.error());
    auto secret = read_admin_token(*content);
    if (!secret) return failed(text, secret.error());
    return keep_one(draft.admin_token, std::move(secret));
}
Taken set_admin_token(Draft& draft, const Setting&, const std::string& text) {
    return keep_one(draft.admin_token, read_admin_token(text));
}

Taken set_log_ship_to(Draft& draft, const Setting&, const std::string& text) {
    draft.config.log_ship_to = text;
    return {};
}

Taken add_admin_host_name(Draft& draft, const Setting&, const std::string& text) {
    if (text.empty() || text.find_first_of(" \t/:@?#*") != std::string::npos) {
        return failed(
            fmt::format(R"("{}" is no host name; expected one such as "hookline.example.com", without port)", text));
    }
    draft.config.admin_host_names.push_back(ascii_lower(text));
    return {};
}

std::vector<KeyRule> ship_rules() {
    return {
        size_key("ship.bulk_bytes", HOOKLINE_FIELD(shipping.bulk_bytes), {64 * kib, 9'000'000, {}},
                 "a bulk is cut here, before compression"),
        count_key("ship.bulk_lines_max", HOOKLINE_FIELD(shipping.bulk_lines_max), {1, 1'000'000, {}},
                  "lines of one bulk"),
        duration_key("ship.bulk_age_max", HOOKLINE_FIELD(shipping.bulk_age_max), 1ms, 1min,
                     "under load a bulk waits this long to fill; an idle tenant's is sent at once"),
        count_key("ship.listener_bulks_max", HOOKLINE_FIELD(shipping.listener_bulks_max), {1, 1'000, {}},
                  "bulks on their way to one region; one a tenant"),
        duration_key("ship.backoff_first", HOOKLINE_FIELD(shipping.backoff_first), 10ms, 1min,
                     "wait before the first retry, doubling, with full jitter"),
        duration_key("ship.backoff_max", HOOKLINE_FIELD(shipping.backoff_max), 100ms, 1h, "the longest such wait"),
        duration_key("ship.retry_after_max", HOOKLINE_FIELD(shipping.retry_after_max), 1s, 24h,
                     "the longest `Retry-After` that is honoured"),
        duration_key("ship.probe_first", HOOKLINE_FIELD(shipping.probe_first), 100ms, 1h,
                     "a held tenant is probed with one line after this, doubling, jittered"),
        duration_key("ship.probe_max", HOOKLINE_FIELD(shipping.probe_max), 100ms, 24h,
                     "the longest wait between probes"),
        count_key("ship.line_sends_max", HOOKLINE_FIELD(shipping.line_sends_max), {1, 100, {}},
                  "how often a line is sent while refused ones are narrowed down"),
        count_key("ship.narrow_sends_hour_max", HOOKLINE_FIELD(shipping.narrow_sends_hour_max), {1, 1'000'000, {}},
                  "requests for that, by tenant and hour"),
        duration_key("ship.age_max", HOOKLINE_FIELD(shipping.age_max), 1h, 24h * 3650,
                     "older events become dead letters in place of further retries; only time when hookline ran counts",
                     "never"),
        duration_key("ship.unproven_letter_life", HOOKLINE_FIELD(shipping.unproven_letter_life), 1h, 24h * 365,
                     "dead letters of a token that was never accepted are dropped after this"),
        size_key("ship.proof_pair_bytes_max", HOOKLINE_FIELD(shipping.proof_pair_bytes_max), {64 * kib, gib, {}},
                 "deliveries waiting for the proof of one new token; more: 503"),
        size_key("ship.proof_bytes_max", HOOKLINE_FIELD(shipping.proof_bytes_max), {64 * kib, 16 * gib, {}},
                 "the same for all new tokens together"),
        count_key("ship.proofs_max", HOOKLINE_FIELD(shipping.proofs_max), {1, 10'000, {}}, "proofs at once"),
        count_key("ship.proofs_region_second_max", HOOKLINE_FIELD(shipping.proofs_region_second_max), {1, 10'000, {}},
                  "proofs a second and region"),
        duration_key("ship.refusal_memory", HOOKLINE_FIELD(shipping.refusal_memory), 1s, 10min,
                     "a refused new token is refused from memory for this long, then Logz.io is asked again"),
        switch_key(
            "ship.plain_http_allowed", "off", [](Draft& draft, bool on) { draft.plain_http_allowed = on; },
            "lets a listener beyond loopback be http: tokens and events then cross the network in the clear"),
    };
}

std::vector<KeyRule> other_rules() {
    return {
        size_key("listener.bulk_bytes_max", HOOKLINE_FIELD(listener.bulk_bytes_max), {64 * kib, 10'485'760, {}},
                 "hard limit of one body before compression; Logz.io documents 10 MB"),
        duration_key("listener.answer_time_max", HOOKLINE_FIELD(listener.answer_time_max), 100ms, 10min,
                     "a bulk without an answer is tried again after this"),

        text_key("client.user_agent", "text", Config{}.client.user_agent, "", set_user_agent, "how Logz.io sees us"),
        text_key("client.proxy", "URL", "", "http://host:port; empty: none", set_proxy,
                 "the proxy toward Logz.io; `http_proxy` of the environment is not looked at"),
        text_key("client.proxy_credentials_file", "file", "", "user:password", set_proxy_credentials_file,
                 "for that proxy"),
        secret_of_file_key("client.proxy_credentials", set_proxy_credentials, "user:password"),
        path_key("client.ca_file", HOOKLINE_FIELD(client.ca_file), "file",
                 "PEM: certificate authorities besides the system's"),
        size_key("client.answer_bytes_max", HOOKLINE_FIELD(client.answer_bytes_max), {kib, 16 * mib, {}},
                 "of a listener's answer; the rest is not read"),
        duration_key("client.idle_connection_max", HOOKLINE_FIELD(client.idle_connection_max), 1s, 10min,
                     "a connection that was idle longer is not used again"),
        count_key("client.connections_per_host_max", HOOKLINE_FIELD(client.connections_per_host_max), {1, 1'000, {}},
                  "connections to one listener"),

        text_key("admin.listen", "address", to_string(*Config{}.admin), "address:port, or off", set_admin_listen,
                 "health, metrics and the admin API"),
        path_key(
            "admin.certificate", HOOKLINE_FIELD(admin_certificate), "file",
            "PEM, as `receive.certificate`: with it the admin address speaks HTTPS; taken up again when it changes"),
        path_key("admin.key", HOOKLINE_FIELD(admin_key), "file", "PEM: the key of that certificate"),
        text_key("admin.token_file", "file", "", "at least 16 characters", set_admin_token_file,
                 "what the admin API asks for; without it one is made and kept in `<spool>/admin-token`"),
        secret_of_file_key("admin.token", set_admin_token, "at least 16 characters"),
        list_key(
            "admin.host_names", "list of names", "[]", "without port",
            [](Draft& draft) { draft.config.admin_host_names.clear(); }, add_admin_host_name,
            "accepted in `Host` besides addresses and `localhost`"),

        choice_key("log.level", HOOKLINE_FIELD(log_level),
                   std::vector<std::pair<std::string, LogLevel>>{{"debug", LogLevel::debug},
                                                                 {"info", LogLevel::info},
                                                                 {"warn", LogLevel::warn},
                                                                 {"error", LogLevel::error}},
                   "what is written to stderr; `hookline log level` changes it until the next reload or start"),
        choice_key("log.format", HOOKLINE_FIELD(log_format),
                   std::vector<std::pair<std::string, std::optional<LogFormat>>>{
                       {"auto", {}}, {"text", LogFormat::text}, {"json", LogFormat::json}},
                   "one line each, for people or for machines; `auto`: text on a terminal, JSON elsewhere"),
        text_key("log.ship_to", "tenant", "", "a tenant of this file; empty: none", set_log_ship_to,
                 "its own warnings become log lines of this tenant ([logs.md](logs.md#shipping-the-log))"),
        choice_key("log.ship_level", HOOKLINE_FIELD(log_ship_level),
                   std::vector<std::pair<std::string, LogLevel>>{{"warn", LogLevel::warn}, {"error", LogLevel::error}},
                   "lines of this level and above are shipped, of those that `log.level` lets through"),
        duration_key("relay.stop_time_max", HOOKLINE_FIELD(stop_time_max), 100ms, 10min,
                     "SIGTERM: how long bulks in flight may take to end"),
    };
}

}  // namespace

std::vector<KeyRule> outward_rules() {
    std::vector<KeyRule> rules = ship_rules();
    for (KeyRule& rule : other_rules()) rules.push_back(std::move(rule));
    return rules;
}

}  // namespace hookline::app
