#pragma once
// `hookline try`: the real relay over real TLS, between a simulated Okta and an emulated Logz.io, in one process, with
// a screen.

#include <chrono>
#include <optional>

#include "base/file.h"

namespace hookline::app {

struct TryOptions {
    double rate = 20;                     ///< deliveries a second
    std::chrono::seconds duration{0};     ///< 0: until stopped
    std::optional<Path> spool_directory;  ///< empty: a temporary one, removed at the end
    bool json = false;                    ///< one JSON object a second instead of the screen
};

/// Runs until SIGTERM or SIGINT, or for `duration`. The exit status: 0 when every acknowledged event arrived.
int run_try(const TryOptions& options);

}  // namespace hookline::app
