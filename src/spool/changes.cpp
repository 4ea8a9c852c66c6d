#include "spool/changes.h"

#include <memory>

#include <rocksdb/env.h>

namespace hookline::spool {

Result<void> result_of(const std::string& trying, const rocksdb::Status& status) {
    if (!status.ok()) return failed(trying + ": " + status.ToString());
    return {};
}

Result<void> sync_directory(rocksdb::FileSystem& files, const Path& directory) {
    std::unique_ptr<rocksdb::FSDirectory> folder;
    auto status = files.NewDirectory(directory.string(), {}, &folder, nullptr);
    if (status.ok()) status = folder->Fsync({}, nullptr);
    return result_of("sync " + directory.string(), status);
}

Result<void> rename_file(rocksdb::FileSystem& files, const Path& directory, std::string_view from,
                         std::string_view to) {
    const std::string path = (directory / to).string();
    const auto status = files.RenameFile((directory / from).string(), path, {}, nullptr);
    if (auto renamed = result_of("write " + path, status); !renamed) return renamed;
    return sync_directory(files, directory);
}

Result<void> replace_file(rocksdb::FileSystem& files, const Path& directory, std::string_view name,
                          const std::string& text) {
    const std::string unfinished = std::string(name) + ".tmp";
    const std::string path = (directory / unfinished).string();
    const auto status = rocksdb::WriteStringToFile(&files, text, path, true);
    if (auto written = result_of("write " + path, status); !written) return written;
    return rename_file(files, directory, unfinished, name);
}

}  // namespace hookline::spool
