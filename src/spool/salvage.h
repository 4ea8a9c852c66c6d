#pragma once
// The way out when a start was refused because the spool is damaged: every row that can still be read is written into a
// new store, which takes the place of the old one; the old files are put aside and kept. What was lost is counted and
// stands in the ledger of gaps. Blocks; one thread; the directory must not be in use. It may end at any moment and be
// run again.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "spool/verify.h"

namespace hookline::spool {

struct SalvageOptions {
    Path directory;
    bool dry_run = false;  ///< only says what it would do
    WallTime now{};        ///< names the directory of the old files, and the end of what it cannot date
    ReadProgress progress;
    std::optional<SealKey> key;  ///< opens what is sealed; empty: the one beside the spool, if it is there
    std::shared_ptr<rocksdb::FileSystem> files;
};

struct SalvageReport {
    Survey survey;
    bool rebuilt = false;    ///< the list of files was lost too, and made anew from the files there are
    std::string old_files;   ///< the directory in the spool's where they are; empty: nothing was or would be done
    bool continued = false;  ///< an earlier salvage had not come to its end; it has now, and nothing else was done
};

Result<SalvageReport> salvage(const SalvageOptions& options);

}  // namespace hookline::spool
