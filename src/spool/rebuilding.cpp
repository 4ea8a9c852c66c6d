#include "spool/rebuilding.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/sst_file_reader.h>

#include "spool/store_options.h"
#include "spool/survey_walk.h"
#include "spool/wal_check.h"

namespace hookline::spool {
namespace {

/// Writes rows into a store, some at a time. The first failure ends it.
class RowWriter final : public rocksdb::WriteBatch::Handler {
 public:
    explicit RowWriter(Store& store) : store_(store), changes_(store.changes()) {}

    void put(Table table, std::string_view key, std::string_view value) {
        changes_.put(table, key, value);
        if (changes_.bytes() > bytes_a_commit) commit();
    }
    /// A log's record, which holds what one commit wrote. Where it `gives_way`, only rows of which there is none.
    void take(std::string_view record, bool gives_way) {
        if (gives_way != gives_way_) commit();
        gives_way_ = gives_way;
        const rocksdb::WriteBatch batch{std::string(record)};
        // What makes no sense to RocksDB is no record of ours.
        (void)batch.Iterate(this);
        if (changes_.bytes() > bytes_a_commit) commit();
    }
    Result<void> end() {
        commit();
        if (failed_) return tl::unexpected(*failed_);
        return {};
    }
    [[nodiscard]] bool failed() const { return failed_.has_value(); }

    rocksdb::Status PutCF(std::uint32_t table, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
        if (table >= table_count) return {};
        if (gives_way_ && !is_own(table, key.ToStringView())) return {};
        changes_.put(static_cast<Table>(table), key.ToStringView(), value.ToStringView());
        return {};
    }
    rocksdb::Status DeleteCF(std::uint32_t table, const rocksdb::Slice& key) override {
        if (table < table_count && !gives_way_) changes_.erase(static_cast<Table>(table), key.ToStringView());
        return {};
    }
    rocksdb::Status DeleteRangeCF(std::uint32_t table, const rocksdb::Slice& begin,
                                  const rocksdb::Slice& end) override {
        if (table < table_count && !gives_way_)
            changes_.erase_range(static_cast<Table>(table), begin.ToStringView(), end.ToStringView());
        return {};
    }
    void LogData(const rocksdb::Slice&) override {}

 private:
    static constexpr std::size_t bytes_a_commit = 4U << 20;

    /// Whether there was no such row before records that give way began.
    bool is_own(std::uint32_t table, std::string_view key) {
        std::string name = std::to_string(table) + ' ' + std::string(key);
        if (own_.contains(name)) return true;
        const auto there = store_.get(static_cast<Table>(table), key);
        if (!there || *there) return false;
        own_.insert(std::move(name));
        return true;
    }

    void commit() {
        if (!failed_ && !changes_.empty()) {
            if (auto written = store_.commit(changes_); !written) failed_ = written.error().error;
        }
        changes_.clear();
    }

    Store& store_;
    Changes changes_;
    bool gives_way_ = false;
    std::unordered_set<std::string> own_;  ///< written by records that give way; no more than the logs hold
    std::optional<Error> failed_;
};

/// Where the last unbroken row of a log's records begins: what stands in front of a hole may be older than any file.
class LastRow {
 public:
    void take(std::string_view record) {
        const auto numbers = numbers_of(record);
        if (!numbers) return;
        if (records_ > 0 && numbers->sequence != next_) begins_ = records_;
        next_ = numbers->sequence + numbers->count;
        ++records_;
    }
    /// Rows of files that were written behind all of it make it old as a whole.
    void compare(std::uint64_t newest) {
        if (next_ <= newest) begins_ = records_;
    }
    [[nodiscard]] std::uint64_t begins() const { return begins_; }
    [[nodiscard]] bool has_hole() const { return begins_ > 0; }

 private:
    std::uint64_t records_ = 0;
    std::uint64_t begins_ = 0;
    std::uint64_t next_ = 0;
};

struct TableFile {
    Path path;
    std::uint64_t bytes = 0;
    Table table{};
    std::uint64_t newest = 0;  ///< RocksDB's number of the last write in it
};

class Rebuilding {
 public:
    Rebuilding(const std::shared_ptr<WatchedFiles>& files, const Path& directory, const Path& rebuilt, Survey& survey)
        : directory_(directory),
          room_(rebuilt / "one-file"),
          survey_(survey),
          options_{room_, files, {}, true, false},
          env_(rocksdb::NewCompositeEnv(files)),
          settings_(database_options(options_, env_.get())),
          tables_(table_options(options_, nothing_passed_)) {}

    /// Where files are looked at one by one.
    [[nodiscard]] const Path& room() const { return room_; }
    /// In the order in which they are to be written.
    Result<std::vector<TableFile>> table_files() {
        std::vector<TableFile> found;
        std::error_code error;
        for (const auto& file : std::filesystem::directory_iterator(directory_, error)) {
            if (file.path().extension() != ".sst") continue;
            TableFile table{file.path(), file.file_size(), {}, 0};
            if (told_if_unreadable(table.path, look_at(table))) found.push_back(std::move(table));
        }
        if (error) return failed("list " + directory_.string() + ": " + error.message());
        std::sort(found.begin(), found.end(), [](const TableFile& a, const TableFile& b) {
            return std::tuple(a.newest, a.path.native().size(), a.path) <
                   std::tuple(b.newest, b.path.native().size(), b.path);
        });
        return found;
    }

    void write_rows(const TableFile& file, RowWriter& writer) {
        rocksdb::SstFileReader reader(reading());
        if (!told_if_unreadable(file.path, result_of("open", reader.Open(file.path.string())))) return;
        SurveyWalk walk(Walk(std::unique_ptr<rocksdb::Iterator>(reader.NewIterator({}))), file.table);
        for (; walk.valid() && !writer.failed(); walk.next()) writer.put(file.table, walk.key(), walk.value());
        if (walk.unreadable() > 0)
            survey_.problem("parts of " + file.path.filename().string() + " cannot be read: " + walk.why());
    }

 private:
    [[nodiscard]] rocksdb::Options reading() const { return {settings_, tables_.front().options}; }

    bool told_if_unreadable(const Path& path, const Result<void>& read) {
        if (!read) survey_.problem(path.filename().string() + " cannot be read: " + read.error().message);
        return read.has_value();
    }

    Result<void> look_at(TableFile& file) {
        rocksdb::SstFileReader reader(reading());
        if (auto opened = result_of("open", reader.Open(file.path.string())); !opened) return opened;
        const std::string name = reader.GetTableProperties()->column_family_name;
        std::size_t table = 0;
        while (table < table_count && table_name(static_cast<Table>(table)) != name) ++table;
        if (table == table_count) return failed("it is of an unknown table, " + name);
        file.table = static_cast<Table>(table);
        // Rows of these are written once, or with the same meaning, so that their order is nothing.
        const bool once = file.table == Table::records || file.table == Table::seen || file.table == Table::bodies;
        if (!once) file.newest = newest_in(file.path);
        return {};
    }

    /// A file does not tell by itself; a database that is repaired from it alone does. 0 where it cannot be: such a
    /// file's rows give way to all others.
    std::uint64_t newest_in(const Path& file) {
        std::error_code error;
        std::filesystem::remove_all(room_, error);
        std::filesystem::create_directory(room_, error);
        if (!error) std::filesystem::copy_file(file, room_ / file.filename(), error);
        if (error || !rocksdb::RepairDB(room_.string(), settings_, tables_).ok()) return 0;
        rocksdb::DB* database = nullptr;
        if (!rocksdb::DB::OpenForReadOnly(reading(), room_.string(), &database).ok()) return 0;
        const std::unique_ptr<rocksdb::DB> owner(database);
        return database->GetLatestSequenceNumber();
    }

    static Result<void> result_of(const std::string& trying, const rocksdb::Status& status) {
        if (!status.ok()) return failed(trying + ": " + status.ToString());
        return {};
    }

    const Path& directory_;
    const Path room_;
    Survey& survey_;
    const Floors nothing_passed_;
    const Store::Options options_;
    const std::unique_ptr<rocksdb::Env> env_;
    const rocksdb::DBOptions settings_;
    const std::vector<rocksdb::ColumnFamilyDescriptor> tables_;
};

}  // namespace

Result<void> rebuild_store(const std::shared_ptr<WatchedFiles>& files, const Path& directory, const Path& rebuilt,
                           const ReadProgress& progress, Survey& survey) {
    Rebuilding work(files, directory, rebuilt, survey);
    const auto tables = work.table_files();
    std::error_code ignored;
    std::filesystem::remove_all(work.room(), ignored);
    if (!tables) return tl::unexpected(tables.error());
    const Floors nothing_passed;
    auto store = Store::open({rebuilt, files, {}, true, false}, nothing_passed);
    if (!store) return tl::unexpected(store.error());
    RowWriter writer(**store);
    std::uint64_t total = 0;
    for (const TableFile& file : *tables) total += file.bytes;
    std::uint64_t done = 0;
    for (const TableFile& file : *tables) {
        work.write_rows(file, writer);
        if (progress) progress(done += file.bytes, total);
    }
    LastRow last_row;
    auto logs = scan_wals(*files, directory, [&](std::string_view record) { last_row.take(record); });
    if (!logs) return tl::unexpected(logs.error());
    if (last_row.has_hole()) {
        survey.log_damaged = true;
        survey.problem("writes are missing in the logs or between them");
    }
    for (const TableFile& file : *tables) last_row.compare(file.newest);
    std::uint64_t number = 0;
    logs = scan_wals(*files, directory, [&](std::string_view record) {
        if (numbers_of(record)) writer.take(record, number++ < last_row.begins());
    });
    if (!logs) return tl::unexpected(logs.error());
    if (auto written = writer.end(); !written) return written;
    return (*store)->close();
}

}  // namespace hookline::spool
