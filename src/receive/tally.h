#pragma once
// What the endpoint counts and says: metrics, the ledger of refusals, and log lines that a flood cannot multiply.
// One a loop, on that loop's thread.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/exemplars.h"
#include "base/log.h"
#include "base/log_pause.h"
#include "base/metrics.h"
#include "receive/refusal.h"
#include "spool/spool.h"

namespace hookline::receive {

/// A delivery that is refused, as far as it is known.
struct Refused {
    std::string_view label{};     ///< of its tenant; empty when not known
    std::string_view peer{};      ///< the sender's address
    std::string_view event_id{};  ///< when the body could be read
    std::size_t events = 0;
    std::string_view request_id{};
};

class Tally {
 public:
    Tally(Metrics& metrics, spool::Spool& spool, const Clock& clock);

    void answered(int status);
    void acknowledged(Duration took, std::string_view request_id);
    void appended(const spool::Appended& appended);
    /// A delivery was turned away: into the ledger and, now and then, the log.
    void refused(const Refusal& refusal, const Refused& refused);
    /// Once in ten seconds for one `what` (fixed texts only): how many were held back before, to be told with it.
    std::optional<std::uint64_t> may_log(std::string_view what) { return pauses_[what].pass(clock_.now()); }

 private:
    Metrics& metrics_;
    spool::Spool& spool_;
    const Clock& clock_;
    std::map<int, Counter> answers_;
    Counter events_stored_;
    Counter events_repeated_;
    Counter events_conflicting_;
    Histogram acknowledgement_seconds_;
    ExemplarSlots& exemplars_;
    std::map<std::string_view, LogPause> pauses_;
};

}  // namespace hookline::receive
