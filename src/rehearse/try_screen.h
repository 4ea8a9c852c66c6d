#pragma once
// The screen of `hookline try`: what comes in, what is stored, what went out, and how long acknowledgements take. It
// asks for counts; who runs the relay, the simulated Okta and the emulated Logz.io is none of its business. Main
// thread.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/file.h"
#include "rehearse/logzio_emulator.h"
#include "rehearse/okta_sender.h"
#include "rehearse/screen.h"

namespace hookline::rehearse {

/// The relay's own counts.
struct TryCounts {
    std::uint64_t received_deliveries = 0, received_events = 0;
    std::uint64_t stored_events = 0;     ///< committed and synced
    std::uint64_t delivered_events = 0;  ///< accepted by the listener
    std::uint64_t waiting_events = 0, waiting_bytes = 0;
    std::uint64_t dead_letters = 0;
    std::chrono::microseconds acknowledgement_p50{0}, acknowledgement_p99{0};
};

/// Where things are, for the person in front of the screen. What is empty is left out.
struct TryAddresses {
    std::string hook;     ///< https://localhost:8443/
    std::string admin;    ///< http://127.0.0.1:9180/
    std::string control;  ///< of the emulated Logz.io
    std::string certificate_file;
    std::string spool_directory;
};

class TryScreen {
 public:
    struct Sources {
        std::function<OktaSenderReport()> okta;
        std::function<TryCounts()> relay;
        std::function<LogzioEmulatorReport()> logzio;
    };
    TryScreen(Sources sources, TryAddresses addresses, ScreenMode mode, std::ostream& out);

    /// What runs here, what to look at, how to point a real Okta hook at it.
    void introduce();
    /// One look; the pause between two is the screen's.
    void show(TimePoint now);
    [[nodiscard]] Duration pause() const { return screen_.pause(); }
    /// Shows until `stop`, or until `end`.
    void run(const std::atomic<bool>& stop, TimePoint end);
    /// The last look, and plain words about it. `missing` acknowledged events did not arrive. Returns the exit status:
    /// 0 when none is missing and Okta would have lost none.
    int conclude(std::uint64_t missing);

 private:
    Sources sources_;
    TryAddresses addresses_;
    Screen screen_;
    TimePoint began_;
    std::function<Panel(TimePoint)> look_;
};

/// How many of the uuids in `acknowledged_file` never arrived at that account: the exact check behind `conclude`.
Result<std::uint64_t> count_missing(const Path& acknowledged_file, const LogzioEmulator& emulator,
                                    const std::string& region, const std::string& token);

}  // namespace hookline::rehearse
