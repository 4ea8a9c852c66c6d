#pragma once
// The load generator: one thread, many connections, HTTPS with keep-alive. It connects, says so on stdout, waits for a
// line on stdin (a further one ends the run early), then posts: as fast as the answers come (closed loop), or at a
// fixed rate, whatever the answers do (open loop: what a delivery waits for a connection counts, since its time runs
// from when it was due).
//
// On stdout, a JSON object a line: {"state":"connected"}, one for each window that ended, and the report at the end.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace hookline::bench {

struct LoadOptions {
    std::string url;
    std::string ca_file;
    std::string secret_file;
    unsigned connections = 64;
    std::uint32_t events = 1;
    std::uint64_t tenants = 1;
    std::uint64_t seed = 1;
    double rate = 0;               ///< deliveries a second; 0: closed loop
    std::uint64_t deliveries = 0;  ///< ends after so many; 0: after the windows
    double warm_seconds = 0;
    double window_seconds = 1;
    unsigned windows = 1;
    bool handshakes = false;  ///< a connection with a full handshake, and one GET on it, in place of a delivery
    unsigned silent = 0;      ///< connections that are opened besides, and say nothing
    bool drip = false;        ///< or rather, each sends one byte of a head a second
};

Result<void> run_load(const LoadOptions& options);

}  // namespace hookline::bench
