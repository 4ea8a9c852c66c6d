// check: the configuration, the spool's directory, the certificate; with --online also the outside.

#include "app/command_check.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

#include "app/command_certificate.h"
#include "app/relay.h"
#include "base/time_text.h"
#include "net/tls.h"

namespace hookline::app {
namespace {

constexpr auto expiry_warning = std::chrono::hours(21 * 24);
constexpr std::uint64_t free_bytes_advised = 1ULL << 30;

/// The nearest directory above that exists.
Path existing_part(Path path) {
    std::error_code fault;
    path = std::filesystem::absolute(path, fault);
    while (path.has_relative_path() && !std::filesystem::exists(path, fault)) path = path.parent_path();
    return path;
}

void check_spool(const Config& config, Findings& findings) {
    std::error_code fault;
    const auto looked_at = std::filesystem::status(config.spool_directory, fault);
    if (!std::filesystem::status_known(looked_at)) {
        return findings.problem("spool", config.spool_directory.string() + " cannot be looked at: " + fault.message());
    }
    const bool made_already = std::filesystem::exists(looked_at);
    if (made_already && !std::filesystem::is_directory(looked_at)) {
        return findings.problem("spool", config.spool_directory.string() + " is no directory");
    }
    const Path directory = existing_part(config.spool_directory);
    if (::access(directory.c_str(), W_OK | X_OK) != 0) {
        return findings.problem(
            "spool",
            fmt::format("{} cannot be written by this user{}", directory.string(),
                        made_already ? "" : fmt::format(" and {} is not there yet", config.spool_directory.string())));
    }
    const auto space = std::filesystem::space(directory, fault);
    const std::string free = fault ? std::string("unknown space") : show_bytes(space.available);
    const std::uint64_t wanted = config.spool.free_bytes_min != 0 ? config.spool.free_bytes_min : free_bytes_advised;
    if (!fault && space.available < wanted) {
        findings.warning("spool", fmt::format("{} has only {} free", directory.string(), free));
    } else {
        findings.good("spool", fmt::format("{} {}, {} free", config.spool_directory.string(),
                                           made_already ? "can be written" : "can be made", free));
    }
}

void check_certificate(const Config& config, const Clock& clock, Findings& findings) {
    if (!config.tls) return;
    if (const auto server = net::TlsServer::open(config.certificate, config.key, clock); !server) {
        return findings.problem("certificate", server.error().message);
    }
    const auto view = look_at_certificate(config.certificate, clock.wall());
    if (!view) return findings.problem("certificate", view.error().message);
    std::string names;
    for (const std::string& name : view->names) names += (names.empty() ? "" : ", ") + name;
    const std::string until = format_rfc3339(view->expires_at).substr(0, 10);
    if (view->names.empty()) findings.problem("certificate", "it names no host: Okta would refuse it");
    if (!view->trusted) {
        // A proxy in front shows a certificate of its own, and takes this one as it likes.
        const std::string refused = fmt::format("Okta would refuse it: {}", view->fault);
        if (config.trusted_proxies.empty()) {
            findings.problem("certificate", refused);
        } else {
            findings.warning("certificate", refused);
        }
    } else if (view->expires_at < clock.wall() + expiry_warning) {
        findings.warning("certificate", fmt::format("for {}; it expires on {}", names, until));
    } else {
        findings.good("certificate", fmt::format("for {}, until {}", names, until));
    }
}

void describe(const Config& config, Findings& findings) {
    std::string listen;
    for (const net::Endpoint& endpoint : config.listen) listen += (listen.empty() ? "" : ", ") + to_string(endpoint);
    const receive::Entrances& entrances = config.entrances;
    findings.good("configuration", fmt::format("{} on {}; {} hooks, {} tenants, header mode {}",
                                               config.tls ? "HTTPS" : "plain HTTP", listen, entrances.hooks.size(),
                                               config.tenants.size(), entrances.header_mode.enabled ? "on" : "off"));
    for (const std::string& warning : config.warnings) findings.warning("configuration", warning);
}

void check_online(const CheckCommand& command, const Config& config, const Clock& clock, const Terminal& terminal,
                  Findings& findings) {
    net::ClientOptions outward = config.client;
    auto client = net::make_http_client(outward);
    if (!client) return findings.problem("online", client.error().message);
    const auto ask = [&](const std::string& question) { return confirmed(terminal, question, command.yes); };
    const OnlineParts parts{config, **client, findings, ask, clock.wall()};

    std::vector<TokenToTry> tokens;
    std::set<std::string> regions;
    for (const auto& [name, tenant] : config.tenants) {
        tokens.push_back({"tenant " + name, tenant.region, tenant.token});
        regions.insert(tenant.region);
    }
    if (command.token_file) {
        auto token = read_secret_file(*command.token_file);
        if (!token) {
            findings.problem("token", token.error().message);
        } else if (!logzio::is_token(token->reveal())) {
            findings.problem("token", command.token_file->string() + " holds no token: expected 32 letters and digits");
        } else {
            tokens.push_back({"token", command.region, std::move(*token)});
            regions.insert(command.region);
        }
    }
    if (regions.empty()) {
        for (const std::string& region : config.regions.codes()) {
            if (region != "nl" && region != "wa") regions.insert(region);  // deprecated by Logz.io
        }
    }
    check_listeners(parts, {regions.begin(), regions.end()});
    check_tokens(parts, tokens);
    if (command.url.empty()) return;
    // As Okta looks: with the system's authorities alone, and through no proxy of ours.
    auto foreign = net::make_http_client(net::ClientOptions());
    if (!foreign) return findings.problem("url", foreign.error().message);
    check_own_url({config, **foreign, findings, ask, clock.wall()}, command.url);
}

int list_keys(const CheckCommand& command, const Terminal& terminal) {
    if (command.markdown) {
        terminal.out << config_keys_markdown();
        return 0;
    }
    if (command.json) {
        Json keys = Json::array();
        for (const ConfigKey& key : config_keys()) {
            keys.push_back({{"name", key.name},
                            {"environment", key.environment},
                            {"kind", key.kind},
                            {"default", key.default_text},
                            {"limits", key.limits},
                            {"meaning", key.meaning}});
        }
        print_json(terminal, keys);
        return 0;
    }
    Table table({"KEY", "KIND", "DEFAULT", "ALLOWED", "MEANING"});
    for (const ConfigKey& key : config_keys())
        table.row({{key.name}, {key.kind}, {key.default_text}, {key.limits}, {key.meaning}});
    table.print(terminal);
    return 0;
}

}  // namespace

bool Findings::any_problem() const {
    return std::any_of(all_.begin(), all_.end(),
                       [](const Finding& one) { return one.level == Finding::Level::problem; });
}

Json Findings::json() const {
    Json rows = Json::array();
    for (const Finding& one : all_) {
        const char* level = one.level == Finding::Level::good      ? "good"
                            : one.level == Finding::Level::warning ? "warning"
                                                                   : "problem";
        rows.push_back({{"level", level}, {"subject", one.subject}, {"text", one.text}});
    }
    return {{"ok", !any_problem()}, {"findings", rows}};
}

void Findings::add(Finding finding) {
    if (!json_) {
        const Finding::Level level = finding.level;
        const Colour colour = level == Finding::Level::good      ? Colour::green
                              : level == Finding::Level::warning ? Colour::yellow
                                                                 : Colour::red;
        const char* sign = level == Finding::Level::good ? "✓" : level == Finding::Level::warning ? "!" : "✗";
        terminal_.out << painted(terminal_, colour, sign) << ' ' << printable(finding.subject) << ": "
                      << printable(finding.text) << '\n'
                      << std::flush;
    }
    all_.push_back(std::move(finding));
}

int run_check(const CheckCommand& command, const Terminal& terminal, const Environment& environment) {
    if (command.keys) return list_keys(command, terminal);
    const SystemClock clock;
    Findings findings(terminal, command.json);
    const auto config = read_config({command.config.file, environment, command.config.flags});
    if (!config) {
        for (const ConfigProblem& problem : config.error()) findings.problem("configuration", to_string(problem));
        if (command.json) print_json(terminal, findings.json());
        return static_cast<int>(ExitStatus::config);
    }
    describe(*config, findings);
    check_spool(*config, findings);
    check_certificate(*config, clock, findings);
    if (command.online) check_online(command, *config, clock, terminal, findings);
    if (command.json) print_json(terminal, findings.json());
    return findings.any_problem() ? static_cast<int>(ExitStatus::failed) : 0;
}

}  // namespace hookline::app
