#include "app/command_run.h"

#include <iostream>

#include "app/command_spool.h"
#include "app/config.h"

namespace hookline::app {
namespace {

template <class One>
int at_desk(int (*run)(const One&, AdminDesk&, const Terminal&), const One& command, const Terminal& terminal,
            const Environment& environment) {
    auto desk = AdminDesk::reach(command.target, environment);
    if (!desk) {
        complain(terminal, desk.error().message);
        return status_unavailable;
    }
    return run(command, **desk, terminal);
}

struct Runner {
    const Terminal& terminal;
    const Environment& environment;

    int operator()(const StatusCommand& one) const {
        return one.probe ? run_probe(one, terminal, environment) : at_desk(run_status, one, terminal, environment);
    }
    int operator()(const TenantListCommand& one) const { return at_desk(run_tenant_list, one, terminal, environment); }
    int operator()(const TenantRekeyCommand& one) const {
        return at_desk(run_tenant_rekey, one, terminal, environment);
    }
    int operator()(const TenantForgetCommand& one) const {
        return at_desk(run_tenant_forget, one, terminal, environment);
    }
    int operator()(const TenantTestCommand& one) const { return at_desk(run_tenant_test, one, terminal, environment); }
    int operator()(const DeadListCommand& one) const { return at_desk(run_dead_list, one, terminal, environment); }
    int operator()(const DeadShowCommand& one) const { return at_desk(run_dead_show, one, terminal, environment); }
    int operator()(const DeadExportCommand& one) const { return at_desk(run_dead_export, one, terminal, environment); }
    int operator()(const DeadReplayCommand& one) const { return at_desk(run_dead_replay, one, terminal, environment); }
    int operator()(const DeadDiscardCommand& one) const {
        return at_desk(run_dead_discard, one, terminal, environment);
    }
    int operator()(const GapsCommand& one) const { return at_desk(run_gaps, one, terminal, environment); }
    int operator()(const TraceCommand& one) const { return at_desk(run_trace, one, terminal, environment); }
    int operator()(const BackupCommand& one) const { return at_desk(run_backup, one, terminal, environment); }
    int operator()(const LogLevelCommand& one) const { return at_desk(run_log_level, one, terminal, environment); }
    int operator()(const ResendCommand& one) const { return at_desk(run_resend, one, terminal, environment); }
    int operator()(const CheckCommand& one) const { return run_check(one, terminal, environment); }
    int operator()(const SpoolVerifyCommand& one) const { return run_spool_verify(one, terminal, environment); }
    int operator()(const SpoolRotateKeyCommand& one) const { return run_spool_rotate_key(one, terminal, environment); }
    int operator()(const SpoolSalvageCommand& one) const {
        return run_spool_salvage(one, terminal, environment, SystemClock().wall());
    }
    int operator()(const VersionCommand& one) const {
        if (one.json) {
            print_json(terminal, Json{{"name", "hookline"}, {"version", HOOKLINE_VERSION}});
        } else {
            terminal.out << "hookline " << HOOKLINE_VERSION << '\n';
        }
        return 0;
    }
    int operator()(const CompletionCommand& one) const {
        terminal.out << completion_script(one.shell);
        return 0;
    }
    // Wired up by main.
    int operator()(const ServeCommand&) const { return complain(terminal, "serve is no client command"); }
    int operator()(const TryCommand&) const { return complain(terminal, "try is no client command"); }
    int operator()(const SimOktaCommand&) const { return complain(terminal, "sim is no client command"); }
    int operator()(const SimLogzioCommand&) const { return complain(terminal, "sim is no client command"); }
};

}  // namespace

int run_command(const Command& command, const Terminal& terminal, const Environment& environment) {
    const int status = std::visit(Runner{terminal, environment}, command);
    terminal.out.flush();
    // A full disk under `> letters.ndjson` must not pass for success.
    return status == 0 && !terminal.out ? complain(terminal, "the output could not be written whole") : status;
}

int complain(const Terminal& terminal, const std::string& sentence) {
    terminal.err << "hookline: " << printable(sentence) << '\n';
    return 1;
}

void print_json(const Terminal& terminal, const Json& value) {
    terminal.out << value.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string show_instant(const Json& instant) {
    if (!instant.is_string()) return "-";
    std::string text = instant.get<std::string>().substr(0, 19);
    if (text.size() > 10) text[10] = ' ';
    return text;
}

}  // namespace hookline::app
