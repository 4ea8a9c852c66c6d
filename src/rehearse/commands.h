#pragma once
// What `hookline sim okta` and `hookline sim logzio` do, with options that have been read. Main thread; `stop` may be
// set from a signal's thread.

#include <atomic>
#include <iosfwd>
#include <optional>

#include "base/file.h"
#include "rehearse/logzio_emulator.h"
#include "rehearse/okta_sender.h"
#include "rehearse/screen.h"
#include "rehearse/try_screen.h"

namespace hookline::rehearse {

/// Posts until its work is done or `stop`. 0: Okta would have lost nothing; 1: it would have lost events, or could not
/// verify the hook, or could not start (which `err` tells).
int run_sim_okta(const OktaSenderOptions& options, ScreenMode mode, const std::atomic<bool>& stop, std::ostream& out,
                 std::ostream& err);
int run_sim_okta(const OktaSenderOptions& options, ScreenMode mode, const std::atomic<bool>& stop);

/// Listens until `stop`. The certificate of a TLS listener is written to `certificate_file`, for clients to trust.
int run_sim_logzio(const LogzioEmulatorOptions& options, ScreenMode mode, const std::atomic<bool>& stop,
                   const std::optional<Path>& certificate_file, std::ostream& out, std::ostream& err);
int run_sim_logzio(const LogzioEmulatorOptions& options, ScreenMode mode, const std::atomic<bool>& stop,
                   const std::optional<Path>& certificate_file = std::nullopt);

}  // namespace hookline::rehearse
