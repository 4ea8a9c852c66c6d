#include "spool/table_tail.h"

#include <optional>
#include <string_view>

#include <rocksdb/file_system.h>

#include "spool/checksum.h"
#include "spool/encoding.h"

namespace hookline::spool {
namespace {

// RocksDB's table format (table/format.h), version 5. At the end of the file: kind of checksum (1 byte), where the
// metaindex and the index are (varints, padded to 40 bytes), version (4), magic number (8). Behind each block: its
// compression (1) and checksum (4). A block: entries of varints shared, own, value bytes; then own key bytes and the
// value; then restart points and their number, 4 bytes each.
constexpr std::size_t footer_bytes = 53;
constexpr std::size_t trailer_bytes = 5;
constexpr std::size_t block_bytes_max = 16U << 20;  // these blocks have some kilobytes
constexpr std::string_view magic("\xf7\xcf\xf4\x85\xb7\x41\xe2\x88", 8);
constexpr char crc32c_kind = 1;
constexpr std::string_view properties_name = "rocksdb.properties";

struct Place {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

Place take_place(Decoder& decoder) {
    Place place;
    place.offset = decoder.varint();
    place.bytes = decoder.varint();
    return place;
}

std::optional<std::string> read_at(const rocksdb::FSRandomAccessFile& file, std::uint64_t offset, std::size_t bytes) {
    std::string buffer(bytes, '\0');
    rocksdb::Slice read;
    if (!file.Read(offset, bytes, {}, &read, buffer.data(), nullptr).ok() || read.size() != bytes) return {};
    return read.ToString();
}

/// The block there, if its checksum is right.
std::optional<std::string> block_at(const rocksdb::FSRandomAccessFile& file, const Place& place,
                                    std::uint64_t file_bytes) {
    if (place.bytes > block_bytes_max || place.offset > file_bytes ||
        place.bytes + trailer_bytes > file_bytes - place.offset) {
        return {};
    }
    auto block = read_at(file, place.offset, place.bytes + trailer_bytes);
    if (!block) return {};
    // The checksum covers the kind of compression as well.
    const std::string_view covered = std::string_view(*block).substr(0, place.bytes + 1);
    if (masked_checksum(covered) != little32(std::string_view(*block).substr(place.bytes + 1))) return {};
    block->resize(place.bytes);
    return block;
}

/// Where a metaindex says that the properties are.
std::optional<Place> properties_in(std::string_view metaindex) {
    if (metaindex.size() < 4) return {};
    const std::size_t restarts = (std::size_t{little32(metaindex.substr(metaindex.size() - 4))} + 1) * 4;
    if (restarts > metaindex.size()) return {};
    Decoder decoder(metaindex.substr(0, metaindex.size() - restarts));
    std::string key;
    while (decoder.good() && !decoder.rest().empty()) {
        const std::uint64_t shared = decoder.varint();
        const std::uint64_t own = decoder.varint();
        const std::uint64_t value_bytes = decoder.varint();
        if (shared > key.size()) return {};
        key.resize(shared);
        key += decoder.raw(own);
        Decoder value(decoder.raw(value_bytes));
        if (key == properties_name) return take_place(value);
    }
    return {};
}

}  // namespace

std::string damage_in_tail(const rocksdb::FSRandomAccessFile& file, std::uint64_t file_bytes) {
    if (file_bytes < footer_bytes) return {};
    const auto footer = read_at(file, file_bytes - footer_bytes, footer_bytes);
    if (!footer || !footer->ends_with(magic) || footer->front() != crc32c_kind) return {};
    Decoder decoder(std::string_view(*footer).substr(1));
    const auto metaindex = block_at(file, take_place(decoder), file_bytes);
    if (!metaindex) return "the list of its parts is damaged";
    const auto properties = properties_in(*metaindex);
    if (!properties || !block_at(file, *properties, file_bytes)) return "its properties are damaged";
    return {};
}

}  // namespace hookline::spool
