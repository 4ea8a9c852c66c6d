#include "net/head_guard.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hookline::net {
namespace {

/// RFC 9110 section 5.6.2.
constexpr bool is_token_character(char c) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

constexpr std::array<bool, 256> token_table = [] {
    std::array<bool, 256> table{};
    for (unsigned i = 0; i < 256; ++i) table[i] = is_token_character(static_cast<char>(i));
    return table;
}();

bool is_token(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return token_table[static_cast<unsigned char>(c)]; });
}

/// Field values: visible characters, blanks, tabs and obs-text (RFC 9110 section 5.5).
bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7f;
    });
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes the next line off; false when it does not end in CRLF.
bool next_line(std::string_view& rest, std::string_view& line) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return false;
    line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    return true;
}

struct Seen {
    bool http_1_0 = false;
    std::size_t fields = 0;
    std::size_t hosts = 0;
    std::size_t lengths = 0;
    std::size_t codings = 0;
};

std::optional<HeadRefusal> refuse_request_line(std::string_view line, Seen& seen) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return HeadRefusal{400, "the request line is not METHOD TARGET HTTP/1.1"};
    }
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(line.substr(0, first))) return HeadRefusal{400, "the request's method is not well-formed"};
    if (target.empty() || target.find(' ') != std::string_view::npos || has_control(target) ||
        target.find('\t') != std::string_view::npos) {
        return HeadRefusal{400, "the request's target is not well-formed"};
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return HeadRefusal{400, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
    }
    seen.http_1_0 = version == "HTTP/1.0";
    return {};
}

std::optional<HeadRefusal> refuse_field(std::string_view line, Seen& seen) {
    if (line.front() == ' ' || line.front() == '\t') return HeadRefusal{400, "a header is folded over several lines"};
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
        return HeadRefusal{400, "a header line is not NAME: VALUE"};
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim(line.substr(colon + 1));
    if (has_control(value)) return HeadRefusal{400, "a header's value holds a control character"};
    if (++seen.fields > header_fields_max) return HeadRefusal{431, "the request has too many headers"};

    if (equal_ignoring_case(name, "content-length")) {
        if (++seen.lengths > 1) return HeadRefusal{400, "the request has more than one Content-Length"};
        if (!is_digits(value)) return HeadRefusal{400, "Content-Length is not one number"};
    } else if (equal_ignoring_case(name, "transfer-encoding")) {
        if (++seen.codings > 1) return HeadRefusal{400, "the request has more than one Transfer-Encoding"};
        if (!equal_ignoring_case(value, "chunked")) {
            return HeadRefusal{400, "the only Transfer-Encoding understood here is chunked"};
        }
    } else if (equal_ignoring_case(name, "host")) {
        if (++seen.hosts > 1) return HeadRefusal{400, "the request has more than one Host"};
        if (value.find_first_of(" \t,/\\@") != std::string_view::npos) return HeadRefusal{400, "Host is not one name"};
    }
    return {};
}

std::optional<HeadRefusal> refuse_framing(const Seen& seen) {
    if (seen.codings > 0 && seen.lengths > 0) {
        return HeadRefusal{400, "the request has both Content-Length and Transfer-Encoding"};
    }
    if (seen.codings > 0 && seen.http_1_0) return HeadRefusal{400, "HTTP/1.0 knows no Transfer-Encoding"};
    // Load balancers probe with `OPTIONS / HTTP/1.0` and no Host, which RFC 9112 section 3.2 allows there.
    if (seen.hosts == 0 && !seen.http_1_0) return HeadRefusal{400, "the request has no Host"};
    return {};
}

}  // namespace

std::optional<HeadRefusal> refuse_head(std::string_view block) {
    constexpr HeadRefusal bare_ending{400, "a line of the head does not end in CR LF"};
    Seen seen;
    std::string_view line;
    if (!next_line(block, line)) return bare_ending;
    if (auto refusal = refuse_request_line(line, seen)) return refusal;
    while (true) {
        if (!next_line(block, line)) return bare_ending;
        if (line.empty()) break;
        if (auto refusal = refuse_field(line, seen)) return refusal;
    }
    return refuse_framing(seen);
}

std::optional<HeadRefusal> refuse_head_part(std::string_view part) {
    if (part.empty()) return {};
    constexpr char tls_handshake_record = 0x16;
    if (part.front() == tls_handshake_record) {
        return HeadRefusal{400, "this port speaks plain HTTP, and the request came in TLS (https)"};
    }
    if (!token_table[static_cast<unsigned char>(part.front())]) {
        return HeadRefusal{400, "the request line is not METHOD TARGET HTTP/1.1"};
    }
    for (auto at = part.find('\n'); at != std::string_view::npos; at = part.find('\n', at + 1)) {
        if (at == 0 || part[at - 1] != '\r') return HeadRefusal{400, "a line of the head does not end in CR LF"};
    }
    return {};
}

}  // namespace hookline::net
