#include "spool/salvage_swap.h"

#include <algorithm>
#include <filesystem>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include "spool/changes.h"

namespace hookline::spool {
namespace {

// The marker holds one of these and the name of the directory of the old files.
constexpr std::string_view moving_out = "old files go to ";
constexpr std::string_view moving_in = "new files come in; the old ones are in ";

Result<void> write_marker(rocksdb::FileSystem& files, const Path& directory, std::string_view step,
                          const std::string& aside) {
    return replace_file(files, directory, salvage_marker, std::string(step) + aside + "\n");
}

/// Files of the store itself; the format, the lock and the admin token stay where they are.
bool is_of_store(std::string_view name) {
    for (const std::string_view whole : {"CURRENT", "IDENTITY"}) {
        if (name == whole) return true;
    }
    for (const std::string_view start : {"MANIFEST-", "OPTIONS-", "LOG"}) {
        if (name.starts_with(start)) return true;
    }
    for (const std::string_view end : {".sst", ".log", ".dbtmp"}) {
        if (name.ends_with(end)) return true;
    }
    return false;
}

Result<void> move_files(rocksdb::FileSystem& files, const Path& from, const Path& to) {
    std::vector<std::string> names;
    if (auto listed = result_of("list " + from.string(), files.GetChildren(from.string(), {}, &names, nullptr));
        !listed) {
        return listed;
    }
    for (const std::string& name : names) {
        if (!is_of_store(name)) continue;
        const auto moved = files.RenameFile((from / name).string(), (to / name).string(), {}, nullptr);
        if (auto done = result_of("move " + (from / name).string(), moved); !done) return done;
    }
    if (auto synced = sync_directory(files, to); !synced) return synced;
    return sync_directory(files, from);
}

Result<void> bring_in(rocksdb::FileSystem& files, const Path& directory) {
    const Path fresh = directory / salvage_new;
    if (files.FileExists(fresh.string(), {}, nullptr).ok()) {
        if (auto moved = move_files(files, fresh, directory); !moved) return moved;
        // RocksDB's lock file is all that is left there.
        (void)files.DeleteFile((fresh / "LOCK").string(), {}, nullptr);
        (void)files.DeleteDir(fresh.string(), {}, nullptr);
    }
    const std::string marker = (directory / salvage_marker).string();
    if (auto done = result_of("delete " + marker, files.DeleteFile(marker, {}, nullptr)); !done) return done;
    return sync_directory(files, directory);
}

Result<void> take_out(rocksdb::FileSystem& files, const Path& directory, const std::string& aside) {
    const Path old = directory / aside;
    if (auto made = result_of("make " + old.string(), files.CreateDirIfMissing(old.string(), {}, nullptr)); !made) {
        return made;
    }
    if (auto moved = move_files(files, directory, old); !moved) return moved;
    if (auto marked = write_marker(files, directory, moving_in, aside); !marked) return marked;
    return bring_in(files, directory);
}

}  // namespace

std::vector<std::string> copies_of_salvage(const Path& directory) {
    std::vector<std::string> names;
    std::error_code error;
    for (auto file = std::filesystem::directory_iterator(directory, error);
         !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
        std::string name = file->path().filename().string();
        if (name == salvage_new || name == salvage_reading || name.starts_with(salvage_kept))
            names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string salvage_command(const Path& directory) {
    return "`hookline spool salvage --spool " + directory.string() + "`";
}

Result<void> swap_in(rocksdb::FileSystem& files, const Path& directory, const std::string& aside) {
    if (auto marked = write_marker(files, directory, moving_out, aside); !marked) return marked;
    return take_out(files, directory, aside);
}

Result<std::string> finish_swap(rocksdb::FileSystem& files, const Path& directory) {
    const std::string path = (directory / salvage_marker).string();
    if (!files.FileExists(path, {}, nullptr).ok()) return std::string();
    std::string text;
    if (auto read = result_of("read " + path, rocksdb::ReadFileToString(&files, path, &text)); !read) {
        return tl::unexpected(read.error());
    }
    while (text.ends_with('\n')) text.pop_back();
    const bool out = text.starts_with(moving_out);
    if (!out && !text.starts_with(moving_in)) return failed(path + " cannot be understood");
    const std::string aside = text.substr((out ? moving_out : moving_in).size());
    auto done = out ? take_out(files, directory, aside) : bring_in(files, directory);
    if (!done) return tl::unexpected(done.error());
    return aside;
}

}  // namespace hookline::spool
