#include "rehearse/seen_table.h"

#include <cstring>
#include <optional>

#include "base/text.h"

namespace hookline::rehearse {
namespace {

std::optional<Hash128> uuid_bytes(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    Hash128 bytes;
    std::size_t digits = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = ascii_lower(text[at]);
        if (at == 8 || at == 13 || at == 18 || at == 23) {
            if (c != '-') return std::nullopt;
            continue;
        }
        const bool letter = c >= 'a' && c <= 'f';
        if (!letter && (c < '0' || c > '9')) return std::nullopt;
        const auto value = static_cast<unsigned>(letter ? c - 'a' + 10 : c - '0');
        std::uint8_t& byte = bytes.bytes[digits / 2];
        byte = static_cast<std::uint8_t>((unsigned{byte} << 4U) | value);
        ++digits;
    }
    return bytes;
}

/// UUIDs of version 1 differ in few bits; this spreads them.
std::size_t spread(const Hash128& name) {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&low, name.bytes.data(), sizeof low);
    std::memcpy(&high, name.bytes.data() + sizeof low, sizeof high);
    std::uint64_t mixed = (low ^ (high * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
    mixed ^= mixed >> 32U;
    return mixed * 0xD6E8FEB86659FD93 >> 8U;
}

}  // namespace

std::uint32_t SeenTable::add(const Hash128& name) {
    if (slots_.size() * 3 / 4 <= names_) grow();
    Slot& slot = slots_[place_of(name)];
    if (slot.times == 0) {
        if (names_ >= names_max_) return 0;
        ++names_;
        slot.name = name;
    }
    return ++slot.times;
}

std::uint32_t SeenTable::times(const Hash128& name) const { return slots_.empty() ? 0 : slots_[place_of(name)].times; }

void SeenTable::clear() {
    slots_ = {};
    names_ = 0;
}

/// Where the name is, or would be.
std::size_t SeenTable::place_of(const Hash128& name) const {
    std::size_t place = spread(name) & (slots_.size() - 1);
    while (slots_[place].times != 0 && slots_[place].name != name) place = (place + 1) & (slots_.size() - 1);
    return place;
}

void SeenTable::grow() {
    std::vector<Slot> old(slots_.empty() ? 1'024 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
        if (slot.times != 0) slots_[place_of(slot.name)] = slot;
    }
}

Hash128 document_name(std::string_view uuid, std::uint64_t account) {
    Hash128 name = uuid_bytes(uuid).value_or(Hash128{});
    if (name == Hash128{}) name = hash128(uuid);
    std::uint64_t first = 0;
    std::memcpy(&first, name.bytes.data(), sizeof first);
    first ^= account * 0x9E3779B97F4A7C15;
    std::memcpy(name.bytes.data(), &first, sizeof first);
    return name;
}

}  // namespace hookline::rehearse
