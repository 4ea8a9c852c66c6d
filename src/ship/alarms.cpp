#include "ship/alarms.h"

#include <utility>

namespace hookline::ship {
namespace {

constexpr unsigned lines_minute_max = 30;

}  // namespace

void Alarms::raise(TimePoint now, LogLevel level, std::string_view what, std::string_view tenant,
                   std::string_view detail) {
    if (now - minute_began_ >= std::chrono::minutes(1)) {
        minute_began_ = now;
        shown_ = 0;
    }
    if (shown_ >= lines_minute_max) {
        ++not_shown_;
        return;
    }
    ++shown_;
    if (const std::uint64_t left_out = std::exchange(not_shown_, 0); left_out > 0) {
        log_line(level, what, {{"tenant", tenant}, {"detail", detail}, {"not_logged_before", left_out}});
    } else {
        log_line(level, what, {{"tenant", tenant}, {"detail", detail}});
    }
}

}  // namespace hookline::ship
