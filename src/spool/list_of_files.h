#pragma once
// The look at RocksDB's list of files (MANIFEST-…) before RocksDB opens it.
//
// RocksDB adds an entry, syncs it, and only then lets anything rest on it: files that it makes needless are deleted
// later. So a power cut can leave the last entry torn, and nothing is lost without it. An entry that merely ends too
// early RocksDB leaves out by itself; one of which a sector is missing in front of one that is there (zeros, with the
// file's length ahead of its content) it takes for damage, and does not open.

#include <memory>

#include "base/file.h"
#include "base/result.h"

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

/// Leaves out such an end. Damage of any other kind, a flipped bit above all, stays for RocksDB to refuse. To be called
/// with the directory locked; what it writes is synced.
Result<void> mend_list_of_files(rocksdb::FileSystem& files, const Path& directory);

/// For who changes nothing: `files`, where the list in `directory` ends as if it had been mended. It is `files` itself
/// when there is nothing to leave out.
std::shared_ptr<rocksdb::FileSystem> with_mended_list(std::shared_ptr<rocksdb::FileSystem> files,
                                                      const Path& directory);

}  // namespace hookline::spool
