#include "logzio/mask.h"

#include <algorithm>

#include "base/text.h"

namespace hookline::logzio {
namespace {

constexpr std::string_view mask = "[token]";
constexpr std::size_t telling_characters_min = 8;  // a shorter beginning of a token tells nothing

bool same_letter(char a, char b) { return ascii_lower(a) == ascii_lower(b); }

}  // namespace

std::string mask_token(std::string text, std::string_view token) {
    if (token.empty()) return text;
    auto from = text.begin();
    while (true) {
        from = std::search(from, text.end(), token.begin(), token.end(), same_letter);
        if (from == text.end()) break;
        const auto at = from - text.begin();
        text.replace(static_cast<std::size_t>(at), token.size(), mask);
        from = text.begin() + at + static_cast<std::ptrdiff_t>(mask.size());
    }
    // An answer is read up to a limit, which may fall into the token.
    for (std::size_t length = std::min(token.size() - 1, text.size()); length >= telling_characters_min; --length) {
        const std::string_view end = std::string_view(text).substr(text.size() - length);
        if (std::equal(end.begin(), end.end(), token.begin(), same_letter)) {
            text.replace(text.size() - length, length, mask);
            break;
        }
    }
    return text;
}

}  // namespace hookline::logzio
