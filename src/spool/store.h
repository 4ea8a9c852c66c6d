#pragma once
// The store: RocksDB with our tables, options and rules of recovery. It knows nothing of what rows mean.
//
// Only one thread commits. Reading, flushing and reclaiming may go on beside it from any thread.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/file.h"
#include "base/result.h"
#include "spool/floors.h"
#include "spool/watched_files.h"

namespace hookline::spool {

/// Each is a column family. The order is on disk: RocksDB numbers them in it, and logs know them by these numbers.
enum class Table : std::uint8_t { state, records, seen, notes, gaps, letters, bodies };
inline constexpr std::size_t table_count = 7;
std::string_view table_name(Table table);

struct StoreLimits {
    std::size_t write_buffer_bytes = 16U << 20;       ///< one memtable of records; two at most
    std::size_t write_buffers_bytes_max = 32U << 20;  ///< all memtables of all tables
    std::size_t small_buffer_bytes = 4U << 20;        ///< one memtable of any other table
    std::size_t cache_bytes = 8U << 20;               ///< blocks, indexes included
    std::size_t block_bytes = 32U << 10;
    std::uint64_t wal_bytes_max = 64ULL << 20;  ///< more: the tables that hold the log back are flushed
    std::uint64_t table_file_bytes = 16ULL << 20;
    int open_files_max = 512;
    std::size_t info_log_bytes = 1U << 20;  ///< RocksDB's own log, by file; two are kept
};

/// What one commit writes. Nothing of it is written before Store::commit.
class Changes {
 public:
    explicit Changes(const std::array<rocksdb::ColumnFamilyHandle*, table_count>& tables) : tables_(&tables) {}

    void put(Table table, std::string_view key, std::string_view value);
    /// The value is `front` and `back`, one behind the other.
    void put(Table table, std::string_view key, std::string_view front, std::string_view back);
    void erase(Table table, std::string_view key);
    /// From `begin` up to but without `end`. Costly for readers until it is flushed: for forgetting only.
    void erase_range(Table table, std::string_view begin, std::string_view end);

    [[nodiscard]] bool empty() const { return batch_.Count() == 0; }
    [[nodiscard]] std::size_t bytes() const { return batch_.GetDataSize(); }
    void clear() { batch_.Clear(); }

 private:
    friend class Store;
    const std::array<rocksdb::ColumnFamilyHandle*, table_count>* tables_;
    rocksdb::WriteBatch batch_;
};

/// Walks a table's keys in order.
class Walk {
 public:
    explicit Walk(std::unique_ptr<rocksdb::Iterator> iterator) : iterator_(std::move(iterator)) {}
    void seek(std::string_view key) { iterator_->Seek({key.data(), key.size()}); }
    void seek_to_last_before(std::string_view key) { iterator_->SeekForPrev({key.data(), key.size()}); }
    void seek_to_first() { iterator_->SeekToFirst(); }
    void seek_to_last() { iterator_->SeekToLast(); }
    void next() { iterator_->Next(); }
    void previous() { iterator_->Prev(); }
    [[nodiscard]] bool valid() const { return iterator_->Valid(); }
    [[nodiscard]] std::string_view key() const { return {iterator_->key().data(), iterator_->key().size()}; }
    [[nodiscard]] std::string_view value() const { return {iterator_->value().data(), iterator_->value().size()}; }
    /// After `valid` said no: whether that was the end, or damage.
    [[nodiscard]] Result<void> end() const;

 private:
    friend class Store;
    Walk() = default;
    std::unique_ptr<std::string> upper_bound_text_;  // at fixed places, because the iterator points to them
    std::unique_ptr<rocksdb::Slice> upper_bound_;
    std::unique_ptr<rocksdb::Iterator> iterator_;
};

class Store {
 public:
    struct Options {
        Path directory;
        std::shared_ptr<WatchedFiles> files;
        StoreLimits limits;
        bool by_hand = false;  ///< nothing is flushed or compacted but by a call
        /// Changes nothing on disk, and shows whatever can be read of a damaged log, on both sides of the damage.
        bool read_only = false;
        /// Read only: a log that ends before what the list of files says was synced is read as far as it goes.
        bool takes_short_logs = false;
    };
    /// The directory must be there and locked by the caller; its log files checked. `floors` outlives the store.
    static Result<std::unique_ptr<Store>> open(Options options, const Floors& floors);
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    ~Store();

    [[nodiscard]] Changes changes() const { return Changes(tables_); }
    struct CommitFailure {
        Error error;
        bool fatal = true;  ///< false: the disk is full; nothing of it is there, and writing may work again later
    };
    /// Writes all of it and syncs, or nothing.
    tl::expected<void, CommitFailure> commit(Changes& changes);

    [[nodiscard]] Result<std::optional<std::string>> get(Table table, std::string_view key) const;
    /// Up to but without `upper_bound`, if one is given.
    [[nodiscard]] Walk walk(Table table, std::string upper_bound = {}) const;

    /// Writes memtables into tables, so that log files can go. `wait` is until that is done.
    Result<void> flush(bool wait);
    [[nodiscard]] std::uint64_t memtable_bytes() const;
    /// Of table files, by their metadata.
    [[nodiscard]] std::uint64_t table_bytes(Table table) const;
    struct Range {
        std::string begin;
        std::string end;
    };
    /// About.
    [[nodiscard]] std::uint64_t rows(Table table) const;
    struct File {
        Table table{};
        std::string name;
        std::uint64_t bytes = 0;
    };
    /// The table files that count now.
    [[nodiscard]] std::vector<File> files() const;
    /// Reads one whole and compares every checksum in it.
    [[nodiscard]] Result<void> check_file(const File& file) const;
    /// How much of table files ranges take, about.
    [[nodiscard]] std::vector<std::uint64_t> table_bytes(Table table, const std::vector<Range>& ranges) const;
    /// Drops the files that lie whole within a range. Cheap, and works on a full disk.
    Result<void> drop_files(Table table, std::string_view begin, std::string_view end);
    /// Rewrites what a range covers, without what the floors passed. Long; blocks. Empty bounds: the whole table.
    Result<void> compact(Table table, std::string_view begin, std::string_view end);
    /// Writes memory out and rewrites a range, and waits until the files that held it before are deleted: neither
    /// tables nor logs hold what was overwritten or erased. Long; blocks. Empty bounds: the whole table.
    Result<void> rewrite(Table table, std::string_view begin, std::string_view end);
    /// A file of the store as it counts now.
    struct Part {
        std::string name;
        std::uint64_t bytes = 0;             ///< of a longer file only so many count
        bool immutable = false;              ///< a hard link will do
        std::optional<std::string> content;  ///< what stands in it, whatever the file says by now
    };
    /// Writes memory out and hands over the parts that all of the store can be made of; they stay while `take` works.
    /// Nothing is rewritten meanwhile.
    Result<void> with_parts(const std::function<Result<void>(const std::vector<Part>&)>& take);
    /// Stops a running `compact` for good.
    void stop_compacting() { stop_compacting_ = true; }
    /// After a full disk: try at once instead of when RocksDB's own timer comes.
    void try_again();
    Result<void> close();

 private:
    explicit Store(Options options);
    [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(Table table) const {
        return tables_[static_cast<std::size_t>(table)];
    }

    Options options_;
    std::unique_ptr<rocksdb::Env> env_;
    std::unique_ptr<rocksdb::DB> database_;
    std::array<rocksdb::ColumnFamilyHandle*, table_count> tables_{};
    std::atomic<bool> stop_compacting_ = false;
    std::mutex parts_in_use_;  ///< held while `take` works: what was forgotten must not outlive a rewrite in silence
};

/// Through which RocksDB reads and writes: `options.files`; for a reader so that damage can be passed over.
std::shared_ptr<rocksdb::FileSystem> files_of(const Store::Options& options);

}  // namespace hookline::spool
