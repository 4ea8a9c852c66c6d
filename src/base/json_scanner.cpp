#include "base/json_scanner.h"

#include <algorithm>

#include "base/json_bytes.h"
#include "base/json_text.h"

namespace hookline {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_hex(char byte) { return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F'); }

unsigned hex_value(char digit) {
    if (is_digit(digit)) return static_cast<unsigned>(digit - '0');
    return static_cast<unsigned>((digit | 0x20) - 'a') + 10;
}

}  // namespace

std::string describe(const JsonProblem& problem, std::string_view text) {
    const std::string_view before = text.substr(0, problem.offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t break_at = before.rfind('\n');
    const std::size_t column = before.size() - (break_at == std::string_view::npos ? 0 : break_at + 1) + 1;
    return "byte " + std::to_string(problem.offset + 1) + " (line " + std::to_string(line) + ", column " +
           std::to_string(column) + "): " + problem.reason;
}

void JsonScanner::Nesting::push(bool is_object) {
    if (depth_ != 0 && depth_ % 64 == 0) outer_.push_back(word_);
    word_ = (word_ << 1) | (is_object ? 1U : 0U);
    ++depth_;
}

void JsonScanner::Nesting::pop() {
    word_ >>= 1;
    --depth_;
    if (depth_ != 0 && depth_ % 64 == 0) {
        word_ = outer_.back();
        outer_.pop_back();
    }
}

JsonScanner::JsonScanner(std::string_view text) : begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {}

bool JsonScanner::fail(const char* reason) {
    if (!failed()) problem_ = {offset(), at_ == end_ ? "the text ends too early" : reason};
    return false;
}

inline void JsonScanner::skip_space() {
    while (at_ != end_ && is_json_space(*at_)) ++at_;
}

char JsonScanner::peek() {
    skip_space();
    return at_ == end_ ? '\0' : *at_;
}

bool JsonScanner::skip_escape() {
    ++at_;
    if (at_ == end_) return fail("");
    if (*at_ == 'u') {
        for (int digit = 0; digit < 4; ++digit) {
            ++at_;
            if (at_ == end_ || !is_hex(*at_)) return fail("four hexadecimal digits were expected after \\u");
        }
    } else if (std::string_view("\"\\/bfnrt").find(*at_) == std::string_view::npos) {
        return fail("JSON has no such escape");
    }
    ++at_;
    return true;
}

inline bool JsonScanner::skip_string() {
    ++at_;
    while (true) {
        at_ = string_run_end<StopAt::specials>(at_, end_);
        if (at_ == end_) return fail("");
        if (*at_ == '"') {
            ++at_;
            return true;
        }
        if (*at_ != '\\') return fail("a control character stands unescaped in a string");
        if (!skip_escape()) return false;
    }
}

inline bool JsonScanner::skip_number() {
    const auto digits = [this] {
        const char* const first = at_;
        while (at_ != end_ && is_digit(*at_)) ++at_;
        return at_ != first;
    };
    if (*at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
        ++at_;
        if (at_ != end_ && is_digit(*at_)) return fail("a number must not begin with 0");
    } else if (!digits()) {
        return fail("a digit was expected");
    }
    if (at_ != end_ && *at_ == '.') {
        ++at_;
        if (!digits()) return fail("a digit was expected behind the decimal point");
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
        if (!digits()) return fail("a digit was expected in the exponent");
    }
    return true;
}

bool JsonScanner::skip_literal(std::string_view literal) {
    if (static_cast<std::size_t>(end_ - at_) < literal.size() || std::string_view(at_, literal.size()) != literal) {
        return fail("a value was expected");
    }
    at_ += literal.size();
    return true;
}

inline bool JsonScanner::skip_scalar() {
    switch (at_ == end_ ? '\0' : *at_) {
        case '"':
            return skip_string();
        case 't':
            return skip_literal("true");
        case 'f':
            return skip_literal("false");
        case 'n':
            return skip_literal("null");
        case '-':
        case '0':
        case '1':
        case '2':
        case '3':
        case '4':
        case '5':
        case '6':
        case '7':
        case '8':
        case '9':
            return skip_number();
        default:
            return fail("a value was expected");
    }
}

inline bool JsonScanner::skip_key() {
    skip_space();
    if (at_ == end_ || *at_ != '"') return fail("a key in quotes was expected");
    if (!skip_string()) return false;
    skip_space();
    if (at_ == end_ || *at_ != ':') return fail("':' was expected");
    ++at_;
    return true;
}

bool JsonScanner::value(std::string_view& raw) {
    skip_space();
    const char* const start = at_;
    Nesting open;
    fresh_ = false;
    while (true) {
        // A value is due.
        skip_space();
        const char first = at_ == end_ ? '\0' : *at_;
        if (first == '{' || first == '[') {
            const bool is_object = first == '{';
            open.push(is_object);
            ++at_;
            skip_space();
            if (at_ == end_ || *at_ != (is_object ? '}' : ']')) {
                if (is_object && !skip_key()) return false;
                continue;
            }
        } else if (!skip_scalar()) {
            return false;
        }
        // A value (or an empty container but for its bracket) is behind us: close what ends here, up to the next comma.
        while (true) {
            if (open.empty()) {
                raw = {start, static_cast<std::size_t>(at_ - start)};
                return true;
            }
            skip_space();
            const bool in_object = open.in_object();
            if (at_ != end_ && *at_ == ',') {
                ++at_;
                if (in_object && !skip_key()) return false;
                break;
            }
            if (at_ == end_ || *at_ != (in_object ? '}' : ']')) {
                return fail(in_object ? "',' or '}' was expected" : "',' or ']' was expected");
            }
            ++at_;
            open.pop();
        }
    }
}

void JsonScanner::enter() {
    ++at_;
    fresh_ = true;
}

bool JsonScanner::next_key(std::string_view& raw) {
    if (failed()) return false;
    skip_space();
    const bool first = fresh_;
    fresh_ = false;
    if (at_ != end_ && *at_ == '}') {
        ++at_;
        return false;
    }
    if (!first) {
        if (at_ == end_ || *at_ != ',') return fail("',' or '}' was expected");
        ++at_;
        skip_space();
    }
    const char* const start = at_;
    if (at_ == end_ || *at_ != '"') return fail("a key in quotes was expected");
    if (!skip_string()) return false;
    raw = {start, static_cast<std::size_t>(at_ - start)};
    skip_space();
    if (at_ == end_ || *at_ != ':') return fail("':' was expected");
    ++at_;
    return true;
}

bool JsonScanner::next_element() {
    if (failed()) return false;
    skip_space();
    const bool first = fresh_;
    fresh_ = false;
    if (at_ != end_ && *at_ == ']') {
        ++at_;
        return false;
    }
    if (first) return true;
    if (at_ == end_ || *at_ != ',') return fail("',' or ']' was expected");
    ++at_;
    return true;
}

bool JsonScanner::finish() {
    if (failed()) return false;
    skip_space();
    if (at_ != end_) return fail("nothing more was expected behind the value");
    return true;
}

bool is_json(std::string_view text) {
    JsonScanner scanner(text);
    std::string_view raw;
    return scanner.value(raw) && scanner.finish();
}

namespace {

/// The four digits behind `\u`.
unsigned code_unit(const char* digits) {
    return hex_value(digits[0]) << 12 | hex_value(digits[1]) << 8 | hex_value(digits[2]) << 4 | hex_value(digits[3]);
}

void append_utf8(std::string& out, unsigned code) {
    const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

char simple_escape(char letter) {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;
    }
}

/// Takes the escape at the front of `rest`, which the scanner has validated.
void append_escape(std::string& out, std::string_view& rest) {
    if (rest[1] != 'u') {
        out += simple_escape(rest[1]);
        rest.remove_prefix(2);
        return;
    }
    const unsigned unit = code_unit(rest.data() + 2);
    rest.remove_prefix(6);
    if (unit < 0xD800 || unit > 0xDFFF) return append_utf8(out, unit);
    const bool pair = unit < 0xDC00 && rest.size() >= 6 && rest[0] == '\\' && rest[1] == 'u';
    const unsigned low = pair ? code_unit(rest.data() + 2) : 0;
    if (low < 0xDC00 || low > 0xDFFF) {
        out += replacement;
        return;
    }
    rest.remove_prefix(6);
    append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
}

}  // namespace

std::string_view json_string_text(std::string_view raw, std::string& scratch) {
    std::string_view rest = raw.substr(1, raw.size() - 2);
    const auto plain = [](std::string_view text) {
        const char* const end = text.data() + text.size();
        return static_cast<std::size_t>(string_run_end<StopAt::specials_and_high>(text.data(), end) - text.data());
    };
    if (plain(rest) == rest.size()) return rest;
    scratch.clear();
    while (!rest.empty()) {
        const std::size_t run = plain(rest);
        scratch += rest.substr(0, run);
        rest.remove_prefix(run);
        if (rest.empty()) break;
        if (rest.front() == '\\') {
            append_escape(scratch, rest);
            continue;
        }
        const std::size_t length = utf8_length(rest);
        scratch += length == 0 ? replacement : rest.substr(0, length);
        rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return scratch;
}

bool append_compact_json(std::string& out, std::string_view raw, std::size_t bytes_max) {
    const std::size_t size_before = out.size();
    const char* const end = raw.data() + raw.size();
    const char* start = raw.data();
    const auto flush = [&](const char* upto) {
        const auto length = static_cast<std::size_t>(upto - start);
        if (length > bytes_max - (out.size() - size_before)) return false;
        out.append(start, length);
        return true;
    };
    bool fits = true;
    for (const char* at = start; fits && at != end;) {
        if (*at == '"') {
            ++at;
            while (*(at = string_run_end<StopAt::specials>(at, end)) != '"') at += 2;
            ++at;
        } else if (is_json_space(*at)) {
            fits = flush(at);
            while (at != end && is_json_space(*at)) ++at;
            start = at;
        } else {
            ++at;
        }
    }
    fits = fits && flush(end);
    if (!fits) out.resize(size_before);
    return fits;
}

}  // namespace hookline
