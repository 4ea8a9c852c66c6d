#include "base/time_text.h"

#include <gtest/gtest.h>

namespace hookline {
namespace {

using namespace std::chrono_literals;

std::string normal(std::string_view text) {
    const auto instant = parse_rfc3339(text);
    return instant ? format_rfc3339(*instant) : "none";
}

TEST(TimeText, ReadsEveryPrecisionThatOktaSends) {
    EXPECT_EQ(normal("2019-10-24T14:21:28Z"), "2019-10-24T14:21:28.000000Z");
    EXPECT_EQ(normal("2019-10-24T14:21:28.577Z"), "2019-10-24T14:21:28.577000Z");
    EXPECT_EQ(normal("2024-02-29T23:59:59.809026Z"), "2024-02-29T23:59:59.809026Z");
    EXPECT_EQ(normal("2024-02-29T23:59:59.123456789Z"), "2024-02-29T23:59:59.123456Z");
}

TEST(TimeText, ReadsOffsetsAndTheOtherSpellingsOfRfc3339) {
    EXPECT_EQ(normal("2024-01-01T01:30:00+02:00"), "2023-12-31T23:30:00.000000Z");
    EXPECT_EQ(normal("2023-12-31T20:00:00.5-05:30"), "2024-01-01T01:30:00.500000Z");
    EXPECT_EQ(normal("2024-01-01t00:00:00z"), "2024-01-01T00:00:00.000000Z");
    EXPECT_EQ(normal("2024-01-01 00:00:00Z"), "2024-01-01T00:00:00.000000Z");
}

TEST(TimeText, ReadsALeapSecondAsTheOneBefore) {
    EXPECT_EQ(normal("2016-12-31T23:59:60Z"), "2016-12-31T23:59:59.000000Z");
}

TEST(TimeText, KnowsWhatIsNoInstant) {
    for (const std::string_view text : {"",
                                        "0000-01-01T00:00:00+01:00",
                                        "9999-12-31T23:59:59-01:00",
                                        "2017-09-31T00:00:00Z",
                                        "2023-02-29T00:00:00Z",
                                        "2024-13-01T00:00:00Z",
                                        "2024-00-01T00:00:00Z",
                                        "2024-01-00T00:00:00Z",
                                        "2024-01-01T24:00:00Z",
                                        "2024-01-01T00:60:00Z",
                                        "2024-01-01T00:00:61Z",
                                        "2024-01-01T00:00:00",
                                        "2024-01-01",
                                        "2024-01-01T00:00:00.Z",
                                        "2024-01-01T00:00:00.1234567890Z",
                                        "2024-01-01T00:00:00+24:00",
                                        "2024-01-01T00:00:00+02:60",
                                        "2024-01-01T00:00:00+0200",
                                        "2024-01-01T00:00:00Zx",
                                        " 2024-01-01T00:00:00Z",
                                        "24-01-01T00:00:00Z",
                                        "yesterday",
                                        "2024-01-01T00:00:00-",
                                        "+024-01-01T00:00:00Z"}) {
        EXPECT_FALSE(parse_rfc3339(text)) << text;
    }
}

TEST(TimeText, WritesUtcWithSixDigits) {
    EXPECT_EQ(format_rfc3339(WallTime{}), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(format_rfc3339(WallTime(-1us)), "1969-12-31T23:59:59.999999Z");
    for (const char* text : {"0000-01-01T00:00:00.000000Z", "0987-06-05T04:03:02.000001Z",
                             "2024-02-29T10:20:30.405060Z", "9999-12-31T23:59:59.999999Z"}) {
        EXPECT_EQ(format_rfc3339(parse_rfc3339(text).value()), text);
    }
    EXPECT_EQ(format_rfc3339(parse_rfc3339("9999-12-31T23:59:59Z").value() + 1s), "10000-01-01T00:00:00.000000Z");
}

TEST(TimeText, WritesDurationsAsPeopleDo) {
    EXPECT_EQ(format_duration(12us), "12 µs");
    EXPECT_EQ(format_duration(4200us), "4.2 ms");
    EXPECT_EQ(format_duration(12300ms), "12.3 s");
    EXPECT_EQ(format_duration(95s), "1 min 35 s");
    EXPECT_EQ(format_duration(125min), "2 h 5 min");
    EXPECT_EQ(format_duration(50h), "2 d 2 h");
}

}  // namespace
}  // namespace hookline
