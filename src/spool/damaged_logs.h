#pragma once
// How damaged logs look to a reader that changes nothing.
//
// RocksDB 7.8 goes on with the checksum of a record that it gave up in its middle, takes the next record of several
// fragments for corrupted, and does not open, whatever the recovery mode (log::Reader::ReadRecord); and behind any
// damage it passes over the rest of a block of 32 KiB. Here, what is no part of a whole record reads as a fragment of a
// type that RocksDB passes over: so every whole record is read, on both sides of the damage. The same holds for a
// record that stands there twice, where RocksDB's assertion would end the process, and for blocks that the disk does
// not give.

#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

/// `files`, with logs as above. With `of_any_length` a log that is shorter than RocksDB's list of files says is read as
/// far as it goes.
std::shared_ptr<rocksdb::FileSystem> with_readable_logs(const std::shared_ptr<rocksdb::FileSystem>& files,
                                                        bool of_any_length);

}  // namespace hookline::spool
