#include "spool/damaged_logs.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <rocksdb/file_system.h>

#include "spool/checksum.h"
#include "spool/wal_check.h"
#include "spool/watched_files.h"

namespace hookline::spool {
namespace {

constexpr std::size_t header_bytes = 7;  // of a fragment: checksum, length, type (wal_check.cpp)
constexpr char passed_over_type = 100;   // RocksDB's own are below

std::string fragment_to_pass_over(std::size_t bytes) {
    std::string fragment(bytes, '\0');
    fragment[4] = static_cast<char>((bytes - header_bytes) & 0xffU);
    fragment[5] = static_cast<char>((bytes - header_bytes) >> 8U);
    fragment[6] = passed_over_type;
    const std::uint32_t sum = masked_checksum(std::string_view(fragment).substr(6));
    for (unsigned at = 0; at < 4; ++at) fragment[at] = static_cast<char>(sum >> 8 * at & 0xffU);
    return fragment;
}

/// A log, read from its beginning.
class ReadableLog final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
    ReadableLog(std::unique_ptr<rocksdb::FSSequentialFile> file, std::vector<WalStretch> broken)
        : FSSequentialFileOwnerWrapper(std::move(file)), broken_(std::move(broken)) {}

    rocksdb::IOStatus Read(std::size_t wanted, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* debug) override {
        auto status = FSSequentialFileOwnerWrapper::Read(wanted, options, result, scratch, debug);
        if (!status.ok()) return status;
        if (result->data() != scratch) std::memmove(scratch, result->data(), result->size());
        *result = {scratch, result->size()};
        for (const WalStretch& stretch : broken_) replace(stretch, scratch, result->size());
        at_ += result->size();
        return status;
    }
    rocksdb::IOStatus Skip(std::uint64_t bytes) override {
        at_ += bytes;
        return FSSequentialFileOwnerWrapper::Skip(bytes);
    }

 private:
    void replace(const WalStretch& stretch, char* read, std::size_t bytes) const {
        const std::uint64_t begin = std::max(stretch.at, at_);
        const std::uint64_t end = std::min(stretch.at + stretch.bytes, at_ + bytes);
        if (begin >= end) return;
        const std::string fragment = fragment_to_pass_over(stretch.bytes);
        std::memcpy(read + (begin - at_), fragment.data() + (begin - stretch.at), end - begin);
    }

    const std::vector<WalStretch> broken_;
    std::uint64_t at_ = 0;
};

class ReadableLogs final : public rocksdb::FileSystemWrapper {
 public:
    ReadableLogs(const std::shared_ptr<rocksdb::FileSystem>& files, bool of_any_length)
        : FileSystemWrapper(files), of_any_length_(of_any_length) {}
    const char* Name() const override { return "hookline.readable-logs"; }

    rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                        rocksdb::IODebugContext* debug) override {
        auto status = FileSystemWrapper::NewSequentialFile(path, options, file, debug);
        if (!status.ok() || !is_wal(path)) return status;
        auto scanned = scan_wal(*target(), path);
        if (!scanned) return rocksdb::IOStatus::IOError(scanned.error().message);
        auto& broken = scanned->broken;
        // Less than a header there is only at the very end, where RocksDB passes over it by itself.
        std::erase_if(broken, [](const WalStretch& stretch) { return stretch.bytes < header_bytes; });
        if (!broken.empty()) *file = std::make_unique<ReadableLog>(std::move(*file), std::move(broken));
        return status;
    }

    rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* bytes,
                                  rocksdb::IODebugContext* debug) override {
        auto status = FileSystemWrapper::GetFileSize(path, options, bytes, debug);
        // A reader asks for a log's size only to compare it with what its list says was synced.
        if (status.ok() && of_any_length_ && is_wal(path)) *bytes = std::numeric_limits<std::int64_t>::max();
        return status;
    }

 private:
    const bool of_any_length_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> with_readable_logs(const std::shared_ptr<rocksdb::FileSystem>& files,
                                                        bool of_any_length) {
    return std::make_shared<ReadableLogs>(files, of_any_length);
}

}  // namespace hookline::spool
