#pragma once
// Copies an open store into a directory that a start can use. Any thread; blocks, and may take long where tables cannot
// be linked.

#include "base/file.h"
#include "base/result.h"
#include "spool/spool.h"
#include "spool/store.h"

namespace hookline::spool {

struct BackupPlan {
    Path spool;
    Path directory;                    ///< to be made; not within the spool
    std::uint64_t free_bytes_min = 0;  ///< what must stay free of the spool's disk
};

/// Fills in `files` and `bytes`. Nothing is left behind when it fails; a process that ends in the middle leaves
/// `directory.partial`, which the next backup of that name replaces.
Result<Backup> back_up_store(Store& store, const BackupPlan& plan, const BackupProgress& progress);

}  // namespace hookline::spool
