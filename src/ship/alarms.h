#pragma once
// Log lines about tenants in trouble, so few that a thousand tenants in trouble cannot fill the log: at most 30 a
// minute; those left out are counted in the next one. Crew thread only.

#include <cstdint>

#include "base/clock.h"
#include "base/log.h"

namespace hookline::ship {

class Alarms {
 public:
    void raise(TimePoint now, LogLevel level, std::string_view what, std::string_view tenant, std::string_view detail);

 private:
    TimePoint minute_began_{};
    unsigned shown_ = 0;
    std::uint64_t not_shown_ = 0;
};

}  // namespace hookline::ship
