#include "logzio/verdict.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include <simdjson.h>

#include "base/text.h"
#include "logzio/http_date.h"
#include "logzio/listener.h"

namespace hookline::logzio {
namespace {

std::string_view without_leading_space(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text;
}

/// A captive portal's or a proxy's page, not a listener's empty 200.
bool is_page(const net::ClientAnswer& answer) {
    const auto type = answer.headers.find("content-type");
    if (type && ascii_lower(*type).find("html") != std::string::npos) return true;
    return without_leading_space(answer.body).starts_with('<');
}

/// A counter of a 400 answer: absent is 0, anything but a count is nothing.
std::optional<std::uint64_t> counter(const simdjson::dom::object& counters, std::string_view name, bool& seen_any) {
    simdjson::dom::element value;
    if (counters[name].get(value) != simdjson::SUCCESS) return 0;
    seen_any = true;
    std::uint64_t count = 0;
    if (value.get(count) != simdjson::SUCCESS) return {};
    return count;
}

/// Counters that add up to the lines sent, in the shape of the documentation or without emptyLogLines as seen live.
std::optional<PartlyAccepted> counters_of(std::string_view body, std::size_t lines) {
    simdjson::dom::parser parser;
    simdjson::dom::object counters;
    if (parser.parse(simdjson::padded_string(body)).get(counters) != simdjson::SUCCESS) return {};

    bool seen_any = false;
    const auto accepted = counter(counters, "successfulLines", seen_any);
    const auto malformed = counter(counters, "malformedLines", seen_any);
    const auto oversized = counter(counters, "oversizedLines", seen_any);
    const auto empty = counter(counters, "emptyLogLines", seen_any);
    if (!seen_any || !accepted || !malformed || !oversized || !empty) return {};

    std::uint64_t left = lines;  // counted down, so that no sum can overflow
    for (const std::uint64_t count : {*accepted, *malformed, *oversized, *empty}) {
        if (count > left) return {};
        left -= count;
    }
    if (left != 0) return {};
    return PartlyAccepted{*accepted, *malformed, *oversized, *empty};
}

std::optional<std::chrono::seconds> seconds_in(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    // More digits than fit: as long as can be said.
    return parsed.ec == std::errc() ? std::chrono::seconds(seconds) : std::chrono::seconds::max();
}

/// Retry-After in seconds or as a date, which is measured by the listener's own clock if it tells it.
std::chrono::seconds retry_after(const net::Headers& headers, WallTime now) {
    const auto text = headers.find("retry-after");
    if (!text) return std::chrono::seconds(0);
    auto wait = seconds_in(*text);
    if (!wait) {
        const auto when = parse_http_date(*text);
        if (!when) return std::chrono::seconds(0);
        const auto date = headers.find("date");
        const auto their_now = date ? parse_http_date(*date) : std::nullopt;
        wait = std::chrono::ceil<std::chrono::seconds>(*when - their_now.value_or(now));
    }
    return std::max(*wait, std::chrono::seconds(0));
}

Meaning meaning_of(const net::ClientAnswer& answer, std::size_t lines, WallTime now) {
    const int status = answer.status;
    if (status >= 200 && status < 300) return is_page(answer) ? Meaning(Refused{}) : Meaning(Delivered{});
    if (status == 400) {
        const auto counters = counters_of(answer.body, lines);
        return counters ? Meaning(*counters) : Meaning(NotUnderstood{});
    }
    if (status == 401 || status == 403) return TokenRejected{};
    if (status == 413) return TooLarge{};
    if (status == 408 || status == 429 || (status >= 500 && status < 600)) {
        return RetryLater{retry_after(answer.headers, now), true};
    }
    return Refused{};
}

}  // namespace

Verdict verdict_of(const net::ClientOutcome& outcome, std::size_t lines, WallTime now) {
    Verdict verdict;
    verdict.took = outcome.took;
    if (outcome.answer) {
        verdict.meaning = meaning_of(*outcome.answer, lines, now);
        verdict.status = outcome.answer->status;
        verdict.answer = outcome.answer->body;
    } else {
        verdict.meaning = RetryLater{std::chrono::seconds(0), !outcome.failure.nothing_sent};
        verdict.answer = outcome.failure.reason;
    }
    return verdict;
}

}  // namespace hookline::logzio
