#pragma once
// Writing JSON text, RFC 8259. Pure functions; any thread.

#include <string>
#include <string_view>

namespace hookline {

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD each; control characters,
/// quotes and backslashes are escaped, all else stands as it is. The result is one line of valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

inline std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

/// How many bytes the first character of `text` takes if it is well-formed UTF-8 (RFC 3629), else 0.
std::size_t utf8_length(std::string_view text);

}  // namespace hookline
