#pragma once
// RocksDB's file system with some things added. Every file is its owner's alone (mode 0600). A failed sync of the
// write-ahead log is remembered, because RocksDB reports it like a failed append and only one of the two can be lived
// with. A log that has lost its name (somebody removed or replaced the directory) does not sync: the kernel would go on
// writing it to nowhere. And a table is looked at before RocksDB opens it (table_tail.h). Any thread.

#include <atomic>
#include <memory>
#include <string>

#include <rocksdb/file_system.h>

namespace hookline::spool {

/// Whether a path is that of a write-ahead log, `000123.log`.
bool is_wal(std::string_view path);

class WatchedFiles final : public rocksdb::FileSystemWrapper {
 public:
    explicit WatchedFiles(const std::shared_ptr<rocksdb::FileSystem>& files) : FileSystemWrapper(files) {}
    const char* Name() const override { return "hookline.watched"; }

    [[nodiscard]] bool wal_sync_failed() const { return wal_sync_failed_; }
    /// Of the newest log: RocksDB may believe that a full disk healed and go on in a log that ends in half a record,
    /// where its own assertion ends the process. Nothing is written until it has begun a new one.
    [[nodiscard]] bool wal_append_failed() const { return wal_append_failed_; }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                          rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus NewLogger(const std::string& path, const rocksdb::IOOptions& options,
                                std::shared_ptr<rocksdb::Logger>* logger, rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions& options, rocksdb::FileLock** lock,
                               rocksdb::IODebugContext* debug) override;

 private:
    void watch(const std::string& path, std::unique_ptr<rocksdb::FSWritableFile>* file);
    std::atomic<bool> wal_sync_failed_ = false;
    std::atomic<bool> wal_append_failed_ = false;
};

}  // namespace hookline::spool
