// dead list, show, export, replay, discard.

#include "app/command_tree.h"

namespace hookline::app {
namespace {

// Texts of spool::reason_name, in the order of the enumeration; a test compares.
constexpr const char* reasons =
    "line_refused|bulk_refused|too_large|token_refused|too_old|body_refused|element_refused|content_cut";

void add_filter(CommandTree& tree, CLI::App& command, LetterChoice& choice) {
    add_text(command, "--tenant", choice.tenant, "TENANT", "of this tenant: label or number");
    add_text(command, "--reason", choice.reason, reasons, "with this reason");
    add_text(command, "--class", choice.kind, "condemned|kept_aside",
             "acknowledged events, or refused bodies and originals");
    add_instant(tree, command, "--from", choice.from, "not before: an instant, a day, or how long ago");
    add_instant(tree, command, "--to", choice.to, "before: an instant, a day, or how long ago");
}

void add_choice(CommandTree& tree, CLI::App& command, LetterChoice& choice) {
    command.add_option("id", choice.ids, "letters by number")->type_name("ID");
    add_filter(tree, command, choice);
    command.add_flag("--all", choice.all, "every letter there is");
}

/// Nothing chosen is not taken for everything.
void insist_on_choice(const LetterChoice& choice) {
    if (choice.empty() && !choice.all) throw CLI::ValidationError("expected letters by number, a filter, or --all");
    if (!choice.empty() && choice.all) throw CLI::ValidationError("--all contradicts the other choices; keep one");
}

}  // namespace

void add_dead_commands(CommandTree& tree) {
    CLI::App* group = add_group(tree.app, "dead", "dead letters: list, show, export, replay, discard",
                                "  hookline dead list --tenant acme\n"
                                "  hookline dead show 17\n"
                                "  hookline dead replay --reason token_refused");
    CLI::App* command = nullptr;
    auto* list = add_command<DeadListCommand>(tree, *group, "list", "what could not be delivered, and why",
                                              "  hookline dead list\n"
                                              "  hookline dead list --class condemned --from '24 h' --json",
                                              command);
    add_filter(tree, *command, list->choice);
    add_number(*command, "--count", list->count, 1, 100'000'000, "at most so many (100 in a table, all with --json)");
    add_target(*command, list->target);
    add_json(*command, list->json);

    auto* show =
        add_command<DeadShowCommand>(tree, *group, "show", "one letter whole: reason, the exact answer, the bytes",
                                     "  hookline dead show 17\n"
                                     "  hookline dead show 17 --raw > body.bin",
                                     command);
    command->add_option("id", show->id, "its number")->type_name("ID")->required();
    command->add_flag("--raw", show->raw, "the bytes alone, as they are");
    add_target(*command, show->target);
    add_json(*command, show->json);

    auto* exported =
        add_command<DeadExportCommand>(tree, *group, "export", "letters as NDJSON, with their bytes",
                                       "  hookline dead export > letters.ndjson\n"
                                       "  hookline dead export --reason line_refused --lines --output lines.ndjson",
                                       command);
    add_filter(tree, *command, exported->choice);
    add_path(*command, "--output", exported->output, "FILE", "writes there, with a progress bar on a terminal");
    command->add_flag("--lines", exported->lines, "only the log lines in them, as they were sent");
    add_target(*command, exported->target);

    auto* replay = add_command<DeadReplayCommand>(tree, *group, "replay", "puts letters back into their queues",
                                                  "  hookline dead replay 17 18\n"
                                                  "  hookline dead replay --reason token_refused --dry-run\n"
                                                  "  hookline dead replay --all --yes\n"
                                                  "\n"
                                                  "It says first what it would do, then asks.",
                                                  command);
    add_choice(tree, *command, replay->choice);
    command->add_flag("--dry-run", replay->dry_run, "says what it would do and ends");
    command->add_flag("--yes", replay->yes, "does not ask");
    add_target(*command, replay->target);
    add_json(*command, replay->json);
    command->callback([replay, &tree] {
        insist_on_choice(replay->choice);
        tree.chosen = *replay;
    });

    auto* discard = add_command<DeadDiscardCommand>(tree, *group, "discard", "deletes letters for good",
                                                    "  hookline dead discard 17\n"
                                                    "  hookline dead discard --class kept_aside --to '30 d' --yes",
                                                    command);
    add_choice(tree, *command, discard->choice);
    command->add_flag("--dry-run", discard->dry_run, "says what it would do and ends");
    command->add_flag("--yes", discard->yes, "does not ask");
    add_target(*command, discard->target);
    add_json(*command, discard->json);
    command->callback([discard, &tree] {
        insist_on_choice(discard->choice);
        tree.chosen = *discard;
    });
}

}  // namespace hookline::app
