// What only the whole configuration can show: what is missing, what contradicts, what a person should know.

#include <algorithm>

#include <fmt/format.h>

#include "app/config_rule.h"
#include "app/config_text.h"
#include "app/spool_key.h"

namespace hookline::app {
namespace {

constexpr std::size_t secret_length_advised = 16;

std::string list_of(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

bool same_address(const net::Endpoint& one, const net::Endpoint& other) { return one.port != 0 && one == other; }

/// A certificate and its key: both or neither.
bool check_pair(Draft& draft, const std::string& section, const Path& certificate, const Path& key) {
    if (certificate.empty() == key.empty()) return true;
    const std::string given = section + (key.empty() ? ".certificate" : ".key");
    const std::string missing = section + (key.empty() ? ".key" : ".certificate");
    draft.problem(draft.place_of(given), given, fmt::format("has no {} beside it; expected both or neither", missing));
    return false;
}

void check_tls(Draft& draft) {
    Config& config = draft.config;
    const bool certificate = !config.certificate.empty();
    config.tls = draft.tls.value_or(certificate && !config.key.empty());
    check_pair(draft, "admin", config.admin_certificate, config.admin_key);
    if (!check_pair(draft, "receive", config.certificate, config.key)) return;
    if (config.tls && !certificate) {
        draft.problem(draft.place_of("receive.tls"), "receive.tls",
                      R"(is on without a certificate; expected receive.certificate and receive.key, or tls = "off")");
    } else if (!config.tls && certificate) {
        config.warnings.emplace_back("receive.tls is off: the certificate is not used");
    }
}

void check_listening(Draft& draft) {
    Config& config = draft.config;
    const Place place = draft.place_of("receive.listen");
    // Where an address could not be read that has been said.
    const bool said = std::any_of(draft.problems.begin(), draft.problems.end(),
                                  [](const ConfigProblem& problem) { return problem.key == "receive.listen"; });
    if (config.listen.empty() && !said) {
        draft.problem(place, "receive.listen", "is empty; expected at least one address");
    }
    for (std::size_t i = 0; i < config.listen.size(); ++i) {
        const net::Endpoint& one = config.listen[i];
        const auto before = config.listen.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::any_of(config.listen.begin(), before, [&](const auto& other) { return same_address(one, other); })) {
            draft.problem(place, "receive.listen", fmt::format("names {} twice", to_string(one)));
        }
        if (config.admin && same_address(one, *config.admin)) {
            draft.problem(
                draft.place_of("admin.listen"), "admin.listen",
                fmt::format("is {}, where deliveries are taken; expected an address of its own", to_string(one)));
        }
        if (!config.tls && !is_loopback(one) && config.trusted_proxies.empty()) {
            config.warnings.push_back(
                fmt::format("deliveries on {} come without TLS: Okta posts only to https, so a proxy must stand in "
                            "front; name it in "
                            "receive.trusted_proxies",
                            to_string(one)));
        }
    }
    if (config.proxy_protocol && config.trusted_proxies.empty()) {
        draft.problem(draft.place_of("receive.proxy_protocol"), "receive.proxy_protocol",
                      "is on, but receive.trusted_proxies names nobody to take it from");
    }
    if (config.admin && !is_loopback(*config.admin) && config.admin_certificate.empty()) {
        config.warnings.push_back(fmt::format(
            "the admin API on {} is plain HTTP beyond this machine: whoever can listen in learns its token; "
            "give it admin.certificate and admin.key",
            to_string(*config.admin)));
    }
}

void check_regions(Draft& draft) {
    for (const auto& [region, url] : draft.region_urls) {
        const std::string key = "regions." + region + ".url";
        if (const auto set = draft.config.regions.set(region, url, draft.plain_http_allowed); !set) {
            draft.problem(draft.place_of(key), key, set.error().message);
        }
    }
    draft.config.entrances.regions = draft.config.regions.codes();
}

void check_tenants(Draft& draft) {
    const std::vector<std::string> regions = draft.config.regions.codes();
    for (auto& [name, tenant] : draft.tenants) {
        const std::string key = "tenants." + name;
        if (tenant.region.empty()) {
            draft.problem(tenant.place, key,
                          fmt::format("has no region; expected {}.region, one of {}", key, list_of(regions)));
        } else if (!draft.config.regions.url(tenant.region)) {
            draft.problem(
                draft.place_of(key + ".region"), key + ".region",
                fmt::format(R"("{}" is no region{}; expected one of {}, or a [regions.{}] with its url)", tenant.region,
                            did_you_mean(tenant.region, regions), list_of(regions), tenant.region));
        }
        const bool token_was_given =
            draft.places.contains(key + ".token") || draft.places.contains(key + ".token_file");
        if (!tenant.token && !token_was_given) {
            draft.problem(tenant.place, key,
                          fmt::format("has no token; expected {}.token_file, ${}, or the systemd credential {}.token",
                                      key, environment_name(key + ".token"), key));
        }
        if (tenant.token) draft.config.tenants[name] = NamedTenant{tenant.region, *tenant.token};
    }
}

void check_hooks(Draft& draft) {
    std::vector<std::string> tenants;
    for (const auto& [name, tenant] : draft.tenants) tenants.push_back(name);
    std::vector<std::string> reached;
    for (auto& [name, hook] : draft.hooks) {
        const std::string key = "hooks." + name;
        const bool said = !hook.tenant.empty();
        const std::string tenant = said ? hook.tenant : name;
        reached.push_back(tenant);
        if (!draft.tenants.contains(tenant)) {
            const Place place = said ? draft.place_of(key + ".tenant") : hook.place;
            draft.problem(place, said ? key + ".tenant" : key,
                          fmt::format(R"(leads to no tenant: there is no [tenants.{}]{})", tenant,
                                      did_you_mean(tenant, tenants)));
        }
        const bool secret_was_given =
            draft.places.contains(key + ".secret") || draft.places.contains(key + ".secret_files");
        if (hook.secrets.empty() && !(secret_was_given && !draft.problems.empty())) {
            draft.problem(
                hook.place, key,
                fmt::format("has no secret: anybody could deliver; expected {}.secret_files, ${}, or the systemd "
                            "credential {}.secret",
                            key, environment_name(key + ".secret"), key));
        }
        draft.config.entrances.hooks[name] = receive::NamedHook{tenant, hook.secrets};
    }
    reached.push_back(draft.config.log_ship_to);
    for (const std::string& tenant : tenants) {
        if (std::find(reached.begin(), reached.end(), tenant) == reached.end()) {
            draft.config.warnings.push_back(
                fmt::format("no hook leads to the tenant {}: nothing new will reach it", tenant));
        }
    }
}

void check_log(Draft& draft) {
    const std::string& tenant = draft.config.log_ship_to;
    if (tenant.empty() || draft.tenants.contains(tenant)) return;
    std::vector<std::string> tenants;
    for (const auto& [name, known] : draft.tenants) tenants.push_back(name);
    draft.problem(draft.place_of("log.ship_to"), "log.ship_to",
                  fmt::format("leads to no tenant: there is no [tenants.{}]{}", tenant, did_you_mean(tenant, tenants)));
}

void check_header_mode(Draft& draft) {
    Config& config = draft.config;
    receive::HeaderMode& mode = config.entrances.header_mode;
    mode.enabled = draft.header_mode.value_or(draft.hooks.empty());
    const bool ruled =
        !mode.secrets.empty() || !mode.tokens_allowed.empty() || !config.entrances.sources_allowed.empty();
    if (!mode.enabled) {
        if (draft.hooks.empty()) {
            draft.problem(draft.place_of("access.header_mode"), "access.header_mode",
                          "is off and there is no hook: nothing could be delivered");
        }
        if (!mode.secrets.empty() || !mode.tokens_allowed.empty()) {
            config.warnings.emplace_back("header mode is off, so access.secret and access.tokens_allowed are not used");
        }
        return;
    }
    const auto outside =
        std::find_if(config.listen.begin(), config.listen.end(), [](const auto& one) { return !is_loopback(one); });
    // A rule that was given but could not be read is a problem already; "no rule" would only confuse.
    const bool tried = draft.places.contains("access.secret") || draft.places.contains("access.secret_files") ||
                       draft.places.contains("access.tokens_allowed") ||
                       draft.places.contains("access.tokens_allowed_file") || draft.places.contains("access.sources");
    const bool rule_failed = tried && !ruled && !draft.problems.empty();
    if (outside != config.listen.end() && !ruled && !config.open && !rule_failed) {
        draft.problem(
            draft.place_of("receive.listen"), "receive.listen",
            fmt::format("{} is open to everybody who reaches it: header mode there needs access.secret_files, "
                        "access.tokens_allowed_file or access.sources, or access.open = true",
                        to_string(*outside)));
    }
    if (config.open && ruled) config.warnings.emplace_back("access.open has no effect beside the other access rules");
}

void check_secrets(Draft& draft) {
    const auto judge = [&](const std::vector<Secret>& secrets, const std::string& whose) {
        if (std::any_of(secrets.begin(), secrets.end(),
                        [](const Secret& secret) { return secret.reveal().size() < secret_length_advised; })) {
            draft.config.warnings.push_back(
                fmt::format("a secret of {} is shorter than {} characters", whose, secret_length_advised));
        }
    };
    judge(draft.config.entrances.header_mode.secrets, "access");
    for (const auto& [name, hook] : draft.config.entrances.hooks) judge(hook.secrets, "hooks." + name);
    if (draft.proxy_credentials) draft.config.client.proxy_credentials = *draft.proxy_credentials;
    draft.config.admin_token = draft.admin_token;
    // It was judged when it was read.
    if (draft.spool_key) draft.config.spool_key = *parse_spool_key(draft.spool_key->reveal());
    if (draft.proxy_credentials && draft.config.client.proxy.empty()) {
        draft.config.warnings.emplace_back("client.proxy_credentials is given without client.proxy and is not used");
    }
}

/// `smaller` must not be above `larger`; both are keys with values that compare.
template <class Small, class Large>
void check_order(Draft& draft, const std::string& smaller, Small small, const std::string& larger, Large large) {
    if (small <= large) return;
    const std::string& said = draft.places.contains(smaller) ? smaller : larger;
    draft.problem(draft.place_of(said), said,
                  fmt::format("{} is above {}; expected it to be at most that", smaller, larger));
}

void check_limits(Draft& draft) {
    const Config& config = draft.config;
    check_order(draft, "receive.proof_reserve", config.endpoint.proof_reserve, "receive.answer_time_max",
                config.endpoint.answer_time_max);
    check_order(draft, "receive.body_bytes_max", config.http.body_bytes_max, "receive.bodies_bytes_max",
                config.http.bodies_bytes_max);
    check_order(draft, "receive.body_bytes_max", config.http.body_bytes_max, "receive.admitted_bytes_max",
                config.endpoint.admitted_bytes_max);
    check_order(draft, "receive.admitted_tenant_bytes_max", config.endpoint.admitted_tenant_bytes_max,
                "receive.admitted_bytes_max", config.endpoint.admitted_bytes_max);
    check_order(draft, "document.line_bytes_max", config.line_limits.line_bytes_max, "listener.bulk_bytes_max",
                config.listener.bulk_bytes_max);
    check_order(draft, "ship.bulk_bytes", config.shipping.bulk_bytes, "listener.bulk_bytes_max",
                config.listener.bulk_bytes_max);
    check_order(draft, "ship.backoff_first", config.shipping.backoff_first, "ship.backoff_max",
                config.shipping.backoff_max);
    check_order(draft, "ship.probe_first", config.shipping.probe_first, "ship.probe_max", config.shipping.probe_max);
    check_order(draft, "ship.proof_pair_bytes_max", config.shipping.proof_pair_bytes_max, "ship.proof_bytes_max",
                config.shipping.proof_bytes_max);
    check_order(draft, "spool.seen_tenant_max", config.spool.seen_tenant_max, "spool.seen_max", config.spool.seen_max);
    check_order(draft, "spool.aside_tenant_bytes_max", config.spool.aside_tenant_bytes_max, "spool.aside_bytes_max",
                config.spool.aside_bytes_max);
    if (config.spool.bytes_max != 0 && draft.places.contains("spool.tenant_bytes_max")) {
        check_order(draft, "spool.tenant_bytes_max", config.spool.tenant_bytes_max, "spool.bytes_max",
                    config.spool.bytes_max);
    }
}

}  // namespace

void check_whole(Draft& draft) {
    check_tls(draft);
    check_listening(draft);
    check_regions(draft);
    check_tenants(draft);
    check_hooks(draft);
    check_log(draft);
    check_header_mode(draft);
    check_secrets(draft);
    check_limits(draft);
}

}  // namespace hookline::app
