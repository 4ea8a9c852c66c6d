#include "status/readings.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace hookline::status {
namespace {

double number_in(std::string_view text) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Calls `take` with the series and the value of each line that begins with `start`.
template <class Take>
void each_sample(std::string_view text, std::string_view start, Take take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::size_t blank = line.rfind(' ');
        if (!line.starts_with(start) || blank == std::string_view::npos) continue;
        take(line.substr(0, blank), number_in(line.substr(blank + 1)));
    }
}

/// Calls `take` with the series, the bound and the value of each bucket of a histogram.
template <class Take>
void each_bucket(std::string_view text, std::string_view histogram, Take take) {
    constexpr std::string_view bound_begin = "le=\"";  // the last label, behind whatever a series has of its own
    each_sample(text, std::string(histogram) + "_bucket{", [&](std::string_view series, double value) {
        const std::string_view bound = series.substr(series.rfind(bound_begin) + bound_begin.size());
        take(series, number_in(bound.substr(0, bound.find('"'))), value);
    });
}

void add(Distribution& distribution, double bound, double value) {
    const auto place = std::lower_bound(distribution.bounds.begin(), distribution.bounds.end(), bound);
    const auto at = place - distribution.bounds.begin();
    if (place == distribution.bounds.end() || *place != bound) {
        distribution.bounds.insert(place, bound);
        distribution.counts.insert(distribution.counts.begin() + at, value);
    } else {
        distribution.counts[static_cast<std::size_t>(at)] += value;
    }
}

}  // namespace

double value_of(std::string_view metrics_text, std::string_view series) {
    double found = 0;
    each_sample(metrics_text, series, [&](std::string_view name, double value) {
        if (name == series) found = value;
    });
    return found;
}

double sum_of(std::string_view metrics_text, std::string_view start) {
    double sum = 0;
    each_sample(metrics_text, start, [&](std::string_view, double value) { sum += value; });
    return sum;
}

Distribution distribution_of(std::string_view metrics_text, std::string_view histogram) {
    Distribution distribution;
    each_bucket(metrics_text, histogram,
                [&](std::string_view, double bound, double value) { add(distribution, bound, value); });
    return distribution;
}

Distributions distributions_by(std::string_view metrics_text, std::string_view histogram, std::string_view label) {
    Distributions distributions;
    const std::string begin = std::string(label) + "=\"";
    each_bucket(metrics_text, histogram, [&](std::string_view series, double bound, double value) {
        const std::size_t at = series.find(begin);
        if (at == std::string_view::npos) return;
        const std::string_view text = series.substr(at + begin.size());
        add(distributions[std::string(text.substr(0, text.find('"')))], bound, value);
    });
    return distributions;
}

std::optional<double> quantile(double share, const Distribution& before, const Distribution& now) {
    const auto observed = [&](std::size_t at) {
        const double earlier = at < before.counts.size() ? before.counts[at] : 0;
        return now.counts[at] - earlier;
    };
    if (now.counts.empty() || observed(now.counts.size() - 1) <= 0) return {};
    const double rank = share * observed(now.counts.size() - 1);
    std::size_t at = 0;
    while (at + 1 < now.counts.size() && observed(at) < rank) ++at;
    const double lower = at == 0 ? 0 : now.bounds[at - 1];
    if (at + 1 == now.counts.size()) return lower;
    const double below = at == 0 ? 0 : observed(at - 1);
    const double within = observed(at) - below;
    if (within <= 0) return now.bounds[at];
    return lower + (now.bounds[at] - lower) * (rank - below) / within;
}

}  // namespace hookline::status
