// The keys of who may deliver and how: receive, access, regions, tenants, hooks.

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

Taken add_listen(Draft& draft, const Setting&, const std::string& text) {
    auto endpoint = net::parse_endpoint(text);
    if (!endpoint) return failed(endpoint.error().message + R"(; expected an address and port such as "0.0.0.0:8443")");
    draft.config.listen.push_back(*endpoint);
    return {};
}

template <class Field>
auto add_network(Field field) {
    return [field](Draft& draft, const Setting&, const std::string& text) -> Taken {
        if (const auto added = field(draft.config).add(text); !added) {
            return failed(added.error().message + R"(; expected a network such as "10.0.0.0/8" or an address)");
        }
        return {};
    };
}

/// RFC 9110 section 5.6.2: what a header's name is made of.
Taken set_authorization_header(Draft& draft, const Setting&, const std::string& text) {
    const std::string letters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    if (text.empty() || text.find_first_not_of(letters) != std::string::npos) {
        return failed(
            fmt::format(R"("{}" is no header name; expected letters, digits and -, such as "authorization")", text));
    }
    for (const std::string_view taken :
         {"host", "content-length", "content-type", "transfer-encoding", "connection", "expect", "accept",
          "logzio_token", "logzio-token", "x-logzio-token", "logzio_region", "logzio-region", "x-logzio-region",
          "x-okta-verification-challenge", "x-forwarded-for"}) {
        if (ascii_lower(text) == taken) {
            return failed(fmt::format(R"("{}" has a meaning of its own; choose another header for the secret)", text));
        }
    }
    draft.config.entrances.authorization_header = text;
    return {};
}

Taken add_header_secret_file(Draft& draft, const Setting& setting, const std::string& text) {
    auto content = read_secret_text(draft, setting, text);
    if (!content) return tl::unexpected(content.error());
    auto secrets = read_authorizations(*content);
    if (!secrets) return failed(text, secrets.error());
    auto& all = draft.config.entrances.header_mode.secrets;
    all.insert(all.end(), secrets->begin(), secrets->end());
    return {};
}
Taken add_header_secret(Draft& draft, const Setting&, const std::string& text) {
    auto secrets = read_authorizations(text);
    if (!secrets) return tl::unexpected(secrets.error());
    auto& all = draft.config.entrances.header_mode.secrets;
    all.insert(all.end(), secrets->begin(), secrets->end());
    return {};
}

Taken allow_tokens(Draft& draft, const std::string& text) {
    auto digests = read_token_list(text);
    if (!digests) return tl::unexpected(digests.error());
    draft.config.entrances.header_mode.tokens_allowed.add(*digests);
    return {};
}
Taken allow_tokens_of_file(Draft& draft, const Setting& setting, const std::string& text) {
    auto content = read_secret_text(draft, setting, text);
    if (!content) return tl::unexpected(content.error());
    if (auto allowed = allow_tokens(draft, *content); !allowed) return failed(text, allowed.error());
    return {};
}

Taken set_region_url(Draft& draft, const Setting& setting, const std::string& text) {
    draft.region_urls[setting.instance] = text;  // judged when it is known whether plain HTTP is allowed
    return {};
}

Taken set_tenant_region(Draft& draft, const Setting& setting, const std::string& text) {
    draft.tenants[setting.instance].region = ascii_lower(trim(text));
    return {};
}
Taken set_tenant_token_file(Draft& draft, const Setting& setting, const std::string& text) {
    TenantDraft& tenant = draft.tenants[setting.instance];
    auto content = read_secret_text(draft, setting, text);
    if (!content) return tl::unexpected(content.error());
    auto token = read_token(*content);
    if (!token) return failed(text, token.error());
    return keep_one(tenant.token, std::move(token));
}
Taken set_tenant_token(Draft& draft, const Setting& setting, const std::string& text) {
    TenantDraft& tenant = draft.tenants[setting.instance];
    return keep_one(tenant.token, read_token(text));
}

Taken set_hook_tenant(Draft& draft, const Setting& setting, const std::string& text) {
    draft.hooks[setting.instance].tenant = text;
    return {};
}
Taken add_hook_secret_file(Draft& draft, const Setting& setting, const std::string& text) {
    auto content = read_secret_text(draft, setting, text);
    if (!content) return tl::unexpected(content.error());
    auto secrets = read_authorizations(*content);
    if (!secrets) return failed(text, secrets.error());
    auto& all = draft.hooks[setting.instance].secrets;
    all.insert(all.end(), secrets->begin(), secrets->end());
    return {};
}
Taken add_hook_secret(Draft& draft, const Setting& setting, const std::string& text) {
    auto secrets = read_authorizations(text);
    if (!secrets) return tl::unexpected(secrets.error());
    auto& all = draft.hooks[setting.instance].secrets;
    all.insert(all.end(), secrets->begin(), secrets->end());
    return {};
}

constexpr auto nothing_to_empty = [](Draft&) {};

}  // namespace

std::vector<KeyRule> entrance_rules() {
    return {
        list_key(
            "receive.listen", "list of addresses", R"(["127.0.0.1:8080"])", "address:port; port 0: any free one",
            [](Draft& draft) { draft.config.listen.clear(); }, add_listen,
            "where Okta's deliveries are taken; `:8443` is every address of the machine"),
        switch_key(
            "receive.tls", "on with a certificate, else off", [](Draft& draft, bool on) { draft.tls = on; },
            "HTTPS; without it a proxy in front must bring TLS, since Okta posts to nothing else"),
        path_key("receive.certificate", HOOKLINE_FIELD(certificate), "file",
                 "PEM: the certificate, then the intermediate ones; taken up again when it changes"),
        path_key("receive.key", HOOKLINE_FIELD(key), "file", "PEM: the key of the certificate"),
        plain_switch_key("receive.proxy_protocol", HOOKLINE_FIELD(proxy_protocol),
                         "PROXY protocol v1 and v2 is required of `receive.trusted_proxies`"),
        list_key(
            "receive.trusted_proxies", "list of networks", "[]", "addresses or CIDR",
            [](Draft& draft) { draft.config.trusted_proxies = {}; }, add_network(HOOKLINE_FIELD(trusted_proxies)),
            "whose `X-Forwarded-For` and PROXY header are believed"),
        count_key("receive.loops", HOOKLINE_FIELD(loops), {1, 64, "one for each core, at most 4"}, "receive threads"),
        duration_key("receive.answer_time_max", HOOKLINE_FIELD(endpoint.answer_time_max), 100ms, 2'900ms,
                     "Okta has its answer by then, if only a 503; Okta itself waits 3 s, connection included"),
        duration_key("receive.proof_reserve", HOOKLINE_FIELD(endpoint.proof_reserve), 50ms, 2'000ms,
                     "the proof of a new token ends this long before the answer is due"),
        size_key("receive.admitted_bytes_max", HOOKLINE_FIELD(endpoint.admitted_bytes_max), {mib, 64 * gib, {}},
                 "deliveries being worked on, all tenants; more wait, then 503"),
        size_key("receive.admitted_tenant_bytes_max", HOOKLINE_FIELD(endpoint.admitted_tenant_bytes_max),
                 {64 * kib, 64 * gib, {}}, "of these, of one tenant that is neither named nor allow-listed"),
        size_key("receive.unproven_bytes_max", HOOKLINE_FIELD(endpoint.unproven_bytes_max), {kib, gib, {}},
                 "a delivery with a token that Logz.io has not accepted yet; more: 503"),
        size_key("receive.lines_bytes_max", HOOKLINE_FIELD(endpoint.lines_bytes_max), {mib, gib, {}},
                 "log lines that one delivery makes; more: 413"),
        size_key("receive.lane_bytes_min", HOOKLINE_FIELD(endpoint.lane_bytes_min), {16 * kib, gib, {}},
                 "deliveries of this size are read by a thread of their own, so that no other waits for them"),
        size_key("receive.challenge_bytes_max", HOOKLINE_FIELD(endpoint.challenge_bytes_max), {64, 64 * kib, {}},
                 "length of Okta's verification challenge; longer: 400"),
        size_key("receive.header_bytes_max", HOOKLINE_FIELD(http.header_bytes_max), {kib, mib, {}},
                 "request line and headers; more: 431"),
        size_key("receive.body_bytes_max", HOOKLINE_FIELD(http.body_bytes_max), {kib, gib, {}},
                 "body of one delivery; more: 413, which Okta does not retry"),
        size_key("receive.bodies_bytes_max", HOOKLINE_FIELD(http.bodies_bytes_max), {kib, 64 * gib, {}},
                 "requests being read, all connections; more: reading waits, and who has been sending for a second "
                 "gets 503"),
        count_key("receive.connections_max", HOOKLINE_FIELD(http.connections_max), {1, 1'000'000, {}},
                  "open connections; more: the longest idle or the slowest sender is closed, else the newest"),
        duration_key("receive.head_time_max", HOOKLINE_FIELD(http.head_time_max), 100ms, 10min,
                     "from the first byte to the end of the headers, TLS handshake included; longer: closed"),
        duration_key("receive.body_time_max", HOOKLINE_FIELD(http.body_time_max), 100ms, 10min,
                     "from the end of the headers to the end of the body; longer: closed"),
        duration_key("receive.idle_time_max", HOOKLINE_FIELD(http.idle_time_max), 1s, 24h,
                     "a connection between two requests; longer: closed"),
        duration_key("receive.write_time_max", HOOKLINE_FIELD(http.write_time_max), 100ms, 10min,
                     "an answer that nobody reads; longer: closed"),
        count_key("receive.requests_per_connection_max", HOOKLINE_FIELD(http.requests_per_connection_max),
                  {1, 1'000'000'000, "no limit"}, "then the connection is closed"),

        switch_key(
            "access.header_mode", "on without hooks, else off", [](Draft& draft, bool on) { draft.header_mode = on; },
            "deliveries on `/` that bring `logzio_token` and `logzio_region` in their headers"),
        plain_switch_key("access.open", HOOKLINE_FIELD(open),
                         "header mode for everybody: beyond loopback without a secret, token list or source list"),
        text_key("access.authorization_header", "header name", Config{}.entrances.authorization_header, "",
                 set_authorization_header, "the header that Okta sends the secret in, for header mode and hooks"),
        list_key("access.secret_files", "list of files", "[]", "one secret a line; any one of all opens",
                 nothing_to_empty, add_header_secret_file, "the secret of header mode; none: none is asked for"),
        secret_key("access.secret", add_header_secret, "one a line", "the same, besides those of the files"),
        text_key("access.tokens_allowed_file", "file", "", "one token, or its SHA-256 in hex, a line",
                 allow_tokens_of_file, "header mode takes these tokens only; they get a reserved share"),
        secret_key(
            "access.tokens_allowed",
            [](Draft& draft, const Setting&, const std::string& text) { return allow_tokens(draft, text); },
            "one a line", "the same, besides those of the file"),
        list_key(
            "access.sources", "list of networks", "[]", "addresses or CIDR; empty: any",
            [](Draft& draft) { draft.config.entrances.sources_allowed = {}; },
            add_network(HOOKLINE_FIELD(entrances.sources_allowed)), "who may deliver at all; others: 403"),
        plain_switch_key("access.remove_used_hooks", HOOKLINE_FIELD(remove_used_hooks),
                         "lets a reload take away a hook, or header mode, that was used in the last 24 h"),

        text_key("regions.*.url", "URL", "the Logz.io listener of au, ca, eu, nl, uk, us, wa",
                 "https; http on loopback, or with `ship.plain_http_allowed`", set_region_url,
                 "the listener of a region; a new name adds one"),
        text_key("tenants.*.region", "region", "", "a region with a listener", set_tenant_region,
                 "where this tenant's events go"),
        text_key("tenants.*.token_file", "file", "", "32 letters and digits", set_tenant_token_file,
                 "its Logz.io shipping token"),
        secret_of_file_key("tenants.*.token", set_tenant_token, "32 letters and digits"),
        text_key("hooks.*.tenant", "tenant", "the hook's own name", "a tenant of this file", set_hook_tenant,
                 "who gets what comes in on `/hooks/<name>`"),
        list_key("hooks.*.secret_files", "list of files", "[]", "one secret a line; any one of all opens",
                 nothing_to_empty, add_hook_secret_file, "what Okta must send in the authorization header; required"),
        secret_key("hooks.*.secret", add_hook_secret, "one a line", "the same, besides those of the files"),
    };
}

}  // namespace hookline::app
