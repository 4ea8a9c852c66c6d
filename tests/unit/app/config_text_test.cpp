// How values are written.

#include "app/config_text.h"

#include <gmock/gmock.h>

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ConfigText, ReadsSizesAsPeopleWriteThem) {
    EXPECT_EQ(parse_size("20 GiB"), 20ULL << 30);
    EXPECT_EQ(parse_size("512KiB"), 512ULL << 10);
    EXPECT_EQ(parse_size("3 MB"), 3'000'000ULL);
    EXPECT_EQ(parse_size("1.5 GiB"), 3ULL << 29);
    EXPECT_EQ(parse_size("9_000_000"), 9'000'000ULL);
    EXPECT_EQ(parse_size("18446744073709551615"), UINT64_MAX);
    for (const char* wrong : {"", "GiB", "-1", "1 GB per day", "0.3 B", "1e99 TiB", "18446744073709551616"}) {
        EXPECT_FALSE(parse_size(wrong)) << wrong;
    }
}

TEST(ConfigText, ReadsDurationsAndInsistsOnTheirUnit) {
    EXPECT_EQ(parse_duration("500 ms"), 500ms);
    EXPECT_EQ(parse_duration("2s"), 2s);
    EXPECT_EQ(parse_duration("1.5 s"), 1500ms);
    EXPECT_EQ(parse_duration("7 d"), 168h);
    for (const char* wrong : {"", "2", "2 weeks", "-1 s", "0.1 ms", "1000000 d"}) {
        ASSERT_FALSE(parse_duration(wrong)) << wrong;
        EXPECT_THAT(parse_duration(wrong).error().message, HasSubstr("\"500 ms\" or \"2 s\""));
    }
}

TEST(ConfigText, ACommaPartsThousandsAndNothingElse) {
    EXPECT_EQ(parse_size("9,000,000"), 9'000'000ULL);
    EXPECT_EQ(parse_size("1,024.5 KiB"), 1'049'088ULL);
    EXPECT_EQ(parse_count("20,000"), 20'000ULL);
    EXPECT_EQ(parse_duration("1,500 ms"), 1'500ms);
    for (const char* wrong : {"1,5 TiB", "1,50 TiB", "0,500 GiB", ",500 B", "1000,000 B", "1,0000 B", "1,000,00 B",
                              "1.5,000 KiB", "1,_000 B"}) {
        ASSERT_FALSE(parse_size(wrong)) << wrong;
        EXPECT_THAT(parse_size(wrong).error().message, HasSubstr("a fraction is written with a point"));
    }
    ASSERT_FALSE(parse_duration("1,5 s"));
    EXPECT_THAT(parse_duration("1,5 s").error().message, HasSubstr("a fraction is written with a point"));
    ASSERT_FALSE(parse_share("0,5"));
    EXPECT_THAT(parse_share("0,5").error().message, HasSubstr("a fraction is written with a point"));
    EXPECT_FALSE(parse_count("20,00"));
}

TEST(ConfigText, WhatItPrintsItReadsBack) {
    for (const std::uint64_t bytes :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{9'000'000}, std::uint64_t{5} << 40}) {
        EXPECT_EQ(parse_size(format_size(bytes)), bytes) << format_size(bytes);
    }
    for (const auto length : {0ms, 1ms, 1'500ms, 60'000ms, 86'400'000ms}) {
        EXPECT_EQ(parse_duration(format_exactly(length)), length) << format_exactly(length);
    }
}

TEST(ConfigText, ReadsSharesAndSwitches) {
    EXPECT_EQ(parse_share("0.25"), 0.25);
    EXPECT_EQ(parse_share("50 %"), 0.5);
    EXPECT_FALSE(parse_share("half"));
    EXPECT_EQ(parse_switch("on"), true);
    EXPECT_EQ(parse_switch("No"), false);
    EXPECT_FALSE(parse_switch("maybe"));
}

TEST(ConfigText, SplitsListsAtCommasAndBlanks) {
    EXPECT_THAT(split_list(" a,b  c ,, d"), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(split_list(" , "), IsEmpty());
}

TEST(ConfigText, GuessesWhatWasMeantButNotWildly) {
    EXPECT_EQ(edit_distance("listen", "lisetn"), 1U);
    EXPECT_EQ(nearest("spool.tenant_byte_max", {"spool.tenant_bytes_max", "spool.bytes_max"}),
              "spool.tenant_bytes_max");
    EXPECT_EQ(nearest("qqq", {"us", "eu"}), std::nullopt);
}

}  // namespace
}  // namespace hookline::app
