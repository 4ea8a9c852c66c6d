#pragma once
// What the fuzzers hold a result against: simdjson, and a few sums over its tree.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace hookline::fuzz {

/// Ends the run with the input as a finding.
inline void expect(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/// Levels of containers, the outermost included.
inline std::size_t levels_of(const simdjson::dom::element& value) {
    std::size_t deepest = 0;
    if (value.is_array()) {
        for (const auto inner : simdjson::dom::array(value.get_array())) deepest = std::max(deepest, levels_of(inner));
    } else if (value.is_object()) {
        for (const auto inner : simdjson::dom::object(value.get_object()))
            deepest = std::max(deepest, levels_of(inner.value));
    } else {
        return 0;
    }
    return deepest + 1;
}

/// Every member, element and container but the outermost.
inline std::size_t values_of(const simdjson::dom::element& value) {
    std::size_t values = 0;
    if (value.is_array()) {
        for (const auto inner : simdjson::dom::array(value.get_array())) values += 1 + values_of(inner);
    } else if (value.is_object()) {
        for (const auto inner : simdjson::dom::object(value.get_object())) values += 1 + values_of(inner.value);
    }
    return values;
}

}  // namespace hookline::fuzz
