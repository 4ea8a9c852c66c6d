#include "base/memory.h"

// mimalloc's. Only the program as shipped is linked with it, so it may not be there.
extern "C" [[gnu::weak]] void mi_option_set_default(int option, long value);

namespace hookline {
namespace {

/// `mi_option_decommit_delay` in mimalloc.h; from 2.1 on it is called purge_delay there.
constexpr int decommit_delay_option = 15;

}  // namespace

void keep_freed_memory(std::chrono::milliseconds time) {
    // A default only: who sets MIMALLOC_DECOMMIT_DELAY gets that.
    if (mi_option_set_default != nullptr) mi_option_set_default(decommit_delay_option, static_cast<long>(time.count()));
}

}  // namespace hookline
