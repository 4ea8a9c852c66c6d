#include "base/json_text.h"

#include <gtest/gtest.h>

namespace hookline {
namespace {

TEST(JsonText, EscapesWhatJsonMustEscapeAndNothingElse) {
    EXPECT_EQ(json_string("plain é 漢 😀 /"), "\"plain é 漢 😀 /\"");
    EXPECT_EQ(json_string("a\"b\\c\nd\re\tf"), R"("a\"b\\c\nd\re\tf")");
    EXPECT_EQ(json_string(std::string_view("\0\x01\x1F", 3)), R"("\u0000\u0001\u001f")");
    EXPECT_EQ(json_string("\x7F"), "\"\x7F\"");
    EXPECT_EQ(json_string(""), R"("")");
}

TEST(JsonText, ReplacesEachByteThatIsNotUtf8) {
    EXPECT_EQ(json_string("a\xFF\xFE z"), "\"a\uFFFD\uFFFD z\"");
    EXPECT_EQ(json_string("\xC3"), "\"\uFFFD\"");
    EXPECT_EQ(json_string("\xE2\x82x"), "\"\uFFFD\uFFFDx\"");
}

TEST(JsonText, AppendsBehindWhatIsThere) {
    std::string out = "key:";
    append_json_string(out, "value");
    EXPECT_EQ(out, "key:\"value\"");
}

TEST(Utf8Length, KnowsWellFormedCharactersOnly) {
    EXPECT_EQ(utf8_length(""), 0U);
    EXPECT_EQ(utf8_length("a"), 1U);
    EXPECT_EQ(utf8_length("é"), 2U);
    EXPECT_EQ(utf8_length("漢"), 3U);
    EXPECT_EQ(utf8_length("😀"), 4U);
    EXPECT_EQ(utf8_length("\xF4\x8F\xBF\xBF"), 4U);  // U+10FFFF
    for (const std::string_view bad : {
             "\x80",
             "\xBF",  // a continuation alone
             "\xC0\x80",
             "\xC1\xBF",
             "\xE0\x9F\xBF",      // overlong
             "\xF0\x8F\xBF\xBF",  // overlong
             "\xED\xA0\x80",
             "\xED\xBF\xBF",  // surrogates
             "\xF4\x90\x80\x80",
             "\xF5\x80\x80\x80",  // beyond U+10FFFF
             "\xC3",
             "\xE2\x82",
             "\xF0\x9F\x98",  // cut short
             "\xC3x",
             "\xE2\x82x",
             "\xF0\x9F\x98x",
             "\xFE",
             "\xFF",
         }) {
        EXPECT_EQ(utf8_length(bad), 0U) << json_string(bad);
    }
}

}  // namespace
}  // namespace hookline
