#pragma once
// Random uuids, to tell one thing from another; no secrets. Any thread.

#include <string>

namespace hookline {

/// Version 4 (RFC 9562 section 5.4); empty: there is no randomness.
std::string random_uuid();

}  // namespace hookline
