// The scanner and simdjson agree on what is JSON, but for what simdjson cannot hold though it is legal.

#include <cstdint>

#include "base/json_scanner.h"
#include "base/json_text.h"
#include "judge.h"

namespace hookline::fuzz {
namespace {

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// What simdjson is known to refuse though the scanner is right to take it.
bool beyond_simdjson(std::string_view text, simdjson::error_code refusal) {
    if (!is_utf8(text)) return true;                    // by our own leniency
    if (refusal == simdjson::DEPTH_ERROR) return true;  // 1,024 levels
    if (refusal == simdjson::NUMBER_ERROR) {
        return text.find_first_of("eE") != std::string_view::npos || text.size() > 18;  // 1e400, long integers
    }
    if (refusal == simdjson::STRING_ERROR) return text.find("\\u") != std::string_view::npos;  // lone surrogates
    return false;
}

void run(std::string_view text) {
    simdjson::dom::parser parser;
    const simdjson::error_code theirs = parser.parse(text.data(), text.size(), true).error();
    const bool ours = is_json(text);
    if (theirs == simdjson::SUCCESS) expect(ours, "simdjson takes what the scanner refuses");
    if (ours && theirs != simdjson::SUCCESS) {
        expect(beyond_simdjson(text, theirs), "the scanner takes what simdjson refuses");
    }
    if (!ours) return;

    // Without white space it is the same to simdjson, and compact already.
    std::string compact;
    expect(append_compact_json(compact, text), "compacting needs no limit");
    expect(is_json(compact), "compact text is JSON");
    std::string again;
    append_compact_json(again, compact);
    expect(again == compact, "compact text has nothing to drop");
    if (theirs == simdjson::SUCCESS) {
        simdjson::dom::parser other;
        const std::string one = simdjson::minify(parser.parse(text.data(), text.size(), true).value());
        const std::string two = simdjson::minify(other.parse(compact).value());
        expect(one == two, "compact text means the same");
    }
    std::string bounded;
    expect(!append_compact_json(bounded, text, compact.size() - 1) && bounded.empty(), "the limit holds");

    // A string's text is what simdjson reads.
    std::string scratch;
    const std::string_view trimmed = compact;
    if (trimmed.front() == '"') {
        const std::string_view said = json_string_text(trimmed, scratch);
        expect(is_utf8(said), "a string's text is UTF-8");
        std::string_view read;
        simdjson::dom::parser other;
        if (theirs == simdjson::SUCCESS && other.parse(compact).get(read) == simdjson::SUCCESS) {
            expect(read == said, "a string's text is the same to both");
        }
    }
}

}  // namespace
}  // namespace hookline::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // simdjson says "empty" for nothing at all; so do we, by refusing.
    hookline::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}
