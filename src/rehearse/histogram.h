#pragma once
// How long things took, to a few percent: buckets that grow with the value. A value type; belongs to one thread.

#include <array>
#include <chrono>
#include <cstdint>

namespace hookline::rehearse {

class Histogram {
 public:
    void add(std::chrono::microseconds took);
    /// The upper end of the bucket that holds the given share (0.99) of all values; 0 without values.
    [[nodiscard]] std::chrono::microseconds quantile(double share) const;
    [[nodiscard]] std::chrono::microseconds max() const { return max_; }
    [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
    static constexpr unsigned steps = 32;  ///< buckets in each doubling
    std::array<std::uint64_t, std::size_t{steps} * 40> buckets_{};
    std::uint64_t count_ = 0;
    std::chrono::microseconds max_{0};
};

}  // namespace hookline::rehearse
