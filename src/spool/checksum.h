#pragma once
// The checksum that RocksDB puts on what it writes: CRC-32C, masked, so that a checksum of bytes that hold checksums is
// not a bad one. Pure; any thread.

#include <cstdint>
#include <string_view>

#include <isa-l/crc.h>

namespace hookline::spool {

inline std::uint32_t masked_checksum(std::string_view bytes) {
    auto* start = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));  // ISA-L only reads
    const std::uint32_t sum = ~crc32_iscsi(start, static_cast<int>(bytes.size()), 0xffffffffU);
    return ((sum >> 15) | (sum << 17)) + 0xa282ead8U;
}

/// Little-endian, as RocksDB writes its fixed numbers. `bytes` has at least four.
inline std::uint32_t little32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t at = 4; at-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[at]);
    return value;
}

}  // namespace hookline::spool
