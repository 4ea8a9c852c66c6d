#pragma once
// The part of Logz.io's search API that tests use: `query_string` of exact terms joined by AND, `match`, `term`, a
// range of
// `@timestamp`, and `bool` of those (facts 1.6). Pure; any thread.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace hookline::rehearse {

/// A JSON text, without what lies deeper than 64 levels: whatever walks it goes a call deeper for each. Discarded where
/// it is none.
nlohmann::json parse_shallow(const std::string& text);

class SearchQuery {
 public:
    /// Reads the request's body. `today` and `day_offset` give the window of two UTC days in which documents are found.
    static Result<SearchQuery> parse(const std::string& body, WallTime now, int day_offset);

    [[nodiscard]] bool matches(const nlohmann::json& document) const;
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t from() const { return from_; }

 private:
    struct Term {
        std::string path;
        std::string value;
    };
    Result<void> add(const nlohmann::json& query);
    Result<void> add_query_string(const std::string& text);
    Result<void> add_range(const nlohmann::json& range);

    std::vector<Term> terms_;
    WallTime begin_;
    WallTime end_;  ///< not included
    std::size_t size_ = 10;
    std::size_t from_ = 0;
};

}  // namespace hookline::rehearse
