#include "rehearse/uuid_maker.h"

#include <algorithm>
#include <string_view>

namespace hookline::rehearse {
namespace {

/// From the Gregorian reform to 1970 (RFC 4122 section 4.1.4).
constexpr std::uint64_t ticks_to_1970 = 122'192'928'000'000'000;

void write(char* to, std::uint64_t high, std::uint64_t low) {
    static constexpr std::string_view digits = "0123456789abcdef";
    for (unsigned place = 0; place < 32; ++place) {
        if (place == 8 || place == 12 || place == 16 || place == 20) *to++ = '-';
        const std::uint64_t half = place < 16 ? high : low;
        *to++ = digits[(half >> (60 - 4 * (place % 16))) & 15U];
    }
}

}  // namespace

UuidMaker::UuidMaker(std::uint64_t seed) : dice_(seed) {
    constexpr std::uint64_t variant = 0x8000'0000'0000'0000;
    constexpr std::uint64_t no_real_card = 0x0000'0100'0000'0000;  // the multicast bit
    clock_and_node_ = (dice_() & 0x3FFF'FFFF'FFFF'FFFF) | variant | no_real_card;
}

void UuidMaker::version_1(char* to, WallTime published) {
    const auto microseconds = static_cast<std::uint64_t>(published.time_since_epoch().count());
    ticks_ = std::max(ticks_ + 1, microseconds * 10 + ticks_to_1970);
    const std::uint64_t low = ticks_ & 0xFFFF'FFFF;
    const std::uint64_t middle = (ticks_ >> 32U) & 0xFFFF;
    const std::uint64_t high = (ticks_ >> 48U) & 0x0FFF;
    write(to, low << 32U | middle << 16U | 0x1000U | high, clock_and_node_);
}

void UuidMaker::version_4(char* to) {
    const std::uint64_t high = (dice_() & 0xFFFF'FFFF'FFFF'0FFF) | 0x4000U;
    const std::uint64_t low = (dice_() & 0x3FFF'FFFF'FFFF'FFFF) | 0x8000'0000'0000'0000;
    write(to, high, low);
}

}  // namespace hookline::rehearse
