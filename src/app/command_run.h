#pragma once
// Doing what a command asked for. Each returns the exit status: 0, 1 when it could not be done, 69 when no relay could
// be reached, 78 for a wrong configuration. Main thread.

#include "app/command.h"
#include "app/command_admin.h"
#include "app/command_terminal.h"

namespace hookline::app {

inline constexpr int status_unavailable = 69;  // EX_UNAVAILABLE

/// Every command but serve, try and sim, which main wires up.
int run_command(const Command& command, const Terminal& terminal, const Environment& environment);

// One command each, on a desk that was reached.
int run_status(const StatusCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_tenant_list(const TenantListCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_tenant_rekey(const TenantRekeyCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_tenant_forget(const TenantForgetCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_tenant_test(const TenantTestCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_dead_list(const DeadListCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_dead_show(const DeadShowCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_dead_export(const DeadExportCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_dead_replay(const DeadReplayCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_dead_discard(const DeadDiscardCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_gaps(const GapsCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_trace(const TraceCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_backup(const BackupCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_log_level(const LogLevelCommand& command, AdminDesk& desk, const Terminal& terminal);
int run_resend(const ResendCommand& command, AdminDesk& desk, const Terminal& terminal);

/// `status --ready` and `--healthy`.
int run_probe(const StatusCommand& command, const Terminal& terminal, const Environment& environment);
int run_check(const CheckCommand& command, const Terminal& terminal, const Environment& environment);

/// `hookline: sentence` on stderr, and status 1.
int complain(const Terminal& terminal, const std::string& sentence);
/// JSON on one line.
void print_json(const Terminal& terminal, const Json& value);
/// "2026-11-22 15:46:09" of the API's instant; "-" for never.
std::string show_instant(const Json& instant);

}  // namespace hookline::app
