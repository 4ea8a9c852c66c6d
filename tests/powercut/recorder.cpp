#include "powercut/recorder.h"

#include <filesystem>

namespace hookline::powercut {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class Recorder::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
    File(std::unique_ptr<rocksdb::FSWritableFile>&& file, Recorder& recorder, std::uint64_t number, std::string name)
        : FSWritableFileOwnerWrapper(std::move(file)),
          recorder_(recorder),
          number_(number),
          skipped_(recorder.is_skipped(name)) {}

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
        return note_append(data, FSWritableFileOwnerWrapper::Append(data, options, debug));
    }
    IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& verification,
                    IODebugContext* debug) override {
        return note_append(data, FSWritableFileOwnerWrapper::Append(data, options, verification, debug));
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* debug) override {
        const IOStatus status = FSWritableFileOwnerWrapper::Truncate(size, options, debug);
        if (status.ok() && size != size_) {
            recorder_.write({Entry::Kind::truncate, number_, size, {}, {}, {}});
            size_ = size;
        }
        return status;
    }
    IOStatus Sync(const IOOptions&, IODebugContext*) override { return note_sync(); }
    IOStatus Fsync(const IOOptions&, IODebugContext*) override { return note_sync(); }
    // Writing may have begun; that is no promise.
    IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
        return IOStatus::OK();
    }

 private:
    IOStatus note_append(const Slice& data, IOStatus status) {
        if (status.ok()) {
            recorder_.write({Entry::Kind::append, number_, 0, {}, {}, data.ToString()});
            size_ += data.size();
        }
        return status;
    }
    IOStatus note_sync() {
        if (!skipped_) recorder_.write({Entry::Kind::sync, number_, size_, {}, {}, {}});
        return IOStatus::OK();
    }

    Recorder& recorder_;
    const std::uint64_t number_;
    const bool skipped_;
    std::uint64_t size_ = 0;
};

class Recorder::Directory final : public rocksdb::FSDirectoryWrapper {
 public:
    Directory(std::unique_ptr<rocksdb::FSDirectory>&& directory, Recorder& recorder)
        : FSDirectoryWrapper(std::move(directory)), recorder_(recorder) {}
    IOStatus Fsync(const IOOptions&, IODebugContext*) override { return note(); }
    IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*, const rocksdb::DirFsyncOptions&) override {
        return note();
    }

 private:
    IOStatus note() {
        if (!recorder_.is_skipped("/")) recorder_.write({Entry::Kind::sync_directory, 0, 0, {}, {}, {}});
        return IOStatus::OK();
    }
    Recorder& recorder_;
};

std::size_t Recorder::position() const {
    const std::lock_guard lock(mutex_);
    return diary_.size();
}

std::string Recorder::name_in_directory(const std::string& path) const {
    const std::filesystem::path whole(path);
    return whole.parent_path() == std::filesystem::path(directory_) ? whole.filename().string() : std::string();
}

void Recorder::write(Entry entry) {
    const std::lock_guard lock(mutex_);
    diary_.push_back(std::move(entry));
}

IOStatus Recorder::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                   std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::NewWritableFile(path, options, file, debug);
    const std::string name = name_in_directory(path);
    if (!status.ok() || name.empty()) return status;
    std::uint64_t number = 0;
    {
        const std::lock_guard lock(mutex_);
        number = ++files_;
        diary_.push_back({Entry::Kind::create, number, 0, name, {}, {}});
    }
    *file = std::make_unique<File>(std::move(*file), *this, number, name);
    return status;
}

IOStatus Recorder::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) {
    // The spool never writes on where another file ended; if it begins to, this must learn it.
    return IOStatus::NotSupported("reopening " + path);
}

IOStatus Recorder::RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                              IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::RenameFile(from, to, options, debug);
    if (status.ok() && !name_in_directory(from).empty()) {
        write({Entry::Kind::rename, 0, 0, name_in_directory(from), name_in_directory(to), {}});
    }
    return status;
}

IOStatus Recorder::DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::DeleteFile(path, options, debug);
    if (status.ok() && !name_in_directory(path).empty()) {
        write({Entry::Kind::remove, 0, 0, name_in_directory(path), {}, {}});
    }
    return status;
}

IOStatus Recorder::NewDirectory(const std::string& path, const IOOptions& options,
                                std::unique_ptr<rocksdb::FSDirectory>* directory, IODebugContext* debug) {
    IOStatus status = FileSystemWrapper::NewDirectory(path, options, directory, debug);
    const bool ours = std::filesystem::path(path) == std::filesystem::path(directory_);
    if (status.ok() && ours) *directory = std::make_unique<Directory>(std::move(*directory), *this);
    return status;
}

}  // namespace hookline::powercut
