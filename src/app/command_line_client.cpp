// status, tenant, gaps, resend, trace, log.

#include "app/command_tree.h"

namespace hookline::app {
namespace {

void add_tenant_commands(CommandTree& tree) {
    CLI::App* group = add_group(tree.app, "tenant", "the destinations: list, test, rekey, forget",
                                "  hookline tenant list\n"
                                "  hookline tenant test acme\n"
                                "  hookline tenant rekey us-1a2b3c4d --region eu\n"
                                "  hookline tenant forget us-1a2b3c4d");
    CLI::App* command = nullptr;
    auto* list = add_command<TenantListCommand>(tree, *group, "list", "every tenant with its queue",
                                                "  hookline tenant list --json", command);
    add_target(*command, list->target);
    add_json(*command, list->json);

    auto* test =
        add_command<TenantTestCommand>(tree, *group, "test", "sends a marked test event and follows it to Logz.io",
                                       "  hookline tenant test acme\n"
                                       "  hookline tenant test us-1a2b3c4d --wait '2 min' --json",
                                       command);
    add_text(*command, "tenant", test->tenant, "TENANT", "its label or number, as tenant list shows them")->required();
    add_duration(
        *command, "--wait", [test](std::chrono::milliseconds given) { test->wait = given; },
        "for Logz.io's answer, at most so long (30 s)");
    add_target(*command, test->target);
    add_json(*command, test->json);

    auto* rekey = add_command<TenantRekeyCommand>(
        tree, *group, "rekey", "gives a tenant of header mode another token or region; its queue stays",
        "  hookline tenant rekey us-1a2b3c4d --token-file new-token.txt\n"
        "  hookline tenant rekey us-1a2b3c4d --region eu\n"
        "\n"
        "Named tenants take both from the configuration.",
        command);
    add_text(*command, "tenant", rekey->tenant, "TENANT", "its label or number, as tenant list shows them")->required();
    add_text(*command, "--region", rekey->region, "REGION", "the new region");
    add_path(*command, "--token-file", rekey->token_of, "FILE", "the new token; - is stdin");
    command->add_flag("--yes", rekey->yes, "does not ask");
    add_target(*command, rekey->target);
    add_json(*command, rekey->json);
    command->callback([rekey, &tree] {
        if (rekey->region.empty() && !rekey->token_of)
            throw CLI::ValidationError("expected --region, --token-file or both");
        tree.chosen = *rekey;
    });

    auto* forget =
        add_command<TenantForgetCommand>(tree, *group, "forget", "deletes a tenant with its queue, letters and ids",
                                         "  hookline tenant forget us-1a2b3c4d\n"
                                         "  hookline tenant forget 7 --yes",
                                         command);
    add_text(*command, "tenant", forget->tenant, "TENANT", "its label or number, as tenant list shows them")
        ->required();
    command->add_flag("--yes", forget->yes, "does not ask");
    add_target(*command, forget->target);
    add_json(*command, forget->json);
}

}  // namespace

void add_client_commands(CommandTree& tree) {
    CLI::App* command = nullptr;
    auto* status = add_command<StatusCommand>(tree, tree.app, "status", "what waits, what is held, and why",
                                              "  hookline status\n"
                                              "  hookline status --spool /var/lib/hookline\n"
                                              "  hookline status --json | jq '.tenants[] | select(.hold != \"none\")'\n"
                                              "  hookline status --ready",
                                              command);
    auto* ready = command->add_flag_callback(
        "--ready", [status] { status->probe = StatusProbe::ready; },
        "only whether the relay takes deliveries, for health checks: status 0, 1 or 69; needs no token");
    command
        ->add_flag_callback(
            "--healthy", [status] { status->probe = StatusProbe::healthy; },
            "only whether its threads take their turns, for what restarts it otherwise; as --ready else")
        ->excludes(ready);
    add_target(*command, status->target);
    add_json(*command, status->json);

    add_tenant_commands(tree);

    auto* gaps = add_command<GapsCommand>(tree, tree.app, "gaps",
                                          "deliveries that were refused, and times when the relay was down",
                                          "  hookline gaps\n"
                                          "  hookline gaps --from '7 d' --json",
                                          command);
    add_instant(tree, *command, "--from", gaps->from, "only what ended after this: an instant, a day, or how long ago");
    add_number(*command, "--count", gaps->count, 1, 100'000, "at most so many (1000)");
    add_target(*command, gaps->target);
    add_json(*command, gaps->json);

    auto* resend = add_command<ResendCommand>(
        tree, tree.app, "resend", "sends delivered events once more, while they are kept",
        "  hookline resend --tenant acme --from '6 h' --to '2 h' --dry-run\n"
        "  hookline resend --tenant acme --from 2026-11-22T10:00:00Z --to 2026-11-22T14:00:00Z --yes\n"
        "\n"
        "Events are kept where spool.keep_delivered is set. It says first what it would send, then asks.",
        command);
    add_text(*command, "--tenant", resend->tenant, "TENANT", "of this tenant: label or number")->required();
    add_instant(tree, *command, "--from", resend->from, "received at or after: an instant, a day, or how long ago")
        ->required();
    add_instant(tree, *command, "--to", resend->to, "received before: an instant, a day, or how long ago")->required();
    add_number(*command, "--after", resend->after, 1, UINT64_MAX,
               "goes on behind this record, as an interrupted one says");
    command->add_flag("--dry-run", resend->dry_run, "says what it would do and ends");
    command->add_flag("--yes", resend->yes, "does not ask");
    add_target(*command, resend->target);
    add_json(*command, resend->json);

    auto* trace = add_command<TraceCommand>(tree, tree.app, "trace", "one event's life, while its id is kept (24 h)",
                                            "  hookline trace 8f1b2c3d-0000-11f1-9d4a-5e6f708192a3", command);
    add_text(*command, "uuid", trace->uuid, "UUID", "the event's uuid")->required();
    add_target(*command, trace->target);
    add_json(*command, trace->json);

    CLI::App* group = add_group(tree.app, "log", "the log of a running relay",
                                "  hookline log level\n"
                                "  hookline log level debug");
    auto* level = add_command<LogLevelCommand>(tree, *group, "level", "how much is logged, or from now on",
                                               "  hookline log level debug\n"
                                               "  hookline log level --json\n"
                                               "\n"
                                               "What was set holds until the next reload or start.",
                                               command);
    add_text(*command, "level", level->level, "debug|info|warn|error", "the new level; without it, tells the present");
    add_target(*command, level->target);
    add_json(*command, level->json);
}

}  // namespace hookline::app
