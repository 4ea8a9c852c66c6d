#pragma once
// The tree of commands as CLI11 sees it. Private to the command line; main thread. CLI11 throws, so this does too.

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/command.h"

namespace hookline::app {

/// The program's commands; `parse` of `app` fills `chosen`.
struct CommandTree {
    CommandTree(WallTime now);
    CLI::App app;
    std::optional<Command> chosen;
    const WallTime now;
    std::vector<std::shared_ptr<void>> kept;  ///< what options write into
};

void add_relay_commands(CommandTree& tree);      // serve, try, check, version, completion
void add_rehearsal_commands(CommandTree& tree);  // sim okta, sim logzio
void add_client_commands(CommandTree& tree);     // status, tenant, gaps, resend, trace, log
void add_dead_commands(CommandTree& tree);       // dead …
void add_spool_commands(CommandTree& tree);      // backup, spool …

/// A command whose words fill a `Made`; `chosen` becomes a copy of it.
template <class Made>
Made* add_command(CommandTree& tree, CLI::App& parent, const std::string& name, const std::string& meaning,
                  const std::string& examples, CLI::App*& command) {
    const auto made = std::make_shared<Made>();
    tree.kept.push_back(made);
    command = parent.add_subcommand(name, meaning);
    command->footer("Examples:\n" + examples);
    command->callback([made = made.get(), &tree] { tree.chosen = *made; });
    return made.get();
}

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& meaning, const std::string& examples);

CLI::Option* add_text(CLI::App& command, const std::string& name, std::string& target, const std::string& value,
                      const std::string& meaning);
CLI::Option* add_path(CLI::App& command, const std::string& name, std::optional<Path>& target, const std::string& value,
                      const std::string& meaning);
/// A number within bounds, which the help does not repeat.
template <class Number>
CLI::Option* add_number(CLI::App& command, const std::string& name, Number& target, std::type_identity_t<Number> least,
                        std::type_identity_t<Number> most, const std::string& meaning) {
    return command.add_option(name, target, meaning)
        ->type_name("NUMBER")
        ->check(CLI::Range(least, most).description(""));
}
CLI::Option* add_duration(CLI::App& command, const std::string& name,
                          std::function<void(std::chrono::milliseconds)> take, const std::string& meaning);
/// An instant (2026-11-22T15:46:09Z), a day (2026-11-22), or how long ago (2 h).
CLI::Option* add_instant(CommandTree& tree, CLI::App& command, const std::string& name, std::optional<WallTime>& target,
                         const std::string& meaning);

/// --admin, --spool, --admin-token-file, --spool-key-file
void add_target(CLI::App& command, AdminTarget& target);
void add_json(CLI::App& command, bool& json);

}  // namespace hookline::app
