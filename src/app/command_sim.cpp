#include "app/command_sim.h"

#include <atomic>
#include <functional>
#include <thread>

#include "app/signals.h"
#include "rehearse/commands.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

/// Runs the work on a thread of its own, since signals are taken by the main thread.
int until_signal(const std::function<int(const std::atomic<bool>& stop)>& work) {
    take_over_signals();
    std::atomic<bool> stop{false};
    std::atomic<bool> done{false};
    int status = 0;
    std::thread worker([&] {
        status = work(stop);
        done = true;
        call_for_attention();
    });
    while (!done) {
        if (next_signal(1s) == Signal::stop) stop = true;
    }
    worker.join();
    return status;
}

rehearse::ScreenMode mode_of(bool json) { return json ? rehearse::ScreenMode::json : rehearse::ScreenMode::automatic; }

}  // namespace

int run_sim(const SimOktaCommand& command) {
    return until_signal([&](const std::atomic<bool>& stop) {
        return rehearse::run_sim_okta(command.options, mode_of(command.json), stop);
    });
}

int run_sim(const SimLogzioCommand& command) {
    return until_signal([&](const std::atomic<bool>& stop) {
        return rehearse::run_sim_logzio(command.options, mode_of(command.json), stop, command.certificate_file);
    });
}

}  // namespace hookline::app
