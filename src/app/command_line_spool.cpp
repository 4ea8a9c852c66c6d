// spool verify, spool salvage.

#include "app/command_tree.h"

namespace hookline::app {
namespace {

void add_directory(CLI::App& command, std::optional<Path>& directory) {
    add_path(command, "--spool", directory, "DIR", "the spool (./hookline-spool, or $HOOKLINE_SPOOL_DIRECTORY)");
}

}  // namespace

void add_spool_commands(CommandTree& tree) {
    CLI::App* group = add_group(tree.app, "spool", "the spool on disk: verify, salvage",
                                "  hookline spool verify --spool /var/lib/hookline\n"
                                "  hookline spool salvage --spool /var/lib/hookline --dry-run");
    CLI::App* command = nullptr;
    auto* verify = add_command<SpoolVerifyCommand>(
        tree, *group, "verify", "reads all of a spool and says whether it is whole",
        "  hookline spool verify --spool /var/lib/hookline\n"
        "  hookline spool verify --spool backup --json\n"
        "\n"
        "It changes nothing. No relay may have the spool open: stop it, or verify a copy.\n"
        "Exit status: 0 when the spool is whole, else 1.",
        command);
    add_directory(*command, verify->spool);
    command->add_flag("--keys", verify->keys, "lists every key in hexadecimal instead: none holds a secret");
    add_json(*command, verify->json);

    auto* salvage = add_command<SpoolSalvageCommand>(
        tree, *group, "salvage", "saves what can be read of a damaged spool",
        "  hookline spool salvage --spool /var/lib/hookline --dry-run\n"
        "  hookline spool salvage --spool /var/lib/hookline\n"
        "\n"
        "It says first what it would save and what is lost, then asks. The old files are kept in a directory\n"
        "beside the new ones; `hookline gaps` lists what was lost. It needs room for what it saves.",
        command);
    add_directory(*command, salvage->spool);
    command->add_flag("--dry-run", salvage->dry_run, "says what it would do and ends");
    command->add_flag("--yes", salvage->yes, "does not ask");
    add_json(*command, salvage->json);
}

}  // namespace hookline::app
