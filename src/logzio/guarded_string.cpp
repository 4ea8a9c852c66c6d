#include "logzio/guarded_string.h"

#include <algorithm>
#include <cstdint>

#include "base/json_bytes.h"
#include "base/json_text.h"

namespace hookline::logzio {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t unit_escape_bytes = 6;              // \uD83D

/// High surrogates are \uD800 to \uDBFF, low ones \uDC00 to \uDFFF; the text is valid JSON.
bool is_surrogate(const char* escape, char from, char to) {
    const auto letter = static_cast<char>(escape[3] | 0x20);  // leaves digits as they are
    return (escape[2] | 0x20) == 'd' && letter >= from && letter <= to;
}

/// A piece of a string that is kept, replaced or cut as a whole.
struct Piece {
    std::size_t bytes = 0;
    std::size_t characters = 1;
    bool bad = false;
};

/// The escape or the non-ASCII character at `at`.
Piece next_piece(const char* at, const char* end) {
    if (*at != '\\') {
        const std::size_t length = utf8_length({at, static_cast<std::size_t>(std::min<std::ptrdiff_t>(end - at, 4))});
        if (length == 0) return {.bytes = 1, .bad = true};
        return {.bytes = length, .characters = length == 4 ? 2U : 1U};
    }
    if (at[1] != 'u') return {.bytes = 2};
    const bool high = is_surrogate(at, '8', '9') || is_surrogate(at, 'a', 'b');
    if (!high) return {.bytes = unit_escape_bytes, .bad = is_surrogate(at, 'c', 'f')};
    const char* const next = at + unit_escape_bytes;
    const bool pair = end - next >= static_cast<std::ptrdiff_t>(unit_escape_bytes) && next[0] == '\\' &&
                      next[1] == 'u' && is_surrogate(next, 'c', 'f');
    if (!pair) return {.bytes = unit_escape_bytes, .bad = true};
    return {.bytes = 2 * unit_escape_bytes, .characters = 2};
}

}  // namespace

const char* clean_string_end(const char* at, const char* end) {
    ++at;
    while (true) {
        at = string_run_end<StopAt::specials_and_high>(at, end);
        if (at == end) return nullptr;
        if (*at == '"') return at + 1;
        const Piece piece = next_piece(at, end);
        if (piece.bad) return nullptr;
        at += piece.bytes;
    }
}

StringGuards append_guarded_string(std::string& out, std::string_view raw, std::size_t characters_max,
                                   std::size_t bytes_max) {
    StringGuards guards;
    const char* at = raw.data() + 1;
    const char* const end = raw.data() + raw.size() - 1;
    out += '"';
    while (at != end && !guards.cut) {
        const char* const run_end = string_run_end<StopAt::specials_and_high>(at, end);
        const auto run = static_cast<std::size_t>(run_end - at);
        const std::size_t taken = std::min({run, characters_max, bytes_max});
        out.append(at, taken);
        characters_max -= taken;
        bytes_max -= taken;
        at += taken;
        guards.cut = taken < run;
        if (at == end || guards.cut) break;
        const Piece piece = next_piece(at, end);
        const std::string_view written = piece.bad ? replacement : std::string_view(at, piece.bytes);
        guards.cut = piece.characters > characters_max || written.size() > bytes_max;
        if (guards.cut) break;
        out += written;
        guards.replaced = guards.replaced || piece.bad;
        characters_max -= piece.characters;
        bytes_max -= written.size();
        at += piece.bytes;
    }
    out += '"';
    return guards;
}

std::size_t guarded_string_bytes(const char*& at, const char* end, std::size_t characters_max) {
    std::size_t bytes = 2;
    ++at;
    while (true) {
        const char* const run_end = string_run_end<StopAt::specials_and_high>(at, end);
        const std::size_t taken = std::min(static_cast<std::size_t>(run_end - at), characters_max);
        bytes += taken;
        characters_max -= taken;
        at = run_end;
        if (*at == '"') break;
        const Piece piece = next_piece(at, end);
        // A pair that does not fit any more ends the string, whatever comes behind it.
        if (piece.characters > characters_max) {
            characters_max = 0;
        } else {
            bytes += piece.bad ? replacement.size() : piece.bytes;
            characters_max -= piece.characters;
        }
        at += piece.bytes;
    }
    ++at;
    return bytes;
}

}  // namespace hookline::logzio
