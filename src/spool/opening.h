#pragma once
// What is looked at before and while a spool is opened: the directory, who holds it, which format it has, its log.

#include <memory>
#include <optional>
#include <vector>

#include <rocksdb/file_system.h>

#include "base/file.h"
#include "base/result.h"
#include "spool/directory.h"
#include "spool/floors.h"
#include "spool/store.h"

namespace hookline::spool {

/// Holds a directory for this process while it lives.
class DirectoryLock {
 public:
    static Result<DirectoryLock> take(std::shared_ptr<rocksdb::FileSystem> files, const Path& directory);
    DirectoryLock(DirectoryLock&& other) noexcept;
    DirectoryLock& operator=(DirectoryLock&&) = delete;
    ~DirectoryLock();

 private:
    DirectoryLock(std::shared_ptr<rocksdb::FileSystem> files, rocksdb::FileLock* lock)
        : files_(std::move(files)), lock_(lock) {}
    std::shared_ptr<rocksdb::FileSystem> files_;
    rocksdb::FileLock* lock_ = nullptr;
};

/// Makes the directory, for its owner alone.
Result<void> make_directory(const Path& directory);
/// Reads the file FORMAT, or writes it into an empty directory. Errors: a newer format, a foreign database, one that
/// has lost its beginning.
Result<void> check_format(rocksdb::FileSystem& files, const Path& directory);
/// Whether there is a spool, be it one that has lost its file FORMAT.
bool is_spool(rocksdb::FileSystem& files, const Path& directory);
enum class FormatFile { known, missing, damaged };
/// The file FORMAT alone. Errors: one of a newer program, which this one must not touch.
Result<FormatFile> read_format(rocksdb::FileSystem& files, const Path& directory);
/// What is wrong with one that is not known.
std::string_view format_problem(FormatFile format);
/// Which log is the oldest that any table still needs.
Result<std::uint64_t> oldest_log(const Store::Options& options, const Floors& floors);
/// FORMAT says from here on what this program writes.
Result<void> mark_format(rocksdb::FileSystem& files, const Path& directory);
/// See wal_check.h.
Result<void> check_log(const Store::Options& options, const Floors& floors);

/// What a spool's tables say about its tenants: who they are, and their queues.
Result<void> load_tenants(const Store& store, const Keyring& keys, Directory& directory);
Result<std::optional<Heartbeat>> load_heartbeat(const Store& store);

}  // namespace hookline::spool
