#include "spool/salvage_source.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "spool/changes.h"
#include "spool/main_key.h"
#include "spool/opening.h"
#include "spool/store_options.h"
#include "spool/wal_check.h"

namespace hookline::spool {
namespace {

/// Writes a log's records into a store once more.
class LogWriter final : public rocksdb::WriteBatch::Handler {
 public:
    explicit LogWriter(Store& store) : store_(store), changes_(store.changes()) {}

    void take(std::string_view record) {
        if (failed_) return;
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

    rocksdb::Status PutCF(std::uint32_t table, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
        if (table < table_count) changes_.put(static_cast<Table>(table), key.ToStringView(), value.ToStringView());
        return {};
    }
    rocksdb::Status DeleteCF(std::uint32_t table, const rocksdb::Slice& key) override {
        if (table < table_count) changes_.erase(static_cast<Table>(table), key.ToStringView());
        return {};
    }
    rocksdb::Status DeleteRangeCF(std::uint32_t table, const rocksdb::Slice& begin,
                                  const rocksdb::Slice& end) override {
        if (table < table_count)
            changes_.erase_range(static_cast<Table>(table), begin.ToStringView(), end.ToStringView());
        return {};
    }
    void LogData(const rocksdb::Slice&) override {}

 private:
    static constexpr std::size_t bytes_a_commit = 4U << 20;

    void commit() {
        if (failed_ || changes_.empty()) return;
        if (auto written = store_.commit(changes_); !written) failed_ = written.error().error;
        changes_.clear();
    }

    Store& store_;
    Changes changes_;
    std::optional<Error> failed_;
};

}  // namespace

Result<void> SalvageSource::open_store(const Path& directory, bool takes_short_logs) {
    Store::Options options{directory, files_, {}, false, true};
    options.takes_short_logs = takes_short_logs;
    auto store = Store::open(std::move(options), nothing_passed_);
    if (!store) return tl::unexpected(store.error());
    store_ = std::move(*store);
    return {};
}

/// Tables are linked, since nothing ever writes into one; the rest is copied.
Result<void> SalvageSource::copy_files(bool lists_and_logs_too) {
    close();
    if (auto made = make_directory(copy_); !made) return made;
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(directory_, error)) {
        const Path name = file.path().filename();
        const bool list_or_log = name.string().starts_with("MANIFEST-") || name.extension() == ".log";
        if (name.extension() == ".sst") {
            std::filesystem::create_hard_link(file.path(), copy_ / name, error);
            if (error) std::filesystem::copy_file(file.path(), copy_ / name, error);
        } else if (list_or_log && lists_and_logs_too) {
            std::filesystem::copy_file(file.path(), copy_ / name, error);
        }
        if (error) return failed("copy " + file.path().string() + ": " + error.message());
    }
    if (error) return failed("list " + directory_.string() + ": " + error.message());
    return {};
}

/// For a lost CURRENT, the file that says which list of files counts.
Result<void> SalvageSource::open_copy_with_newest_list() {
    if (auto copied = copy_files(true); !copied) return copied;
    std::string newest;
    for (const auto& file : std::filesystem::directory_iterator(copy_)) {
        const std::string name = file.path().filename().string();
        if (name.starts_with("MANIFEST-")) newest = std::max(newest, name);
    }
    if (newest.empty()) return failed("there is no list of files");
    const auto status = rocksdb::WriteStringToFile(files_.get(), newest + "\n", (copy_ / "CURRENT").string());
    if (auto written = result_of("write CURRENT", status); !written) return written;
    return open_store(copy_);
}

/// RocksDB's repair knows a table only by its files, so that it would leave out what a young one has in the logs alone,
/// and it refuses logs whose records are in files as well. Written again over the files, in the old order, they end as
/// they ended then: the logs are the last of all that was written, whole.
Result<void> SalvageSource::write_logs_again() {
    // Opened to write, so that tables of which no file is left are there, empty.
    auto store = Store::open({copy_, files_, {}, true, false}, nothing_passed_);
    if (!store) return tl::unexpected(store.error());
    LogWriter writer(**store);
    auto logs = scan_wals(*files_, directory_, [&](std::string_view record) { writer.take(record); });
    if (!logs) return tl::unexpected(logs.error());
    if (auto written = writer.end(); !written) return written;
    return (*store)->close();
}

Result<void> SalvageSource::open_rebuilt_copy() {
    if (auto copied = copy_files(false); !copied) return copied;
    const Store::Options options{copy_, files_, {}, true, false};
    const auto env = rocksdb::NewCompositeEnv(files_);
    rocksdb::DBOptions settings = database_options(options, env.get());
    settings.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
    settings.track_and_verify_wals_in_manifest = false;
    const auto tables = table_options(options, nothing_passed_);
    const auto status = rocksdb::RepairDB(copy_.string(), settings, tables);
    if (auto repaired = result_of("make a list of files", status); !repaired) return repaired;
    if (auto written = write_logs_again(); !written) return written;
    rebuilt_ = true;
    return open_store(copy_);
}

Result<std::unique_ptr<SalvageSource>> SalvageSource::open(const std::shared_ptr<WatchedFiles>& files,
                                                           const Path& directory, const ReadProgress& progress,
                                                           const std::optional<SealKey>& key) {
    std::unique_ptr<SalvageSource> source(new SalvageSource(files, directory));
    const auto look = [&]() -> Result<Survey> {
        source->keys_ = find_keys(source->store(), *files, directory, key);
        return survey(source->store(), {{}, progress, source->keys()});
    };

    Survey of_files;
    auto opened = source->open_store(directory);
    examine_files(files, directory, source->store_.get(), progress, of_files);
    if (!opened) {
        of_files.problem("it cannot be opened: " + opened.error().message);
        opened = source->open_store(directory, true);
    }
    if (!opened) opened = source->open_copy_with_newest_list();
    Result<Survey> found = opened ? look() : tl::unexpected(opened.error());
    if (!found || found->unreachable_tables > 0) {
        if (opened = source->open_rebuilt_copy(); !opened) return tl::unexpected(opened.error());
        found = look();
        if (!found) return tl::unexpected(found.error());
    }
    found->log_files = of_files.log_files;
    found->log_bytes = of_files.log_bytes;
    found->log_damaged = of_files.log_damaged;
    found->table_files = of_files.table_files;
    found->table_file_bytes = of_files.table_file_bytes;
    const std::uint64_t more = of_files.problem_count + found->problem_count;
    found->problems.insert(found->problems.begin(), of_files.problems.begin(), of_files.problems.end());
    found->problem_count = more;
    source->look_ = std::move(*found);
    return source;
}

void SalvageSource::close() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(copy_, ignored);
}

}  // namespace hookline::spool
