#pragma once
// RocksDB's file system with a diary: what was written, synced, renamed and deleted, in order, so that the disk can be
// rebuilt as a power cut at any moment might have left it (disk.h). Nothing is really synced, which makes it fast: what
// counts as synced is what the diary says. Files are real ones in a real directory. Any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <rocksdb/file_system.h>

namespace hookline::powercut {

/// One entry of the diary. A file is known by the number it got when it was made: names change hands.
struct Entry {
    enum class Kind {
        create,          ///< `file` under `name`
        append,          ///< `bytes` to `file`
        truncate,        ///< `file` to `size`
        sync,            ///< all of `file` up to `size` is safe
        rename,          ///< `name` to `name_after`
        remove,          ///< `name`
        sync_directory,  ///< so are all names
    };
    Kind kind{};
    std::uint64_t file = 0;
    std::uint64_t size = 0;
    std::string name;
    std::string name_after;
    std::string bytes;
};

class Recorder final : public rocksdb::FileSystemWrapper {
 public:
    /// Only what happens directly in `directory` is written down.
    explicit Recorder(std::string directory)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), directory_(std::move(directory)) {}
    const char* Name() const override { return "hookline.recorder"; }

    /// Up to here so much has happened.
    [[nodiscard]] std::size_t position() const;
    /// Once nobody writes any more.
    [[nodiscard]] const std::vector<Entry>& diary() const { return diary_; }
    /// Syncs of such files are answered, but not done: to see that the checks notice. Empty: all are done.
    void skip_syncs_of(std::string end_of_name) { skipped_ = std::move(end_of_name); }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                                         rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override;
    rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                   std::unique_ptr<rocksdb::FSDirectory>* directory,
                                   rocksdb::IODebugContext* debug) override;

 private:
    class File;
    class Directory;
    std::string name_in_directory(const std::string& path) const;
    void write(Entry entry);
    [[nodiscard]] bool is_skipped(const std::string& name) const {
        return !skipped_.empty() && name.find(skipped_) != std::string::npos;
    }

    const std::string directory_;
    std::string skipped_;
    mutable std::mutex mutex_;  // guards what follows
    std::vector<Entry> diary_;
    std::uint64_t files_ = 0;
};

}  // namespace hookline::powercut
