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
    std::string_view payload;

    [[nodiscard]] std::size_t bytes() const { return header_bytes + payload.size(); }
};

// A batch begins with its sequence number (8 bytes) and how many changes it holds (4). After a recovery RocksDB begins
// the new log with a batch of none, before its manifest says that the old log is no longer needed. Nobody was answered
// for that one, and a power cut there leaves it behind the torn end of the old log.
constexpr std::size_t batch_header_bytes = 12;

bool is_empty_batch(const Fragment& fragment) {
    return fragment.type == full && fragment.payload.size() == batch_header_bytes &&
           little32(fragment.payload.substr(8)) == 0;
}

/// The valid fragment that begins `block`, if one does.
std::optional<Fragment> fragment_at(std::string_view block) {
    if (block.size() < header_bytes) return {};
    const auto type = static_cast<std::uint8_t>(block[6]);
    const std::size_t length = little16(block.substr(4));
    if (type < full || type > last || header_bytes + length > block.size()) return {};
    // The checksum covers the type and the payload, which stand side by side.
    if (masked_checksum(block.substr(6, 1 + length)) != little32(block)) return {};
    return Fragment{type, block.substr(header_bytes, length)};
}

/// How long a fragment is that does not fit its checksum, if its length leads to where another one may begin.
std::optional<std::size_t> bytes_of_damaged(std::string_view block) {
    const auto type = static_cast<std::uint8_t>(block[6]);
    const std::size_t bytes = header_bytes + little16(block.substr(4));
    if (type < full || type > last || bytes > block.size()) return {};
    if (block.size() - bytes >= header_bytes && !fragment_at(block.substr(bytes))) return {};
    return bytes;
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

}  // namespace

void WalScanner::damage(std::uint64_t at) {
    if (!scan_.damaged_at) scan_.damaged_at = at;
}

void WalScanner::add_broken(WalStretch stretch) {
    if (!scan_.broken.empty()) {
        WalStretch& before = scan_.broken.back();
        const bool same_block = before.at / block_bytes == stretch.at / block_bytes;
        if (same_block && before.at + before.bytes == stretch.at) {
            before.bytes += stretch.bytes;
            return;
        }
    }
    scan_.broken.push_back(stretch);
}

void WalScanner::give_up_record() {
    for (const WalStretch& fragment : record_) add_broken(fragment);
    record_.clear();
    payload_.clear();
}

/// A log's numbers rise: one that does not is a stretch of the disk that stands there twice, or an old one.
bool WalScanner::is_in_order() {
    if (!of_log_) return true;
    const auto numbers = numbers_of(payload_);
    if (!numbers || numbers->count == 0) return true;
    if (numbers->sequence < next_sequence_) return false;
    next_sequence_ = numbers->sequence + numbers->count;
    return true;
}

/// Puts records together.
void WalScanner::gather(std::uint8_t type, WalStretch fragment, std::string_view payload) {
    if (type == full || type == first) {
        give_up_record();
    } else if (record_.empty()) {
        add_broken(fragment);
        return;
    }
    if (take_) {
        payload_.append(payload);
    } else if (payload_.size() < batch_header_bytes) {
        payload_.append(payload.substr(0, batch_header_bytes));
    }
    record_.push_back(fragment);
    if (type != full && type != last) return;
    if (!is_in_order()) {
        damage(record_.front().at);
        scan_.record_behind = true;
        return give_up_record();
    }
    if (take_) take_(payload_);
    record_.clear();
    payload_.clear();
}

/// Tells damage that may lose a write from damage that cannot.
void WalScanner::judge(std::uint8_t type, WalStretch fragment, bool is_mark) {
    const bool begins = type == full || type == first;
    // A record that was left unfinished in front of another, or a fragment whose beginning is not there.
    if (begins == unfinished_) damage(fragment.at);
    unfinished_ = type != full && type != last;
    if (scan_.damaged_at) {
        // Later fragments of the damaged record itself say nothing; only another record's beginning does.
        if (begins && !is_mark) scan_.record_behind = true;
    } else if (!unfinished_) {
        scan_.whole_until = fragment.at + fragment.bytes;
        if (!is_mark) ++scan_.records;
    }
}

void WalScanner::add_block(std::string_view block) {
    std::size_t at = 0;
    while (at + header_bytes <= block.size()) {
        if (const auto fragment = fragment_at(block.substr(at))) {
            const WalStretch stretch{offset_ + at, fragment->bytes()};
            gather(fragment->type, stretch, fragment->payload);
            judge(fragment->type, stretch, is_empty_batch(*fragment));
            at += fragment->bytes();
            continue;
        }
        damage(offset_ + at);
        unfinished_ = true;
        const std::size_t from = at;
        if (const auto bytes = bytes_of_damaged(block.substr(at))) {
            at += *bytes;
        } else {
            // The length cannot be trusted either, so the next fragment may begin at any byte behind a header.
            at += header_bytes;
            while (at + header_bytes <= block.size() && !fragment_at(block.substr(at))) ++at;
            if (at + header_bytes > block.size()) at = block.size();
        }
        give_up_record();
        add_broken({offset_ + from, at - from});
    }
    if (at < block.size() && block.size() < block_bytes) damage(offset_ + at);  // a torn header
    offset_ += block.size();
}

void WalScanner::add_unreadable(std::size_t bytes, const std::string& why) {
    damage(offset_);
    unfinished_ = true;
    // Nobody can say that nothing stood there.
    scan_.record_behind = true;
    if (scan_.unreadable.empty()) scan_.unreadable = why;
    give_up_record();
    add_broken({offset_, bytes});
    offset_ += bytes;
}

std::optional<WalNumbers> numbers_of(std::string_view record) {
    if (record.size() < batch_header_bytes) return {};
    const std::uint64_t high = little32(record.substr(4));
    return WalNumbers{high << 32U | little32(record), little32(record.substr(8))};
}

WalScan WalScanner::finish() {
    if (unfinished_) damage(offset_);
    give_up_record();
    scan_.bytes = offset_;
    return std::move(scan_);
}

Result<WalScan> scan_wal(rocksdb::FileSystem& files, const std::string& path, WalScanner::TakeRecord take) {
    std::uint64_t bytes = 0;
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    rocksdb::IOStatus status = files.GetFileSize(path, {}, &bytes, nullptr);
    if (status.ok()) status = files.NewRandomAccessFile(path, {}, &file, nullptr);
    if (!status.ok()) return failed("read " + path + ": " + status.ToString());
    WalScanner scanner(std::move(take), true);
    std::string buffer(WalScanner::block_bytes, '\0');
    for (std::uint64_t at = 0; at < bytes; at += buffer.size()) {
        const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), bytes - at);
        rocksdb::Slice block;
        status = file->Read(at, wanted, {}, &block, buffer.data(), nullptr);
        if (status.ok() && block.size() == wanted) {
            scanner.add_block({block.data(), block.size()});
        } else {
            scanner.add_unreadable(wanted, status.ok() ? "it became shorter" : status.ToString());
        }
    }
    return scanner.finish();
}

Result<std::vector<ScannedLog>> scan_wals(rocksdb::FileSystem& files, const Path& directory,
                                          const WalScanner::TakeRecord& take) {
    auto logs = list_logs(files, directory);
    if (!logs) return logs;
    for (ScannedLog& log : *logs) {
        auto scanned = scan_wal(files, (directory / log.name).string(), take);
        if (!scanned) return tl::unexpected(scanned.error());
        log.scan = std::move(*scanned);
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
    const std::string why = loss->scan.unreadable.empty() ? "" : " (" + loss->scan.unreadable + ")";
    return failed(
        (directory / loss->name).string() + " is damaged" + why + " at byte " + std::to_string(*loss->scan.damaged_at) +
        ", and acknowledged events stand behind the damage: opening it would lose them without a word. Run " +
        salvage_command(directory) + ": it says what can be read and what is lost, asks, and keeps the old files");
}

}  // namespace hookline::spool
