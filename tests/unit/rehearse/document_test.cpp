// JSON as the emulator reads it, and the rules by which Logz.io would tag a document.
#include "rehearse/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "rehearse/index_model.h"
#include "rehearse/seen_table.h"

namespace hookline::rehearse {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string with(const std::string& members) { return R"({"@timestamp":"2026-11-22T10:00:00Z")" + members + "}"; }

std::vector<std::string> tags_of(const std::string& line) {
    DocumentReader reader(false);
    const Document* document = reader.read(line);
    if (document == nullptr) return {"not JSON"};
    std::vector<std::string> tags;
    for (std::size_t which = 0; which < tags_count; ++which) {
        if (document->tags[which]) tags.emplace_back(name_of(static_cast<Tag>(which)));
    }
    return tags;
}

TEST(JsonScan, AgreesWithAnotherReaderOnWhatIsAnObject) {
    for (const char* text : {
             R"({})",
             R"({"a":1})",
             R"( {"a":[1,2,{"b":null}],"c":"\u00e9\ud83d\ude00"} )",
             R"({"a":-0.5e+10})",
             R"({"a":1}})",
             R"({"a":1)",
             R"({"a":01})",
             R"({"a":1.})",
             R"({"a":.5})",
             R"({"a":+1})",
             R"({"a":1e})",
             R"({"a":tru})",
             R"({"a":nul})",
             R"({"a":"\q"})",
             R"({"a":"\u12g4"})",
             R"({"a" 1})",
             R"({"a":1,})",
             R"({,"a":1})",
             R"({"a":[1,]})",
             R"({"a":[1 2]})",
             R"({"a":[1}})",
             R"({a:1})",
             R"({'a':1})",
             R"([1])",
             R"(1)",
             R"("x")",
             "",
             " ",
             "{\"a\":\"\x01\"}",
             "{\"a\":\"\t\"}",
             "{\"a\":\"\xc3\xa9\"}",
             "{\"a\":\"\xc0\xaf\"}",
             "{\"a\":\"\xed\xa0\x80\"}",
             "{\"a\":\"\xf4\x90\x80\x80\"}",
             "{\"a\":\"\xff\"}",
             "{\"a\":\"\xe2\x82\"}",
             R"({"a":{}} {"b":1})",
             R"({"":""})",
             R"({"a":-})",
             R"({"a":"long plain text here"})",
             "{\"a\":\"12345678\x1f\"}",
             R"({"a":"1234567\"8"})",
             R"({"a":1e400})",
             R"({"a":123456789012345678901234})",
         }) {
        const nlohmann::json other = nlohmann::json::parse(text, nullptr, false);
        const bool huge = std::string(text).find("1e400") != std::string::npos;  // legal, though no double holds it
        DocumentReader reader(false);
        EXPECT_EQ(reader.read(text) != nullptr, huge || other.is_object()) << text;
    }
}

TEST(JsonScan, TakesNestingOfAnyDepthWithoutRecursion) {
    const std::string deep = R"({"a":)" + std::string(200'000, '[') + std::string(200'000, ']') + "}";
    EXPECT_THAT(tags_of(deep), testing::Contains("MAX_JSON_DEPTH"));
}

TEST(JsonScan, DecodesEscapes) {
    JsonText text{R"(a\"b\\\/\n\u00e9\ud83d\ude00\ud800z)", true, 0};
    EXPECT_EQ(text.decoded(), "a\"b\\/\n\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdz");
}

TEST(Document, AWellMadeOneHasNoTags) {
    EXPECT_THAT(tags_of(with(R"(,"type":"okta","target":[{"id":"a","detail":{"x":1}},{"id":null}],"n":51.0)")),
                IsEmpty());
}

TEST(Document, NeedsATimestampThatIsAnInstant) {
    EXPECT_THAT(tags_of("{}"), ElementsAre("FIELDS_MISSING"));
    EXPECT_THAT(tags_of(R"({"@timestamp":null})"), ElementsAre("FIELDS_MISSING"));
    EXPECT_THAT(tags_of(R"({"@timestamp":"2017-09-31T10:00:00Z"})"), ElementsAre("FIELDS_MISSING"));
    EXPECT_THAT(tags_of(R"({"a":{"@timestamp":"2026-11-22T10:00:00Z"}})"), ElementsAre("FIELDS_MISSING"));
    EXPECT_THAT(tags_of(R"({"@timestamp":1763805600000})"), IsEmpty());
}

TEST(Document, KeysAndValuesHaveALongestLengthInUtf16Units) {
    const std::string longest(32'700, 'x');
    EXPECT_THAT(tags_of(with(R"(,"a":")" + longest + "\"")), IsEmpty());
    EXPECT_THAT(tags_of(with(R"(,"a":")" + longest + "x\"")), ElementsAre("INVALID_FIELD_VALUE_LENGTH"));
    EXPECT_THAT(tags_of(with(",\"" + longest + "x\":1")), ElementsAre("MAX_FIELD_KEY_SIZE"));
    std::string pairs;
    for (int count = 0; count < 16'350; ++count) pairs += "\xf0\x9f\x98\x80";
    EXPECT_THAT(tags_of(with(R"(,"a":")" + pairs + "\"")), IsEmpty());
    EXPECT_THAT(tags_of(with(R"(,"a":")" + pairs + "\\n\"")), ElementsAre("INVALID_FIELD_VALUE_LENGTH"));
}

TEST(Document, HasTenLevelsAtMost) {
    std::string ten = "1";
    for (int level = 0; level < 9; ++level) ten = R"({"a":)" + ten + "}";
    EXPECT_THAT(tags_of(with(",\"b\":" + ten)), IsEmpty());
    EXPECT_THAT(tags_of(with(",\"b\":[" + ten + "]")), ElementsAre("MAX_JSON_DEPTH"));
}

TEST(Document, HasAThousandFieldsAtMost) {
    std::string fields;
    for (int field = 0; field < 999; ++field) fields += ",\"f" + std::to_string(field) + "\":1";
    EXPECT_THAT(tags_of(with(fields)), IsEmpty());
    EXPECT_THAT(tags_of(with(fields + R"(,"o":{})")), IsEmpty()) << "an object is no field, its members are";
    EXPECT_THAT(tags_of(with(fields + R"(,"o":{"p":1})")), ElementsAre("MAX_FIELDS_NUMBER"));
}

TEST(Document, MayNotHaveDottedOrEmptyOrRepeatedKeys) {
    EXPECT_THAT(tags_of(with(R"(,"a.b":1)")), ElementsAre("dotted-name"));
    EXPECT_THAT(tags_of(with(R"(,"a\u002eb":1)")), ElementsAre("dotted-name"));
    EXPECT_THAT(tags_of(with(R"(,"":1)")), ElementsAre("dotted-name"));
    EXPECT_THAT(tags_of(with(R"(,"o":{"a":1,"\u0061":2})")), ElementsAre("duplicate-key"));
    EXPECT_THAT(tags_of(with(R"(,"o":[{"a":1},{"a":2}])")), IsEmpty());
}

TEST(Document, MayNotHaveIntegersBeyond64Bits) {
    EXPECT_THAT(tags_of(with(R"(,"a":9223372036854775807)")), IsEmpty());
    EXPECT_THAT(tags_of(with(R"(,"a":9223372036854775808)")), ElementsAre("out-of-range"));
    EXPECT_THAT(tags_of(with(R"(,"a":-9223372036854775808)")), IsEmpty());
    EXPECT_THAT(tags_of(with(R"(,"a":1e30)")), IsEmpty());
}

TEST(Document, MayNotMixTypesInOneArray) {
    EXPECT_THAT(tags_of(with(R"(,"a":[1,null,2])")), IsEmpty());
    EXPECT_THAT(tags_of(with(R"(,"a":[1,"x"])")), ElementsAre("mapping-conflict"));
    EXPECT_THAT(tags_of(with(R"(,"a":[{"b":1},"x"])")), ElementsAre("mapping-conflict"));
}

TEST(Document, TellsItsNamesAndType) {
    DocumentReader reader(true);
    const Document* document = reader.read(R"({"x":{"uuid":"inner"},"uuid":"outer","type":"ok\u0074a"})");
    ASSERT_NE(document, nullptr);
    EXPECT_EQ(document->uuid, "outer");
    EXPECT_EQ(document->type, "okta");
}

TEST(IndexModel, TheFirstTypeOfTheDayRulesUntilTheNextDay) {
    DocumentReader reader(false);
    IndexModel index;
    EXPECT_THAT(index.add(*reader.read(R"({"a":{"b":null}})"), 1), IsEmpty());
    EXPECT_THAT(index.add(*reader.read(R"({"a":{"b":1.5}})"), 1), IsEmpty());
    EXPECT_THAT(index.add(*reader.read(R"({"a":{"b":2}})"), 1), IsEmpty());
    const auto conflicts = index.add(*reader.read(R"({"a":{"b":"x"}})"), 1);
    ASSERT_EQ(conflicts.size(), 1U);
    EXPECT_EQ(conflicts[0].path, "a.b");
    EXPECT_EQ(index.add(*reader.read(R"({"a":7})"), 1).size(), 1U);
    EXPECT_THAT(index.add(*reader.read(R"({"a":{"b":"x"}})"), 2), IsEmpty());
}

TEST(SeenTable, CountsManyNames) {
    SeenTable seen(100'000);
    for (int round = 1; round <= 2; ++round) {
        for (int name = 0; name < 50'000; ++name) {
            ASSERT_EQ(seen.add(document_name(std::to_string(name), 1)), static_cast<std::uint32_t>(round));
        }
    }
    EXPECT_EQ(seen.names(), 50'000U);
    EXPECT_EQ(seen.times(document_name("49999", 1)), 2U);
    EXPECT_EQ(seen.times(document_name("49999", 2)), 0U);
}

TEST(SeenTable, KnowsAUuidWhateverItsCase) {
    EXPECT_EQ(document_name("DC9FD3C0-598c-11ef-8478-2b7584bf8d5a", 1),
              document_name("dc9fd3c0-598c-11ef-8478-2b7584bf8d5A", 1));
    EXPECT_NE(document_name("dc9fd3c0-598c-11ef-8478-2b7584bf8d5b", 1),
              document_name("dc9fd3c0-598c-11ef-8478-2b7584bf8d5a", 1));
}

}  // namespace
}  // namespace hookline::rehearse
