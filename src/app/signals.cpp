#include "app/signals.h"

#include <csignal>

#include <unistd.h>

namespace hookline::app {
namespace {

sigset_t ours() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&set, number);
    return set;
}

}  // namespace

void take_over_signals() {
    const sigset_t set = ours();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A peer that went away is an error of one write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
}

std::optional<Signal> next_signal(std::chrono::milliseconds patience) {
    const sigset_t set = ours();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
    timespec wait{};
    wait.tv_sec = seconds.count();
    wait.tv_nsec = std::chrono::nanoseconds(patience - seconds).count();
    switch (sigtimedwait(&set, nullptr, &wait)) {
        case SIGTERM:
        case SIGINT:
            return Signal::stop;
        case SIGHUP:
            return Signal::reload;
        case SIGUSR1:
            return Signal::attention;
        default:
            return {};
    }
}

void call_for_attention() { ::kill(::getpid(), SIGUSR1); }

}  // namespace hookline::app
