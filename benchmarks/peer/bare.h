#pragma once
// The least that any relay on this machine must do: a server of one thread that takes deliveries over TLS (the relay's
// own settings), reads where each ends and answers 200. With a file, the bodies that came together are appended to it
// in one write and synced (fdatasync) before they are answered: what an ideal store would cost that keeps bytes and
// knows nothing. `./bench floor` measures it as it measures the relay.

#include <string>

#include "base/result.h"

namespace hookline::bench {

struct BareOptions {
    std::string certificate;
    std::string key;
    std::string file;  ///< empty: nothing is kept
};

/// Says {"address": …} on stdout, and serves until stdin ends.
Result<void> run_bare(const BareOptions& options);

}  // namespace hookline::bench
