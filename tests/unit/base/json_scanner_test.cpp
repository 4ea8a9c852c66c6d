#include "base/json_scanner.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string problem_of(std::string_view text) {
    JsonScanner scanner(text);
    std::string_view raw;
    if (scanner.value(raw) && scanner.finish()) return "";
    return describe(scanner.problem(), text);
}

TEST(JsonScanner, TakesWhatJsonAllows) {
    for (const std::string_view text : {
             "{}",
             "[]",
             "0",
             "-0",
             "-0.0e-0",
             "1E+2",
             "1.5",
             R"("")",
             "true",
             "false",
             "null",
             " \t\r\n[ 1 , 2 ] \n",
             R"({"a":{"b":[{},[],"c",-1.5e+10,null]}})",
             R"("\"\\\/\b\f\n\r\t\u0041\uD83D\uDE00")",
             "\"\x7F é 漢 😀\"",
             R"({"a":1,"a":2})",
         }) {
        EXPECT_TRUE(is_json(text)) << text << ": " << problem_of(text);
    }
}

TEST(JsonScanner, TakesLegalJsonThatNumbersAndStringsOfAProgramCannotHold) {
    EXPECT_TRUE(is_json("123456789012345678901234567890"));
    EXPECT_TRUE(is_json("1e400"));
    EXPECT_TRUE(is_json(R"("\ud800 and \udc00")"));
}

TEST(JsonScanner, TakesNestingAsDeepAsTheTextIsLong) {
    const std::size_t depth = 1'000'000;
    std::string text;
    for (std::size_t level = 0; level < depth; ++level) text += level % 3 == 0 ? R"({"a":)" : "[";
    text += "1";
    for (std::size_t level = depth; level-- > 0;) text += level % 3 == 0 ? '}' : ']';
    EXPECT_TRUE(is_json(text));

    text.back() = ']';  // the outermost bracket is now of the other kind
    EXPECT_FALSE(is_json(text));
}

TEST(JsonScanner, KeepsApartTheBracketsOfSixtyFourLevelsAndMore) {
    // One bit a level, sixty-four levels a word: the borders are where a mistake would hide.
    for (const std::size_t depth : {63U, 64U, 65U, 127U, 128U, 129U, 200U}) {
        for (std::size_t wrong = 0; wrong < depth; ++wrong) {
            std::string text;
            for (std::size_t level = 0; level < depth; ++level) text += level % 2 == 0 ? R"({"a":)" : "[";
            text += "1";
            std::string closing;
            for (std::size_t level = depth; level-- > 0;) closing += level % 2 == 0 ? '}' : ']';
            EXPECT_TRUE(is_json(text + closing));
            closing[wrong] = closing[wrong] == '}' ? ']' : '}';
            EXPECT_FALSE(is_json(text + closing)) << depth << " levels, bracket " << wrong;
        }
    }
}

TEST(JsonScanner, TakesBytesInStringsThatAreNotUtf8) {
    EXPECT_TRUE(is_json("\"Jos\xE9\""));
    EXPECT_TRUE(is_json("{\"\xFF\":\"\xC3\"}"));
    EXPECT_FALSE(is_json("\xE9"));
    EXPECT_FALSE(is_json("[1\xC2\xA0]"));
}

TEST(JsonScanner, RefusesWhatJsonDoesNotAllow) {
    for (const std::string_view text : {
             "",         " ",        "{",         "[",         "\"",         "\"abc",       "{]",
             "[}",       "[1}",      "{\"a\":1]", "[1 2]",     "[1,]",       "[,1]",        "[1,,2]",
             "{,}",      "{\"a\"}",  "{\"a\":}",  "{\"a\" 1}", "{\"a\":1,}", "{a:1}",       "{'a':1}",
             "{1:1}",    "01",       "-",         "+1",        "1.",         ".5",          "1e",
             "1e+",      "0x1",      "1_000",     "--1",       "tru",        "True",        "nul",
             "nan",      "Infinity", "falsehood", "\"\\q\"",   "\"\\u12\"",  "\"\\u12g4\"", "\"\\",
             "\"\n\"",   "\"\t\"",   "[1] 2",     "{} {}",     "1 // one",   "/* */ 1",     "[1]\v",
             "nullnull",
         }) {
        EXPECT_FALSE(is_json(text)) << text;
    }
    using namespace std::string_literals;
    EXPECT_FALSE(is_json("\0"s));
    EXPECT_FALSE(is_json("1\0"s));
    EXPECT_FALSE(is_json("\"\0\""s));
}

TEST(JsonScanner, SaysWhereAndWhyATextStopsBeingJson) {
    EXPECT_EQ(problem_of("{\"a\":1,\n \"b\":tru}"), "byte 14 (line 2, column 6): a value was expected");
    EXPECT_EQ(problem_of("[1 2]"), "byte 4 (line 1, column 4): ',' or ']' was expected");
    EXPECT_EQ(problem_of("{\"a\" 1}"), "byte 6 (line 1, column 6): ':' was expected");
    EXPECT_EQ(problem_of("{\"a\":1"), "byte 7 (line 1, column 7): the text ends too early");
    EXPECT_THAT(problem_of("\"a\nb\""), HasSubstr("a control character stands unescaped in a string"));
    EXPECT_THAT(problem_of("\"\\q\""), HasSubstr("JSON has no such escape"));
    EXPECT_THAT(problem_of("01"), HasSubstr("a number must not begin with 0"));
    EXPECT_THAT(problem_of("{} x"), HasSubstr("nothing more was expected behind the value"));
}

TEST(JsonScanner, FindsATextsEndAtEveryLength) {
    // Strings are searched sixteen bytes at a time: every place of a quote, and of the end, must be found.
    for (std::size_t length = 0; length < 70; ++length) {
        const std::string inside(length, 'x');
        EXPECT_TRUE(is_json('"' + inside + '"')) << length;
        EXPECT_FALSE(is_json('"' + inside)) << length;
        EXPECT_FALSE(is_json('"' + inside + "\x1F\"")) << length;
        EXPECT_TRUE(is_json('"' + inside + "\\\"\"")) << length;
    }
}

TEST(JsonScanner, YieldsSlicesOfMembersAndElementsAsTheyStand) {
    const std::string_view text = R"( { "a" : [1, {"b":2}] ,"c":"\u0041" } )";
    JsonScanner scanner(text);
    std::vector<std::string> found;
    std::string_view key;
    std::string_view raw;
    ASSERT_EQ(scanner.peek(), '{');
    scanner.enter();
    ASSERT_TRUE(scanner.next_key(key));
    found.emplace_back(key);
    ASSERT_EQ(scanner.peek(), '[');
    scanner.enter();
    while (scanner.next_element() && scanner.value(raw)) found.emplace_back(raw);
    while (scanner.next_key(key) && scanner.value(raw)) found.push_back(std::string(key) + " is " + std::string(raw));
    EXPECT_TRUE(scanner.finish());
    EXPECT_THAT(found, ElementsAre(R"("a")", "1", R"({"b":2})", R"("c" is "\u0041")"));
}

TEST(JsonScanner, WalkingFindsTheSameProblemsAsTakingTheWhole) {
    for (const std::string_view text :
         {"{\"a\":1 \"b\":2}", "{\"a\" 1}", "{,\"a\":1}", "{\"a\":1,}", "{1:2}", "{\"a\":1"}) {
        JsonScanner scanner(text);
        std::string_view key;
        std::string_view raw;
        scanner.peek();
        scanner.enter();
        while (scanner.next_key(key) && scanner.value(raw)) continue;
        EXPECT_FALSE(scanner.finish()) << text;
        EXPECT_EQ(describe(scanner.problem(), text), problem_of(text)) << text;
    }
}

std::string text_of(std::string_view raw) {
    std::string scratch;
    return std::string(json_string_text(raw, scratch));
}

TEST(JsonStringText, UnescapesAndRepairs) {
    EXPECT_EQ(text_of(R"("")"), "");
    EXPECT_EQ(text_of(R"("plain")"), "plain");
    EXPECT_EQ(text_of(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(text_of(R"("\u0041\u00e9\u6F22\ud83d\uDE00")"), "Aé漢😀");
    EXPECT_EQ(text_of("\"é漢😀\""), "é漢😀");
    EXPECT_EQ(text_of(R"("a\ud800b\udc00\ud83dx\ud83d\ud83d\ude00")"), "a\uFFFDb\uFFFD\uFFFDx\uFFFD😀");
    EXPECT_EQ(text_of("\"Jos\xE9 \xC3\""), "Jos\uFFFD \uFFFD");
    EXPECT_EQ(text_of("\"\xED\xA0\x80\""), "\uFFFD\uFFFD\uFFFD");  // a surrogate in UTF-8's clothes
}

TEST(JsonStringText, PointsIntoTheTextWhenNothingChanges) {
    const std::string_view raw = R"("plain")";
    std::string scratch = "untouched";
    EXPECT_EQ(json_string_text(raw, scratch).data(), raw.data() + 1);
    EXPECT_EQ(scratch, "untouched");
}

TEST(AppendCompactJson, DropsWhiteSpaceBetweenTokensOnly) {
    std::string out = "x";
    EXPECT_TRUE(append_compact_json(out, "{ \"a b\" :\n[ 1 ,\t\"c \\\" d\" ] }"));
    EXPECT_EQ(out, R"(x{"a b":[1,"c \" d"]})");
}

TEST(AppendCompactJson, LeavesTheTextAloneWhenItDoesNotFit) {
    std::string out = "x";
    EXPECT_FALSE(append_compact_json(out, "[1, 2, 3]", 6));
    EXPECT_EQ(out, "x");
    EXPECT_TRUE(append_compact_json(out, "[1, 2, 3]", 7));
    EXPECT_EQ(out, "x[1,2,3]");
}

}  // namespace
}  // namespace hookline
