#include "okta/delivery.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hookline::okta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view two_events =
    R"({"eventType":"com.okta.event_hook","eventTypeVersion":"1.0",)"
    R"("cloudEventsVersion":"0.1","source":"https://example.okta.com/api/v1/eventHooks/who1","eventId":"batch-1",)"
    R"("data":{"events":[{"uuid":"one","n":12345678901234567890.50},{"uuid":"two","target":null}]},)"
    R"("eventTime":"2026-03-14T09:27:03.120Z","contentType":"application/json"})";

/// A delivery and the body that it points into.
struct Parsed : Delivery {
    std::unique_ptr<const std::string> body;
};

Parsed parsed(std::string_view text) {
    Parsed read;
    read.body = std::make_unique<const std::string>(text);
    auto delivery = DeliveryParser().parse(*read.body);
    EXPECT_TRUE(delivery) << delivery.error().message;
    if (delivery) static_cast<Delivery&>(read) = *std::move(delivery);
    return read;
}

std::string refusal(std::string_view body) {
    DeliveryParser parser;
    const auto delivery = parser.parse(body);
    return delivery ? "" : delivery.error().message;
}

std::vector<std::string> in_words(const std::vector<Member>& members) {
    std::vector<std::string> words;
    for (const Member& member : members) words.push_back(member.key + "=" + std::string(member.raw));
    return words;
}

std::string with_events(std::string_view events) { return R"({"data":{"events":)" + std::string(events) + "}}"; }

TEST(DeliveryParser, YieldsEachEventByteForByte) {
    const Parsed delivery = parsed(two_events);
    ASSERT_EQ(delivery.events.size(), 2U);
    EXPECT_EQ(delivery.events[0].raw, R"({"uuid":"one","n":12345678901234567890.50})");
    EXPECT_EQ(delivery.events[0].uuid, "one");
    EXPECT_EQ(delivery.events[0].place, 0U);
    EXPECT_EQ(delivery.events[1].raw, R"({"uuid":"two","target":null})");
    EXPECT_EQ(delivery.events[1].uuid, "two");
    EXPECT_EQ(delivery.events[1].place, 1U);
    EXPECT_THAT(delivery.odd, IsEmpty());
}

TEST(DeliveryParser, ReadsTheEnvelope) {
    const Parsed delivery = parsed(two_events);
    const Envelope& envelope = delivery.envelope;
    EXPECT_THAT(
        in_words(envelope.known),
        ElementsAre(R"(eventType="com.okta.event_hook")", R"(eventTypeVersion="1.0")", R"(cloudEventsVersion="0.1")",
                    R"(source="https://example.okta.com/api/v1/eventHooks/who1")", R"(eventId="batch-1")",
                    R"(eventTime="2026-03-14T09:27:03.120Z")", R"(contentType="application/json")"));
    EXPECT_THAT(envelope.others, IsEmpty());
    EXPECT_EQ(envelope.event_id, "batch-1");
    EXPECT_EQ(envelope.event_time, "2026-03-14T09:27:03.120Z");
    EXPECT_EQ(envelope.source, "https://example.okta.com/api/v1/eventHooks/who1");
}

TEST(DeliveryParser, KeepsWhatItDoesNotKnow) {
    const Parsed delivery = parsed(R"({"tenant":5,"eventId":null,"data":{"more":[1],"events":[]},"source":["x"]})");
    const Envelope& envelope = delivery.envelope;
    EXPECT_THAT(envelope.known, IsEmpty());
    EXPECT_THAT(in_words(envelope.others), ElementsAre("tenant=5", "eventId=null", "data.more=[1]", R"(source=["x"])"));
    EXPECT_EQ(envelope.event_id, "");
}

TEST(DeliveryParser, TakesADeliveryWithoutEvents) {
    EXPECT_THAT(parsed(with_events("[]")).events, IsEmpty());
    EXPECT_THAT(parsed(with_events(" [ ] ")).events, IsEmpty());
}

TEST(DeliveryParser, SetsElementsAsideThatAreNoObjects) {
    const Parsed delivery = parsed(with_events(R"([null,{"uuid":"a"},"text",[{}],{"uuid":"b"}])"));
    ASSERT_EQ(delivery.events.size(), 2U);
    EXPECT_EQ(delivery.events[0].place, 1U);
    EXPECT_EQ(delivery.events[1].place, 4U);
    ASSERT_EQ(delivery.odd.size(), 3U);
    EXPECT_EQ(delivery.odd[0].raw, "null");
    EXPECT_EQ(delivery.odd[1].raw, R"("text")");
    EXPECT_EQ(delivery.odd[2].raw, "[{}]");
    EXPECT_EQ(delivery.odd[2].place, 3U);
}

TEST(DeliveryParser, OfEqualKeysTheLaterCountsAndNoneIsLost) {
    const Parsed delivery =
        parsed(R"({"eventId":"first","data":{"events":[{"uuid":"a","uuid":"b"}]},"eventId":"second",)"
               R"("data":{"events":[{"uuid":"c"}]},"data":7})");
    EXPECT_EQ(delivery.envelope.event_id, "second");
    EXPECT_THAT(in_words(delivery.envelope.others), ElementsAre(R"(eventId="first")", "data=7"));
    ASSERT_EQ(delivery.events.size(), 2U);
    EXPECT_EQ(delivery.events[0].uuid, "b");
    EXPECT_EQ(delivery.events[1].uuid, "c");
    EXPECT_EQ(delivery.events[1].place, 1U);
}

TEST(DeliveryParser, ReadsKeysHoweverTheyAreSpelt) {
    const Parsed delivery = parsed(R"({"event\u0049d":"x","d\u0061ta":{"\u0065vents":[{"uu\u0069d":"y\u00e9"}]}})");
    EXPECT_EQ(delivery.envelope.event_id, "x");
    ASSERT_EQ(delivery.events.size(), 1U);
    EXPECT_EQ(delivery.events[0].uuid, "yé");
}

TEST(DeliveryParser, AUuidThatIsNoStringIsNone) {
    const Parsed delivery = parsed(with_events(R"([{"uuid":17},{"uuid":null},{},{"uuid":{"uuid":"inner"}}])"));
    ASSERT_EQ(delivery.events.size(), 4U);
    for (const Event& event : delivery.events) EXPECT_EQ(event.uuid, "");
}

TEST(DeliveryParser, TakesAllLegalJsonAsItStands) {
    for (const std::string_view event : {
             R"({"n":123456789012345678901234567890})",
             R"({"n":1e400,"m":-0.0})",
             R"({"s":"\ud800"})",
             "{\"name\":\"Jos\xE9\"}",  // not legal, and still no reason to lose an event
             "{\n  \"a\" : [ 1,\t2 ]\r\n}",
         }) {
        const std::string body = with_events("[" + std::string(event) + "]");
        const Parsed delivery = parsed(body);
        ASSERT_EQ(delivery.events.size(), 1U);
        EXPECT_EQ(delivery.events[0].raw, event);
    }
}

TEST(DeliveryParser, TakesAnEventAsDeepAsABodyMayBe) {
    const std::size_t depth = 2'000'000;
    const std::string event = R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
    const std::string body = with_events("[" + event + "]");
    const Parsed delivery = parsed(body);
    ASSERT_EQ(delivery.events.size(), 1U);
    EXPECT_TRUE(delivery.events[0].raw == event);
}

TEST(DeliveryParser, SkipsAByteOrderMark) {
    EXPECT_EQ(parsed("\xEF\xBB\xBF" + std::string(two_events)).events.size(), 2U);
}

TEST(DeliveryParser, SaysWhatIsNoJsonAndWhere) {
    EXPECT_EQ(refusal(R"({"data":{"events":[{"uuid":"a",}]}})"),
              "the body is not JSON: byte 32 (line 1, column 32): a key in quotes was expected");
    EXPECT_THAT(refusal(R"({"data":{"events":[]})"), HasSubstr("the text ends too early"));
    EXPECT_THAT(refusal(std::string(two_events) + "x"), HasSubstr("nothing more was expected behind the value"));
    EXPECT_THAT(refusal(std::string(two_events.substr(0, 100))), HasSubstr("not JSON"));
    EXPECT_THAT(refusal("uuid=one&uuid=two"), HasSubstr("not JSON: byte 1 (line 1, column 1)"));
}

TEST(DeliveryParser, SaysWhatIsNoDeliveryAndWhatWasExpected) {
    EXPECT_THAT(refusal(""), HasSubstr("the body is empty"));
    EXPECT_THAT(refusal(" \n"), HasSubstr("the body is empty"));
    EXPECT_THAT(refusal("[]"), HasSubstr("the body is an array; an Okta event-hook delivery is a JSON object"));
    EXPECT_THAT(refusal("null"), HasSubstr("the body is null"));
    EXPECT_THAT(refusal("17"), HasSubstr("the body is a number"));
    EXPECT_THAT(refusal("{}"), HasSubstr("the body has no \"data\""));
    EXPECT_THAT(refusal(R"({"data":null})"), HasSubstr("\"data\" is null"));
    EXPECT_THAT(refusal(R"({"data":[]})"), HasSubstr("\"data\" is an array"));
    EXPECT_THAT(refusal(R"({"data":{}})"), HasSubstr("\"data\" has no \"events\""));
    EXPECT_THAT(refusal(with_events("null")), HasSubstr("\"data.events\" is null"));
    EXPECT_THAT(refusal(with_events(R"("x")")), HasSubstr("\"data.events\" is a string"));
    EXPECT_THAT(refusal(with_events("{}")), HasSubstr("\"data.events\" is an object; an Okta event-hook delivery"));
}

TEST(DeliveryParser, RefusesBodiesMadeToFillTheMemory) {
    DeliveryParser parser({.elements_max = 3, .others_max = 2});
    EXPECT_TRUE(parser.parse(with_events("[1,{},3]")));
    const auto elements = parser.parse(with_events("[1,{},3,{}]"));
    ASSERT_FALSE(elements);
    EXPECT_EQ(elements.error().message, "data.events holds too many elements");
    EXPECT_TRUE(parser.parse(R"({"a":1,"b":2,"eventId":"x","data":{"events":[]}})"));
    const auto others = parser.parse(R"({"a":1,"b":2,"data":{"events":[],"c":3}})");
    ASSERT_FALSE(others);
    EXPECT_THAT(others.error().message, HasSubstr("too many unknown keys"));
}

TEST(DeliveryParser, NoPrefixOfADeliveryIsOne) {
    for (std::size_t length = 0; length < two_events.size(); ++length) {
        // A copy of exactly that size, so that a sanitizer sees a look past its end.
        const std::vector<char> prefix(two_events.begin(), two_events.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_NE(refusal({prefix.data(), prefix.size()}), "") << length;
    }
}

}  // namespace
}  // namespace hookline::okta
