#include "ship/pace.h"

#include <algorithm>

namespace hookline::ship {
namespace {

constexpr std::size_t windows_a_second = 4;
constexpr Duration window = Duration(std::chrono::seconds(1)) / windows_a_second;
constexpr std::chrono::milliseconds interval_min{4};  // shorter ones are none
constexpr double growth_max = 4;                      // of the interval, from one window to the next
constexpr double shrinking_max = 0.5;

}  // namespace

Pace::Pace(PaceLimits limits)
    : window_bulks_max_(std::max<std::size_t>(limits.bulks_second_max / windows_a_second, 1)),
      interval_max_(limits.interval_max) {}

void Pace::started(TimePoint now) {
    look(now);
    ++window_bulks_;
}

TimePoint Pace::next(TimePoint last, TimePoint now) {
    look(now);
    return last + interval_ > now ? now + interval_ : TimePoint::min();
}

/// The busier the tenants, the more exactly the number of bulks goes with one over the interval.
void Pace::look(TimePoint now) {
    if (now < window_began_ + window) return;
    const double windows = static_cast<double>((now - window_began_).count()) / static_cast<double>(window.count());
    const double ratio = static_cast<double>(window_bulks_) / windows / static_cast<double>(window_bulks_max_);
    window_began_ = now;
    window_bulks_ = 0;
    if (interval_ == Duration::zero() && ratio <= 1) return;
    // A window that was long ago says nothing about now.
    const double change = windows > 8 ? 0 : std::clamp(ratio, shrinking_max, growth_max);
    interval_ = std::chrono::duration_cast<Duration>(std::max<Duration>(interval_, interval_min) * change);
    interval_ = std::min(interval_, interval_max_);
    if (interval_ < interval_min) interval_ = Duration::zero();
}

}  // namespace hookline::ship
