#pragma once
// One pass over an event: can its bytes be copied as they stand, and what does it hold that the line needs?
//
// It answers "no" at the first sign of anything unusual (white space between tokens, an escaped key, two keys that may
// be equal); the guards then look closely. So it may be wrong on that side only.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "logzio/event_names.h"
#include "logzio/line.h"

namespace hookline::logzio {

struct EventScan {
    bool plain = false;          ///< nothing to guard against; what follows is complete only then
    std::size_t values = 0;      ///< all values in it, nested ones and containers too
    EventNames names;            ///< of its top level
    std::string_view published;  ///< these three with quotes; empty when absent or no string
    std::string_view display_message;
    std::string_view event_type;
};

/// Belongs to one thread.
class EventScanner {
 public:
    explicit EventScanner(const LineLimits& limits) : limits_(limits) {}

    /// `event` is one valid JSON object.
    EventScan scan(std::string_view event);

 private:
    /// The keys seen in the object that is open on each level.
    struct Level {
        bool is_object = false;
        std::uint64_t filter = 0;    ///< a bit for each hash: unset says "certainly new"
        std::size_t first_hash = 0;  ///< in hashes_
    };
    static constexpr std::size_t levels_scanned_max = 64;

    const char* take_key(const char* at, const char* end, Level& level, std::string_view& key);
    bool is_new_key(std::string_view key, Level& level);
    const char* take_string(const char* at, const char* end) const;

    LineLimits limits_;
    std::array<Level, levels_scanned_max + 1> levels_;
    std::vector<std::uint32_t> hashes_;
};

/// True for an integer that a signed 64-bit number cannot hold: it would fail at Logz.io, which maps integers to long.
bool is_integer_out_of_range(std::string_view number);

/// True for a key that Logz.io cannot map: empty, blank or of underscores only, longer than `characters_max`, with one
/// of `.,#` in it, or on the top level with an underscore in front, which is the index's own namespace. `key` is
/// unescaped.
bool is_unusable_key(std::string_view key, bool top_level, std::size_t characters_max);

}  // namespace hookline::logzio
