#include "rehearse/json_scan.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/json_text.h"

namespace hookline::rehearse {
namespace {

/// A bit high in each of 8 bytes that is not plain text inside a string: a quote, a backslash, a control character or
/// a byte of a longer UTF-8 sequence. Exact up to the first of them, which is all that is asked.
std::uint64_t not_plain(std::uint64_t bytes) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    const auto equals = [&](std::uint64_t byte) {
        const std::uint64_t difference = bytes ^ (ones * byte);
        return (difference - ones) & ~difference;
    };
    const std::uint64_t control = (bytes - ones * 0x20) & ~bytes;
    return (equals('"') | equals('\\') | control | bytes) & highs;
}

std::size_t plain_bytes(std::string_view text, std::size_t from) {
    std::size_t at = from;
    while (at + 8 <= text.size()) {
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, text.data() + at, sizeof bytes);
        const std::uint64_t found = not_plain(bytes);
        if (found == 0) {
            at += 8;
            continue;
        }
        if constexpr (std::endian::native == std::endian::little) {
            return at + static_cast<std::size_t>(std::countr_zero(found)) / 8 - from;
        }
        break;
    }
    while (at < text.size()) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
        ++at;
    }
    return at - from;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The four digits behind `\u`, or -1.
int hex_unit(std::string_view text) {
    int unit = 0;
    if (text.size() < 4) return -1;
    for (const char c : text.substr(0, 4)) {
        if (hex_digit(c) < 0) return -1;
        unit = unit * 16 + hex_digit(c);
    }
    return unit;
}

void append_utf8(std::string& out, unsigned code) {
    const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
    const auto follow = [&](unsigned shift) { byte(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
        byte(0xC0U | (code >> 6U));
        return follow(0);
    }
    if (code < 0x10000) {
        byte(0xE0U | (code >> 12U));
        follow(6);
        return follow(0);
    }
    byte(0xF0U | (code >> 18U));
    follow(12);
    follow(6);
    follow(0);
}

bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// Appends what stands behind a backslash; returns how many bytes that was.
std::size_t append_escape(std::string& out, std::string_view rest) {
    static constexpr std::string_view names = "bfnrt";
    static constexpr std::string_view meanings = "\b\f\n\r\t";
    if (rest.front() != 'u') {
        const std::size_t which = names.find(rest.front());
        out += which == std::string_view::npos ? rest.front() : meanings[which];
        return 1;
    }
    const int unit = hex_unit(rest.substr(1));
    const bool paired = is_high_surrogate(unit) && rest.size() >= 11 && rest[5] == '\\' && rest[6] == 'u';
    const int second = paired ? hex_unit(rest.substr(7)) : -1;
    if (paired && is_low_surrogate(second)) {
        append_utf8(
            out, 0x10000U + ((static_cast<unsigned>(unit) & 0x3FFU) << 10U) + (static_cast<unsigned>(second) & 0x3FFU));
        return 11;
    }
    const bool lone = is_high_surrogate(unit) || is_low_surrogate(unit);
    append_utf8(out, lone ? 0xFFFDU : static_cast<unsigned>(unit));
    return 5;
}

}  // namespace

std::string JsonText::decoded() const {
    std::string out;
    for (std::size_t at = 0; at < raw.size();) {
        const std::size_t backslash = std::min(raw.find('\\', at), raw.size());
        out.append(raw, at, backslash - at);
        at = backslash;
        if (at < raw.size()) at += 1 + append_escape(out, raw.substr(at + 1));
    }
    return out;
}

bool JsonScan::object(std::string_view text, JsonEvents& events) {
    text_ = text;
    at_ = 0;
    open_.clear();
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '{') return false;
    if (!value(events)) return false;
    while (!open_.empty()) {
        if (!members(events)) return false;
    }
    skip_blanks();
    return at_ == text_.size();
}

/// Reads one value: a scalar, an empty object or array, or as many openings as stand before the first of those.
bool JsonScan::value(JsonEvents& events) {
    for (;;) {
        skip_blanks();
        if (at_ == text_.size()) return false;
        const char first = text_[at_];
        if (first != '{' && first != '[') return scalar(events);
        ++at_;
        events.open(first == '{');
        skip_blanks();
        if (take(first == '{' ? '}' : ']')) {
            events.close();
            return true;
        }
        open_.push_back(first);
        if (first == '{' && !key(events)) return false;
    }
}

bool JsonScan::scalar(JsonEvents& events) {
    if (text_[at_] == '"') {
        JsonText text;
        if (!string(text)) return false;
        events.string(text);
        return true;
    }
    for (const std::string_view word : {"true", "false", "null"}) {
        if (text_.compare(at_, word.size(), word) != 0) continue;
        at_ += word.size();
        events.literal(word);
        return true;
    }
    std::string_view raw;
    if (!number(raw)) return false;
    events.number(raw);
    return true;
}

/// What follows a value: the end of its object or array, or the next member.
bool JsonScan::members(JsonEvents& events) {
    const char kind = open_.back();
    skip_blanks();
    if (take(kind == '{' ? '}' : ']')) {
        open_.pop_back();
        events.close();
        return true;
    }
    if (!take(',')) return false;
    return kind == '[' ? value(events) : key(events) && value(events);
}

bool JsonScan::key(JsonEvents& events) {
    JsonText name;
    skip_blanks();
    if (!string(name)) return false;
    skip_blanks();
    if (!take(':')) return false;
    events.key(name);
    return true;
}

bool JsonScan::string(JsonText& text) {
    if (!take('"')) return false;
    const std::size_t begin = at_;
    text.utf16_units = 0;
    for (;;) {
        const std::size_t plain = plain_bytes(text_, at_);
        at_ += plain;
        text.utf16_units += plain;
        if (at_ == text_.size()) return false;
        const char c = text_[at_];
        if (c == '"') break;
        if (c == '\\') {
            if (!escape(text)) return false;
            continue;
        }
        const std::size_t length = utf8_length(text_.substr(at_));
        if (length < 2) return false;  // a control character, or no UTF-8
        at_ += length;
        text.utf16_units += length == 4 ? 2 : 1;
    }
    text.raw = text_.substr(begin, at_ - begin);
    ++at_;
    return true;
}

bool JsonScan::escape(JsonText& text) {
    const std::string_view rest = text_.substr(at_ + 1);
    if (rest.empty()) return false;
    const bool unicode = rest.front() == 'u';
    if (unicode ? hex_unit(rest.substr(1)) < 0
                : std::string_view("\"\\/bfnrt").find(rest.front()) == std::string_view::npos)
        return false;
    text.escaped = true;
    ++text.utf16_units;
    at_ += unicode ? 6 : 2;
    return true;
}

/// RFC 8259 section 6.
bool JsonScan::number(std::string_view& raw) {
    const std::size_t begin = at_;
    take('-');
    if (!take('0') && digits() == 0) return false;
    if (take('.') && digits() == 0) return false;
    if (take('e') || take('E')) {
        if (!take('+')) take('-');
        if (digits() == 0) return false;
    }
    raw = text_.substr(begin, at_ - begin);
    return true;
}

void JsonScan::skip_blanks() {
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
        ++at_;
    }
}

bool JsonScan::take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

std::size_t JsonScan::digits() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - begin;
}

}  // namespace hookline::rehearse
