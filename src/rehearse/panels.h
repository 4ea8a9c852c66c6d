#pragma once
// What the screens of `sim okta`, `sim logzio` and `try` show, worked out from the reports. No I/O; a view keeps what
// it needs to tell rates. Belongs to one thread.

#include <string>

#include "base/clock.h"
#include "rehearse/logzio_emulator.h"
#include "rehearse/okta_sender.h"
#include "rehearse/screen.h"
#include "rehearse/try_screen.h"

namespace hookline::rehearse {

class OktaView {
 public:
    OktaView(const OktaSenderOptions& options, TimePoint began)
        : url_(options.url), time_max_(options.time_max), verifies_(options.verify_first), began_(began) {}
    Panel look(const OktaSenderReport& report, TimePoint now);

 private:
    std::string url_;
    std::chrono::milliseconds time_max_;
    bool verifies_;
    TimePoint began_;
    Rate rate_;
};

class LogzioView {
 public:
    LogzioView(std::string addresses, TimePoint began) : addresses_(std::move(addresses)), began_(began) {}
    Panel look(const LogzioEmulatorReport& report, TimePoint now);

 private:
    std::string addresses_;
    TimePoint began_;
    Rate rate_;
};

class TryView {
 public:
    explicit TryView(TimePoint began) : began_(began) {}
    Panel look(const OktaSenderReport& okta, const TryCounts& relay, const LogzioEmulatorReport& logzio, TimePoint now);

 private:
    TimePoint began_;
    Rate in_;
    Rate stored_;
    Rate out_;
};

/// "Okta would have lost 0 events", in its tone.
Span verdict_on(const OktaSenderReport& report);
/// A line as it came, short: when, what, who.
std::string digest_of(const std::string& line);

}  // namespace hookline::rehearse
