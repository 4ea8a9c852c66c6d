#pragma once
// Hashes. SHA-256 by OpenSSL; Hash128 is the first half of a SHA-256, used to know an event again.
// Values and pure functions; any thread.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace hookline {

using Sha256 = std::array<std::uint8_t, 32>;
Sha256 sha256(std::string_view bytes);

/// Lower-case hexadecimal.
std::string hex(std::span<const std::uint8_t> bytes);

/// 16 bytes: no two different inputs will ever share one by chance, and none can be made to.
struct Hash128 {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

Hash128 hash128(std::string_view bytes);

}  // namespace hookline

template <>
struct std::hash<hookline::Hash128> {
    std::size_t operator()(const hookline::Hash128& value) const noexcept {
        std::size_t start = 0;
        std::memcpy(&start, value.bytes.data(), sizeof start);
        return start;
    }
};
