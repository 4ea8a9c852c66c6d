#pragma once
// A look at the end of a table file before RocksDB opens it.
//
// RocksDB takes a table's properties apart before it compares their checksum, and where it was built with assertions,
// as Debian builds it, one flipped bit there ends the process instead of refusing the file. Then neither the start nor
// `spool verify` could say what is wrong. Reads only; any thread.

#include <cstdint>
#include <string>

namespace rocksdb {
class FSRandomAccessFile;
}

namespace hookline::spool {

/// What is wrong with the blocks at a table file's end; empty when nothing is, or when this is no table we know:
/// RocksDB says the rest.
std::string damage_in_tail(const rocksdb::FSRandomAccessFile& file, std::uint64_t file_bytes);

}  // namespace hookline::spool
