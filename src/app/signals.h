#pragma once
// Signals as values: they are blocked for every thread and taken one by one by the main thread, so that no code runs in
// a signal handler.

#include <chrono>
#include <optional>

namespace hookline::app {

enum class Signal {
    stop,       ///< SIGTERM or SIGINT
    reload,     ///< SIGHUP
    attention,  ///< `call_for_attention`: another thread has something to say
};

/// Blocks them for this thread and all it starts, and ignores SIGPIPE. Call before the first thread starts.
void take_over_signals();

/// Waits for the next one. Main thread only.
std::optional<Signal> next_signal(std::chrono::milliseconds patience);

/// Wakes `next_signal`. Any thread.
void call_for_attention();

}  // namespace hookline::app
