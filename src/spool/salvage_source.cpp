#include "spool/salvage_source.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "spool/changes.h"
#include "spool/main_key.h"
#include "spool/opening.h"
#include "spool/rebuilding.h"

namespace hookline::spool {
Result<void> SalvageSource::open_store(const Path& directory, bool takes_short_logs) {
    Store::Options options{directory, files_, {}, false, true};
    options.takes_short_logs = takes_short_logs;
    auto store = Store::open(std::move(options), nothing_passed_);
    if (!store) return tl::unexpected(store.error());
    store_ = std::move(*store);
    return {};
}

/// Tables are linked, since nothing ever writes into one; the rest is copied.
Result<void> SalvageSource::copy_files() {
    close();
    if (auto made = make_directory(copy_); !made) return made;
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(directory_, error)) {
        const Path name = file.path().filename();
        const bool list_or_log = name.string().starts_with("MANIFEST-") || name.extension() == ".log";
        if (name.extension() == ".sst") {
            std::filesystem::create_hard_link(file.path(), copy_ / name, error);
            if (error) std::filesystem::copy_file(file.path(), copy_ / name, error);
        } else if (list_or_log) {
            std::filesystem::copy_file(file.path(), copy_ / name, error);
        }
        if (error) return failed("copy " + file.path().string() + ": " + error.message());
    }
    if (error) return failed("list " + directory_.string() + ": " + error.message());
    return {};
}

/// For a lost CURRENT, the file that says which list of files counts.
Result<void> SalvageSource::open_copy_with_newest_list() {
    if (auto copied = copy_files(); !copied) return copied;
    std::string newest;
    for (const auto& file : std::filesystem::directory_iterator(copy_)) {
        const std::string name = file.path().filename().string();
        const bool newer = std::tuple(name.size(), name) > std::tuple(newest.size(), newest);
        if (name.starts_with("MANIFEST-") && newer) newest = name;
    }
    if (newest.empty()) return failed("there is no list of files");
    const auto status = rocksdb::WriteStringToFile(files_.get(), newest + "\n", (copy_ / "CURRENT").string());
    if (auto written = result_of("write CURRENT", status); !written) return written;
    return open_store(copy_);
}

Result<void> SalvageSource::open_rebuilt_copy(const ReadProgress& progress, Survey& survey) {
    close();
    if (auto made = make_directory(copy_); !made) return made;
    if (auto rebuilt = rebuild_store(files_, directory_, copy_, progress, survey); !rebuilt) return rebuilt;
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
        // A log that ends too early, or is not there, ended with a whole record: nobody can say what stood behind it.
        if (opened.error().message.find("WAL") != std::string::npos) of_files.log_damaged = true;
        opened = source->open_store(directory, true);
    }
    if (!opened) opened = source->open_copy_with_newest_list();
    Result<Survey> found = opened ? look() : tl::unexpected(opened.error());
    if (!found || found->unreachable_tables > 0) {
        if (opened = source->open_rebuilt_copy(progress, of_files); !opened) return tl::unexpected(opened.error());
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
