#pragma once
// A store made anew of whatever can be read of an old one's files, without its list of files: for a salvage.
//
// RocksDB's own repair puts every file into the level of the newest, where its checks (which Debian's build cannot
// switch off) refuse files that a compaction made, and files beside the logs that they came from; and it knows a table
// only by its files, so that it leaves out what a young one has in the logs alone.

#include <memory>

#include "base/file.h"
#include "base/result.h"
#include "spool/survey.h"
#include "spool/verify.h"
#include "spool/watched_files.h"

namespace hookline::spool {

/// Writes into the empty directory `rebuilt` what the table files and logs in `directory` hold: rows of files first,
/// then the logs' in their order, which are the last of all that was written. What cannot be read is told to `survey`.
/// Rows that were deleted may come back; a row that was written more than once is the newest. Errors are those of
/// writing.
Result<void> rebuild_store(const std::shared_ptr<WatchedFiles>& files, const Path& directory, const Path& rebuilt,
                           const ReadProgress& progress, Survey& survey);

}  // namespace hookline::spool
