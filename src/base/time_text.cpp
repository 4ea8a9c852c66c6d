#include "base/time_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace hookline {
namespace {

using namespace std::chrono;

/// Reads digits off the front of a text; once something did not fit, `good` stays false.
struct Reader {
    std::string_view rest;
    bool good = true;

    int number(std::size_t digits) {
        if (rest.size() < digits) return fail();
        int value = 0;
        for (const char digit : rest.substr(0, digits)) {
            if (digit < '0' || digit > '9') return fail();
            value = value * 10 + (digit - '0');
        }
        rest.remove_prefix(digits);
        return value;
    }
    char one_of(std::string_view allowed) {
        if (rest.empty() || allowed.find(rest.front()) == std::string_view::npos) {
            fail();
            return 0;
        }
        const char found = rest.front();
        rest.remove_prefix(1);
        return found;
    }
    int fail() {
        good = false;
        return 0;
    }
};

microseconds read_fraction(Reader& reader) {
    if (reader.rest.empty() || reader.rest.front() != '.') return 0us;
    reader.rest.remove_prefix(1);
    std::int64_t micros = 0;
    std::size_t digits = 0;
    while (!reader.rest.empty() && reader.rest.front() >= '0' && reader.rest.front() <= '9') {
        if (digits < 6) micros = micros * 10 + (reader.rest.front() - '0');
        ++digits;
        reader.rest.remove_prefix(1);
    }
    if (digits == 0 || digits > 9) reader.fail();
    for (std::size_t place = digits; place < 6; ++place) micros *= 10;
    return microseconds(micros);
}

minutes read_offset(Reader& reader) {
    const char sign = reader.one_of("Zz+-");
    if (sign != '+' && sign != '-') return 0min;
    const int hour = reader.number(2);
    reader.one_of(":");
    const int minute = reader.number(2);
    if (hour > 23 || minute > 59) reader.fail();
    const minutes offset = hours(hour) + minutes(minute);
    return sign == '+' ? offset : -offset;
}

/// Any year, also one that RFC 3339 does not know.
std::string format_rfc3339_slowly(year_month_day date, hh_mm_ss<microseconds> time) {
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    Reader reader{text};
    const int year_number = reader.number(4);
    reader.one_of("-");
    const int month_number = reader.number(2);
    reader.one_of("-");
    const int day_number = reader.number(2);
    reader.one_of("Tt ");
    const int hour = reader.number(2);
    reader.one_of(":");
    const int minute = reader.number(2);
    reader.one_of(":");
    const int second = reader.number(2);
    const microseconds fraction = read_fraction(reader);
    const minutes offset = read_offset(reader);
    const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                              day(static_cast<unsigned>(day_number))};
    if (!reader.good || !reader.rest.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return {};
    const WallTime instant =
        WallTime(sys_days(date)) + hours(hour) + minutes(minute) + seconds(std::min(second, 59)) + fraction - offset;
    // In UTC it may fall out of the years that four digits tell.
    const auto year_in_utc = static_cast<int>(year_month_day(floor<days>(instant)).year());
    if (year_in_utc < 0 || year_in_utc > 9999) return {};
    return instant;
}

std::string format_rfc3339(WallTime when) {
    const auto midnight = floor<days>(when);
    const year_month_day date(midnight);
    const hh_mm_ss time(when - midnight);
    const int year_number = static_cast<int>(date.year());
    if (year_number < 0 || year_number > 9'999) return format_rfc3339_slowly(date, time);
    // By hand: each delivery has a time of its own, and a general formatter takes an eighth of building a line.
    std::string text = "0000-00-00T00:00:00.000000Z";
    const auto write = [&text](std::size_t end, std::int64_t number) {
        for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
    };
    write(4, year_number);
    write(7, static_cast<unsigned>(date.month()));
    write(10, static_cast<unsigned>(date.day()));
    write(13, time.hours().count());
    write(16, time.minutes().count());
    write(19, time.seconds().count());
    write(26, time.subseconds().count());
    return text;
}

std::string format_duration(nanoseconds length) {
    const double whole_seconds = duration<double>(length).count();
    if (whole_seconds < 0.001) return fmt::format("{:.0f} µs", whole_seconds * 1e6);
    if (whole_seconds < 1) return fmt::format("{:.1f} ms", whole_seconds * 1e3);
    if (whole_seconds < 60) return fmt::format("{:.1f} s", whole_seconds);
    const auto all_minutes = duration_cast<minutes>(length).count();
    if (all_minutes < 60) return fmt::format("{} min {} s", all_minutes, duration_cast<seconds>(length).count() % 60);
    if (all_minutes < 48 * 60) return fmt::format("{} h {} min", all_minutes / 60, all_minutes % 60);
    return fmt::format("{} d {} h", all_minutes / 60 / 24, all_minutes / 60 % 24);
}

}  // namespace hookline
