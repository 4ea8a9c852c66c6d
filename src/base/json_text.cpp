#include "base/json_text.h"

#include <cstdint>

namespace hookline {

std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t place) -> unsigned {
        return place < text.size() ? static_cast<unsigned char>(text[place]) : 0U;
    };
    const auto follows = [&](std::size_t place) { return (byte(place) & 0xC0U) == 0x80U; };
    if (text.empty()) return 0;
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned second = byte(1);
        // No overlong forms, no surrogates.
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
        return follows(1) && follows(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned second = byte(1);
        if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
        return follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    out += '"';
    std::size_t start = 0;
    const auto flush = [&](std::size_t end) { out.append(text, start, end - start); };
    for (std::size_t place = 0; place < text.size();) {
        const auto c = static_cast<unsigned char>(text[place]);
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
            ++place;
            continue;
        }
        const std::size_t length = utf8_length(text.substr(place));
        if (length > 1) {
            place += length;
            continue;
        }
        flush(place);
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (c < 0x20) {
                    out += "\\u00";
                    out += digits[c >> 4];
                    out += digits[c & 15];
                } else {
                    out += "\xEF\xBF\xBD";
                }
        }
        ++place;
        start = place;
    }
    flush(text.size());
    out += '"';
}

}  // namespace hookline
