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

/// A log, read from its beginning. What the disk does not give of it is in a broken stretch.
class ReadableLog final : public rocksdb::FSSequentialFile {
 public:
    ReadableLog(std::unique_ptr<rocksdb::FSRandomAccessFile> file, WalScan scan)
        : file_(std::move(file)), scan_(std::move(scan)) {}

    rocksdb::IOStatus Read(std::size_t wanted, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* debug) override {
        const std::size_t bytes = std::min<std::uint64_t>(wanted, scan_.bytes - at_);
        for (std::size_t done = 0; done < bytes;) {
            const std::uint64_t at = at_ + done;
            const std::size_t piece =
                std::min<std::uint64_t>(bytes - done, WalScanner::block_bytes - at % WalScanner::block_bytes);
            rocksdb::Slice read;
            const auto status = file_->Read(at, piece, options, &read, scratch + done, debug);
            if (!status.ok() || read.size() != piece) {
                if (scan_.unreadable.empty())
                    return status.ok() ? rocksdb::IOStatus::IOError("it became shorter") : status;
                std::memset(scratch + done, 0, piece);
            } else if (read.data() != scratch + done) {
                std::memmove(scratch + done, read.data(), piece);
            }
            done += piece;
        }
        pass_over_broken(scratch, bytes);
        at_ += bytes;
        *result = {scratch, bytes};
        return rocksdb::IOStatus::OK();
    }
    rocksdb::IOStatus Skip(std::uint64_t bytes) override {
        at_ += std::min(bytes, scan_.bytes - at_);
        return rocksdb::IOStatus::OK();
    }

 private:
    void pass_over_broken(char* read, std::size_t bytes) {
        const auto& broken = scan_.broken;
        while (next_ < broken.size() && broken[next_].at + broken[next_].bytes <= at_) ++next_;
        for (std::size_t number = next_; number < broken.size() && broken[number].at < at_ + bytes; ++number) {
            const WalStretch& stretch = broken[number];
            const std::uint64_t begin = std::max(stretch.at, at_);
            const std::uint64_t end = std::min(stretch.at + stretch.bytes, at_ + bytes);
            const std::string fragment = fragment_to_pass_over(stretch.bytes);
            std::memcpy(read + (begin - at_), fragment.data() + (begin - stretch.at), end - begin);
        }
    }

    const std::unique_ptr<rocksdb::FSRandomAccessFile> file_;
    const WalScan scan_;
    std::uint64_t at_ = 0;
    std::size_t next_ = 0;  ///< the first broken stretch that is not behind
};

class ReadableLogs final : public rocksdb::FileSystemWrapper {
 public:
    ReadableLogs(const std::shared_ptr<rocksdb::FileSystem>& files, bool of_any_length)
        : FileSystemWrapper(files), of_any_length_(of_any_length) {}
    const char* Name() const override { return "hookline.readable-logs"; }

    rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                        rocksdb::IODebugContext* debug) override {
        if (!is_wal(path)) return FileSystemWrapper::NewSequentialFile(path, options, file, debug);
        auto scan = scan_wal(*target(), path);
        if (!scan) return rocksdb::IOStatus::IOError(scan.error().message);
        // Less than a header there is only at the very end, where RocksDB passes over it by itself.
        std::erase_if(scan->broken, [](const WalStretch& stretch) { return stretch.bytes < header_bytes; });
        std::unique_ptr<rocksdb::FSRandomAccessFile> log;
        auto status = FileSystemWrapper::NewRandomAccessFile(path, options, &log, debug);
        if (status.ok()) *file = std::make_unique<ReadableLog>(std::move(log), std::move(*scan));
        return status;
    }

    rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options, std::uint64_t* bytes,
                                  rocksdb::IODebugContext* debug) override {
        auto status = FileSystemWrapper::GetFileSize(path, options, bytes, debug);
        // What a reader does with a log's size is to compare it with what its list says was synced.
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
