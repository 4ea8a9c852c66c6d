#include "base/uuid.h"

#include <array>
#include <cstdint>

#include <openssl/rand.h>

#include "base/hash.h"

namespace hookline {

std::string random_uuid() {
    std::array<std::uint8_t, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
    bytes[6] = static_cast<std::uint8_t>(0x40 | (bytes[6] & 0x0f));
    bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
    std::string text = hex(bytes);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
    return text;
}

}  // namespace hookline
