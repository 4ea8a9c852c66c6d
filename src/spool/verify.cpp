#include "spool/verify.h"

#include "spool/main_key.h"
#include "spool/opening.h"
#include "spool/salvage_swap.h"
#include "spool/wal_check.h"

namespace hookline::spool {
namespace {

std::shared_ptr<WatchedFiles> watched(std::shared_ptr<rocksdb::FileSystem> files) {
    return std::make_shared<WatchedFiles>(files ? std::move(files) : rocksdb::FileSystem::Default());
}

/// Held while it lives, and known to be a spool that this program may read.
Result<DirectoryLock> hold(const std::shared_ptr<WatchedFiles>& files, const Path& directory) {
    if (!is_spool(*files, directory)) return failed("there is no spool");
    auto lock = DirectoryLock::take(files, directory);
    if (!lock) return lock;
    if (files->FileExists((directory / salvage_marker).string(), {}, nullptr).ok()) {
        return failed("a salvage did not come to its end; run " + salvage_command(directory) + " again");
    }
    if (auto format = read_format(*files, directory); !format) return tl::unexpected(format.error());
    return lock;
}

Result<std::unique_ptr<Store>> open_to_read(const std::shared_ptr<WatchedFiles>& files, const Path& directory,
                                            const Floors& floors) {
    return Store::open({directory, files, {}, false, true}, floors);
}

}  // namespace

void examine_files(const std::shared_ptr<WatchedFiles>& files, const Path& directory, const Store* store,
                   const ReadProgress& progress, Survey& survey) {
    auto logs = scan_wals(*files, directory);
    if (!logs) {
        survey.problem(logs.error().message);
    } else {
        const Floors nothing_passed;
        leave_out_unneeded(*logs, [&] { return oldest_log({directory, files, {}, false, true}, nothing_passed); });
        survey.log_files = logs->size();
        for (const ScannedLog& log : *logs) survey.log_bytes += log.scan.bytes;
        if (const ScannedLog* loss = first_loss(*logs)) {
            survey.log_damaged = true;
            survey.problem("the log " + loss->name + " is damaged at byte " + std::to_string(*loss->scan.damaged_at) +
                           ", and acknowledged writes stand behind the damage" +
                           (loss->scan.unreadable.empty() ? "" : ": " + loss->scan.unreadable));
        }
    }
    if (store == nullptr) return;
    const std::vector<Store::File> tables = store->files();
    std::uint64_t total = 0;
    for (const Store::File& file : tables) total += file.bytes;
    for (const Store::File& file : tables) {
        ++survey.table_files;
        if (auto checked = store->check_file(file); !checked) {
            survey.problem("the file " + file.name + " of the table " + std::string(table_name(file.table)) +
                           " is damaged: " + checked.error().message);
        }
        survey.table_file_bytes += file.bytes;
        if (progress) progress(survey.table_file_bytes, total);
    }
}

Result<Survey> verify(const Path& directory, const ReadProgress& progress, const std::optional<SealKey>& key,
                      std::shared_ptr<rocksdb::FileSystem> real_files) {
    const std::string trying = "verify " + directory.string();
    const auto files = watched(std::move(real_files));
    const auto lock = hold(files, directory);
    if (!lock) return failed(trying, lock.error());
    const Floors nothing_passed;
    auto store = open_to_read(files, directory, nothing_passed);
    if (!store) {
        Survey found;
        examine_files(files, directory, nullptr, progress, found);
        found.problem("it cannot be opened: " + store.error().message);
        return found;
    }
    const auto keys = find_keys(**store, *files, directory, key);
    auto found = survey(**store, {{}, progress, keys.get()});
    if (!found) return found;
    examine_files(files, directory, store->get(), progress, *found);
    if (const auto format = read_format(*files, directory); format && *format != FormatFile::known) {
        found->problem(std::string(format_problem(*format)));
    }
    return found;
}

Result<void> list_keys(const Path& directory, const std::function<void(Table, std::string_view key)>& take,
                       std::shared_ptr<rocksdb::FileSystem> real_files) {
    const std::string trying = "read the keys of " + directory.string();
    const auto files = watched(std::move(real_files));
    const auto lock = hold(files, directory);
    if (!lock) return failed(trying, lock.error());
    const Floors nothing_passed;
    const auto store = open_to_read(files, directory, nothing_passed);
    if (!store) return failed(trying, store.error());
    for (std::size_t at = 0; at < table_count; ++at) {
        const auto table = static_cast<Table>(at);
        Walk walk = (*store)->walk(table);
        for (walk.seek_to_first(); walk.valid(); walk.next()) take(table, walk.key());
        if (auto end = walk.end(); !end) return failed(trying, end.error());
    }
    return {};
}

}  // namespace hookline::spool
