#pragma once
// Reads numbers off the metrics page, so that what the status page draws and what a Prometheus stores are the same
// numbers. Private to the room; pure functions, any thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookline::status {

/// A sample of that exact series: `hookline_answers_total{status="200"}`. 0 while there is none.
double value_of(std::string_view metrics_text, std::string_view series);

/// The sum of all series that begin so: `hookline_answers_total{`.
double sum_of(std::string_view metrics_text, std::string_view start);

/// What a histogram has counted, all of its series together: how many were at or below each bound. The last bound is
/// infinite.
struct Distribution {
    std::vector<double> bounds;
    std::vector<double> counts;
};
Distribution distribution_of(std::string_view metrics_text, std::string_view histogram);

/// The same for each value of a label. Values are read as they stand: they hold nothing that would be escaped.
using Distributions = std::map<std::string, Distribution, std::less<>>;
Distributions distributions_by(std::string_view metrics_text, std::string_view histogram, std::string_view label);

/// The share's quantile of what was observed between two readings, with straight lines between the bounds, as
/// Prometheus' histogram_quantile does it; nothing when nothing was observed. Beyond the last finite bound: that bound.
std::optional<double> quantile(double share, const Distribution& before, const Distribution& now);

}  // namespace hookline::status
