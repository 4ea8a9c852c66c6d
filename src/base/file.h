#pragma once
// Small files: configuration, secrets, certificates. Errors are sentences that name the path. Any thread.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace hookline {

using Path = std::filesystem::path;

/// Reads a whole file of at most `bytes_max`; more is an error.
Result<std::string> read_file(const Path& path, std::size_t bytes_max = 16 * 1024 * 1024);

/// Reads a secret from a file: one final newline is taken off; empty is an error.
Result<Secret> read_secret_file(const Path& path);

/// Writes a file whole or not at all (a temporary beside it, synced, renamed), with mode 0600.
Result<void> write_file_atomically(const Path& path, std::string_view content);

/// An identity that changes whenever the file's content was replaced or rewritten: inode, size and times. Nothing
/// when it is not there.
struct FileStamp {
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
std::optional<FileStamp> stamp_of(const Path& path);

}  // namespace hookline
