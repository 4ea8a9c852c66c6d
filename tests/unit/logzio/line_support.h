#pragma once
// Lines as a test reads them: built with defaults, and judged by another JSON library.

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/json_scanner.h"
#include "base/time_text.h"
#include "logzio/line.h"

namespace hookline::logzio {

using Json = nlohmann::ordered_json;

struct Built {
    std::string text;  ///< newline included
    BuiltLine line;
    Json json;

    [[nodiscard]] std::vector<std::string> guards() const { return line.guards; }
    /// What `hookline.folded` keeps: paths and values, in order.
    [[nodiscard]] std::vector<std::pair<std::string, Json>> folded() const {
        std::vector<std::pair<std::string, Json>> entries;
        if (!json["hookline"].contains("folded")) return entries;
        for (const Json& entry : Json::parse(json["hookline"]["folded"].get<std::string>())) {
            entries.emplace_back(entry["path"].get<std::string>(), entry["value"]);
        }
        return entries;
    }
    [[nodiscard]] Json original() const {
        const Json& kept = json["hookline"];
        return kept.contains("original") ? Json::parse(kept["original"].get<std::string>()) : Json();
    }
};

inline constexpr std::string_view received = "2026-03-14T09:27:03.500000Z";

/// A source with an event and nothing around it.
inline LineSource source_of(std::string_view event) {
    LineSource source;
    source.event = event;
    source.received_at = *parse_rfc3339(received);
    return source;
}

inline constexpr std::string_view hook_source = "https://example.okta.com/api/v1/eventHooks/who1";

/// The same within the envelope that Okta sends.
inline LineSource delivered(std::string_view event) {
    LineSource source = source_of(event);
    source.envelope = {
        {"eventType", R"("com.okta.event_hook")"},
        {"eventTypeVersion", R"("1.0")"},
        {"cloudEventsVersion", R"("0.1")"},
        {"source", R"("https://example.okta.com/api/v1/eventHooks/who1")"},
        {"eventId", R"("batch-1")"},
        {"eventTime", R"("2026-03-14T09:27:03.120Z")"},
        {"contentType", R"("application/json")"},
    };
    source.envelope_event_time = "2026-03-14T09:27:03.120Z";
    source.source = hook_source;
    return source;
}

/// The containers around the deepest place, the line itself included.
inline std::size_t levels_of(const Json& value) {
    if (!value.is_structured()) return 0;
    std::size_t deepest = 0;
    for (const Json& inner : value) deepest = std::max(deepest, levels_of(inner));
    return deepest + 1;
}

/// Each member, element and container in a value, the value itself left out.
inline std::size_t values_of(const Json& value) {
    std::size_t values = 0;
    if (value.is_structured()) {
        for (const Json& inner : value) values += 1 + values_of(inner);
    }
    return values;
}

inline std::size_t longest_string_of(const Json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>().size();
    std::size_t longest = 0;
    if (value.is_structured()) {
        for (const Json& inner : value) longest = std::max(longest, longest_string_of(inner));
    }
    return longest;
}

/// What a listener asks of every line. Strings are measured in bytes, which is fine for tests in ASCII.
inline void expect_acceptable(const Built& built, const LineLimits& limits = {}) {
    EXPECT_TRUE(built.text.ends_with('\n'));
    EXPECT_EQ(built.text.find('\n'), built.text.size() - 1);
    EXPECT_LE(built.text.size() + built.line.mark.size(), limits.line_bytes_max);
    EXPECT_LE(levels_of(built.json), limits.levels_max);
    EXPECT_LE(values_of(built.json) + 1, limits.fields_max);  // one more: the mark
    EXPECT_EQ(built.json["type"], "okta");
    EXPECT_TRUE(built.json["@timestamp"].is_string());
    EXPECT_TRUE(built.json["message"].is_string());
}

/// The line alone, for JSON that the judge cannot hold.
inline std::string text_of_line(std::string_view event) {
    LineBuilder builder(Shape::hookline, {});
    std::string text;
    EXPECT_TRUE(builder.build(source_of(event), text).guards.empty());
    EXPECT_TRUE(is_json(text));
    return text;
}

inline Built build(const LineSource& source, Shape shape = Shape::hookline, const LineLimits& limits = {}) {
    LineBuilder builder(shape, limits);
    Built built;
    built.line = builder.build(source, built.text);
    built.json = Json::parse(built.text);  // throws, and so fails the test, on anything but valid UTF-8 and JSON
    expect_acceptable(built, limits);
    return built;
}

inline Built build(std::string_view event) { return build(source_of(event)); }

}  // namespace hookline::logzio
