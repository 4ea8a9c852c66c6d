#pragma once
// The last act of a salvage: what was saved takes the place of the old files, which go into a directory of their own
// and are kept. A marker says how far it came, so that an end at any moment loses nothing: until the swap is complete
// the spool does not start, and the next salvage goes on where this one ended. One thread.

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

inline constexpr std::string_view salvage_marker = "SALVAGE";
/// Where what can be read is written to, until it takes its place.
inline constexpr std::string_view salvage_new = "salvaged";
/// Where the damaged files are copied to while they are read.
inline constexpr std::string_view salvage_reading = "salvage-copy";
/// How the directory begins that keeps the damaged files afterwards.
inline constexpr std::string_view salvage_kept = "damaged-";

/// What a person must type: `hookline spool salvage --spool DIR`, in backquotes.
std::string salvage_command(const Path& directory);

/// Directories in a spool's that a salvage left, with what the spool held before it: keys and events among it. Sorted.
std::vector<std::string> copies_of_salvage(const Path& directory);

/// Puts the old files into `directory / aside` and those of `salvaged` in their place.
Result<void> swap_in(rocksdb::FileSystem& files, const Path& directory, const std::string& aside);
/// Ends a swap that was interrupted, and gives the name of the directory of the old files; empty when there was none.
Result<std::string> finish_swap(rocksdb::FileSystem& files, const Path& directory);

}  // namespace hookline::spool
