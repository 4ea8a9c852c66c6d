// Guards: any JSON object in, an acceptable line out; also with limits so small that every guard has to work.

#include <cstdint>
#include <map>
#include <vector>

#include "base/json_scanner.h"
#include "judge.h"
#include "logzio/event_scan.h"
#include "logzio/line.h"

namespace hookline::fuzz {
namespace {

void check_strings_and_keys(const simdjson::dom::element& value, bool top, const logzio::LineLimits& limits) {
    if (value.is_array()) {
        for (const auto inner : simdjson::dom::array(value.get_array())) check_strings_and_keys(inner, false, limits);
        return;
    }
    if (value.is_string()) {
        std::size_t characters = 0;
        for (const char byte : std::string_view(value.get_string())) {
            const auto code = static_cast<unsigned char>(byte);
            characters += code >= 0xF0 ? 2U : (code & 0xC0U) == 0x80U ? 0U : 1U;
        }
        expect(characters <= limits.string_characters_max, "a string keeps its limit");
        return;
    }
    if (!value.is_object()) return;
    std::map<std::string_view, int> seen;
    for (const auto member : simdjson::dom::object(value.get_object())) {
        expect(++seen[member.key] == 1, "no key stands twice");
        expect(!logzio::is_unusable_key(member.key, top, limits.string_characters_max), "a key can be mapped");
        check_strings_and_keys(member.value, false, limits);
    }
}

void check_line(const logzio::LineSource& source, logzio::Shape shape, const logzio::LineLimits& limits) {
    logzio::LineBuilder builder(shape, limits);
    std::string line = "before";
    const logzio::BuiltLine built = builder.build(source, line);
    expect(line.starts_with("before{"), "a line is appended");
    line.erase(0, 6);
    expect(line.ends_with("}\n") && line.find('\n') == line.size() - 1, "a line is one line");
    expect(line.size() + built.mark.size() <= limits.line_bytes_max, "a line keeps its limit, mark included");
    line.insert(built.mark_at, built.mark);

    simdjson::dom::parser parser;
    simdjson::dom::element json;
    const auto refusal = parser.parse(line).get(json);
    // 1e400 passes through as it stands; simdjson cannot hold it.
    if (refusal == simdjson::NUMBER_ERROR) return expect(is_json(line), "a line is JSON");
    expect(refusal == simdjson::SUCCESS, "a line is JSON in UTF-8 with 64-bit integers");
    expect(levels_of(json) <= limits.levels_max, "a line keeps its levels");
    expect(values_of(json) <= limits.fields_max, "a line keeps its fields");
    check_strings_and_keys(json, true, limits);

    std::string_view text;
    expect(!json["type"].get(text) && text == "okta", "type is okta");
    expect(!json["@timestamp"].get(text) && text.size() >= 20, "there is a timestamp");
    expect(!json["message"].get(text) && !text.empty(), "there is a message");
    expect(!json["hookline"]["received_at"].get(text), "there is hookline.received_at");
    bool conflict = false;
    expect(!json["hookline"]["uuid_conflict"].get(conflict) && conflict, "the mark stands where it should");
    expect(!built.cut || json["hookline"]["guards"].is_array(), "what is cut is marked");
    for (const char* const kept : {"folded", "original"}) {
        if (!json["hookline"][kept].get(text)) expect(is_json(text), "what is kept is JSON");
    }
}

void run(std::string_view event) {
    JsonScanner scanner(event);
    std::string_view raw;
    if (scanner.peek() != '{' || !scanner.value(raw) || !scanner.finish()) return;
    logzio::LineSource source;
    source.event = raw;
    source.source = "https://example.okta.com/api/v1/eventHooks/who1";
    source.envelope_event_time = "2026-03-14T09:27:03.120Z";
    source.received_at = WallTime(std::chrono::seconds(1'773'480'423));
    const logzio::LineLimits small{
        .line_bytes_max = 10'000, .string_characters_max = 256, .fields_max = 50, .levels_max = 3};
    for (const logzio::LineLimits& limits : {logzio::LineLimits{}, small}) {
        check_line(source, logzio::Shape::hookline, limits);
    }

    // The event's own members, once more as an envelope: known names, odd values, repeated keys.
    std::vector<std::string> keys;
    std::vector<std::string_view> values;
    JsonScanner members(raw);
    members.peek();
    members.enter();
    std::string_view key;
    std::string_view value;
    std::string scratch;
    while (members.next_key(key) && members.value(value)) {
        keys.emplace_back(json_string_text(key, scratch));
        values.push_back(value);
    }
    for (std::size_t place = 0; place < keys.size(); ++place) {
        auto& list = place % 3 == 0 ? source.envelope_other : source.envelope;
        list.push_back({keys[place], values[place]});
    }
    source.event = "{}";
    for (const logzio::LineLimits& limits : {logzio::LineLimits{}, small}) {
        check_line(source, logzio::Shape::hookline, limits);
        check_line(source, logzio::Shape::reference, limits);
    }
    source.event = raw;
    check_line(source, logzio::Shape::reference, small);
}

}  // namespace
}  // namespace hookline::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> event(data, data + size);
    hookline::fuzz::run({event.data(), event.size()});
    return 0;
}
