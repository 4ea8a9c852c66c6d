#pragma once
// The way out when a start was refused because the log is damaged in its middle: takes over every write that can still
// be read, on both sides of the damage, and counts what is missing. Run it on a copy, or after making one.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

struct SalvageReport {
    std::uint64_t waiting_deliveries = 0;   ///< readable and not settled
    std::uint64_t missing_deliveries = 0;   ///< holes within queues; what was lost at a queue's end cannot be counted
    std::uint64_t orphaned_deliveries = 0;  ///< of tenants whose own row was lost; they stay on disk and are not sent
};

/// Blocks. The directory must not be in use. Afterwards it opens again.
Result<SalvageReport> salvage(const Path& directory, std::shared_ptr<rocksdb::FileSystem> files = {});

}  // namespace hookline::spool
