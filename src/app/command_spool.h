#pragma once
// spool verify, salvage, rotate-key: at a spool that no relay has open. Main thread.

#include "app/command.h"
#include "app/command_admin.h"
#include "app/command_terminal.h"

namespace hookline::app {

/// 0: whole; 1: damaged, or it could not be read.
int run_spool_verify(const SpoolVerifyCommand& command, const Terminal& terminal, const Environment& environment);
/// 0: whole, or saved; 1: not done, or nobody said yes.
int run_spool_salvage(const SpoolSalvageCommand& command, const Terminal& terminal, const Environment& environment,
                      WallTime now);
/// 0: done; 1: not done, or nobody said yes.
int run_spool_rotate_key(const SpoolRotateKeyCommand& command, const Terminal& terminal,
                         const Environment& environment);

}  // namespace hookline::app
