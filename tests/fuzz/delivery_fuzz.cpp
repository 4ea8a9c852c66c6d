// Any body is a delivery with sound slices or is refused in a sentence, and each of its events becomes a line.

#include <cstdint>
#include <vector>

#include "base/json_scanner.h"
#include "judge.h"
#include "logzio/line.h"
#include "okta/delivery.h"

namespace hookline::fuzz {
namespace {

bool within(std::string_view slice, std::string_view body) {
    return slice.data() >= body.data() && slice.data() + slice.size() <= body.data() + body.size();
}

void check_slice(std::string_view slice, std::string_view body) {
    expect(within(slice, body), "a slice lies in the body");
    expect(is_json(slice), "a slice is one JSON value");
}

void run(std::string_view body) {
    okta::DeliveryParser parser;
    const auto delivery = parser.parse(body);
    if (!delivery) {
        expect(!delivery.error().message.empty(), "a refusal says why");
        return;
    }
    logzio::LineSource source;
    for (const okta::Member& member : delivery->envelope.known) {
        check_slice(member.raw, body);
        expect(member.raw.front() == '"', "a known key is a string");
        source.envelope.push_back({member.key, member.raw});
    }
    for (const okta::Member& member : delivery->envelope.others) {
        check_slice(member.raw, body);
        source.envelope_other.push_back({member.key, member.raw});
    }
    for (const okta::OddElement& odd : delivery->odd) {
        check_slice(odd.raw, body);
        expect(odd.raw.front() != '{', "an object is not odd");
    }
    source.envelope_event_time = delivery->envelope.event_time;
    source.source = delivery->envelope.source;
    logzio::LineBuilder builder(logzio::Shape::hookline, {});
    simdjson::dom::parser judge;
    std::string line;
    for (const okta::Event& event : delivery->events) {
        check_slice(event.raw, body);
        expect(event.raw.front() == '{', "an event is an object");
        source.event = event.raw;
        line.clear();
        builder.build(source, line);
        expect(is_json(line) && line.ends_with("}\n"), "an event's line is JSON");
    }
    // simdjson sees as many elements, where each list stands once and it can hold them.
    simdjson::dom::array elements;
    if (body.starts_with("\xEF\xBB\xBF") ||
        judge.parse(body.data(), body.size(), true).at_pointer("/data/events").get(elements))
        return;
    std::size_t theirs = 0;
    for ([[maybe_unused]] const auto element : elements) ++theirs;
    expect(delivery->events.size() + delivery->odd.size() >= theirs, "no element is lost");
}

}  // namespace
}  // namespace hookline::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> body(data, data + size);  // exactly that size, for the sanitizer
    hookline::fuzz::run({body.data(), body.size()});
    return 0;
}
