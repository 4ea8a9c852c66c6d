#include "spool/watched_files.h"

#include <optional>
#include <utility>

#include <sys/stat.h>

#include "spool/table_tail.h"

namespace hookline::spool {
namespace {

using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

/// Which file a path leads to; nothing where it leads to none.
std::optional<std::pair<dev_t, ino_t>> file_at(const std::string& path) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return {};
    return std::pair(found.st_dev, found.st_ino);
}

class WatchedWal final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
    WatchedWal(std::unique_ptr<FSWritableFile>&& file, std::string path, std::atomic<bool>& failed,
               std::atomic<bool>& append_failed)
        : FSWritableFileOwnerWrapper(std::move(file)),
          path_(std::move(path)),
          file_(file_at(path_)),
          failed_(failed),
          append_failed_(append_failed) {}

    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* debug) override {
        return note_append(FSWritableFileOwnerWrapper::Append(data, options, debug));
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& check,
                    IODebugContext* debug) override {
        return note_append(FSWritableFileOwnerWrapper::Append(data, options, check, debug));
    }

    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
        return note(FSWritableFileOwnerWrapper::Sync(options, debug));
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        return note(FSWritableFileOwnerWrapper::Fsync(options, debug));
    }
    IOStatus RangeSync(std::uint64_t offset, std::uint64_t bytes, const IOOptions& options,
                       IODebugContext* debug) override {
        return note(FSWritableFileOwnerWrapper::RangeSync(offset, bytes, options, debug));
    }

 private:
    IOStatus note(IOStatus status) {
        // A file system of a test may have no such path.
        if (status.ok() && file_ && file_at(path_) != file_) {
            status = IOStatus::IOError(path_ + " was removed or replaced while it was written");
        }
        if (!status.ok()) failed_ = true;
        return status;
    }
    IOStatus note_append(IOStatus status) {
        if (!status.ok()) append_failed_ = true;
        return status;
    }
    const std::string path_;
    const std::optional<std::pair<dev_t, ino_t>> file_;
    std::atomic<bool>& failed_;
    std::atomic<bool>& append_failed_;
};

void make_private(const std::string& path) {
    // Best effort: the directory is private already, and a file system of a test may have no such path.
    (void)::chmod(path.c_str(), S_IRUSR | S_IWUSR);
}

}  // namespace

bool is_wal(std::string_view path) { return path.ends_with(".log"); }

void WatchedFiles::watch(const std::string& path, std::unique_ptr<FSWritableFile>* file) {
    make_private(path);
    if (!is_wal(path)) return;
    wal_append_failed_ = false;
    *file = std::make_unique<WatchedWal>(std::move(*file), path, wal_sync_failed_, wal_append_failed_);
}

IOStatus WatchedFiles::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    if (status.ok()) watch(path, file);
    return status;
}

IOStatus WatchedFiles::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                          std::unique_ptr<FSWritableFile>* file, IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::ReopenWritableFile(path, options, file, debug);
    if (status.ok()) watch(path, file);
    return status;
}

IOStatus WatchedFiles::NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSRandomAccessFile>* file, IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::NewRandomAccessFile(path, options, file, debug);
    if (!status.ok() || !path.ends_with(".sst")) return status;
    std::uint64_t bytes = 0;
    status = GetFileSize(path, {}, &bytes, debug);
    if (!status.ok()) return status;
    const std::string damage = damage_in_tail(**file, bytes);
    if (damage.empty()) return status;
    file->reset();
    return IOStatus::Corruption(path, damage);
}

IOStatus WatchedFiles::NewLogger(const std::string& path, const IOOptions& options,
                                 std::shared_ptr<rocksdb::Logger>* logger, IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::NewLogger(path, options, logger, debug);
    if (status.ok()) make_private(path);
    return status;
}

IOStatus WatchedFiles::LockFile(const std::string& path, const IOOptions& options, rocksdb::FileLock** lock,
                                IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::LockFile(path, options, lock, debug);
    if (status.ok()) make_private(path);
    return status;
}

}  // namespace hookline::spool
