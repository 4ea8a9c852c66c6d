// DESIGN section 3, the guards: whatever comes in, the line is one that Logz.io takes, and no path changes its type.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "line_support.h"

namespace hookline::logzio {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;

std::string member(std::string_view key, std::string_view value) {
    return '"' + std::string(key) + "\":" + std::string(value);
}

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t count = 0; count < times; ++count) out += text;
    return out;
}

/// {"k0":V,"k1":V,…}
std::string object_of(std::size_t members, std::string_view value) {
    std::string out = "{";
    for (std::size_t place = 0; place < members; ++place) {
        out += (place == 0 ? "" : ",") + member("k" + std::to_string(place), value);
    }
    return out + "}";
}

// Strings

TEST(StringGuard, LeavesAStringOfExactlyTheLimitAlone) {
    const std::string event = "{" + member("s", in_quotes(std::string(32'700, 'x'))) + "}";
    const Built built = build(event);
    EXPECT_THAT(built.text, StartsWith(event.substr(0, event.size() - 1)));
    EXPECT_THAT(built.guards(), IsEmpty());
}

TEST(StringGuard, CutsALongerOneAndSaysSo) {
    const Built built =
        build(R"({"s":")" + std::string(32'701, 'x') + R"(","t":{"u":[")" + std::string(40'000, 'y') + R"("]}})");
    EXPECT_EQ(built.json["s"], std::string(32'700, 'x'));
    EXPECT_EQ(built.json["t"]["u"][0], std::string(32'700, 'y'));
    EXPECT_THAT(built.guards(), ElementsAre("string_cut"));
    EXPECT_EQ(built.json["hookline"]["guards"], Json::parse(R"(["string_cut"])"));
    EXPECT_EQ(built.json["hookline"]["lost"], Json::parse(R"(["/s","/t/u/0"])"));
    EXPECT_TRUE(built.line.cut);
}

TEST(StringGuard, CutsAtACharactersBorder) {
    // Characters are counted as Java counts them: one beyond U+FFFF is two.
    struct Case {
        std::string_view unit;
        std::size_t characters;
        std::string_view decoded;
    };
    for (const auto& [unit, characters, decoded] : {
             Case{"é", 1, "é"},
             Case{"漢", 1, "漢"},
             Case{"😀", 2, "😀"},
             Case{R"(\u00e9)", 1, "é"},
             Case{R"(\ud83d\ude00)", 2, "😀"},
             Case{R"(\n)", 1, "\n"},
             Case{R"(\\)", 1, "\\"},
         }) {
        for (const std::string_view before : {"", "x"}) {
            const std::string text = std::string(before) + repeated(unit, 40'000);
            const Built built = build(R"({"s":")" + text + R"("})");
            const std::size_t kept = (32'700 - before.size()) / characters;
            EXPECT_EQ(built.json["s"], std::string(before) + repeated(decoded, kept)) << unit;
        }
    }
}

TEST(StringGuard, LeavesLongTextOfFewCharactersAlone) {
    const std::string text = repeated(R"(\u00e9)", 32'700);  // 196,200 bytes
    const Built built = build(R"({"s":")" + text + R"("})");
    EXPECT_THAT(built.text, StartsWith(R"({"s":")" + text + R"(")"));
    EXPECT_THAT(built.guards(), IsEmpty());
}

TEST(StringGuard, CutsTheMessageToo) {
    const Built built = build(R"({"displayMessage":")" + std::string(40'000, 'x') + R"("})");
    EXPECT_EQ(built.json["message"], std::string(32'700, 'x'));
    EXPECT_EQ(built.json["displayMessage"], std::string(32'700, 'x'));
}

TEST(StringGuard, CutsTheEnvelopesTexts) {
    LineSource source = delivered("{}");
    const std::string id = in_quotes(std::string(40'000, 'x'));
    source.envelope[4].raw = id;
    const Built built = build(source);
    EXPECT_EQ(built.json["eventId"], std::string(32'700, 'x'));
    EXPECT_TRUE(built.line.cut);
}

TEST(StringGuard, ReplacesBytesThatAreNotUtf8) {
    const Built built = build("{\"name\":\"Jos\xE9 \xC3\",\"ok\":\"José\"}");
    EXPECT_EQ(built.json["name"], "Jos\uFFFD \uFFFD");
    EXPECT_EQ(built.json["ok"], "José");
    EXPECT_THAT(built.guards(), ElementsAre("characters_replaced"));
    EXPECT_EQ(built.json["hookline"]["lost"], Json::parse(R"(["/name"])"));
    EXPECT_TRUE(built.line.cut);  // which byte it was can only be seen in the original
}

TEST(StringGuard, ReplacesLoneSurrogatesAndLeavesPairsAsTheyAre) {
    const Built built = build(R"({"s":"a\ud800b\uDC00c\ud83d\ude00\uDBFF"})");
    EXPECT_THAT(built.text, StartsWith("{\"s\":\"a\uFFFDb\uFFFDc\\ud83d\\ude00\uFFFD\""));
    EXPECT_THAT(built.guards(), ElementsAre("characters_replaced"));
    EXPECT_THAT(build(R"({"s":"\ud83d\ude00 \ud7ff \ue000"})").guards(), IsEmpty());
}

// Keys

TEST(KeyGuard, TakesOutKeysThatLogzioCannotMap) {
    for (const std::string_view key : {"a.b", ".", ".a", "a.", "", " ", "_", "__", "a,b", "#a", "_id", "_source"}) {
        const Built built = build("{" + member(key, "[1,2]") + R"(,"ok":1})");
        EXPECT_FALSE(built.json.contains(key)) << key;
        EXPECT_EQ(built.json["ok"], 1);
        EXPECT_THAT(built.folded(), ElementsAre(Pair("/" + std::string(key), Json::parse("[1,2]"))));
        EXPECT_THAT(built.guards(), ElementsAre("unusable_key"));
        EXPECT_FALSE(built.line.cut) << key;
    }
}

TEST(KeyGuard, KnowsADotHoweverItIsSpelt) {
    const Built built = build(R"({"x":{"a\u002eb":1,"a/b~c":2}})");
    EXPECT_EQ(built.json["x"], Json::parse(R"({"a/b~c":2})"));
    EXPECT_THAT(built.folded(), ElementsAre(Pair("/x/a.b", 1)));
}

TEST(KeyGuard, WritesPathsAsJsonPointers) {
    EXPECT_THAT(build(R"({"a/b~c":{"d":[{"e.f":true}]}})").folded(), ElementsAre(Pair("/a~1b~0c/d/0/e.f", true)));
}

TEST(KeyGuard, LeavesUnderscoresInsideAlone) {
    const Built built = build(R"({"os_platform":1,"x":{"_links":2,"y_":3}})");
    EXPECT_THAT(built.text, StartsWith(R"({"os_platform":1,"x":{"_links":2,"y_":3},)"));
    EXPECT_THAT(built.guards(), IsEmpty());
}

TEST(KeyGuard, TakesOutKeysThatAreTooLong) {
    const std::string key(32'701, 'k');
    const Built built = build("{" + member(key, "1") + "}");
    EXPECT_FALSE(built.json.contains(key));
    EXPECT_THAT(built.guards(), ElementsAre("unusable_key", "folded_cut"));
    EXPECT_TRUE(built.line.cut);  // its path alone is more than hookline.folded takes
}

TEST(KeyGuard, RepairsKeysThatAreNotUtf8) {
    const Built built = build("{\"caf\xE9\":1}");
    EXPECT_EQ(built.json["caf\uFFFD"], 1);
    EXPECT_TRUE(built.line.cut);
}

TEST(KeyGuard, KeepsTheLastOfEqualKeysAndFoldsTheOthers) {
    const Built built = build(R"({"a":1,"b":{"c":"x","c":{"d":2},"\u0063":true},"a":2,"\u0061":3})");
    EXPECT_EQ(built.json["a"], 3);
    EXPECT_EQ(built.json["b"], Json::parse(R"({"c":true})"));
    EXPECT_THAT(built.folded(),
                ElementsAre(Pair("/a", 1), Pair("/a", 2), Pair("/b/c", "x"), Pair("/b/c", Json::parse(R"({"d":2})"))));
    EXPECT_THAT(built.guards(), ElementsAre("duplicate_key"));
    EXPECT_FALSE(built.line.cut);
}

TEST(KeyGuard, KnowsKeysAsEqualOnlyWithinOneObject) {
    const Built built = build(R"({"a":{"id":1},"b":[{"id":1},{"id":2}],"id":3})");
    EXPECT_THAT(built.guards(), IsEmpty());
}

TEST(KeyGuard, FindsEqualKeysOfEveryLengthAndAnyDistance) {
    for (std::size_t length = 1; length < 40; ++length) {
        std::string event = "{";
        for (char letter = 'a'; letter <= 'z'; ++letter) event += member(std::string(length, letter), "1") + ",";
        EXPECT_THAT(build(event + "\"z0\":0}").guards(), IsEmpty()) << length;
        EXPECT_THAT(build(event + member(std::string(length, 'b'), "2") + "}").guards(), ElementsAre("duplicate_key"))
            << length;
    }
}

// Numbers

TEST(NumberGuard, TakesOutIntegersThatNoLongCanHold) {
    for (const std::string_view number :
         {"9223372036854775808", "-9223372036854775809", "18446744073709551615", "123456789012345678901234567890"}) {
        const Built built = build(R"({"n":)" + std::string(number) + R"(,"a":[1,)" + std::string(number) + ",2]}");
        EXPECT_FALSE(built.json.contains("n"));
        EXPECT_EQ(built.json["a"], Json::parse("[1,2]"));
        EXPECT_EQ(built.json["hookline"]["folded"], R"([{"path":"/n","value":)" + std::string(number) +
                                                        R"(},{"path":"/a/1","value":)" + std::string(number) + "}]");
        EXPECT_THAT(built.guards(), ElementsAre("integer_out_of_range"));
        EXPECT_FALSE(built.line.cut);
    }
}

TEST(NumberGuard, LeavesAllOtherNumbersAlone) {
    const std::string_view event = R"({"a":9223372036854775807,"b":-9223372036854775808,"c":9223372036854775808.0,)"
                                   R"("d":9223372036854775808e0,"e":1e400,"f":-0})";
    EXPECT_THAT(text_of_line(event), StartsWith(event.substr(0, event.size() - 1)));
}

// Levels

/// {"a":{"a":…{"a":"end"}…}} with so many objects, or with arrays inside the first.
std::string nested(std::size_t levels, bool arrays = false) {
    const std::string_view open = arrays ? "[" : R"({"a":)";
    return R"({"a":)" + repeated(open, levels - 1) + R"("end")" + std::string(levels - 1, arrays ? ']' : '}') + "}";
}

TEST(LevelGuard, LeavesTenLevelsAlone) {
    for (const bool arrays : {false, true}) {
        const Built built = build(nested(10, arrays));
        EXPECT_EQ(levels_of(built.json), 10U);
        EXPECT_THAT(built.guards(), IsEmpty());
    }
}

TEST(LevelGuard, FoldsWhatLiesDeeper) {
    const Built objects = build(nested(12));
    EXPECT_EQ(levels_of(objects.json), 10U);
    EXPECT_THAT(objects.folded(), ElementsAre(Pair("/a/a/a/a/a/a/a/a/a/a", Json::parse(R"({"a":{"a":"end"}})"))));
    EXPECT_THAT(objects.guards(), ElementsAre("too_deep"));
    EXPECT_FALSE(objects.line.cut);

    const Built arrays = build(nested(11, true));
    EXPECT_EQ(levels_of(arrays.json), 10U);
    EXPECT_THAT(arrays.folded(), ElementsAre(Pair("/a/0/0/0/0/0/0/0/0/0", Json::parse(R"(["end"])"))));
}

TEST(LevelGuard, TakesNestingOfAnyDepth) {
    const Built built = build(nested(100'000));
    EXPECT_THAT(built.guards(), ElementsAre("too_deep", "folded_cut"));
    EXPECT_EQ(built.json["hookline"]["lost"], Json::parse(R"(["/a/a/a/a/a/a/a/a/a/a"])"));
    EXPECT_TRUE(built.line.cut);
}

// Fields

TEST(FieldGuard, FoldsWhatIsTooMuchOfTheLargestAndKeepsTheRest) {
    const std::string event = R"({"debugContext":{"debugData":)" + object_of(1'500, "1") + R"(},"actor":)" +
                              object_of(50, "true") + R"(,"uuid":"one","eventType":"x.y"})";
    const Built built = build(delivered(event));
    EXPECT_EQ(built.json["actor"].size(), 50U);
    EXPECT_EQ(built.json["uuid"], "one");
    EXPECT_EQ(built.json["eventType"], "x.y");
    const Json& data = built.json["debugContext"]["debugData"];
    EXPECT_GT(data.size(), 850U);
    EXPECT_EQ(data["k0"], 1);
    EXPECT_EQ(data.size() + built.folded().size(), 1'500U);
    EXPECT_THAT(built.folded(), Contains(Pair("/debugContext/debugData/k1499", 1)));
    EXPECT_THAT(built.guards(), ElementsAre("too_many_fields"));
    EXPECT_FALSE(built.line.cut);
}

TEST(FieldGuard, KeepsTheFrontOfALongArray) {
    std::string event = R"({"target":[)";
    for (int place = 0; place < 400; ++place)
        event += (place == 0 ? "" : ",") + std::string(R"({"id":")") + std::to_string(place) + R"(","type":"User"})";
    const Built built = build(event + R"(],"after":1})");
    const Json& target = built.json["target"];
    EXPECT_GT(target.size(), 300U);
    EXPECT_EQ(target.back(), Json::parse(R"({"id":")" + std::to_string(target.size() - 1) + R"(","type":"User"})"));
    EXPECT_EQ(built.json["after"], 1);
    ASSERT_EQ(built.folded().size(), 400 - target.size());
    EXPECT_EQ(built.folded()[0].first, "/target/" + std::to_string(target.size()));
    EXPECT_FALSE(built.line.cut);
}

TEST(FieldGuard, DividesAnArrayOfOne) {
    const Built built = build(R"({"request":{"ipChain":[)" + object_of(2'000, "1") + "]}}");
    EXPECT_GT(built.json["request"]["ipChain"][0].size(), 900U);
    EXPECT_THAT(built.guards(), Contains("too_many_fields"));
}

TEST(FieldGuard, KeepsWhatPeopleLookForWhereverItStands) {
    std::string event = object_of(3'000, "1");
    event.back() = ',';
    event += R"("uuid":"one","published":"2026-03-14T09:26:53.589Z","displayMessage":"said","eventType":"x.y"})";
    const Built built = build(delivered(event));
    EXPECT_EQ(built.json["uuid"], "one");
    EXPECT_EQ(built.json["@timestamp"], "2026-03-14T09:26:53.589Z");
    EXPECT_EQ(built.json["message"], "said");
    EXPECT_EQ(built.json["eventType"], "x.y");
    EXPECT_EQ(built.json["eventId"], "batch-1");
    EXPECT_EQ(built.json["k0"], 1);
    EXPECT_TRUE(built.line.cut);  // two thousand folded members are more than one string takes
    EXPECT_THAT(built.guards(), ElementsAre("too_many_fields", "folded_cut"));
}

TEST(FieldGuard, IsExactAtItsLimit) {
    // Of 1,000 values, 32 are kept free for what hookline adds.
    EXPECT_THAT(build(object_of(968, "1")).guards(), IsEmpty());
    const Built built = build(object_of(969, "1"));
    EXPECT_THAT(built.folded(), ElementsAre(Pair("/k968", 1)));
}

// The line

TEST(LengthGuard, CutsALineThatIsTooLongAndKeepsSmallValues) {
    std::string event = R"({"uuid":"one","big":{)";
    for (int place = 0; place < 40; ++place)
        event += (place == 0 ? "" : ",") + member("s" + std::to_string(place), in_quotes(std::string(20'000, 'x')));
    event += R"(},"actor":{"id":"someone"},"eventType":"x.y"})";
    const Built built = build(delivered(event));
    EXPECT_GT(built.text.size(), 300'000U);
    EXPECT_EQ(built.json["uuid"], "one");
    EXPECT_EQ(built.json["actor"]["id"], "someone");
    EXPECT_EQ(built.json["eventType"], "x.y");
    EXPECT_GT(built.json["big"].size(), 10U);
    EXPECT_THAT(built.guards(), ElementsAre("line_too_long", "folded_cut"));
    EXPECT_TRUE(built.line.cut);
}

TEST(LengthGuard, IsNotReachedByWhiteSpace) {
    const Built built = build("{" + std::string(600'000, ' ') + "\"a\":1}");
    EXPECT_THAT(built.text, StartsWith(R"({"a":1,)"));
    EXPECT_THAT(built.guards(), IsEmpty());
}

TEST(LengthGuard, HoldsWhenEverythingIsLongAtOnce) {
    const std::string wide = repeated(R"(\u6f22)", 40'000);
    std::string event = R"({"displayMessage":")" + wide + R"(","type":")" + wide + R"(","a.b":")" + wide + R"(")";
    for (int place = 0; place < 10; ++place) event += ",\"s" + std::to_string(place) + "\":\"" + wide + '"';
    LineSource source = delivered(event + "}");
    const std::string text = in_quotes(wide);
    for (RawMember& each : source.envelope) each.raw = text;
    source.envelope_other = {{"other", text}};
    const std::string whole = event + "}";
    source.event = whole;
    for (const Shape shape : {Shape::hookline, Shape::reference}) {
        const Built built = build(source, shape);
        EXPECT_TRUE(built.line.cut);
        EXPECT_THAT(built.json["message"].get<std::string>(), StartsWith("漢漢漢"));
    }
}

TEST(LengthGuard, CountsTheMark) {
    // Lines of every length around the limit: with the mark in it none is longer.
    LineLimits limits;
    limits.line_bytes_max = 20'000;
    const std::size_t usual = build("{}").text.size();
    for (std::size_t length = 19'900 - usual; length < 20'100 - usual; ++length) {
        build(source_of(R"({"s":")" + std::string(length, 'x') + R"("})"), Shape::hookline, limits);
    }
}

TEST(LengthGuard, SmallerLimitsThanMakeSenseAreRaised) {
    LineBuilder builder(Shape::hookline,
                        {.line_bytes_max = 1, .string_characters_max = 1, .fields_max = 1, .levels_max = 1});
    std::string out;
    EXPECT_FALSE(builder.build(delivered(R"({"a":{"b":"a short text"}})"), out).cut);
    EXPECT_THAT(out, StartsWith(R"({"a":{"b":"a short text"},"hookEventType":)"));
}

// Folding

TEST(Folding, NeverChangesTheTypeOfAPath) {
    // Each guard at work at once: every path that is left has the type it had.
    const std::string event = R"({"s":")" + std::string(40'000, 'x') +
                              R"(","n":99999999999999999999,"a.b":{"c":1},)"
                              R"("deep":)" +
                              nested(12) +
                              R"(,"list":[1,[2,[3]],99999999999999999999,null],"dup":1,"dup":"one",)"
                              R"("many":)" +
                              object_of(1'200, R"({"x":null})") + "}";
    const Json before = Json::parse(event);
    const Built built = build(event);
    const std::function<void(const Json&, const Json&, const std::string&)> compare =
        [&](const Json& after, const Json& earlier, const std::string& path) {
            EXPECT_EQ(after.type(), earlier.type()) << path;
            if (!after.is_object()) return;
            for (const auto& [key, value] : after.items()) compare(value, earlier.at(key), path + "/" + key);
        };
    for (const auto& [key, value] : built.json.items()) {
        if (before.contains(key)) compare(value, before.at(key), "/" + key);
    }
    EXPECT_EQ(built.json["dup"], "one");
}

TEST(Folding, KeepsTextAsItWas) {
    const Built built = build("{\"a.b\": { \"x\" : 1.50 ,\n\"y\":\"\\ud800\\u0041\" } }");
    EXPECT_EQ(built.json["hookline"]["folded"], R"([{"path":"/a.b","value":{"x":1.50,"y":"\ud800\u0041"}}])");
    EXPECT_FALSE(built.line.cut);
}

TEST(Folding, SaysWhenItHadToReplaceBytes) {
    const Built built = build("{\"a.b\":\"Jos\xE9\"}");
    EXPECT_EQ(built.json["hookline"]["folded"], "[{\"path\":\"/a.b\",\"value\":\"Jos\uFFFD\"}]");
    EXPECT_TRUE(built.line.cut);
}

TEST(Folding, IsOneStringWithinTheLimitOfStrings) {
    const Built built =
        build(R"({"a.b":")" + std::string(32'000, 'x') + R"(","c.d":")" + std::string(32'000, 'y') + R"(","e.f":1})");
    EXPECT_LE(built.json["hookline"]["folded"].get<std::string>().size(), 32'700U);
    // What does not fit is lost from the line; what comes behind it may still fit.
    EXPECT_THAT(built.folded(), ElementsAre(Pair("/a.b", std::string(32'000, 'x')), Pair("/e.f", 1)));
    EXPECT_EQ(built.json["hookline"]["lost"], Json::parse(R"(["/c.d"])"));
    EXPECT_THAT(built.guards(), ElementsAre("unusable_key", "folded_cut"));
    EXPECT_TRUE(built.line.cut);
}

TEST(Original, IsOneStringWithinTheLimitOfStrings) {
    LineSource source = source_of(R"({"type":1})");
    const std::string big = in_quotes(std::string(40'000, 'x'));
    source.envelope_other = {{"big", big}, {"small", "1"}};
    const Built built = build(source);
    EXPECT_EQ(built.original(), Json::parse(R"({"event":{"type":1},"envelope":{"small":1}})"));
    EXPECT_THAT(built.guards(), ElementsAre("reserved_key", "original_cut"));
    EXPECT_TRUE(built.line.cut);
}

// Scale

TEST(Guards, TakeBodiesAsLargeAsAreAdmitted) {
    const std::size_t bytes = 1024 * 1024;
    for (const std::string& event : {
             R"({"a":[)" + repeated("1,", bytes / 2) + "1]}",
             R"({"a":[)" + repeated(R"({"b":[]},)", bytes / 9) + "1]}",
             "{" + repeated(R"("a":1,)", bytes / 6) + R"("b":1})",
             R"({"s":")" + repeated(R"(\ud800)", bytes / 6) + R"("})",
             object_of(bytes / 12, "1"),
         }) {
        EXPECT_TRUE(build(event).line.cut);
    }
}

}  // namespace
}  // namespace hookline::logzio
