#pragma once
// How large the next bulk may be: what the listener last showed that it takes. Crew thread only.

#include <cstddef>

#include "base/clock.h"

namespace hookline::ship {

class BulkSize {
 public:
    explicit BulkSize(std::size_t bytes_max) : bytes_max_(bytes_max), bytes_(bytes_max) {}

    [[nodiscard]] std::size_t bytes() const { return bytes_; }

    /// 413 for a bulk of that size: no larger one is tried for a while.
    void too_large(std::size_t bytes, TimePoint now);
    /// It went out and no answer came. A slow line must not send the same megabytes for ever.
    void no_answer(std::size_t bytes);
    void taken(TimePoint now);

 private:
    std::size_t bytes_max_;
    std::size_t bytes_;
    std::size_t ceiling_ = 0;  ///< 0: none
    TimePoint ceiling_until_{};
};

}  // namespace hookline::ship
