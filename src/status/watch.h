#pragma once
// Looks at the relay every ten seconds: keeps the last hour in such steps and the last day in minutes, and sets the
// gauges that only a look at all tenants can tell. Private to the room.
//
// `step` belongs to one thread; `samples` may be called from any.

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "status/admin_api.h"
#include "status/process_gauges.h"
#include "status/readings.h"
#include "status/tenant_gauges.h"

namespace hookline::status {

/// The relay at one instant. Events are counted since the process began; times in seconds.
struct Sample {
    WallTime at{};
    std::uint64_t received_events = 0;
    std::uint64_t delivered_events = 0;
    std::uint64_t refused_requests = 0;
    std::uint64_t waiting_lines = 0;
    double oldest_waiting = 0;  ///< its age; 0: nothing waits
    std::uint64_t stored_bytes = 0;
    // Of what was observed since the sample before; nothing when there was nothing.
    std::optional<double> acknowledgement_p50{};
    std::optional<double> acknowledgement_p99{};
    std::optional<double> bulk_p50{};
    std::optional<double> bulk_p99{};
};

enum class Span { hour, day };

/// How long the answers of one listener took lately, in seconds.
struct Latency {
    double p50 = 0;
    double p99 = 0;
};

class Watch {
 public:
    static constexpr std::chrono::seconds hour_step{10};
    static constexpr std::chrono::seconds day_step{60};
    static constexpr std::chrono::seconds latency_span{300};

    /// What `parts` refers to outlives it.
    explicit Watch(const AdminParts& parts);

    /// Looks, and says when to look again.
    TimePoint step(TimePoint now);

    /// Oldest first.
    [[nodiscard]] std::vector<Sample> samples(Span span) const;
    /// Of the answers that a region's listener gave in the last `latency_span`; nothing when it gave none.
    [[nodiscard]] std::optional<Latency> latency(std::string_view region) const;

 private:
    struct Counted {
        Distribution acknowledgements;
        Distribution bulks;
    };
    /// The last samples; the oldest goes when there are too many.
    struct Ring {
        std::size_t samples_max;
        std::deque<Sample> samples{};
        Counted before{};
        void add(Sample sample, const Counted& now);
    };
    struct Gauges {
        Gauge oldest_waiting;
        Gauge waiting_lines;
        Gauge letters_condemned;
        Gauge letters_aside;
    };
    Sample look(std::string_view metrics_text);

    AdminParts parts_;
    Gauges gauges_;
    TenantGauges tenant_gauges_;
    ProcessGauges process_gauges_;
    std::uint64_t steps_ = 0;
    mutable std::mutex mutex_;  // guards what follows
    Ring hour_{std::chrono::hours(1) / hour_step};
    Ring day_{std::chrono::hours(24) / day_step};
    std::deque<Distributions> answers_;  ///< by region; the newest last, the first from before the span
};

}  // namespace hookline::status
