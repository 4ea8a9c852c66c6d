#pragma once
// Changes to a few small files beside the store that are on disk when they return: its format, its key, a salvage's
// mark. They go through the store's file system, so that power cuts and disk faults reach them too. Private to the
// room; one thread.

#include <string>
#include <string_view>

#include <rocksdb/file_system.h>

#include "base/file.h"
#include "base/result.h"

namespace hookline::spool {

/// A failure as "<trying>: <what RocksDB says>".
Result<void> result_of(const std::string& trying, const rocksdb::Status& status);

/// Names that were made, changed or taken away in `directory` are so after a power cut too.
Result<void> sync_directory(rocksdb::FileSystem& files, const Path& directory);

/// Both within `directory`, which is synced.
Result<void> rename_file(rocksdb::FileSystem& files, const Path& directory, std::string_view from, std::string_view to);

/// The file has its old content or `text`, never a part: it is written beside, synced, and renamed.
Result<void> replace_file(rocksdb::FileSystem& files, const Path& directory, std::string_view name,
                          const std::string& text);

}  // namespace hookline::spool
