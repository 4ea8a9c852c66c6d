// The checksum that takes the place of RocksDB's own: a spool is read by programs that have it and by some that have
// not.

#include "spool/store_checksum.h"

#include <string>

#include <gtest/gtest.h>

namespace hookline::spool {
namespace {

/// CRC-32C as RFC 3720 appendix B.4 defines it, a bit at a time.
std::uint32_t checksum_by_definition(std::string_view bytes) {
    std::uint32_t state = 0xffffffffU;
    for (const char byte : bytes) {
        state ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) state = state >> 1 ^ (0x82f63b78U & (0U - (state & 1U)));
    }
    return ~state;
}

std::string bytes_of(std::size_t count) {
    std::string bytes;
    for (std::size_t at = 0; at < count; ++at) bytes += static_cast<char>(at * 131 + at / 7);
    return bytes;
}

TEST(StoreChecksum, IsTheOneOfTheStandard) {
    EXPECT_EQ(extend_checksum(0, std::string(32, '\0').data(), 32), 0x8a9136aaU);
    EXPECT_EQ(extend_checksum(0, std::string(32, '\xff').data(), 32), 0x62a8ab43U);
    EXPECT_EQ(extend_checksum(0, "123456789", 9), 0xe3069283U);
    EXPECT_EQ(extend_checksum(0, "", 0), 0U);
    for (const std::size_t count : {1U, 7U, 8U, 63U, 255U, 1024U, 4097U, 32768U, 100'001U}) {
        const std::string bytes = bytes_of(count);
        EXPECT_EQ(extend_checksum(0, bytes.data(), bytes.size()), checksum_by_definition(bytes)) << count;
    }
}

TEST(StoreChecksum, GoesOnFromWhatStandsBefore) {
    const std::string bytes = bytes_of(5'000);
    for (const std::size_t first : {0U, 1U, 12U, 2'499U, 4'999U, 5'000U}) {
        const std::uint32_t front = extend_checksum(0, bytes.data(), first);
        EXPECT_EQ(extend_checksum(front, bytes.data() + first, bytes.size() - first), checksum_by_definition(bytes));
    }
}

}  // namespace
}  // namespace hookline::spool
