#pragma once
// RocksDB's file system with faults on call: failing appends and syncs by kind of file, syncs that are held until they
// are let go, a disk with as much free space as a test says, and power cuts, which take away every byte that was not
// synced. Files are real ones in a real directory. Any thread.

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/file_system.h>

namespace hookline::test {

enum class FileKind { log, table, manifest, other };
enum class FileOperation { append, sync };

class FaultFiles final : public rocksdb::FileSystemWrapper {
 public:
    FaultFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
    const char* Name() const override { return "hookline.faults"; }

    /// The `nth` such operation from now on fails, and those after it, until `heal`.
    void fail(FileKind kind, FileOperation operation, rocksdb::IOStatus status, unsigned nth = 1) {
        const std::lock_guard lock(mutex_);
        faults_.push_back({kind, operation, std::move(status), nth});
    }
    void heal() {
        const std::lock_guard lock(mutex_);
        faults_.clear();
    }
    /// Whether some operation may fail, now or later.
    bool is_faulty() const {
        const std::lock_guard lock(mutex_);
        return !faults_.empty();
    }

    /// Syncs of logs wait until they are let go.
    void hold_syncs() {
        const std::lock_guard lock(mutex_);
        holding_ = true;
    }
    void let_syncs_go() {
        const std::lock_guard lock(mutex_);
        holding_ = false;
        changed_.notify_all();
    }
    /// Blocks until a sync is held.
    void wait_for_held_sync() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return held_ > 0; });
    }
    /// Syncs of logs that returned.
    unsigned log_syncs() const {
        const std::lock_guard lock(mutex_);
        return log_syncs_;
    }

    /// The `nth` rename fails, and every one after it: as if the process had ended before it.
    void stop_at_rename(unsigned nth) {
        const std::lock_guard lock(mutex_);
        renames_left_ = nth - 1;
    }

    void set_free_bytes(std::optional<std::uint64_t> bytes) {
        const std::lock_guard lock(mutex_);
        free_bytes_ = bytes;
    }

    /// From now on nothing reaches the disk. Close what uses the files, then call `power_on`.
    void cut_power() {
        const std::lock_guard lock(mutex_);
        powerless_ = true;
    }
    /// The disk as the cut left it: each file up to where it was synced, and `torn_bytes` of what came behind.
    void power_on(std::uint64_t torn_bytes = 0) {
        const std::lock_guard lock(mutex_);
        for (auto& [path, length] : lengths_) {
            std::error_code gone;
            const std::uint64_t size = std::filesystem::file_size(path, gone);
            if (!gone) std::filesystem::resize_file(path, std::min(size, length.synced + torn_bytes));
        }
        lengths_.clear();
        powerless_ = false;
    }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        if (auto status = before(path, FileOperation::append, 0); !status.ok()) return status;
        rocksdb::IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
        if (status.ok()) {
            const std::lock_guard lock(mutex_);
            lengths_[path] = {};
            *file = std::make_unique<File>(std::move(*file), *this, path);
        }
        return status;
    }
    rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
        {
            const std::lock_guard lock(mutex_);
            if (powerless_) return no_power();
            // RocksDB renames within its own directories too; those of the spool's directory itself are meant.
            if (renames_left_ && is_a_move(from, to)) {
                if (*renames_left_ == 0) return rocksdb::IOStatus::IOError("the process ended");
                --*renames_left_;
            }
            if (const auto found = lengths_.find(from); found != lengths_.end()) {
                lengths_[to] = found->second;
                lengths_.erase(found);
            }
        }
        return FileSystemWrapper::RenameFile(from, to, options, debug);
    }
    rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
        {
            const std::lock_guard lock(mutex_);
            if (powerless_) return no_power();
            lengths_.erase(path);
        }
        return FileSystemWrapper::DeleteFile(path, options, debug);
    }
    rocksdb::IOStatus GetFreeSpace(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* bytes,
                                   rocksdb::IODebugContext* debug) override {
        {
            const std::lock_guard lock(mutex_);
            if (free_bytes_) {
                *bytes = *free_bytes_;
                return rocksdb::IOStatus::OK();
            }
        }
        return FileSystemWrapper::GetFreeSpace(path, options, bytes, debug);
    }

 private:
    class File final : public rocksdb::FSWritableFileOwnerWrapper {
     public:
        File(std::unique_ptr<rocksdb::FSWritableFile>&& file, FaultFiles& faults, std::string path)
            : FSWritableFileOwnerWrapper(std::move(file)), faults_(faults), path_(std::move(path)) {}

        rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
            if (auto status = faults_.before(path_, FileOperation::append, data.size()); !status.ok()) return status;
            return FSWritableFileOwnerWrapper::Append(data, options, debug);
        }
        rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                                 const rocksdb::DataVerificationInfo& verification,
                                 rocksdb::IODebugContext* debug) override {
            if (auto status = faults_.before(path_, FileOperation::append, data.size()); !status.ok()) return status;
            return FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
        }
        rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
            if (auto status = faults_.before(path_, FileOperation::sync, 0); !status.ok()) return status;
            return faults_.synced(path_, FSWritableFileOwnerWrapper::Sync(options, debug));
        }
        rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
            if (auto status = faults_.before(path_, FileOperation::sync, 0); !status.ok()) return status;
            return faults_.synced(path_, FSWritableFileOwnerWrapper::Fsync(options, debug));
        }
        /// No blocks in advance: in memory each is cleared and given back, a third of the simulation's time.
        void PrepareWrite(std::size_t, std::size_t, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {}

     private:
        FaultFiles& faults_;
        const std::string path_;
    };

    struct Fault {
        FileKind kind;
        FileOperation operation;
        rocksdb::IOStatus status;
        unsigned countdown;
    };
    struct Length {
        std::uint64_t written = 0;
        std::uint64_t synced = 0;
    };

    static FileKind kind_of(std::string_view path) {
        if (path.ends_with(".log")) return FileKind::log;
        if (path.ends_with(".sst")) return FileKind::table;
        return path.find("MANIFEST-") != std::string_view::npos ? FileKind::manifest : FileKind::other;
    }
    /// From one directory into another, or the writing of a mark.
    static bool is_a_move(const std::string& from, const std::string& to) {
        return std::filesystem::path(from).parent_path() != std::filesystem::path(to).parent_path() ||
               from.find("SALVAGE") != std::string::npos;
    }
    static rocksdb::IOStatus no_power() { return rocksdb::IOStatus::IOError("the power is cut"); }

    rocksdb::IOStatus before(const std::string& path, FileOperation operation, std::uint64_t bytes) {
        std::unique_lock lock(mutex_);
        const FileKind kind = kind_of(path);
        if (operation == FileOperation::sync && kind == FileKind::log) {
            ++held_;
            changed_.notify_all();
            changed_.wait(lock, [this] { return !holding_; });
            --held_;
        }
        if (powerless_) return no_power();
        for (Fault& fault : faults_) {
            if (fault.kind != kind || fault.operation != operation) continue;
            if (fault.countdown > 1) {
                --fault.countdown;
            } else {
                return fault.status;
            }
        }
        lengths_[path].written += bytes;
        return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus synced(const std::string& path, rocksdb::IOStatus status) {
        const std::lock_guard lock(mutex_);
        if (status.ok()) lengths_[path].synced = lengths_[path].written;
        if (status.ok() && kind_of(path) == FileKind::log) ++log_syncs_;
        return status;
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Fault> faults_;
    bool holding_ = false;
    unsigned held_ = 0;
    unsigned log_syncs_ = 0;
    bool powerless_ = false;
    std::optional<unsigned> renames_left_;
    std::optional<std::uint64_t> free_bytes_;
    std::map<std::string, Length> lengths_;
};

}  // namespace hookline::test
