#include "spool/store_checksum.h"

#include <algorithm>
#include <limits>

#include <isa-l/crc.h>

namespace hookline::spool {

std::uint32_t extend_checksum(std::uint32_t sum, const char* bytes, std::size_t count) {
    constexpr std::size_t part_bytes_max = std::numeric_limits<int>::max();  // what ISA-L counts in
    std::uint32_t state = ~sum;
    while (count > 0) {
        const std::size_t part = std::min(count, part_bytes_max);
        auto* start = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes));  // ISA-L only reads
        state = crc32_iscsi(start, static_cast<int>(part), state);
        bytes += part;
        count -= part;
    }
    return ~state;
}

}  // namespace hookline::spool

/// `rocksdb::crc32c::Extend(unsigned, const char*, unsigned long)` by the name under which the linker's --wrap looks.
std::uint32_t hookline_rocksdb_checksum(std::uint32_t sum, const char* bytes,
                                        std::size_t count) asm("__wrap__ZN7rocksdb6crc32c6ExtendEjPKcm");
std::uint32_t hookline_rocksdb_checksum(std::uint32_t sum, const char* bytes, std::size_t count) {
    return hookline::spool::extend_checksum(sum, bytes, count);
}
