// serve, try, check, version, completion.

#include "app/command_tree.h"

namespace hookline::app {
namespace {

void add_flag_of_key(CLI::App& command, ConfigFlags& config, const std::string& name, const std::string& key,
                     const std::string& value, const std::string& meaning) {
    const auto take = [&config, key](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) config.flags.emplace_back(key, text);
    };
    CLI::Option* option = command.add_option_function<std::vector<std::string>>(name, take, meaning);
    option->type_name(value)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// REGION=URL becomes the key of that region.
void take_listener(ConfigFlags& config, const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string region = text.substr(0, equals);
    if (equals == std::string::npos || region.empty() || region.find_first_of(". /:") != std::string::npos) {
        throw CLI::ValidationError("--listener: expected REGION=URL, such as us=https://listener.logz.io:8071");
    }
    config.flags.emplace_back("regions." + region + ".url", text.substr(equals + 1));
}

/// The flags that scripts rely on: DESIGN section 10.
void add_config_flags(CLI::App& command, ConfigFlags& config) {
    add_path(command, "--config", config.file, "FILE", "the configuration in TOML; not needed (or $HOOKLINE_CONFIG)");
    add_flag_of_key(command, config, "--listen", "receive.listen", "ADDRESS",
                    "where deliveries are taken (127.0.0.1:8080); may be repeated");
    add_flag_of_key(command, config, "--tls", "receive.tls", "on|off", "HTTPS or plain HTTP");
    add_flag_of_key(command, config, "--certificate", "receive.certificate", "FILE", "PEM chain, for HTTPS");
    add_flag_of_key(command, config, "--key", "receive.key", "FILE", "PEM key of the certificate");
    add_flag_of_key(command, config, "--admin", "admin.listen", "ADDRESS",
                    "admin API, health and metrics (127.0.0.1:9180), or off");
    add_flag_of_key(command, config, "--spool", "spool.directory", "DIR",
                    "where events are kept until Logz.io has them (./hookline-spool)");
    command
        .add_option_function<std::vector<std::string>>(
            "--listener",
            [&config](const std::vector<std::string>& texts) {
                for (const std::string& text : texts) take_listener(config, text);
            },
            "replaces a region's Logz.io listener; may be repeated")
        ->type_name("REGION=URL")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_serve(CommandTree& tree) {
    CLI::App* command = nullptr;
    auto* serve = add_command<ServeCommand>(
        tree, tree.app, "serve", "receive, keep, ship, until SIGTERM",
        "  hookline serve --config /etc/hookline/hookline.toml\n"
        "  hookline serve --listen 127.0.0.1:9000 --tls off --spool /var/lib/hookline\n"
        "  hookline serve --certificate chain.pem --key key.pem --listen 0.0.0.0:443 --config h.toml\n"
        "\n"
        "SIGHUP reads the configuration again; a wrong one is refused whole and the old one kept.\n"
        "Exit status: 0 after SIGTERM, 74 when the disk failed, 78 when the configuration is wrong.",
        command);
    add_config_flags(*command, serve->config);
}

void add_try(CommandTree& tree) {
    CLI::App* command = nullptr;
    auto* chosen = add_command<TryCommand>(
        tree, tree.app, "try", "a rehearsal: the real relay between a simulated Okta and an emulated Logz.io",
        "  hookline try\n"
        "  hookline try --rate 300 --duration '30 s' --json",
        command);
    TryOptions& options = chosen->options;
    add_number(*command, "--rate", options.rate, 0.0, 1e6, "deliveries a second (20); 0: as fast as it goes");
    add_duration(
        *command, "--duration",
        [&options](std::chrono::milliseconds length) {
            options.duration = std::chrono::ceil<std::chrono::seconds>(length);
        },
        "ends by itself after this");
    add_path(*command, "--spool", options.spool_directory, "DIR",
             "keeps the spool there; otherwise it is a temporary one");
    command->add_flag("--json", options.json, "one JSON object a second in place of the screen");
}

void add_check(CommandTree& tree) {
    CLI::App* command = nullptr;
    auto* check = add_command<CheckCommand>(
        tree, tree.app, "check", "is the configuration right, are certificate and tokens good",
        "  hookline check --config /etc/hookline/hookline.toml\n"
        "  hookline check --config hookline.toml --online --url https://hooks.example.com/hooks/acme\n"
        "  hookline check --online --region eu --token-file token.txt\n"
        "  hookline check --keys\n"
        "\n"
        "--online writes one test line for each token to Logz.io, and asks before it does.\n"
        "Exit status: 0 when all is well, 78 when the configuration is wrong, else 1.",
        command);
    add_config_flags(*command, check->config);
    command->add_flag("--online", check->online, "also DNS, TLS and each tenant's token, with the listeners");
    add_text(*command, "--url", check->url, "URL", "where Okta will post: looked at from outside, with --online");
    add_text(*command, "--region", check->region, "REGION", "the region of --token-file");
    add_path(*command, "--token-file", check->token_file, "FILE",
             "a token to try that no configuration names, with --online");
    command->add_flag("--yes", check->yes,
                      "asks nothing: writes the test lines, and tries other regions for a refused token");
    command->add_flag("--keys", check->keys, "lists every key of the configuration instead");
    command->add_flag("--markdown", check->markdown, "with --keys: as the tables of docs/configuration.md");
    add_json(*command, check->json);
    command->callback([check, &tree] {
        if (check->token_file.has_value() == check->region.empty())
            throw CLI::ValidationError("--token-file and --region go together");
        if (check->markdown && !check->keys) throw CLI::ValidationError("--markdown goes with --keys");
        tree.chosen = *check;
    });
}

}  // namespace

void add_relay_commands(CommandTree& tree) {
    add_serve(tree);
    add_try(tree);
    add_check(tree);
    CLI::App* command = nullptr;
    auto* version =
        add_command<VersionCommand>(tree, tree.app, "version", "what this is", "  hookline version --json", command);
    add_json(*command, version->json);
    auto* completion = add_command<CompletionCommand>(tree, tree.app, "completion", "a completion script for the shell",
                                                      "  source <(hookline completion bash)\n"
                                                      "  hookline completion zsh > ~/.zfunc/_hookline",
                                                      command);
    add_text(*command, "shell", completion->shell, "bash|zsh", "which shell")->required();
}

}  // namespace hookline::app
