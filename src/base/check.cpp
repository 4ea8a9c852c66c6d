#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace hookline {

void check_failed(const char* why) noexcept {
    std::fprintf(stderr, "hookline: a bug: %s\n", why);
    std::abort();
}

}  // namespace hookline
