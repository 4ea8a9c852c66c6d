#pragma once
// What shipping tells the metrics. Handles are asked for once, a region's when its first answer comes. Crew thread
// only.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/exemplars.h"
#include "base/metrics.h"
#include "logzio/prover.h"
#include "logzio/verdict.h"
#include "ship/shipping.h"
#include "spool/spool.h"

namespace hookline::ship {

/// "delivered", "retry_later", …: as in the metrics.
std::string_view meaning_name(const logzio::Meaning& meaning);

inline constexpr std::size_t hold_reasons = static_cast<std::size_t>(HoldReason::damaged) + 1;

class ShipMetrics {
 public:
    explicit ShipMetrics(Metrics& metrics);

    void sent(std::size_t bytes);
    /// A bulk to that region was answered; `note` names it.
    void answered(const std::string& region, const logzio::Verdict& verdict, const spool::BulkNote& note);
    void settled(const spool::Settle& settle);
    void retried() { retries_.add(); }
    /// A tenant that begins or ends counts as one that changes from or to `none`.
    void hold_changed(HoldReason from, HoldReason to);
    void proof_ended(logzio::ProofOutcome outcome);

 private:
    struct OfRegion {
        std::vector<Counter> bulks;  ///< by logzio::Meaning
        Histogram seconds;
        ExemplarSlots* exemplars;
    };
    OfRegion& of(const std::string& region);

    Metrics& metrics_;
    std::map<std::string, OfRegion> regions_;  ///< those of the configuration that were sent to
    std::vector<Gauge> holds_;                 ///< by HoldReason; none is not counted
    std::vector<Counter> letters_;             ///< by spool::LetterReason, the condemned ones
    std::vector<Counter> proofs_;              ///< by logzio::ProofOutcome
    Gauge in_flight_;
    Counter bytes_;
    Counter lines_;
    Counter retries_;
};

}  // namespace hookline::ship
