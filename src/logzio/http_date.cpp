#include "logzio/http_date.h"

#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace hookline::logzio {
namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (true) {
        const auto begin = text.find_first_not_of(" ,-");
        if (begin == std::string_view::npos || words.size() > 6) return words;
        text.remove_prefix(begin);
        const auto end = std::min(text.find_first_of(" ,-"), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

std::optional<unsigned> number_of(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

std::optional<unsigned> month_of(std::string_view text) {
    for (unsigned i = 0; i < months.size(); ++i) {
        if (equal_ignoring_case(months[i], text)) return i + 1;
    }
    return {};
}

/// "08:49:37"; second 60 is read as 59.
std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return {};
    const auto hour = number_of(text.substr(0, 2));
    const auto minute = number_of(text.substr(3, 2));
    const auto second = number_of(text.substr(6, 2));
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return {};
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(std::min(*second, 59U));
}

/// A year of two digits is the one within the 50 years to come or the 50 past; events are of this century.
unsigned whole_year(unsigned year, std::size_t digits) {
    if (digits != 2) return year;
    return year < 70 ? 2000 + year : 1900 + year;
}

}  // namespace

std::optional<WallTime> parse_http_date(std::string_view text) {
    const std::vector<std::string_view> words = words_of(text);
    if (words.size() < 5) return {};
    // Behind the day's name: day month year time zone, or, in C's asctime form, month day time year.
    const bool asctime_form = words.size() == 5;
    const auto day = number_of(words[asctime_form ? 2 : 1]);
    const auto month = month_of(words[asctime_form ? 1 : 2]);
    const auto year = number_of(words[asctime_form ? 4 : 3]);
    const auto time = time_of_day(words[asctime_form ? 3 : 4]);
    if (!day || !month || !year || !time || *year > 9999) return {};

    const int full_year = static_cast<int>(whole_year(*year, words[asctime_form ? 4 : 3].size()));
    const std::chrono::year_month_day date{std::chrono::year(full_year), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!date.ok()) return {};
    return WallTime(std::chrono::sys_days(date)) + *time;
}

}  // namespace hookline::logzio
