#pragma once
// Sealing: AES-256-GCM, under keys that HKDF-SHA256 derives; both by OpenSSL. What was changed in any bit, or is opened
// with another key, nonce or context, does not open.
//
// No nonce is made here: whoever seals must never use a number twice with one key. Any thread; each keeps the cipher
// set up for the key it used last.

#include <array>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace hookline {

/// 32 bytes that cannot be printed by accident, compared in constant time and wiped when they go. A value.
class SealKey {
 public:
    static constexpr std::size_t size = 32;

    static SealKey random();
    /// Nothing unless there are exactly `size` bytes.
    static std::optional<SealKey> from_bytes(std::string_view bytes);
    /// 64 hexadecimal digits, as `openssl rand -hex 32` prints them, a newline behind them or not.
    static std::optional<SealKey> from_hex(std::string_view text);

    SealKey(const SealKey&) = default;
    SealKey& operator=(const SealKey&) = default;
    ~SealKey();

    /// HKDF: another key for one purpose, from which nothing of this one can be learned.
    [[nodiscard]] SealKey derive(std::string_view salt, std::string_view purpose) const;
    /// 16 hexadecimal digits that name the key to people. Public: they tell nothing about it.
    [[nodiscard]] std::string id() const;
    /// The key itself. Few callers, easy to search for.
    [[nodiscard]] std::string_view reveal() const { return {bytes_.data(), bytes_.size()}; }

    friend bool operator==(const SealKey& left, const SealKey& right);
    friend std::ostream& operator<<(std::ostream&, const SealKey&) = delete;

 private:
    friend class Cipher;
    SealKey();
    std::array<char, size> bytes_{};
    std::uint64_t number_;  ///< of these bytes within the process: copies share it
};

/// What sealing adds to a text: its tag.
inline constexpr std::size_t seal_tag_bytes = 16;

/// Appends `plain`, sealed, to `out`. The same `number` must never come again with this key. `context` is not kept, but
/// has to be the same for opening.
void seal(const SealKey& key, std::uint64_t number, std::string_view context, std::string_view plain, std::string& out);

/// Appends what was sealed to `out`. False, with `out` as it was, when it is not what `seal` gave.
[[nodiscard]] bool open_sealed(const SealKey& key, std::uint64_t number, std::string_view context,
                               std::string_view sealed, std::string& out);

/// From the system's generator; an end of the process when it has none.
std::string random_bytes(std::size_t count);

/// Overwrites a text that held a secret, and empties it.
void wipe(std::string& text);

}  // namespace hookline
