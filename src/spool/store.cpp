#include "spool/store.h"

#include <algorithm>

#include <rocksdb/convenience.h>
#include <rocksdb/env.h>

#include "base/check.h"
#include "spool/damaged_logs.h"
#include "spool/list_of_files.h"
#include "spool/store_options.h"

namespace hookline::spool {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

Error error_of(const rocksdb::Status& status) { return Error{status.ToString()}; }

Result<void> result_of(const rocksdb::Status& status) {
    if (!status.ok()) return tl::unexpected(error_of(status));
    return {};
}

}  // namespace

std::string_view table_name(Table table) {
    static constexpr std::array<std::string_view, table_count> names{"default", "records", "seen",  "notes",
                                                                     "gaps",    "letters", "bodies"};
    return names[static_cast<std::size_t>(table)];
}

void Changes::put(Table table, std::string_view key, std::string_view value) {
    check(batch_.Put((*tables_)[static_cast<std::size_t>(table)], slice(key), slice(value)).ok(), "a batch refused");
}

void Changes::put(Table table, std::string_view key, std::string_view front, std::string_view back) {
    rocksdb::Slice key_part = slice(key);
    rocksdb::Slice value_parts[] = {slice(front), slice(back)};
    check(batch_
              .Put((*tables_)[static_cast<std::size_t>(table)], rocksdb::SliceParts(&key_part, 1),
                   rocksdb::SliceParts(value_parts, 2))
              .ok(),
          "a batch refused");
}

void Changes::erase(Table table, std::string_view key) {
    check(batch_.Delete((*tables_)[static_cast<std::size_t>(table)], slice(key)).ok(), "a batch refused");
}

void Changes::erase_range(Table table, std::string_view begin, std::string_view end) {
    check(batch_.DeleteRange((*tables_)[static_cast<std::size_t>(table)], slice(begin), slice(end)).ok(),
          "a batch refused");
}

Result<void> Walk::end() const { return result_of(iterator_->status()); }

std::shared_ptr<rocksdb::FileSystem> files_of(const Store::Options& options) {
    if (!options.read_only) return options.files;
    return with_readable_logs(with_mended_list(options.files, options.directory), options.takes_short_logs);
}

Store::Store(Options options) : options_(std::move(options)), env_(rocksdb::NewCompositeEnv(files_of(options_))) {}

Result<std::unique_ptr<Store>> Store::open(Options options, const Floors& floors) {
    std::unique_ptr<Store> store(new Store(std::move(options)));
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* database = nullptr;
    const rocksdb::DBOptions settings = database_options(store->options_, store->env_.get());
    const std::string name = store->options_.directory.string();
    const auto tables = table_options(store->options_, floors);
    const rocksdb::Status status = store->options_.read_only
                                       ? rocksdb::DB::OpenForReadOnly(settings, name, tables, &handles, &database)
                                       : rocksdb::DB::Open(settings, name, tables, &handles, &database);
    if (!status.ok()) return tl::unexpected(error_of(status));
    store->database_.reset(database);
    std::copy(handles.begin(), handles.end(), store->tables_.begin());
    return store;
}

Store::~Store() {
    // Nothing is lost if it fails: what was answered was synced.
    (void)close();
}

tl::expected<void, Store::CommitFailure> Store::commit(Changes& changes) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (options_.files->wal_append_failed()) {
        return tl::unexpected(CommitFailure{Error{"the log ends in half a record, and no new one was begun"}, false});
    }
    const rocksdb::Status status = database_->Write(synced, &changes.batch_);
    if (status.ok()) return {};
    const bool heals = status.IsNoSpace() && !options_.files->wal_sync_failed();
    return tl::unexpected(CommitFailure{error_of(status), !heals});
}

Result<std::optional<std::string>> Store::get(Table table, std::string_view key) const {
    std::string value;
    const rocksdb::Status status = database_->Get({}, handle(table), slice(key), &value);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return tl::unexpected(error_of(status));
    return value;
}

Walk Store::walk(Table table, std::string upper_bound) const {
    rocksdb::ReadOptions options;
    Walk walk;
    if (!upper_bound.empty()) {
        walk.upper_bound_text_ = std::make_unique<std::string>(std::move(upper_bound));
        walk.upper_bound_ = std::make_unique<rocksdb::Slice>(*walk.upper_bound_text_);
        options.iterate_upper_bound = walk.upper_bound_.get();
    }
    walk.iterator_.reset(database_->NewIterator(options, handle(table)));
    return walk;
}

Result<void> Store::flush(bool wait) {
    rocksdb::FlushOptions options;
    options.wait = wait;
    options.allow_write_stall = true;
    for (rocksdb::ColumnFamilyHandle* table : tables_) {
        const rocksdb::Status status = database_->Flush(options, table);
        if (!status.ok()) return tl::unexpected(error_of(status));
    }
    return {};
}

std::uint64_t Store::memtable_bytes() const {
    std::uint64_t bytes = 0;
    for (rocksdb::ColumnFamilyHandle* table : tables_) {
        std::uint64_t entries = 0;
        std::uint64_t table_bytes = 0;
        // An empty memtable still holds its arena.
        database_->GetIntProperty(table, rocksdb::DB::Properties::kNumEntriesActiveMemTable, &entries);
        database_->GetIntProperty(table, rocksdb::DB::Properties::kCurSizeAllMemTables, &table_bytes);
        if (entries > 0) bytes += table_bytes;
    }
    return bytes;
}

std::uint64_t Store::table_bytes(Table table) const {
    std::uint64_t bytes = 0;
    database_->GetIntProperty(handle(table), rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
    return bytes;
}

std::uint64_t Store::rows(Table table) const {
    std::uint64_t rows = 0;
    database_->GetIntProperty(handle(table), rocksdb::DB::Properties::kEstimateNumKeys, &rows);
    return rows;
}

std::vector<Store::File> Store::files() const {
    std::vector<rocksdb::LiveFileMetaData> known;
    database_->GetLiveFilesMetaData(&known);
    std::vector<File> files;
    for (const rocksdb::LiveFileMetaData& one : known) {
        File file;
        for (std::size_t at = 0; at < table_count; ++at) {
            if (one.column_family_name == table_name(static_cast<Table>(at))) file.table = static_cast<Table>(at);
        }
        file.name = one.relative_filename;
        file.bytes = one.size;
        files.push_back(std::move(file));
    }
    return files;
}

Result<void> Store::check_file(const File& file) const {
    const Floors nothing_passed;
    const auto tables = table_options(options_, nothing_passed);
    const rocksdb::Options settings(database_options(options_, env_.get()),
                                    tables[static_cast<std::size_t>(file.table)].options);
    return result_of(
        rocksdb::VerifySstFileChecksum(settings, rocksdb::EnvOptions(), (options_.directory / file.name).string()));
}

std::vector<std::uint64_t> Store::table_bytes(Table table, const std::vector<Range>& ranges) const {
    std::vector<rocksdb::Range> slices;
    slices.reserve(ranges.size());
    for (const Range& range : ranges) slices.emplace_back(slice(range.begin), slice(range.end));
    std::vector<std::uint64_t> bytes(ranges.size());
    rocksdb::SizeApproximationOptions options;
    options.include_files = true;
    const rocksdb::Status status = database_->GetApproximateSizes(options, handle(table), slices.data(),
                                                                  static_cast<int>(slices.size()), bytes.data());
    if (!status.ok()) std::fill(bytes.begin(), bytes.end(), 0);
    return bytes;
}

Result<void> Store::drop_files(Table table, std::string_view begin, std::string_view end) {
    const rocksdb::Slice from = slice(begin);
    const rocksdb::Slice to = slice(end);
    return result_of(rocksdb::DeleteFilesInRange(database_.get(), handle(table), &from, &to, false));
}

Result<void> Store::compact(Table table, std::string_view begin, std::string_view end) {
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    options.canceled = &stop_compacting_;
    const rocksdb::Slice from = slice(begin);
    const rocksdb::Slice to = slice(end);
    return result_of(
        database_->CompactRange(options, handle(table), begin.empty() ? nullptr : &from, end.empty() ? nullptr : &to));
}

Result<void> Store::rewrite(Table table, std::string_view begin, std::string_view end) {
    const std::lock_guard alone(parts_in_use_);
    // Of all tables: a log goes only when none of them needs it.
    if (auto flushed = flush(true); !flushed) return flushed;
    if (auto compacted = compact(table, begin, end); !compacted) return compacted;
    // RocksDB deletes files after it has said that it is done. A list of the logs waits for deletions under way, on a
    // thread of its own; allowing them again does the others.
    if (auto status = database_->DisableFileDeletions(); !status.ok()) return result_of(status);
    rocksdb::VectorLogPtr logs;
    const auto listed = database_->GetSortedWalFiles(logs);
    const auto allowed = database_->EnableFileDeletions(true);
    return result_of(listed.ok() ? allowed : listed);
}

Result<void> Store::with_parts(const std::function<Result<void>(const std::vector<Part>&)>& take) {
    const std::lock_guard alone(parts_in_use_);
    if (auto status = database_->DisableFileDeletions(); !status.ok()) return result_of(status);
    std::vector<rocksdb::LiveFileStorageInfo> files;
    const rocksdb::Status listed = database_->GetLiveFilesStorageInfo({}, &files);
    Result<void> taken = result_of(listed);
    if (listed.ok()) {
        std::vector<Part> parts;
        for (rocksdb::LiveFileStorageInfo& file : files) {
            Part part{file.relative_filename, file.size, file.file_type == rocksdb::kTableFile, {}};
            if (!file.replacement_contents.empty()) part.content = std::move(file.replacement_contents);
            parts.push_back(std::move(part));
        }
        taken = take(parts);
    }
    const Result<void> allowed = result_of(database_->EnableFileDeletions(false));
    return taken ? allowed : taken;
}

void Store::try_again() { (void)database_->Resume(); }

Result<void> Store::close() {
    if (!database_) return {};
    stop_compacting_ = true;
    for (rocksdb::ColumnFamilyHandle* table : tables_) {
        (void)database_->DestroyColumnFamilyHandle(table);
    }
    const rocksdb::Status status = database_->Close();
    database_.reset();
    return result_of(status);
}

}  // namespace hookline::spool
