#pragma once
// A listener that costs little: it takes every bulk, inflates it (the relay must have sent what it says), counts lines
// and answers 200. Of every eighth line it reads from the uuid when it was sent (stamp.h).
//
// Commands come on stdin, one a line, and each is answered by one JSON object a line on stdout:
//   count    what came so far
//   report   the same with how long lines were on their way since `reset`
//   reset    forgets those times
//   hold     from now on nothing is answered: bulks wait with the sender
//   take     answers what was held, and goes on answering

#include <string>

#include "base/result.h"

namespace hookline::bench {

struct SinkOptions {
    std::string listen = "127.0.0.1:0";
    std::string certificate;
    std::string key;
};

/// Until stdin ends.
Result<void> run_sink(const SinkOptions& options);

}  // namespace hookline::bench
