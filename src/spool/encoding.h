#pragma once
// Bytes of keys and values: big-endian numbers (so that keys sort as numbers do), varints (LEB128), and texts with
// their length in front. Pure; any thread.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/hash.h"

namespace hookline::spool {

/// Appends to a string.
class Encoder {
 public:
    explicit Encoder(std::string& out) : out_(out) {}

    Encoder& byte(std::uint8_t value) {
        out_.push_back(static_cast<char>(value));
        return *this;
    }
    Encoder& big64(std::uint64_t value) {
        char bytes[8];
        for (int at = 7; at >= 0; --at, value >>= 8) bytes[at] = static_cast<char>(value & 0xff);
        out_.append(bytes, sizeof bytes);
        return *this;
    }
    Encoder& varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>((value & 0x7f) | 0x80));
        out_.push_back(static_cast<char>(value));
        return *this;
    }
    Encoder& time(WallTime when) { return big64(static_cast<std::uint64_t>(when.time_since_epoch().count())); }
    Encoder& hash(const Hash128& value) {
        for (const std::uint8_t byte : value.bytes) out_.push_back(static_cast<char>(byte));
        return *this;
    }
    Encoder& text(std::string_view value) {
        varint(value.size());
        out_.append(value);
        return *this;
    }
    Encoder& raw(std::string_view value) {
        out_.append(value);
        return *this;
    }

 private:
    std::string& out_;
};

/// Takes from the front of a view. Once something did not fit, `good` stays false and all else reads as zero.
class Decoder {
 public:
    explicit Decoder(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool good() const { return good_; }
    /// Everything was read, and nothing was missing.
    [[nodiscard]] bool complete() const { return good_ && rest_.empty(); }
    [[nodiscard]] std::string_view rest() const { return rest_; }

    std::uint8_t byte() {
        const std::string_view one = raw(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
    }
    std::uint64_t big64() {
        std::uint64_t value = 0;
        for (const char c : raw(8)) value = value << 8 | static_cast<std::uint8_t>(c);
        return value;
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
            const auto next = static_cast<std::uint8_t>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
        fail();
        return 0;
    }
    std::uint32_t varint32() {
        const std::uint64_t value = varint();
        if (value > UINT32_MAX) fail();
        return static_cast<std::uint32_t>(good_ ? value : 0);
    }
    WallTime time() { return WallTime(std::chrono::microseconds(static_cast<std::int64_t>(big64()))); }
    Hash128 hash() {
        Hash128 value;
        const std::string_view bytes = raw(value.bytes.size());
        if (good_) std::memcpy(value.bytes.data(), bytes.data(), bytes.size());
        return value;
    }
    std::string_view text() { return raw(varint()); }
    std::string_view raw(std::uint64_t size) {
        if (!good_ || size > rest_.size()) {
            fail();
            return {};
        }
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

 private:
    void fail() {
        good_ = false;
        rest_ = {};
    }
    std::string_view rest_;
    bool good_ = true;
};

}  // namespace hookline::spool
