#include "spool/list_of_files.h"

#include <algorithm>
#include <string>

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

}  // namespace

Result<void> mend_list_of_files(rocksdb::FileSystem& files, const Path& directory) {
    std::string name;
    // A spool without it, or a directory without a spool, is for others to judge.
    if (!rocksdb::ReadFileToString(&files, (directory / "CURRENT").string(), &name).ok()) return {};
    if (!name.starts_with("MANIFEST-") || !name.ends_with('\n')) return {};
    name.pop_back();
    std::string list;
    if (!rocksdb::ReadFileToString(&files, (directory / name).string(), &list).ok()) return {};
    const WalScan found = scan(list);
    if (!found.damaged_at || found.record_behind || found.whole_until == 0) return {};
    if (!lacks_a_sector(list, found.whole_until)) return {};
    log_info(
        "the store's list of files was torn at its end by a power cut: the entry that was being written is left out",
        {{"file", name}, {"bytes", list.size() - found.whole_until}});
    list.resize(found.whole_until);
    return replace_file(files, directory, name, list);
}

}  // namespace hookline::spool
