#pragma once
// The uuid of a measured event holds the moment at which it was sent, so that the listener can tell how long it was on
// its way: both run on this machine and read the same monotonic clock. The rest of it is random, as in real ones.
//
//     rrrrrrrr-rrrr-1rrr-8rrr-tttttttttttt      t: microseconds in hexadecimal

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hookline::bench {

inline constexpr std::size_t stamp_bytes = 36;

/// A quick generator (splitmix64): its bits only have to differ.
class Dice {
 public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        std::uint64_t bits = state_ += 0x9E3779B97F4A7C15U;
        bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
        bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
        return bits ^ (bits >> 31U);
    }

 private:
    std::uint64_t state_;
};

inline void write_stamp(char* to, std::chrono::steady_clock::time_point sent, Dice& dice) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::uint64_t bits = dice.next();
    std::uint64_t more = dice.next();
    const auto micros = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(sent.time_since_epoch()).count());
    for (std::size_t place = 0; place < 24; ++place) {
        to[place] = digits[bits & 15U];
        bits = (bits >> 4U) | (more << 60U);
        more >>= 4U;
    }
    to[8] = to[13] = to[18] = to[23] = '-';
    to[14] = '1';
    to[19] = '8';
    for (std::size_t place = 0; place < 12; ++place) to[24 + place] = digits[(micros >> (44 - 4 * place)) & 15U];
}

/// When the event of that uuid was sent; nothing when it is none of ours.
inline std::optional<std::chrono::steady_clock::time_point> read_stamp(std::string_view uuid) {
    if (uuid.size() < stamp_bytes || uuid[14] != '1' || uuid[19] != '8') return {};
    std::uint64_t micros = 0;
    for (const char c : uuid.substr(24, 12)) {
        const bool digit = c >= '0' && c <= '9';
        if (!digit && (c < 'a' || c > 'f')) return {};
        micros = micros << 4U | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
    }
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(micros));
}

}  // namespace hookline::bench
