// Any bytes are a row of requests or are refused, and how they are cut into reads changes nothing. What is accepted is
// framed in the one way that RFC 9112 section 6.3 allows, as a reader that shares no code with ours finds it.

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "judge.h"
#include "net/request_reader.h"

namespace hookline::fuzz {
namespace {

constexpr std::size_t header_bytes_max = 4 * 1024;
constexpr std::size_t body_bytes_max = 16 * 1024;
constexpr std::size_t beyond_every_limit = 48 * 1024;

struct Seen {
    std::string method;
    std::string target;
    std::string body;
    std::size_t begin = 0;  ///< in the input
    std::size_t end = 0;
};
struct Outcome {
    std::vector<Seen> requests;
    int refused = 0;  ///< the status that ended it
};

/// As a connection does it: one read after the other, one request after the other.
Outcome read_all(std::string_view bytes, std::size_t piece_bytes) {
    Outcome outcome;
    net::Input input;
    std::optional<net::RequestReader> reader;
    std::size_t given = 0;
    std::size_t begin = 0;
    while (true) {
        bool starved = input.empty();
        if (!starved) {
            if (!reader) {
                reader.emplace(header_bytes_max, body_bytes_max);
                begin = given - input.view().size();
            }
            switch (reader->read(input)) {
                case net::RequestReader::Found::more:
                    starved = true;
                    break;
                case net::RequestReader::Found::head:
                    if (!reader->body_done()) continue;
                    [[fallthrough]];
                case net::RequestReader::Found::whole: {
                    net::RequestHead& head = reader->head();
                    outcome.requests.push_back(
                        {head.method, head.target, reader->take_body(), begin, given - input.view().size()});
                    reader.reset();
                    continue;
                }
                case net::RequestReader::Found::refusal:
                    outcome.refused = reader->refusal().status;
                    expect(!reader->refusal().reason.empty(), "a refusal says why");
                    return outcome;
            }
        }
        if (given == bytes.size()) return outcome;
        const std::size_t piece = std::min(piece_bytes, bytes.size() - given);
        input.keep();
        input.add(bytes.substr(given, piece));
        given += piece;
    }
}

/// Reads a chunked body the plainest way; nothing when it is not one that everybody reads alike.
std::optional<std::pair<std::string, std::size_t>> plain_chunks(std::string_view bytes) {
    std::string body;
    std::size_t at = 0;
    while (true) {
        const auto line_end = bytes.find("\r\n", at);
        if (line_end == std::string_view::npos) return {};
        std::size_t size = 0;
        std::size_t digits = 0;
        for (; digits < 8 && at + digits < line_end; ++digits) {
            const char digit = ascii_lower(bytes[at + digits]);
            if (digit >= '0' && digit <= '9') {
                size = size * 16 + static_cast<std::size_t>(digit - '0');
            } else if (digit >= 'a' && digit <= 'f') {
                size = size * 16 + static_cast<std::size_t>(digit - 'a' + 10);
            } else {
                break;
            }
        }
        if (digits == 0) return {};
        at = line_end + 2;
        if (size == 0) break;
        if (bytes.size() < at + size + 2 || bytes.substr(at + size, 2) != "\r\n") return {};
        body += bytes.substr(at, size);
        at += size + 2;
    }
    while (true) {  // trailers
        const auto line_end = bytes.find("\r\n", at);
        if (line_end == std::string_view::npos) return {};
        const bool last = line_end == at;
        at = line_end + 2;
        if (last) return std::pair(body, at);
    }
}

/// The framing headers of a head, read line by line.
void judge(std::string_view bytes, const Seen& seen) {
    const std::string_view request = bytes.substr(seen.begin, seen.end - seen.begin);
    const auto head_end = request.find("\r\n\r\n");
    expect(head_end != std::string_view::npos, "an accepted head ends in an empty line");
    std::size_t hosts = 0;
    std::optional<std::string> length;
    std::optional<std::string> coding;
    const std::string_view head = request.substr(0, head_end + 2);
    const bool http_1_0 = head.substr(0, head.find("\r\n")).ends_with("HTTP/1.0");
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
        const auto line_end = head.find("\r\n", at);
        const std::string line = ascii_lower(head.substr(at, line_end - at));
        at = line_end + 2;
        expect(line.find('\n') == std::string::npos && line.find('\r') == std::string::npos,
               "lines end in CR LF alone");
        expect(line[0] != ' ' && line[0] != '\t', "no line is folded");
        const auto colon = line.find(':');
        expect(colon != std::string::npos && colon > 0 && line[colon - 1] != ' ', "a name stands before its colon");
        const std::string name = line.substr(0, colon);
        const std::string value(trim(std::string_view(line).substr(colon + 1)));
        if (name == "host") ++hosts;
        if (name == "content-length") {
            expect(!length, "one Content-Length");
            length = value;
        }
        if (name == "transfer-encoding") {
            expect(!coding, "one Transfer-Encoding");
            coding = value;
        }
    }
    expect(hosts == 1 || (hosts == 0 && http_1_0), "one Host");
    expect(!(length && coding), "not both framings");
    const std::string_view behind = request.substr(head_end + 4);
    if (coding) {
        expect(*coding == "chunked" && !http_1_0, "no coding but chunked");
        const auto chunks = plain_chunks(behind);
        expect(chunks && chunks->first == seen.body && chunks->second == behind.size(), "chunks are what they say");
    } else {
        expect(length.value_or("0").find_first_not_of("0123456789") == std::string::npos, "a length is a number");
        expect(behind == seen.body && seen.body.size() == std::stoull(length.value_or("0")), "a body is its length");
    }
    expect(seen.body.size() <= body_bytes_max, "no body is over the limit");
}

void run(std::string_view bytes, std::size_t piece_bytes) {
    const Outcome whole = read_all(bytes, bytes.size() + 1);
    for (const Seen& seen : whole.requests) judge(bytes, seen);
    const Outcome pieces = read_all(bytes, piece_bytes);
    expect(pieces.requests.size() >= whole.requests.size(), "cutting loses no request");
    for (std::size_t number = 0; number < whole.requests.size(); ++number) {
        const Seen& left = whole.requests[number];
        const Seen& right = pieces.requests[number];
        expect(left.method == right.method && left.target == right.target && left.body == right.body &&
                   left.begin == right.begin && left.end == right.end,
               "cutting changes no request");
    }
    expect(pieces.requests.size() == whole.requests.size(), "cutting makes no request");
    if ((whole.refused == 0) == (pieces.refused == 0)) return;
    // One of them may still wait: a chunk's line is judged once enough of it is there, and Beast judges a quoted
    // extension without an end anew with each piece. What waits never gets through.
    const std::string more = std::string(bytes) + std::string(beyond_every_limit, '?');
    expect(read_all(more, whole.refused == 0 ? more.size() : piece_bytes).refused != 0, "cutting changes no refusal");
}

}  // namespace
}  // namespace hookline::fuzz

/// The first byte says in what pieces the others come.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::vector<char> bytes(data + 1, data + size);  // exactly that size, for the sanitizer
    hookline::fuzz::run({bytes.data(), bytes.size()}, data[0] % 17 + 1);
    return 0;
}
