#include "rehearse/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hookline::rehearse {

using std::chrono::microseconds;

void Histogram::add(microseconds took) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count()));
    // The first 2 * steps values have a bucket each; from there on the top bits choose.
    const auto doublings = static_cast<unsigned>(std::bit_width(value / (2 * std::uint64_t{steps})));
    const std::uint64_t bucket = std::uint64_t{doublings} * steps + (value >> doublings);
    ++buckets_[std::min<std::uint64_t>(bucket, buckets_.size() - 1)];
    ++count_;
    max_ = std::max(max_, took);
}

microseconds Histogram::quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t passed = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        passed += buckets_[bucket];
        if (passed == 0 || passed < wanted) continue;
        const std::size_t doublings = bucket < 2 * std::size_t{steps} ? 0 : bucket / steps - 1;
        const std::uint64_t end = ((bucket - doublings * steps + 1) << doublings) - 1;
        return std::min(max_, microseconds(static_cast<std::int64_t>(end)));
    }
    return microseconds(0);
}

}  // namespace hookline::rehearse
