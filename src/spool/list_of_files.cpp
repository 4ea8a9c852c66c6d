#include "spool/list_of_files.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <rocksdb/env.h>

#include "base/log.h"
#include "spool/changes.h"
#include "spool/wal_check.h"

namespace hookline::spool {
namespace {

constexpr std::size_t sector_bytes = 512;  // what a disk writes whole

/// Whether some sector, or what the end of the list takes of it, holds nothing but zeros.
bool lacks_a_sector(std::string_view list, std::size_t end_begins) {
    for (std::size_t at = end_begins; at < list.size();) {
        const std::size_t next = std::min(list.size(), (at / sector_bytes + 1) * sector_bytes);
        const std::string_view part = list.substr(at, next - at);
        if (std::all_of(part.begin(), part.end(), [](char byte) { return byte == '\0'; })) return true;
        at = next;
    }
    return false;
}

WalScan scan(std::string_view list) {
    WalScanner scanner;
    for (std::size_t at = 0; at < list.size(); at += WalScanner::block_bytes)
        scanner.add_block(list.substr(at, WalScanner::block_bytes));
    return scanner.finish();
}

struct TornList {
    std::string name;
    std::string bytes;
    std::size_t whole_until = 0;
};

std::optional<TornList> find_torn(rocksdb::FileSystem& files, const Path& directory) {
    TornList list;
    // A spool without it, or a directory without a spool, is for others to judge.
    if (!rocksdb::ReadFileToString(&files, (directory / "CURRENT").string(), &list.name).ok()) return {};
    if (!list.name.starts_with("MANIFEST-") || !list.name.ends_with('\n')) return {};
    list.name.pop_back();
    if (!rocksdb::ReadFileToString(&files, (directory / list.name).string(), &list.bytes).ok()) return {};
    const WalScan found = scan(list.bytes);
    if (!found.damaged_at || found.record_behind || found.whole_until == 0) return {};
    if (!lacks_a_sector(list.bytes, found.whole_until)) return {};
    list.whole_until = found.whole_until;
    return list;
}

/// Ends after so many bytes.
class ShorterFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
    ShorterFile(std::unique_ptr<rocksdb::FSSequentialFile> file, std::size_t bytes)
        : FSSequentialFileOwnerWrapper(std::move(file)), left_(bytes) {}

    rocksdb::IOStatus Read(std::size_t wanted, const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* debug) override {
        auto status = FSSequentialFileOwnerWrapper::Read(std::min(wanted, left_), options, result, scratch, debug);
        if (status.ok()) left_ -= result->size();
        return status;
    }
    rocksdb::IOStatus Skip(std::uint64_t bytes) override {
        bytes = std::min<std::uint64_t>(bytes, left_);
        left_ -= bytes;
        return FSSequentialFileOwnerWrapper::Skip(bytes);
    }

 private:
    std::size_t left_;
};

class ShorterList final : public rocksdb::FileSystemWrapper {
 public:
    ShorterList(const std::shared_ptr<rocksdb::FileSystem>& files, std::string path, std::size_t bytes)
        : FileSystemWrapper(files), path_(std::move(path)), bytes_(bytes) {}
    const char* Name() const override { return "hookline.shorter-list"; }

    rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                        rocksdb::IODebugContext* debug) override {
        auto status = FileSystemWrapper::NewSequentialFile(path, options, file, debug);
        if (status.ok() && path == path_) *file = std::make_unique<ShorterFile>(std::move(*file), bytes_);
        return status;
    }

 private:
    const std::string path_;
    const std::size_t bytes_;
};

}  // namespace

Result<void> mend_list_of_files(rocksdb::FileSystem& files, const Path& directory) {
    auto torn = find_torn(files, directory);
    if (!torn) return {};
    log_info(
        "the store's list of files was torn at its end by a power cut: the entry that was being written is left out",
        {{"file", torn->name}, {"bytes", torn->bytes.size() - torn->whole_until}});
    torn->bytes.resize(torn->whole_until);
    return replace_file(files, directory, torn->name, torn->bytes);
}

std::shared_ptr<rocksdb::FileSystem> with_mended_list(std::shared_ptr<rocksdb::FileSystem> files,
                                                      const Path& directory) {
    const auto torn = find_torn(*files, directory);
    if (!torn) return files;
    return std::make_shared<ShorterList>(files, (directory / torn->name).string(), torn->whole_until);
}

}  // namespace hookline::spool
