#pragma once
// One JSON string at a time: is it fit for a line as it stands, and if not, how it is written.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hookline::logzio {

/// Walks the string whose opening quote is at `at`. The place behind its closing quote, or nothing when it holds bytes
/// that are not UTF-8 or escapes of lone surrogates. The text must be valid JSON that goes on up to `end`.
const char* clean_string_end(const char* at, const char* end);

struct StringGuards {
    bool cut = false;       ///< it was longer
    bool replaced = false;  ///< bytes or escapes that are no character became U+FFFD
};

/// Appends the string `raw` (a slice of valid JSON, quotes included) with at most `characters_max` characters, counted
/// as UTF-16 code units, which is the strictest reading, and at most `bytes_max` bytes of JSON between the quotes. What
/// is fit stays byte for byte; a cut never splits a character or an escape.
StringGuards append_guarded_string(std::string& out, std::string_view raw, std::size_t characters_max,
                                   std::size_t bytes_max = SIZE_MAX);

/// How many bytes append_guarded_string would append for the string at `at`, which moves behind its closing quote.
std::size_t guarded_string_bytes(const char*& at, const char* end, std::size_t characters_max);

}  // namespace hookline::logzio
