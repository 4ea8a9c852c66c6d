#include "spool/wal_check.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

#include <rocksdb/file_system.h>

#include "spool/checksum.h"
#include "spool/salvage_swap.h"

namespace hookline::spool {
namespace {

// RocksDB's log format (db/log_format.h): blocks of 32 KiB; in them fragments of checksum (4 bytes, little-endian),
// length (2), type (1) and payload. A record is one `full` fragment or `first`, `middle`…, `last`. Fewer than 7 bytes
// at a block's end are padding.
constexpr std::size_t header_bytes = 7;
constexpr std::uint8_t full = 1;
constexpr std::uint8_t first = 2;
constexpr std::uint8_t last = 4;

std::size_t little16(std::string_view bytes) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[0]) | static_cast<std::uint8_t>(bytes[1]) << 8);
}

struct Fragment {
    std::uint8_t type = 0;
    std::size_t bytes = 0;  ///< header included
    bool is_mark = false;   ///< a whole batch that holds nothing
};

// A batch begins with its sequence number (8 bytes) and how many changes it holds (4). After a recovery RocksDB begins
// the new log with a batch of none, before its manifest says that the old log is no longer needed. Nobody was answered
// for that one, and a power cut there leaves it behind the torn end of the old log.
constexpr std::size_t batch_header_bytes = 12;

bool is_empty_batch(std::string_view payload) {
    return payload.size() == batch_header_bytes && little32(payload.substr(8)) == 0;
}

/// The valid fragment that begins `block`, if one does.
std::optional<Fragment> fragment_at(std::string_view block) {
    if (block.size() < header_bytes) return {};
    const auto type = static_cast<std::uint8_t>(block[6]);
    const std::size_t length = little16(block.substr(4));
    if (type < full || type > last || header_bytes + length > block.size()) return {};
    // The checksum covers the type and the payload, which stand side by side.
    if (masked_checksum(block.substr(6, 1 + length)) != little32(block)) return {};
    return Fragment{type, header_bytes + length, type == full && is_empty_batch(block.substr(header_bytes, length))};
}

/// In order of number.
Result<std::vector<ScannedLog>> list_logs(rocksdb::FileSystem& files, const Path& directory) {
    std::vector<std::string> names;
    const auto status = files.GetChildren(directory.string(), {}, &names, nullptr);
    if (!status.ok()) return failed("list " + directory.string() + ": " + status.ToString());
    std::vector<ScannedLog> logs;
    for (const std::string& name : names) {
        ScannedLog log;
        const char* const end = name.data() + name.size();
        const auto parsed = std::from_chars(name.data(), end, log.number);
        if (parsed.ec != std::errc{} || std::string_view(parsed.ptr, end) != ".log") continue;
        log.name = name;
        logs.push_back(std::move(log));
    }
    std::sort(logs.begin(), logs.end(), [](const ScannedLog& a, const ScannedLog& b) { return a.number < b.number; });
    return logs;
}

Result<void> scan_file(rocksdb::FileSystem& files, const std::string& path, ScannedLog& log) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    auto status = files.NewSequentialFile(path, {}, &file, nullptr);
    if (!status.ok()) return failed("read " + path + ": " + status.ToString());
    WalScanner scanner;
    std::string buffer(WalScanner::block_bytes, '\0');
    while (true) {
        rocksdb::Slice block;
        status = file->Read(buffer.size(), {}, &block, buffer.data(), nullptr);
        if (!status.ok()) return failed("read " + path + ": " + status.ToString());
        if (block.empty()) break;
        log.bytes += block.size();
        scanner.add_block({block.data(), block.size()});
    }
    log.scan = scanner.finish();
    return {};
}

}  // namespace

void WalScanner::damage(std::uint64_t at) {
    if (!scan_.damaged_at) scan_.damaged_at = at;
}

void WalScanner::take_fragment(std::uint8_t type, std::uint64_t at, std::uint64_t end, bool is_mark) {
    const bool begins = type == full || type == first;
    // A record that was left unfinished in front of another, or a fragment whose beginning is not there.
    if (begins == unfinished_) damage(at);
    unfinished_ = type != full && type != last;
    if (scan_.damaged_at) {
        // Later fragments of the damaged record itself say nothing; only another record's beginning does.
        if (begins && !is_mark) scan_.record_behind = true;
    } else if (!unfinished_) {
        scan_.whole_until = end;
        if (!is_mark) ++scan_.records;
    }
}

void WalScanner::add_block(std::string_view block) {
    std::size_t at = 0;
    while (at + header_bytes <= block.size()) {
        if (const auto fragment = fragment_at(block.substr(at))) {
            take_fragment(fragment->type, offset_ + at, offset_ + at + fragment->bytes, fragment->is_mark);
            at += fragment->bytes;
            continue;
        }
        damage(offset_ + at);
        unfinished_ = true;
        // The length cannot be trusted either, so the next fragment may begin at any byte.
        do {
            ++at;
        } while (at + header_bytes <= block.size() && !fragment_at(block.substr(at)));
    }
    if (at < block.size() && block.size() < block_bytes) damage(offset_ + at);  // a torn header
    offset_ += block.size();
}

WalScan WalScanner::finish() {
    if (unfinished_) damage(offset_);
    return scan_;
}

Result<std::vector<ScannedLog>> scan_wals(rocksdb::FileSystem& files, const Path& directory) {
    auto logs = list_logs(files, directory);
    if (!logs) return logs;
    for (ScannedLog& log : *logs) {
        if (auto scanned = scan_file(files, (directory / log.name).string(), log); !scanned)
            return tl::unexpected(scanned.error());
    }
    return logs;
}

void leave_out_unneeded(std::vector<ScannedLog>& logs, const OldestNeeded& oldest_needed) {
    if (const auto oldest = oldest_needed())
        std::erase_if(logs, [&](const ScannedLog& log) { return log.number < *oldest; });
}

const ScannedLog* first_loss(const std::vector<ScannedLog>& logs) {
    bool records_later = false;
    const ScannedLog* loss = nullptr;
    for (auto log = logs.rbegin(); log != logs.rend(); ++log) {
        if (log->scan.damaged_at && (log->scan.record_behind || records_later)) loss = &*log;
        records_later = records_later || log->scan.records > 0 || log->scan.record_behind;
    }
    return loss;
}

Result<void> check_wals(rocksdb::FileSystem& files, const Path& directory, const OldestNeeded& oldest_needed) {
    auto logs = scan_wals(files, directory);
    if (!logs) return tl::unexpected(logs.error());
    if (first_loss(*logs) == nullptr) return {};
    leave_out_unneeded(*logs, oldest_needed);
    const ScannedLog* loss = first_loss(*logs);
    if (loss == nullptr) return {};
    return failed((directory / loss->name).string() + " is damaged at byte " + std::to_string(*loss->scan.damaged_at) +
                  ", and acknowledged events stand behind the damage: opening it would lose them without a word. Run " +
                  salvage_command(directory) +
                  ": it says what can be read and what is lost, asks, and keeps the old files");
}

}  // namespace hookline::spool
