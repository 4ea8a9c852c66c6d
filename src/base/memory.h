#pragma once
// The process's memory, where mimalloc hands it out; with another allocator this does nothing.

#include <chrono>

namespace hookline {

/// From now on freed memory goes back to the system only when nobody has wanted it for so long. What a relay under load
/// frees it wants again at once: given back sooner, each delivery pays for fresh pages.
void keep_freed_memory(std::chrono::milliseconds time);

}  // namespace hookline
