#pragma once
// Exemplars: what the buckets of histograms remember besides their counts. Each names one observation by an id that the
// log or a trace knows too, so that a slow bucket leads to what was slow. Shown to whoever reads the metrics as
// OpenMetrics: never anything personal, never a secret. Any thread.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"

namespace hookline {

struct Exemplar {
    std::string_view label;  ///< "request_id"
    std::string_view id;     ///< what is longer than exemplar_id_bytes_max is cut
    double value = 0;        ///< what was observed
    WallTime at{};
};
inline constexpr std::size_t exemplar_id_bytes_max = 64;  // OpenMetrics allows 128 characters, names included

/// Of one histogram: each bucket keeps the last that fell into it.
class ExemplarSlots {
 public:
    struct Kept {
        std::string label;
        std::string id;
        double value = 0;
        WallTime at{};
    };

    explicit ExemplarSlots(std::vector<double> bounds) : bounds_(std::move(bounds)), slots_(bounds_.size() + 1) {}
    void keep(const Exemplar& exemplar);
    /// By bucket; the last is what lies above all bounds.
    [[nodiscard]] std::vector<std::optional<Kept>> all() const;

 private:
    const std::vector<double> bounds_;
    mutable std::mutex mutex_;  // guards what follows
    std::vector<std::optional<Kept>> slots_;
};

/// Of all histograms of one Metrics.
class Exemplars {
 public:
    /// Name and bounds as the histogram has them; asked for once and kept, it stays good as long as this does.
    ExemplarSlots& of(const std::string& histogram, const std::vector<double>& bounds, const Labels& labels = {});
    /// Nothing for a histogram that has none. `series`: `name` or `name{label="value"}`.
    [[nodiscard]] const ExemplarSlots* find(std::string_view series) const;

 private:
    mutable std::mutex mutex_;  // guards what follows
    std::map<std::string, std::unique_ptr<ExemplarSlots>, std::less<>> slots_;
};

/// Those of these metrics, which they end with. Beside them rather than in them: who only counts need not know of any.
Exemplars& exemplars_of(const Metrics& metrics);
/// For the end of the metrics alone.
void forget_exemplars_of(const Metrics& metrics);

}  // namespace hookline
