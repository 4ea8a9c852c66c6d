#include "logzio/event_scan.h"

#include <algorithm>
#include <cstring>

#include "base/json_bytes.h"
#include "logzio/guarded_string.h"

namespace hookline::logzio {
namespace {

template <class Number>
std::uint64_t load(const char* from) {
    Number number;
    std::memcpy(&number, from, sizeof number);
    return number;
}

/// Quick rather than strong: equal keys hash equal, and a chance hit only costs the slow way.
std::uint32_t hash_of(std::string_view key) {
    std::uint64_t head = key.size();
    std::uint64_t tail = 0;
    std::uint64_t middle = 0;
    const char* const end = key.data() + key.size();
    if (key.size() >= 8) {
        head += load<std::uint64_t>(key.data());
        tail = load<std::uint64_t>(end - 8);
        middle = load<std::uint64_t>(key.data() + key.size() / 2 - 4);
    } else if (key.size() >= 4) {
        head += load<std::uint32_t>(key.data());
        tail = load<std::uint32_t>(end - 4);
    } else {
        for (const char letter : key) tail = tail << 8 | static_cast<unsigned char>(letter);
    }
    const std::uint64_t mixed = (head * 0x9E3779B97F4A7C15U) ^ ((tail ^ (middle << 1)) * 0xC2B2AE3D27D4EB4FU);
    return static_cast<std::uint32_t>((mixed * 0x9E3779B97F4A7C15U) >> 32);
}

}  // namespace

bool is_integer_out_of_range(std::string_view number) {
    constexpr std::string_view above = "9223372036854775807";
    constexpr std::string_view below = "9223372036854775808";
    if (number.size() < above.size()) return false;
    if (number.find_first_of(".eE") != std::string_view::npos) return false;
    const bool negative = number.front() == '-';
    if (negative) number.remove_prefix(1);
    if (number.size() != above.size()) return number.size() > above.size();
    return number > (negative ? below : above);
}

bool is_unusable_key(std::string_view key, bool top_level, std::size_t characters_max) {
    // Bytes are never fewer than characters; a key near this limit is no loss.
    if (key.size() > characters_max) return true;
    if (key.find_first_of(".,#") != std::string_view::npos) return true;
    if (key.find_first_not_of(" _\t\n\v\f\r") == std::string_view::npos) return true;
    return top_level && key.front() == '_';
}

bool EventScanner::is_new_key(std::string_view key, Level& level) {
    const std::uint32_t hash = hash_of(key);
    const std::uint64_t bit = std::uint64_t{1} << (hash & 63U);
    if ((level.filter & bit) != 0) {
        const auto first = hashes_.begin() + static_cast<std::ptrdiff_t>(level.first_hash);
        if (std::find(first, hashes_.end(), hash) != hashes_.end()) return false;
    }
    level.filter |= bit;
    hashes_.push_back(hash);
    return true;
}

/// The place behind the colon, or nothing when the key needs a closer look.
inline const char* EventScanner::take_key(const char* at, const char* end, Level& level, std::string_view& key) {
    if (*at != '"') return nullptr;
    ++at;
    const char* const stop = string_run_end<StopAt::specials_and_high, '.', ',', '#'>(at, end);
    if (*stop != '"' || stop[1] != ':') return nullptr;
    key = {at, static_cast<std::size_t>(stop - at)};
    // Whatever begins with a blank or an underscore is looked at closely.
    if (key.empty() || key.front() == '_' || key.front() == ' ' || key.size() > limits_.string_characters_max) {
        return nullptr;
    }
    return is_new_key(key, level) ? stop + 2 : nullptr;
}

inline const char* EventScanner::take_string(const char* at, const char* end) const {
    const char* const behind = clean_string_end(at, end);
    if (!behind || static_cast<std::size_t>(behind - at) - 2 > limits_.string_characters_max) return nullptr;
    return behind;
}

EventScan EventScanner::scan(std::string_view event) {
    EventScan found;
    const char* at = event.data();
    const char* const end = at + event.size();
    const std::size_t levels_max = std::min(limits_.levels_max, levels_scanned_max);
    std::size_t depth = 0;
    EventName name = EventName::other;
    hashes_.clear();
    while (true) {
        // A value is due: the event itself first.
        const char* const value = at;
        switch (*at) {
            case '{':
            case '[': {
                if (++depth > levels_max) return found;
                Level& level = levels_[depth];
                level = {.is_object = *at == '{', .filter = 0, .first_hash = hashes_.size()};
                ++at;
                if (*at == (level.is_object ? '}' : ']')) break;
                if (level.is_object) {
                    std::string_view key;
                    at = take_key(at, end, level, key);
                    if (!at) return found;
                    if (depth == 1) found.names.add(name = event_name(key));
                }
                if (++found.values > limits_.fields_max) return found;
                continue;
            }
            case '"':
                at = take_string(at, end);
                if (!at) return found;
                if (depth == 1) {
                    const std::string_view raw(value, static_cast<std::size_t>(at - value));
                    if (name == EventName::published) found.published = raw;
                    if (name == EventName::display_message) found.display_message = raw;
                    if (name == EventName::event_type) found.event_type = raw;
                }
                break;
            case 't':
            case 'n':
                at += 4;
                break;
            case 'f':
                at += 5;
                break;
            case ' ':
            case '\n':
            case '\r':
            case '\t':
                return found;
            default:
                while (*at != ',' && *at != '}' && *at != ']' && !is_json_space(*at)) ++at;
                if (is_integer_out_of_range({value, static_cast<std::size_t>(at - value)})) return found;
        }
        // Behind a value: close what ends here, up to the next comma.
        while (*at != ',') {
            Level& level = levels_[depth];
            if (*at != (level.is_object ? '}' : ']')) return found;
            ++at;
            hashes_.resize(level.first_hash);
            if (--depth == 0) {
                found.plain = at == end;
                return found;
            }
        }
        ++at;
        if (Level& level = levels_[depth]; level.is_object) {
            std::string_view key;
            at = take_key(at, end, level, key);
            if (!at) return found;
            if (depth == 1) found.names.add(name = event_name(key));
        }
        // Keys are compared with all others of their object: without an end, a wide event costs its square.
        if (++found.values > limits_.fields_max) return found;
    }
}

}  // namespace hookline::logzio
