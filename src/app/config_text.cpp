#include "app/config_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/text.h"

namespace hookline::app {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};
constexpr std::array<Unit, 13> size_units{{{"", 1},
                                           {"b", 1},
                                           {"bytes", 1},
                                           {"kib", 1ULL << 10},
                                           {"mib", 1ULL << 20},
                                           {"gib", 1ULL << 30},
                                           {"tib", 1ULL << 40},
                                           {"kb", 1'000},
                                           {"mb", 1'000'000},
                                           {"gb", 1'000'000'000},
                                           {"tb", 1'000'000'000'000},
                                           {"k", 1ULL << 10},
                                           {"m", 1ULL << 20}}};
constexpr std::array<Unit, 14> duration_units{{{"ms", 1},
                                               {"milliseconds", 1},
                                               {"s", 1'000},
                                               {"sec", 1'000},
                                               {"second", 1'000},
                                               {"seconds", 1'000},
                                               {"min", 60'000},
                                               {"minute", 60'000},
                                               {"minutes", 60'000},
                                               {"h", 3'600'000},
                                               {"hour", 3'600'000},
                                               {"hours", 3'600'000},
                                               {"d", 86'400'000},
                                               {"days", 86'400'000}}};

/// The longest duration that is taken: a hundred years, so that no sum of a few overflows a clock.
constexpr double duration_ms_max = 100.0 * 365 * 86'400'000;

/// "9,000,000" and "9_000_000" as "9000000"; nothing where a comma does not part thousands: somebody means a fraction,
/// and without its comma the number would be ten times as large or more.
std::optional<std::string> without_groups(std::string_view text) {
    const std::size_t whole = std::min(text.find('.'), text.size());
    std::size_t comma = text.find(',');
    if (comma != std::string_view::npos && (comma == 0 || comma > 3 || text.front() == '0')) return {};
    for (; comma != std::string_view::npos; comma = text.find(',', comma + 1)) {
        const std::size_t next = std::min(text.find(',', comma + 1), whole);
        if (comma > whole || next - comma != 4 || text.substr(comma, 4).find('_') != std::string_view::npos) return {};
    }
    std::string digits;
    for (const char c : text) {
        if (c != '_' && c != ',') digits += c;
    }
    return digits;
}

/// What to add to the refusal of a number with a comma.
std::string_view comma_advice(std::string_view text) {
    return text.find(',') == std::string_view::npos ? "" : "; a fraction is written with a point, such as 1.5";
}

/// "1.5 GiB" into its number and its unit, in lower case.
struct Quantity {
    double number = 0;
    std::string unit;
};
std::optional<Quantity> read_quantity(std::string_view text) {
    text = trim(text);
    const std::size_t digits = std::min(text.find_first_not_of("0123456789._,"), text.size());
    const auto number = without_groups(text.substr(0, digits));
    if (!number) return {};
    Quantity quantity;
    const auto [end, fault] = std::from_chars(number->data(), number->data() + number->size(), quantity.number);
    if (fault != std::errc() || end != number->data() + number->size()) return {};
    quantity.unit = ascii_lower(trim(text.substr(digits)));
    return quantity;
}

template <std::size_t count>
std::optional<double> in_units(std::string_view text, const std::array<Unit, count>& units) {
    const auto quantity = read_quantity(text);
    if (!quantity) return {};
    const auto* unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == quantity->unit; });
    if (unit == units.end()) return {};
    return quantity->number * static_cast<double>(unit->factor);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
    // Without a fraction or unit every 64-bit number must come through exactly, which a double cannot promise.
    if (const auto plain = parse_count(text)) return *plain;
    const auto bytes = in_units(text, size_units);
    if (!bytes || *bytes != std::floor(*bytes) || *bytes > 9e18) {
        return failed(fmt::format(R"("{}" is no size; write a number and a unit, such as "20 GiB" or "512 KiB"{})",
                                  text, comma_advice(text)));
    }
    return static_cast<std::uint64_t>(*bytes);
}

std::string format_size(std::uint64_t bytes) {
    constexpr std::array<Unit, 4> units{
        {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}}};
    for (const Unit& unit : units) {
        if (bytes != 0 && bytes % unit.factor == 0) return fmt::format("{} {}", bytes / unit.factor, unit.name);
    }
    return fmt::format("{} B", bytes);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto milliseconds = in_units(text, duration_units);
    if (!milliseconds || *milliseconds != std::floor(*milliseconds) || *milliseconds > duration_ms_max) {
        return failed(fmt::format(
            R"("{}" is no duration; write a number and a unit (ms, s, min, h, d), such as "500 ms" or "2 s"{})", text,
            comma_advice(text)));
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(*milliseconds));
}

std::string format_exactly(std::chrono::milliseconds length) {
    constexpr std::array<Unit, 4> units{{{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1'000}}};
    const auto count = static_cast<std::uint64_t>(length.count());
    for (const Unit& unit : units) {
        if (count != 0 && count % unit.factor == 0) return fmt::format("{} {}", count / unit.factor, unit.name);
    }
    return fmt::format("{} ms", count);
}

Result<std::uint64_t> parse_count(std::string_view text) {
    const std::string digits = without_groups(trim(text)).value_or("");
    std::uint64_t count = 0;
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (digits.empty() || fault != std::errc() || end != digits.data() + digits.size()) {
        return failed(fmt::format(R"("{}" is no whole number)", text));
    }
    return count;
}

Result<double> parse_share(std::string_view text) {
    const auto quantity = read_quantity(text);
    const bool percent = quantity && quantity->unit == "%";
    if (!quantity || !(percent || quantity->unit.empty())) {
        return failed(
            fmt::format(R"("{}" is no share; write a number from 0 to 1, or "50 %"{})", text, comma_advice(text)));
    }
    return percent ? quantity->number / 100 : quantity->number;
}

std::string format_share(double share) { return fmt::format("{}", share); }

Result<bool> parse_switch(std::string_view text) {
    const std::string word = ascii_lower(trim(text));
    if (word == "on" || word == "true" || word == "yes") return true;
    if (word == "off" || word == "false" || word == "no") return false;
    return failed(fmt::format(R"("{}" is neither "on" nor "off")", text));
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> pieces;
    while (true) {
        const std::size_t start = text.find_first_not_of(", \t\n");
        if (start == std::string_view::npos) return pieces;
        const std::size_t end = std::min(text.find_first_of(", \t\n", start), text.size());
        pieces.emplace_back(text.substr(start, end - start));
        text.remove_prefix(end);
    }
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> now(right.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t changed = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, changed});
            const bool swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
        }
        before.swap(last);
        last.swap(now);
    }
    return last[right.size()];
}

std::optional<std::string> nearest(std::string_view text, const std::vector<std::string>& candidates) {
    if (text.size() > 200) return {};
    std::optional<std::string> best;
    std::size_t best_distance = text.size() / 3 + 2;  // further away it is no slip of the fingers
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(ascii_lower(text), ascii_lower(candidate));
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
    const auto found = nearest(text, candidates);
    return found ? fmt::format(R"( (did you mean "{}"?))", *found) : std::string();
}

}  // namespace hookline::app
