#include <algorithm>
#include <cstdio>
#include <mutex>
#include <thread>

#include <unistd.h>

#include "app/relay.h"
#include "app/signals.h"
#include "base/log_level.h"
#include "base/log_ring.h"
#include "base/memory.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

/// Longer than it takes a relay under load to fill its next bulk or to begin the store's next buffer.
constexpr auto freed_memory_kept = 500ms;

/// What the disk's failure said, told from the commit thread to the main thread.
class FatalNote {
 public:
    void write(const Error& error) {
        {
            const std::lock_guard lock(mutex_);
            error_ = error;
        }
        call_for_attention();
    }
    std::optional<Error> read() const {
        const std::lock_guard lock(mutex_);
        return error_;
    }

 private:
    mutable std::mutex mutex_;
    std::optional<Error> error_;
};

int report_problems(const std::vector<ConfigProblem>& problems) {
    for (const ConfigProblem& problem : problems) std::fprintf(stderr, "%s\n", to_string(problem).c_str());
    return static_cast<int>(ExitStatus::config);
}

void reload(Relay& relay, const ConfigSources& sources) {
    auto next = read_config(sources);
    if (!next) {
        for (const ConfigProblem& problem : next.error()) log_error(to_string(problem));
        log_error("the new configuration is refused, the old one stays in force");
        return;
    }
    if (auto taken = relay.reload(std::move(*next)); !taken) {
        log_error("the new configuration is refused, the old one stays in force", {{"reason", taken.error().message}});
    }
}

/// The kernel may have dropped the pages that a failed sync left behind, so nothing in memory can be trusted: the
/// answers that were posted get a moment to leave, then the process ends without touching the disk again.
[[noreturn]] void end_after_disk_failure(const Error& error) {
    log_error("the disk failed; ending, so that a supervisor starts it again and only what the disk holds is trusted",
              {{"reason", error.message}});
    std::this_thread::sleep_for(250ms);
    ::_exit(static_cast<int>(ExitStatus::io_error));
}

/// What the main thread does beside its signals.
class Rounds {
 public:
    Rounds(Relay& relay, Supervisor& supervisor, TimePoint now)
        : relay_(relay), supervisor_(supervisor), pulse_(patience(), interval(), now), told_at_(now) {
        relay.watch(pulse_);
    }

    [[nodiscard]] std::chrono::milliseconds interval() const {
        constexpr std::chrono::milliseconds longest = 1s;
        if (supervisor_.watchdog() == 0s) return longest;
        return std::min(longest, std::chrono::ceil<std::chrono::milliseconds>(supervisor_.watchdog() / 8));
    }

    void step(TimePoint now) {
        relay_.look_after();
        if (pulse_.step(now) && supervisor_.watchdog() > 0s) supervisor_.alive();
        relay_.tell_health(now, pulse_);
        if (now - told_at_ < status_interval) return;
        told_at_ = now;
        supervisor_.say(relay_.summary());
    }

 private:
    static constexpr auto status_interval = 5s;
    static constexpr Duration patience_unasked = 60s;  ///< where no watchdog says how long a thread may hang

    [[nodiscard]] Duration patience() const {
        return supervisor_.watchdog() > 0s ? Duration(supervisor_.watchdog()) : patience_unasked;
    }

    Relay& relay_;
    Supervisor& supervisor_;
    Pulse pulse_;
    TimePoint told_at_;
};

}  // namespace

int run_relay(ConfigSources sources) {
    take_over_signals();
    Supervisor supervisor;
    auto sockets = take_passed_sockets();
    if (!sockets) {
        log_error(sockets.error().message);
        return static_cast<int>(ExitStatus::config);
    }
    sources.sockets = listens_of(*sockets);
    auto config = read_config(sources);
    if (!config) return report_problems(config.error());
    set_up_log(config->log_level, config->log_format.value_or(fitting_log_format()));
    // Before there is a relay, so that it ships the warnings about its own start too.
    if (!config->log_ship_to.empty()) log_ring().open(config->log_ship_level, config->log_ship_to);
    for (const std::string& warning : config->warnings) log_warn(warning);

    FatalNote fatal;
    supervisor.starting("opening the spool");
    auto relay = Relay::start(
        std::move(*config), [&fatal](const Error& error) { fatal.write(error); }, std::move(*sockets));
    if (!relay) {
        log_error(relay.error().message);
        return static_cast<int>(ExitStatus::failed);
    }
    keep_freed_memory(freed_memory_kept);  // only now: what the start took is not wanted again
    log_info("ready", {{"version", HOOKLINE_VERSION}});
    supervisor.ready((*relay)->summary());
    Rounds rounds(**relay, supervisor, SystemClock().now());
    while (true) {
        const auto signal = next_signal(rounds.interval());
        if (const auto error = fatal.read()) end_after_disk_failure(*error);
        if (signal == Signal::stop) break;
        if (signal == Signal::reload) {
            supervisor.reloading();
            reload(**relay, sources);
            supervisor.ready((*relay)->summary());
        }
        rounds.step(SystemClock().now());
    }
    log_info("stopping");
    supervisor.stopping();
    (*relay)->stop();
    return static_cast<int>(ExitStatus::ok);
}

}  // namespace hookline::app
