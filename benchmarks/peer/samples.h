#pragma once
// How long things took, exactly: every value is kept, in microseconds, until it is asked for. Belongs to one thread.

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace hookline::bench {

class Samples {
 public:
    void add(std::chrono::steady_clock::duration took) {
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
        values_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros, 0, UINT32_MAX)));
    }
    void add_all(const Samples& others) { values_.insert(values_.end(), others.values_.begin(), others.values_.end()); }
    void clear() { values_.clear(); }
    [[nodiscard]] std::size_t count() const { return values_.size(); }

    /// The smallest value that at least this share of all values does not exceed (nearest rank); 0 without values.
    [[nodiscard]] std::uint32_t quantile(double share) {
        if (values_.empty()) return 0;
        const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values_.size())));
        const auto place = values_.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
        std::nth_element(values_.begin(), place, values_.end());
        return *place;
    }
    /// One JSON object, in microseconds.
    [[nodiscard]] std::string json() {
        std::uint64_t sum = 0;
        for (const std::uint32_t value : values_) sum += value;
        const double mean = values_.empty() ? 0 : static_cast<double>(sum) / static_cast<double>(values_.size());
        return fmt::format(R"({{"count":{},"mean":{:.1f},"p50":{},"p99":{},"p999":{},"max":{}}})", values_.size(), mean,
                           quantile(0.5), quantile(0.99), quantile(0.999), quantile(1));
    }

 private:
    std::vector<std::uint32_t> values_;
};

}  // namespace hookline::bench
