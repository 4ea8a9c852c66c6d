#include "rehearse/search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace hookline::rehearse {
namespace {

using nlohmann::json;
using std::chrono::days;

constexpr std::size_t size_max = 10'000;

/// nlohmann's own lookup throws when a value is of another type.
std::string text_at(const json& object, const char* key, std::string otherwise = "") {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::move(otherwise);
}

std::size_t number_at(const json& object, const char* key, std::size_t otherwise) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::size_t>() : otherwise;
}

/// A scalar as a term would be written.
std::string term_text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// Whether a value at the dotted path, or in an array on the way, is the one looked for.
bool holds(const json& value, std::string_view path, const std::string& wanted) {
    if (value.is_array()) {
        return std::any_of(value.begin(), value.end(), [&](const json& each) { return holds(each, path, wanted); });
    }
    if (path.empty()) return !value.is_object() && term_text(value) == wanted;
    if (!value.is_object()) return false;
    const std::size_t dot = std::min(path.find('.'), path.size());
    const auto member = value.find(std::string(path.substr(0, dot)));
    return member != value.end() && holds(*member, path.substr(std::min(dot + 1, path.size())), wanted);
}

std::optional<WallTime> timestamp_of(const json& document) {
    const auto found = document.find("@timestamp");
    if (found == document.end() || !found->is_string()) return std::nullopt;
    return parse_rfc3339(found->get_ref<const std::string&>());
}

}  // namespace

json parse_shallow(const std::string& text) {
    constexpr int levels_max = 64;
    return json::parse(
        text, [](int level, json::parse_event_t, const json&) { return level < levels_max; }, false);
}

Result<SearchQuery> SearchQuery::parse(const std::string& body, WallTime now, int day_offset) {
    const json request = parse_shallow(body);
    if (!request.is_object()) return failed("the body must be a JSON object");
    SearchQuery query;
    // Today and yesterday, in UTC; dayOffset moves that window into the past.
    query.end_ = std::chrono::floor<days>(now) + days(1 - day_offset);
    query.begin_ = query.end_ - days(2);
    query.size_ = std::min(number_at(request, "size", 10), size_max);
    query.from_ = number_at(request, "from", 0);
    if (!request.contains("query")) return failed("\"query\" is missing");
    if (auto added = query.add(request["query"]); !added) return tl::unexpected(added.error());
    return query;
}

Result<void> SearchQuery::add(const json& query) {
    if (!query.is_object() || query.size() != 1) return failed("a query is an object with one key");
    const std::string& kind = query.begin().key();
    const json& what = query.begin().value();
    if (kind == "match_all") return {};
    if (!what.is_object()) return failed(kind + " must be an object");
    if (kind == "query_string") return add_query_string(text_at(what, "query"));
    if (kind == "match" || kind == "match_phrase" || kind == "term") {
        for (const auto& [path, value] : what.items()) terms_.push_back({path, term_text(value)});
        return {};
    }
    if (kind == "range") return add_range(what);
    if (kind != "bool") return failed("this emulator does not know the query \"" + kind + "\"");
    for (const char* part : {"must", "filter"}) {
        if (!what.contains(part)) continue;
        const json all = what[part].is_array() ? what[part] : json::array({what[part]});
        for (const json& each : all) {
            if (auto added = add(each); !added) return added;
        }
    }
    return {};
}

/// `type:okta AND actor.id:"00u 1"`
Result<void> SearchQuery::add_query_string(const std::string& text) {
    std::size_t at = 0;
    const auto skip_blanks = [&] { at = std::min(text.find_first_not_of(' ', at), text.size()); };
    for (skip_blanks(); at < text.size(); skip_blanks()) {
        if (text.compare(at, 4, "AND ") == 0) {
            at += 4;
            continue;
        }
        const std::size_t colon = text.find(':', at);
        if (colon == std::string::npos || colon == at) return failed("a query_string is field:value AND field:value");
        const std::string path = text.substr(at, colon - at);
        const bool quoted = colon + 1 < text.size() && text[colon + 1] == '"';
        const std::size_t begin = colon + (quoted ? 2 : 1);
        const std::size_t end = std::min(text.find(quoted ? '"' : ' ', begin), text.size());
        if (begin > text.size() || (quoted && end == text.size()))
            return failed("a value in the query_string has no end");
        terms_.push_back({path, text.substr(begin, end - begin)});
        at = end + (quoted ? 1 : 0);
        if (terms_.back().value.rfind('*', 0) == 0) return failed("leading wildcards are not allowed");
    }
    return {};
}

Result<void> SearchQuery::add_range(const json& range) {
    if (!range.contains("@timestamp") || !range["@timestamp"].is_object())
        return failed("a range is one of @timestamp");
    const json& bounds = range["@timestamp"];
    const auto from = parse_rfc3339(text_at(bounds, "gte", text_at(bounds, "from")));
    const auto to = parse_rfc3339(text_at(bounds, "lte", text_at(bounds, "lt", text_at(bounds, "to"))));
    if (!from || !to) return failed("a range of @timestamp needs gte and lte as RFC 3339 instants");
    if (std::chrono::floor<days>(*to) - std::chrono::floor<days>(*from) > days(1)) {
        return failed("a range of @timestamp covers two calendar days at most");
    }
    begin_ = *from;
    end_ = *to + std::chrono::microseconds(1);
    return {};
}

bool SearchQuery::matches(const json& document) const {
    const auto when = timestamp_of(document);
    if (!when || *when < begin_ || *when >= end_) return false;
    return std::all_of(terms_.begin(), terms_.end(),
                       [&](const Term& term) { return holds(document, term.path, term.value); });
}

}  // namespace hookline::rehearse
