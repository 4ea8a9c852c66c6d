#pragma once
// A file system that ends after so many changes: creating, appending, syncing, renaming, deleting. Whatever would come
// behind fails, as if the process had ended there, or the power. Any thread.

#include <atomic>
#include <memory>
#include <string>

#include <rocksdb/file_system.h>

#include "support/fault_files.h"

namespace hookline::test {

class StoppingFiles final : public rocksdb::FileSystemWrapper {
 public:
    StoppingFiles(std::shared_ptr<FaultFiles> files, unsigned changes_max)
        : FileSystemWrapper(files), files_(std::move(files)), left_(changes_max) {}
    const char* Name() const override { return "hookline.stopping"; }

    rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        count();
        auto status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
        if (status.ok()) *file = std::make_unique<File>(std::move(*file), *this);
        return status;
    }
    rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
        count();
        return FileSystemWrapper::RenameFile(from, to, options, debug);
    }
    rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
        count();
        return FileSystemWrapper::DeleteFile(path, options, debug);
    }

 private:
    class File final : public rocksdb::FSWritableFileOwnerWrapper {
     public:
        File(std::unique_ptr<rocksdb::FSWritableFile>&& file, StoppingFiles& files)
            : FSWritableFileOwnerWrapper(std::move(file)), files_(files) {}
        rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                                 rocksdb::IODebugContext* debug) override {
            files_.count();
            return FSWritableFileOwnerWrapper::Append(data, options, debug);
        }
        rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                                 const rocksdb::DataVerificationInfo& verification,
                                 rocksdb::IODebugContext* debug) override {
            files_.count();
            return FSWritableFileOwnerWrapper::Append(data, options, verification, debug);
        }
        rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
            files_.count();
            return FSWritableFileOwnerWrapper::Sync(options, debug);
        }
        rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
            files_.count();
            return FSWritableFileOwnerWrapper::Fsync(options, debug);
        }

     private:
        StoppingFiles& files_;
    };

    void count() {
        unsigned left = left_;
        while (left > 0 && !left_.compare_exchange_weak(left, left - 1)) {
        }
        if (left == 0) files_->cut_power();
    }

    const std::shared_ptr<FaultFiles> files_;
    std::atomic<unsigned> left_;
};

}  // namespace hookline::test
