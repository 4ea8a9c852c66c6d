#include "ship/bulk_size.h"

#include <algorithm>

namespace hookline::ship {
namespace {

constexpr std::size_t unanswered_bytes_min = 64 * 1024;  // smaller bulks are not the cure
constexpr auto ceiling_life = std::chrono::minutes(10);  // then a larger bulk is tried again

}  // namespace

void BulkSize::too_large(std::size_t bytes, TimePoint now) {
    bytes_ = std::max<std::size_t>(bytes / 2, 1);
    ceiling_ = bytes_;
    ceiling_until_ = now + ceiling_life;
}

void BulkSize::no_answer(std::size_t bytes) { bytes_ = std::min(bytes_, std::max(bytes / 2, unanswered_bytes_min)); }

void BulkSize::taken(TimePoint now) {
    if (now >= ceiling_until_) ceiling_ = 0;
    bytes_ = std::min({bytes_ * 2, bytes_max_, ceiling_ == 0 ? bytes_max_ : ceiling_});
}

}  // namespace hookline::ship
