// backup; spool verify, salvage, rotate-key.

#include "app/command_tree.h"

namespace hookline::app {
namespace {

void add_directory(CLI::App& command, std::optional<Path>& directory) {
    add_path(command, "--spool", directory, "DIR", "the spool (./hookline-spool, or $HOOKLINE_SPOOL_DIRECTORY)");
}

void add_key(CLI::App& command, std::optional<Path>& key_file) {
    add_path(command, "--spool-key-file", key_file, "FILE",
             "the key it has, when that is not in the spool (or $HOOKLINE_SPOOL_KEY)");
}

void add_backup_command(CommandTree& tree) {
    CLI::App* command = nullptr;
    auto* backup = add_command<BackupCommand>(
        tree, tree.app, "backup", "copies a spool while the relay runs, or one that rests",
        "  hookline backup /var/backups/hookline/monday\n"
        "  hookline backup ./monday --spool /var/lib/hookline\n"
        "\n"
        "A running relay makes it, directly within its spool.backup_directory. The key is not in it. To restore,\n"
        "put the directory in the spool's place, with spool.key where the key was there, and start.",
        command);
    command
        ->add_option_function<std::string>(
            "directory", [backup](const std::string& text) { backup->directory = text; },
            "made for it; its parent exists")
        ->type_name("DIR")
        ->required();
    add_target(*command, backup->target);
    add_json(*command, backup->json);
}

}  // namespace

void add_spool_commands(CommandTree& tree) {
    add_backup_command(tree);
    CLI::App* group = add_group(tree.app, "spool", "the spool on disk: verify, salvage, rotate-key",
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
    add_key(*command, verify->key_file);
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
    add_key(*command, salvage->key_file);
    command->add_flag("--dry-run", salvage->dry_run, "says what it would do and ends");
    command->add_flag("--yes", salvage->yes, "does not ask");
    add_json(*command, salvage->json);

    auto* rotate = add_command<SpoolRotateKeyCommand>(
        tree, *group, "rotate-key", "gives a spool another main key",
        "  hookline spool rotate-key --spool /var/lib/hookline\n"
        "  hookline spool rotate-key --spool /var/lib/hookline --new-key-file /etc/hookline/spool.key\n"
        "\n"
        "No relay may have the spool open. Without --new-key-file a new key takes the place of the one in the\n"
        "spool. Backups stay sealed with the old key: keep it as long as them.",
        command);
    add_directory(*command, rotate->spool);
    add_key(*command, rotate->key_file);
    add_path(*command, "--new-key-file", rotate->new_key_file, "FILE", "the new key: 64 hexadecimal digits");
    command->add_flag("--yes", rotate->yes, "does not ask");
    add_json(*command, rotate->json);
}

}  // namespace hookline::app
