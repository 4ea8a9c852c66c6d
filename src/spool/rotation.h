#pragma once
// Another main key for a spool at rest: every tenant's row is sealed anew in one synced write, and what held the old
// ones is rewritten. Events stay as they are, since they are sealed with their tenants' keys. It may end at any moment:
// the spool opens with the old key or with the new one, and the next start does the rest. Blocks; one thread.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/seal.h"

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

struct RotationOptions {
    Path directory;
    std::optional<SealKey> key;      ///< the one it has; empty: the one beside the spool
    std::optional<SealKey> new_key;  ///< empty: one is made and kept beside the spool in place of the old
    std::shared_ptr<rocksdb::FileSystem> files;
    /// Where the new key came from: it is synced before the old one goes, and must not be a file that hookline itself
    /// makes and deletes.
    std::optional<Path> new_key_file{};
};
struct RotationReport {
    std::string old_id;
    std::string new_id;
    std::uint64_t tenants = 0;
    bool made = false;                ///< the new key stands beside the spool
    bool deleted = false;             ///< the old one, which stood there, is gone
    std::vector<std::string> copies;  ///< directories of a salvage in the spool's, which the old key still opens
};
Result<RotationReport> rotate_key(const RotationOptions& options);

}  // namespace hookline::spool
