// sim okta, sim logzio.

#include "app/command_tree.h"

namespace hookline::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Emulators take any token of the right form unless they are given a list.
constexpr const char* rehearsal_token = "RehearsalRehearsalRehearsal00001";

Secret read_secret(const std::string& option, const std::string& file) {
    auto secret = read_secret_file(file);
    if (!secret) throw CLI::ValidationError(option + ": " + secret.error().message);
    return std::move(*secret);
}

void set_header(std::vector<net::Header>& headers, const std::string& name, const std::string& value) {
    for (net::Header& header : headers) {
        if (header.name == name) {
            header.value = value;
            return;
        }
    }
    headers.push_back({name, value});
}

void add_okta_headers(CLI::App& command, rehearse::OktaSenderOptions& options) {
    command
        .add_option_function<std::string>(
            "--region",
            [&options](const std::string& region) {
                set_header(options.headers, "logzio_region", region);
                const bool given = std::any_of(options.headers.begin(), options.headers.end(),
                                               [](const net::Header& header) { return header.name == "logzio_token"; });
                if (!given) set_header(options.headers, "logzio_token", rehearsal_token);
            },
            "header mode: sends logzio_region and a made-up token")
        ->type_name("REGION");
    command
        .add_option_function<std::string>(
            "--token-file",
            [&options](const std::string& file) {
                set_header(options.headers, "logzio_token", std::string(read_secret("--token-file", file).reveal()));
            },
            "header mode: the token to send in place of the made-up one")
        ->type_name("FILE");
    command
        .add_option_function<std::string>(
            "--secret-file",
            [&options](const std::string& file) { options.authorization = read_secret("--secret-file", file); },
            "what is sent in the authorization header")
        ->type_name("FILE");
    add_text(command, "--authorization-header", options.authorization_header, "NAME",
             "that header's name (authorization)");
}

void add_sim_okta(CommandTree& tree, CLI::App& group) {
    CLI::App* command = nullptr;
    auto* chosen = add_command<SimOktaCommand>(
        tree, group, "okta", "posts event hooks as Okta does, and tells what Okta would have lost",
        "  hookline sim okta http://127.0.0.1:9000/ --region us --rate 300 --duration '1 min'\n"
        "  hookline sim okta https://hooks.example.com/hooks/acme --secret-file acme.secret --deliveries 10\n"
        "  hookline sim okta http://127.0.0.1:9000/ --region us --events events.jsonl --rate 0",
        command);
    rehearse::OktaSenderOptions& options = chosen->options;
    add_text(*command, "url", options.url, "URL", "where to post")->required();
    add_okta_headers(*command, options);
    add_text(*command, "--ca-file", options.ca_file, "FILE", "PEM: trusted besides the system's authorities");
    command->add_flag("!--no-verify", options.verify_first, "leaves Okta's one-time verification out");
    const auto count = [&](const char* name, auto& target, const char* meaning) {
        command->add_option(name, target, meaning)->type_name("NUMBER");
    };
    count("--deliveries", options.deliveries, "ends after so many (0: until stopped)");
    add_duration(
        *command, "--duration",
        [&options](milliseconds length) { options.duration = std::chrono::ceil<seconds>(length); }, "ends after this");
    add_number(*command, "--rate", options.rate, 0.0, 1e6, "deliveries a second (10); 0: as fast as it goes");
    add_number(*command, "--connections", options.connections, 1, 10'000, "at once (8)");
    add_number(*command, "--events-min", options.events_min, 1, 100'000, "events in a delivery, at least (1)");
    add_number(*command, "--events-max", options.events_max, 1, 100'000, "and at most (3)");
    const auto share = [&](const char* name, double& target, const char* meaning) {
        add_number(*command, name, target, 0.0, 1.0, meaning)->type_name("SHARE");
    };
    share("--duplicates", options.duplicate_share, "share of deliveries offered again though they were taken (0)");
    share("--reorder", options.reorder_share, "share held back behind later ones (0)");
    share("--previews", options.preview_share, "share in the form of Okta's \"Deliver request\" (0)");
    add_duration(
        *command, "--timeout", [&options](milliseconds length) { options.time_max = length; },
        "how long Okta waits, connection included (3 s)");
    add_duration(
        *command, "--round-trip", [&options](milliseconds length) { options.round_trip = length; },
        "as if Okta were this far away (0 ms)");
    add_duration(
        *command, "--retry-after", [&options](milliseconds length) { options.retry_after = length; },
        "pause before the one retry (1 s); Okta's own is not documented");
    command->add_flag("!--no-keep-alive", options.keep_alive, "a connection for each delivery");
    add_path(*command, "--events", options.events_file, "FILE",
             "System Log events, one a line, in place of made-up ones");
    command->add_flag("--events-again", options.events_file_again, "begins anew at the end of that file");
    add_text(*command, "--org", options.org, "HOST", "whose events they are (dev-000000.okta.com)");
    count("--seed", options.seed, "the same seed makes the same events (1)");
    add_path(*command, "--acknowledged", options.acknowledged_file, "FILE", "writes each acknowledged uuid there");
    add_json(*command, chosen->json);
    command->callback([chosen, &tree] {
        if (chosen->options.events_min > chosen->options.events_max)
            throw CLI::ValidationError("--events-min is above --events-max");
        tree.chosen = *chosen;
    });
}

void take_region_address(rehearse::LogzioEmulatorOptions& options, const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        throw CLI::ValidationError("--listen: expected REGION=ADDRESS, such as us=127.0.0.1:9100");
    auto endpoint = net::parse_endpoint(text.substr(equals + 1));
    if (!endpoint) throw CLI::ValidationError("--listen: " + endpoint.error().message);
    options.regions[text.substr(0, equals)] = *endpoint;
}

void read_tokens(rehearse::LogzioEmulatorOptions& options, const std::string& file) {
    auto text = read_file(file);
    if (!text) throw CLI::ValidationError("--tokens-file: " + text.error().message);
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        if (!line.empty()) options.tokens.emplace_back(line);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

void add_sim_logzio(CommandTree& tree, CLI::App& group) {
    CLI::App* command = nullptr;
    auto* chosen = add_command<SimLogzioCommand>(
        tree, group, "logzio", "a Logz.io listener on this machine, with faults to order",
        "  hookline sim logzio\n"
        "  hookline sim logzio --listen us=127.0.0.1:9100 --listen eu=127.0.0.1:9101 --control 127.0.0.1:9102\n"
        "  hookline serve --listen 127.0.0.1:9000 --listener us=http://127.0.0.1:9100",
        command);
    rehearse::LogzioEmulatorOptions& options = chosen->options;
    command
        ->add_option_function<std::vector<std::string>>(
            "--listen",
            [&options](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) take_region_address(options, text);
            },
            "a region and its address (us=127.0.0.1:9100, eu=127.0.0.1:9101); may be repeated")
        ->type_name("REGION=ADDRESS")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    command->add_flag("--tls", options.tls, "HTTPS with a certificate of its own");
    add_path(*command, "--certificate-out", chosen->certificate_file, "FILE",
             "writes that certificate, for client.ca_file");
    command
        ->add_option_function<std::vector<std::string>>(
            "--certificate-name",
            [&options](const std::vector<std::string>& names) { options.certificate_names = names; },
            "whom it names (localhost, 127.0.0.1, ::1); may be repeated")
        ->type_name("NAME")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    add_number(*command, "--certificate-days", options.certificate_days, -10'000, 10'000,
               "how long it is valid (30); below 0 it has expired");
    command->add_flag("--old-tls", options.tls_1_2_only, "TLS 1.2 and nothing newer");
    command
        ->add_option_function<std::string>(
            "--tokens-file", [&options](const std::string& file) { read_tokens(options, file); },
            "the only tokens that are taken, one region:token a line")
        ->type_name("FILE");
    command
        ->add_option_function<std::string>(
            "--control",
            [&options](const std::string& text) {
                auto endpoint = net::parse_endpoint(text);
                if (!endpoint) throw CLI::ValidationError("--control: " + endpoint.error().message);
                options.control = *endpoint;
            },
            "faults, counts and lines as JSON over HTTP: docs/rehearsal.md")
        ->type_name("ADDRESS");
    add_path(*command, "--lines", options.lines_file, "FILE", "appends every accepted line");
    command->add_flag("--lines-with-account", options.lines_file_with_account,
                      "each inside an object that tells region and account");
    command->add_flag("--light", options.light, "leaves out what Logz.io would tag: for load");
    command->add_flag("--url-type-wins", options.url_type_wins, "over the type in the document: both are documented");
    command->add_flag("--oversized-arrive", options.oversized_arrive,
                      "lines over 500,000 bytes appear as invalid documents, as once seen");
    add_number(*command, "--bad-encoding-status", options.bad_encoding_status, 400, 599,
               "answer to a body whose gzip is broken (400)")
        ->type_name("STATUS");
    add_duration(
        *command, "--search-delay", [&options](milliseconds length) { options.search_delay = length; },
        "until a line is found by /v1/search (0 ms)");
    command->add_option("--documents", options.documents_max, "remembered to know duplicates (2000000)")
        ->type_name("NUMBER");
    add_text(*command, "--size-reading", options.size_reading, "wire|inflated|either",
             "which size must stay below 10 MB (either)");
    command->add_flag("--three-counters", options.three_counters,
                      "answers 400 in the shape seen live, without emptyLogLines");
    add_number(*command, "--blank-status", options.blank_status, 200, 599, "answer to a body of blank lines only (400)")
        ->type_name("STATUS");
    command->add_option("--seed", options.seed, "of faults by chance (1)")->type_name("NUMBER");
    add_json(*command, chosen->json);
    command->callback([chosen, &tree] {
        if (chosen->options.regions.empty()) {
            chosen->options.regions["us"] = {"127.0.0.1", 9100};
            chosen->options.regions["eu"] = {"127.0.0.1", 9101};
        }
        if (chosen->certificate_file && !chosen->options.tls)
            throw CLI::ValidationError("--certificate-out needs --tls");
        tree.chosen = *chosen;
    });
}

}  // namespace

void add_rehearsal_commands(CommandTree& tree) {
    CLI::App* group = add_group(tree.app, "sim", "the two outside worlds, for rehearsals: okta, logzio",
                                "  hookline sim logzio\n"
                                "  hookline sim okta http://127.0.0.1:8080/ --region us");
    add_sim_okta(tree, *group);
    add_sim_logzio(tree, *group);
}

}  // namespace hookline::app
