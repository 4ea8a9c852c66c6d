#pragma once
// The relay's own warnings as log lines of a tenant of the configuration (log.ship_to), through the spool like every
// other line: queue, retries, quota and dead letters are the tenant's own.
//
// It promises:
// - never a loop: what the log says about that very tenant is not shipped to it, and lines that the spool does not take
//   are tried again more and more seldom, without a word about it in the log;
// - never in the way: who logs leaves a copy in a LogRing, and nobody waits for the commit but `finish`;
// - nothing is left out silently: what did not fit is counted and told, in the log and as a metric.
//
// Main thread, but for the spool's answers.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log_ring.h"
#include "base/metrics.h"
#include "spool/spool.h"
#include "spool/tail.h"

namespace hookline::app {

struct LogShippingLimits {
    std::size_t append_lines_max = 200;       ///< put into the spool together
    std::chrono::seconds retry_first{1};      ///< after the spool did not take them; doubling
    std::chrono::seconds retry_max{60};       ///< the longest such wait
    std::chrono::seconds told_again{60};      ///< between two lines that tell how many were left out
    std::chrono::seconds last_commit_max{2};  ///< at the end: how long the spool may take for what is left
};

/// The document of one line: what the log's JSON says, and what Logz.io needs. One line, newline included.
std::string log_document(const LogCopy& copy, std::string_view uuid, std::string_view hostname);

class LogShipping {
 public:
    /// What is given outlives it.
    LogShipping(spool::Spool& spool, spool::Tail& tail, const Clock& clock, Metrics& metrics, LogRing& ring,
                LogShippingLimits limits = {});

    /// From now on the log's lines of `least` and above go to this tenant of the configuration; those that wait, too.
    void begin(std::string tenant, LogLevel least);
    /// Puts what the log said since the last time into the spool, unless it is still at that.
    void step(TimePoint now);
    /// Puts in what is left, waits for it, and ships nothing from then on: before the spool closes at the latest.
    void finish();

 private:
    struct Line {
        std::string document;
        Hash128 id;
    };
    /// Of one append; the commit thread writes it.
    struct Answer;

    void take(TimePoint now);
    void tell_left_out(TimePoint now);
    void add(const LogCopy& copy);
    void append();
    /// True when nothing is on its way any more.
    bool take_answer(TimePoint now);
    spool::Spool& spool_;
    spool::Tail& tail_;
    const Clock& clock_;
    LogRing& ring_;
    const LogShippingLimits limits_;
    const std::string hostname_;
    Counter stored_;
    Counter left_out_;
    std::string tenant_;
    std::vector<Line> lines_;  ///< taken from the ring and not yet stored
    std::shared_ptr<Answer> answer_;
    std::chrono::seconds retry_wait_{0};
    TimePoint retry_at_{};
    std::uint64_t untold_ = 0;  ///< left out since that was told last
    std::optional<TimePoint> told_at_;
};

}  // namespace hookline::app
