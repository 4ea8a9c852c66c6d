#include "spool/opening.h"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <unordered_map>

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/version.h>
#include <rocksdb/wal_filter.h>

#include "spool/changes.h"
#include "spool/encoding.h"
#include "spool/reading.h"
#include "spool/salvage_swap.h"
#include "spool/store_options.h"
#include "spool/wal_check.h"

namespace hookline::spool {
namespace {

constexpr unsigned format_version = 2;
constexpr std::string_view format_name = "FORMAT";
constexpr std::string_view format_title = "hookline spool ";
constexpr std::string_view store_title = "rocksdb ";

std::string format_text() {
    return std::string(format_title) + std::to_string(format_version) + "\n" + std::string(store_title) +
           std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." + std::to_string(ROCKSDB_PATCH) +
           "\n";
}

std::optional<unsigned> number_after(std::string_view text, std::string_view title) {
    const std::size_t at = text.find(title);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + title.size());
    unsigned number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) return {};
    return number;
}

Result<void> write_format(rocksdb::FileSystem& files, const Path& directory) {
    return replace_file(files, directory, format_name, format_text());
}

/// Whether there is data although the file that tells where it begins is gone. In a young spool all of it is in a log:
/// the store makes one only once it has its beginning.
bool has_orphans(rocksdb::FileSystem& files, const Path& directory) {
    std::vector<std::string> names;
    if (!files.GetChildren(directory.string(), {}, &names, nullptr).ok()) return false;
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return name.ends_with(".sst") || name.ends_with(".log"); });
}

/// Whether the database there has a spool's tables.
bool has_tables(rocksdb::FileSystem& files, const Path& directory) {
    const std::shared_ptr<rocksdb::FileSystem> shared(std::shared_ptr<void>(), &files);
    const auto env = rocksdb::NewCompositeEnv(shared);
    rocksdb::DBOptions settings;
    settings.env = env.get();
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies(settings, directory.string(), &names).ok()) return false;
    return std::find(names.begin(), names.end(), table_name(Table::records)) != names.end();
}

/// Notes which log is the oldest that any table still needs, and replays nothing.
class OldestLog final : public rocksdb::WalFilter {
 public:
    const char* Name() const override { return "hookline.oldest-log"; }
    void ColumnFamilyLogNumberMap(const std::map<std::uint32_t, std::uint64_t>& numbers,
                                  const std::map<std::string, std::uint32_t>&) override {
        for (const auto& [table, number] : numbers) oldest = std::min(oldest, number);
        asked = true;
    }
    WalProcessingOption LogRecordFound(unsigned long long, const std::string&, const rocksdb::WriteBatch&,
                                       rocksdb::WriteBatch*, bool*) override {
        return WalProcessingOption::kStopReplay;
    }
    std::uint64_t oldest = UINT64_MAX;
    bool asked = false;
};

}  // namespace

Result<DirectoryLock> DirectoryLock::take(std::shared_ptr<rocksdb::FileSystem> files, const Path& directory) {
    rocksdb::FileLock* lock = nullptr;
    const auto status = files->LockFile((directory / "hookline.lock").string(), {}, &lock, nullptr);
    if (!status.ok()) {
        return failed(directory.string() + " is in use by another hookline process, or cannot be written to (" +
                      status.ToString() + ")");
    }
    return DirectoryLock(std::move(files), lock);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : files_(std::move(other.files_)), lock_(std::exchange(other.lock_, nullptr)) {}

DirectoryLock::~DirectoryLock() {
    if (lock_ != nullptr) (void)files_->UnlockFile(lock_, {}, nullptr);
}

namespace {

/// What may lie in a directory before a spool is made there: a file system's own, and what hookline itself puts first.
bool may_lie_before(const std::string& name) {
    // A file that is being replaced stands beside its old self, and after a power cut alone.
    const bool unfinished = name.ends_with(".new") || name.ends_with(".tmp");
    const std::string_view stem = std::string_view(name).substr(0, name.size() - (unfinished ? 4 : 0));
    return name == "lost+found" || stem == "hookline.lock" || stem == format_name || stem == "spool.key" ||
           stem == "admin-token";
}

/// What a database, a spool that lost its FORMAT, or a salvage leaves: `check_format` judges it.
bool is_of_database(const std::string& name) {
    return name == "CURRENT" || name.starts_with("MANIFEST-") || name.ends_with(".sst") || name.ends_with(".log") ||
           name == salvage_marker || name.starts_with("damaged-");
}

/// Whether a directory that was there already may become a spool, and so private: a mistyped path must cost nobody
/// his files. An error names what lies in it.
Result<bool> may_take(const Path& directory) {
    std::error_code error;
    if (std::filesystem::exists(directory / format_name, error)) return true;
    bool of_database = false;
    std::string foreign;
    for (auto file = std::filesystem::directory_iterator(directory, error);
         !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
        const std::string name = file->path().filename().string();
        if (is_of_database(name)) {
            of_database = true;
        } else if (!may_lie_before(name) && (foreign.empty() || name < foreign)) {
            foreign = name;
        }
    }
    if (error || of_database) return false;
    if (foreign.empty()) return true;
    return failed(directory.string() + " is no spool, and other files are in it (" + foreign +
                  "): give the spool a directory of its own");
}

}  // namespace

Result<void> make_directory(const Path& directory) {
    std::error_code error;
    const bool made = std::filesystem::create_directories(directory, error);
    if (error) return failed("make " + directory.string() + ": " + error.message());
    if (!std::filesystem::is_directory(directory, error)) return failed(directory.string() + " is no directory");
    const auto ours = made ? Result<bool>(true) : may_take(directory);
    if (!ours) return tl::unexpected(ours.error());
    if (!*ours) return {};
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    if (error && made) return failed("make " + directory.string() + " private: " + error.message());
    return {};
}

bool is_spool(rocksdb::FileSystem& files, const Path& directory) {
    return files.FileExists((directory / format_name).string(), {}, nullptr).ok() || has_tables(files, directory);
}

Result<FormatFile> read_format(rocksdb::FileSystem& files, const Path& directory) {
    const std::string path = (directory / format_name).string();
    if (!files.FileExists(path, {}, nullptr).ok()) return FormatFile::missing;
    std::string text;
    const auto status = rocksdb::ReadFileToString(&files, path, &text);
    if (!status.ok()) return failed("read " + path + ": " + status.ToString());
    const auto version = number_after(text, format_title);
    const auto store_major = number_after(text, store_title);
    if (!version || !store_major) return FormatFile::damaged;
    if (*version > format_version) {
        return failed(directory.string() + " has spool format " + std::to_string(*version) +
                      "; this hookline knows formats up to " + std::to_string(format_version));
    }
    if (*store_major > ROCKSDB_MAJOR) {
        return failed(directory.string() + " was last written with RocksDB " + std::to_string(*store_major) +
                      "; this hookline has RocksDB " + std::to_string(ROCKSDB_MAJOR) + " and may not read it rightly");
    }
    return FormatFile::known;
}

std::string_view format_problem(FormatFile format) {
    return format == FormatFile::missing ? "the file FORMAT is missing" : "the file FORMAT cannot be understood";
}

Result<void> check_format(rocksdb::FileSystem& files, const Path& directory) {
    const std::string path = (directory / format_name).string();
    if (files.FileExists((directory / salvage_marker).string(), {}, nullptr).ok()) {
        return failed("a salvage of " + directory.string() + " did not come to its end; run " +
                      salvage_command(directory) + " again");
    }
    const bool has_database = files.FileExists((directory / "CURRENT").string(), {}, nullptr).ok();
    if (!files.FileExists(path, {}, nullptr).ok()) {
        if (has_database && !has_tables(files, directory)) {
            return failed(directory.string() + " holds a database that is not a hookline spool");
        }
        if (has_database) {
            return failed(directory.string() + " has lost the file FORMAT: run " + salvage_command(directory));
        }
        if (has_orphans(files, directory)) return failed(directory.string() + " holds tables without a beginning");
        return write_format(files, directory);
    }
    if (!has_database && has_orphans(files, directory)) {
        return failed(directory.string() +
                      " has lost the file CURRENT, without which its events cannot be found: run " +
                      salvage_command(directory));
    }
    const auto format = read_format(files, directory);
    if (!format) return tl::unexpected(format.error());
    if (*format != FormatFile::known) {
        return failed(path + " cannot be understood: run " + salvage_command(directory));
    }
    return {};
}

Result<void> mark_format(rocksdb::FileSystem& files, const Path& directory) {
    std::string text;
    const auto status = rocksdb::ReadFileToString(&files, (directory / format_name).string(), &text);
    return status.ok() && text == format_text() ? Result<void>{} : write_format(files, directory);
}

Result<std::uint64_t> oldest_log(const Store::Options& options, const Floors& floors) {
    OldestLog filter;
    Store::Options reading = options;
    reading.read_only = true;
    const auto env = rocksdb::NewCompositeEnv(files_of(reading));
    rocksdb::DBOptions settings = database_options(reading, env.get());
    settings.wal_filter = &filter;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* database = nullptr;
    const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(settings, options.directory.string(),
                                                                table_options(options, floors), &handles, &database);
    const std::unique_ptr<rocksdb::DB> owner(database);
    for (rocksdb::ColumnFamilyHandle* handle : handles) (void)owner->DestroyColumnFamilyHandle(handle);
    if (!filter.asked) return failed(status.ToString());
    return filter.oldest;
}

Result<void> check_log(const Store::Options& options, const Floors& floors) {
    return check_wals(*options.files, options.directory, [&] { return oldest_log(options, floors); });
}

Result<void> load_tenants(const Store& store, const Keyring& keys, Directory& directory) {
    static_assert(cursor_prefix < tenant_prefix, "cursors must come first in the table");
    std::unordered_map<TenantId, Position> cursors;
    Walk walk = store.walk(Table::state);
    for (walk.seek_to_first(); walk.valid(); walk.next()) {
        if (const auto tenant = tenant_of_key(cursor_prefix, walk.key())) {
            const auto cursor = decode_cursor(walk.value());
            if (!cursor) return failed("the cursor of tenant " + std::to_string(tenant->number) + " is damaged");
            cursors[*tenant] = *cursor;
        } else if (const auto owner = tenant_of_key(tenant_prefix, walk.key())) {
            auto row = open_tenant(walk.value(), *owner, keys);
            if (!row) return failed("the row of tenant " + std::to_string(owner->number) + " is damaged");
            const auto cursor = cursors.find(*owner);
            auto state = read_queue(store, *owner, cursor == cursors.end() ? TenantState{}.cursor : cursor->second);
            if (!state) return failed("read the queue of tenant " + std::to_string(owner->number), state.error());
            directory.load(*owner, std::move(*row), *state, keys);
        } else if (walk.key() == next_tenant_key) {
            directory.load_next_id(decode_number(walk.value()).value_or(1));
        }
    }
    if (auto end = walk.end(); !end) return failed("read tenants", end.error());
    return {};
}

Result<std::optional<Heartbeat>> load_heartbeat(const Store& store) {
    const auto value = store.get(Table::state, heartbeat_key);
    if (!value) return failed("read the last heartbeat", value.error());
    if (!*value) return std::nullopt;
    return decode_heartbeat(**value);
}

}  // namespace hookline::spool
