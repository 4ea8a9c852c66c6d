#pragma once
// CRC-32C as RocksDB computes it, by the processor's own instructions.
//
// Debian builds RocksDB for the oldest x86-64, where it goes through tables: a byte of the log costs more than writing
// it. Where RocksDB is linked statically the linker puts this function in place of RocksDB's (cmake/libraries.cmake),
// for whatever it writes and reads. Any thread.

#include <cstddef>
#include <cstdint>

namespace hookline::spool {

/// The checksum of what `sum` is the checksum of, with `bytes` behind it.
std::uint32_t extend_checksum(std::uint32_t sum, const char* bytes, std::size_t count);

}  // namespace hookline::spool
