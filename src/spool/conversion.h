#pragma once
// Seals what an older version kept plainly, when a spool of format 1 is opened. It may end at any moment and goes on
// with the next start; nothing is shipped or taken meanwhile. One thread.

#include "base/result.h"
#include "spool/keyring.h"
#include "spool/store.h"

namespace hookline::spool {

struct ConversionLimits {
    std::uint64_t commit_bytes = 1ULL << 20;  ///< of values, by one write
    std::uint64_t rewrite_bytes =
        128ULL << 20;  ///< then tables are rewritten, so that the plain ones give back their room
};

/// Afterwards no file of the store holds a plain value any more, but for rows that belong to no tenant.
Result<void> seal_plain_values(Store& store, const Keyring& keys, ConversionLimits limits = {});

}  // namespace hookline::spool
