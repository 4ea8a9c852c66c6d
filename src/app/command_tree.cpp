#include "app/command_tree.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/config_text.h"
#include "base/time_text.h"

namespace hookline::app {
namespace {

constexpr int usage_status = 64;  // EX_USAGE

WallTime read_instant(const std::string& text, WallTime now) {
    if (const auto instant = parse_rfc3339(text)) return *instant;
    if (const auto day = parse_rfc3339(text + "T00:00:00Z")) return *day;
    if (const auto ago = parse_duration(text)) return now - *ago;
    throw CLI::ValidationError(
        R"(expected an instant such as "2026-11-22T15:46:09Z", a day, or how long ago, such as "2 h")");
}

/// What CLI11 was told about an option's value, as the help shows it.
std::string value_of(const CLI::Option& option) { return option.get_expected_max() == 0 ? "" : option.get_type_name(); }

CommandShape shape_of(const CLI::App& command, const std::string& path) {
    CommandShape shape;
    shape.path = path;
    shape.meaning = command.get_description();
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; }))
        shape.subcommands.push_back(sub->get_name());
    for (const CLI::Option* option : command.get_options()) {
        if (!option->nonpositional()) {
            shape.positional = option->get_type_name();
            continue;
        }
        shape.options.push_back({"--" + option->get_lnames().front(), value_of(*option), option->get_description()});
    }
    return shape;
}

void collect_shapes(const CLI::App& command, const std::string& path, std::vector<CommandShape>& shapes) {
    shapes.push_back(shape_of(command, path));
    for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
        collect_shapes(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), shapes);
    }
}

/// The words that could stand where `word` makes no sense.
std::string suggestion(const CLI::App& app, const std::vector<std::string>& words) {
    const CLI::App* command = &app;
    for (const std::string& word : words) {
        const auto subs = command->get_subcommands([](const CLI::App*) { return true; });
        const auto next =
            std::find_if(subs.begin(), subs.end(), [&](const CLI::App* sub) { return sub->get_name() == word; });
        if (next != subs.end()) {
            command = *next;
            continue;
        }
        std::vector<std::string> known;
        known.reserve(subs.size());
        for (const CLI::App* sub : subs) known.push_back(sub->get_name());
        if (!word.starts_with('-')) {
            if (known.empty()) return "";
            const std::string meant = did_you_mean(word, known);
            return meant.empty() ? fmt::format(R"(; "{}" is none of {})", word, fmt::join(known, ", ")) : meant;
        }
        for (const CLI::Option* option : command->get_options()) {
            if (option->nonpositional()) known.push_back("--" + option->get_lnames().front());
        }
        const std::string name = word.substr(0, word.find('='));
        if (std::find(known.begin(), known.end(), name) == known.end()) return did_you_mean(name, known);
    }
    return "";
}

}  // namespace

CommandTree::CommandTree(WallTime moment)
    : app("hookline: keeps Okta's event hooks on disk and ships them to Logz.io", "hookline"), now(moment) {
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    app.footer("Each command has --help with examples. More: man hookline, docs/configuration.md.");
    app.set_version_flag("--version", std::string("hookline ") + HOOKLINE_VERSION);
    add_relay_commands(*this);
    add_client_commands(*this);
    add_dead_commands(*this);
    add_spool_commands(*this);
    add_rehearsal_commands(*this);
}

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& meaning,
                    const std::string& examples) {
    CLI::App* group = parent.add_subcommand(name, meaning);
    group->require_subcommand(1);
    group->footer("Examples:\n" + examples);
    return group;
}

CLI::Option* add_text(CLI::App& command, const std::string& name, std::string& target, const std::string& value,
                      const std::string& meaning) {
    CLI::Option* option = command.add_option(name, target, meaning)->type_name(value);
    if (value.find('|') != std::string::npos) {
        std::string words = value;
        std::replace(words.begin(), words.end(), '|', ' ');
        option->check([allowed = split_list(words), value](const std::string& given) {
            const bool known = std::find(allowed.begin(), allowed.end(), given) != allowed.end();
            return known ? std::string() : "\"" + given + "\" is none of " + value + did_you_mean(given, allowed);
        });
    }
    return option;
}

CLI::Option* add_path(CLI::App& command, const std::string& name, std::optional<Path>& target, const std::string& value,
                      const std::string& meaning) {
    return command
        .add_option_function<std::string>(
            name, [&target](const std::string& text) { target = text; }, meaning)
        ->type_name(value);
}

CLI::Option* add_duration(CLI::App& command, const std::string& name,
                          std::function<void(std::chrono::milliseconds)> take, const std::string& meaning) {
    const auto read = [name, take = std::move(take)](const std::string& text) {
        const auto length = parse_duration(text);
        if (!length) throw CLI::ValidationError(name + ": " + length.error().message);
        take(*length);
    };
    return command.add_option_function<std::string>(name, read, meaning)->type_name("DURATION");
}

CLI::Option* add_instant(CommandTree& tree, CLI::App& command, const std::string& name, std::optional<WallTime>& target,
                         const std::string& meaning) {
    const auto read = [&tree, &target](const std::string& text) { target = read_instant(text, tree.now); };
    return command.add_option_function<std::string>(name, read, meaning)->type_name("WHEN");
}

void add_target(CLI::App& command, AdminTarget& target) {
    add_text(
        command, "--admin", target.address, "ADDRESS",
        "the relay's admin address (127.0.0.1:9180, or $HOOKLINE_ADMIN_LISTEN); https://NAME:PORT if it speaks TLS");
    add_path(command, "--admin-ca-file", target.ca_file, "FILE",
             "whom to believe its certificate, besides the system's authorities (or $HOOKLINE_ADMIN_CERTIFICATE)");
    add_path(command, "--spool", target.spool, "DIR",
             "its spool: for the admin token there, and asked itself when no relay runs");
    add_path(command, "--admin-token-file", target.token_file, "FILE",
             "the admin token, when it is not in the spool (or $HOOKLINE_ADMIN_TOKEN)");
    add_path(command, "--spool-key-file", target.spool_key_file, "FILE",
             "the spool's key, when no relay runs and it is not in the spool (or $HOOKLINE_SPOOL_KEY)");
}

void add_json(CLI::App& command, bool& json) { command.add_flag("--json", json, "as JSON, for scripts"); }

tl::expected<Command, ParseEnd> parse_command(std::vector<std::string> words, WallTime now) {
    CommandTree tree(now);
    const std::vector<std::string> said = words;
    std::reverse(words.begin(), words.end());  // what CLI11 wants
    try {
        tree.app.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
        return tl::unexpected(ParseEnd{0, tree.app.help()});
    } catch (const CLI::CallForVersion& version) {
        return tl::unexpected(ParseEnd{0, std::string(version.what()) + "\n"});
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(ParseEnd{usage_status, std::string("hookline: ") + error.what() +
                                                         suggestion(tree.app, said) +
                                                         "\nRun with --help for more information.\n"});
    }
    return std::move(*tree.chosen);
}

std::vector<CommandShape> command_shapes() {
    const CommandTree tree(WallTime{});
    std::vector<CommandShape> shapes;
    collect_shapes(tree.app, "", shapes);
    return shapes;
}

}  // namespace hookline::app
