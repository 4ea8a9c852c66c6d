#pragma once
// The look at the write-ahead log before RocksDB opens it.
//
// One thread commits, one synced write at a time, so after a power cut at most the last logical record may be damaged:
// it was never answered for. RocksDB's point-in-time recovery drops everything behind the first damage without a word,
// which is right for that record and wrong for any other. A valid record behind a damaged one means that an
// acknowledged write would be lost; then the start must be refused. No recovery mode of RocksDB makes that distinction.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

/// Bytes of a log file.
struct WalStretch {
    std::uint64_t at = 0;
    std::uint64_t bytes = 0;
};

/// What one log file holds.
struct WalScan {
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;                ///< whole ones in front of any damage, those of nothing left out
    std::optional<std::uint64_t> damaged_at;  ///< offset of the first bytes that are no record
    bool record_behind = false;               ///< a valid record begins behind the damage
    std::uint64_t whole_until = 0;            ///< where the last whole record in front of any damage ends
    /// What is no fragment, and fragments of records that are not whole, or of a log's that stand where an older one
    /// should: in order, at most one stretch side by side with another in each block.
    std::vector<WalStretch> broken;
    std::string unreadable;  ///< why a block could not be read, if one could not
};

/// Takes blocks of a log file (32 KiB each, the last may be shorter) and says what they hold. RocksDB's list of files
/// is written in the same form (list_of_files.h).
class WalScanner {
 public:
    static constexpr std::size_t block_bytes = 32 * 1024;
    using TakeRecord = std::function<void(std::string_view record)>;
    /// `take` is called with each whole record, on both sides of any damage, in order. Records `of_log` are numbered.
    explicit WalScanner(TakeRecord take = {}, bool of_log = false) : take_(std::move(take)), of_log_(of_log) {}
    void add_block(std::string_view block);
    /// One that the disk does not give: damage, with whatever stands behind it.
    void add_unreadable(std::size_t bytes, const std::string& why);
    WalScan finish();

 private:
    void damage(std::uint64_t at);
    void judge(std::uint8_t type, WalStretch fragment, bool is_mark);
    void gather(std::uint8_t type, WalStretch fragment, std::string_view payload);
    void give_up_record();
    void add_broken(WalStretch stretch);
    bool is_in_order();

    const TakeRecord take_;
    const bool of_log_;
    WalScan scan_;
    std::vector<WalStretch> record_;   ///< its fragments so far
    std::string payload_;              ///< theirs; only their beginning if nobody takes it
    std::uint64_t next_sequence_ = 0;  ///< of a log's records
    std::uint64_t offset_ = 0;
    bool unfinished_ = false;  ///< a record has begun and its last fragment has not come
};

/// Tells the oldest log file that is still needed; asked only when there is damage to judge.
using OldestNeeded = std::function<Result<std::uint64_t>()>;

/// The number of the first change in a log's record and how many there are.
struct WalNumbers {
    std::uint64_t sequence = 0;
    std::uint32_t count = 0;
};
std::optional<WalNumbers> numbers_of(std::string_view record);

/// Reads the file at `path` once; what the disk does not give of it is damage.
Result<WalScan> scan_wal(rocksdb::FileSystem& files, const std::string& path, WalScanner::TakeRecord take = {});

struct ScannedLog {
    std::uint64_t number = 0;
    std::string name;
    WalScan scan;
};
/// Every log in `directory`, each read once, in the order in which they were written, and so their records.
Result<std::vector<ScannedLog>> scan_wals(rocksdb::FileSystem& files, const Path& directory,
                                          const WalScanner::TakeRecord& take = {});
/// Takes out the logs that are no longer needed: a full disk may have left one behind torn, when it cut a write short.
void leave_out_unneeded(std::vector<ScannedLog>& logs, const OldestNeeded& oldest_needed);
/// The first log whose damage would lose an acknowledged write; null when none would.
const ScannedLog* first_loss(const std::vector<ScannedLog>& logs);

/// Good, or the sentence that refuses the start. Reads every log in `directory` once.
Result<void> check_wals(rocksdb::FileSystem& files, const Path& directory, const OldestNeeded& oldest_needed);

}  // namespace hookline::spool
