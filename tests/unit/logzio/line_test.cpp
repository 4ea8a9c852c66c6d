// DESIGN section 3, the table: each key that a line gets, and where it comes from.
#include "logzio/line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "line_support.h"
#include "logzio/event_scan.h"

namespace hookline::logzio {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view login =
    R"({"uuid":"one","published":"2026-03-14T09:26:53.589Z","eventType":"user.session.start",)"
    R"("displayMessage":"User login to Okta","n":1.50,"actor":{"displayName":"\u0041da"}})";

TEST(Line, ScanningEndsAtTheFirstValueTooMany) {
    // Each key is compared with the others of its object: a wide event must not cost its square.
    std::string wide = "{";
    for (int key = 0; key < 50'000; ++key) wide += (key > 0 ? ",\"k" : "\"k") + std::to_string(key) + "\":0";
    wide += '}';
    const LineLimits limits;
    const EventScan scan = EventScanner(limits).scan(wide);
    EXPECT_FALSE(scan.plain);
    EXPECT_EQ(scan.values, limits.fields_max + 1);
}

TEST(Line, IsTheEventByteForByteWithKeysBehindIt) {
    const Built built = build(delivered(login));
    EXPECT_EQ(built.text,
              std::string(login.substr(0, login.size() - 1)) +
                  R"(,"hookEventType":"com.okta.event_hook","eventTypeVersion":"1.0","cloudEventsVersion":"0.1",)"
                  R"("source":"https://example.okta.com/api/v1/eventHooks/who1","eventId":"batch-1",)"
                  R"("eventTime":"2026-03-14T09:27:03.120Z","contentType":"application/json","type":"okta",)"
                  R"("@timestamp":"2026-03-14T09:26:53.589Z","message":"User login to Okta",)"
                  R"("tenant_name":"example.okta.com",)"
                  R"("hookline":{"received_at":"2026-03-14T09:27:03.500000Z","via":"hook"}})"
                  "\n");
    EXPECT_FALSE(built.line.cut);
    EXPECT_THAT(built.guards(), IsEmpty());
}

TEST(Line, IsAppendedToWhatIsThere) {
    LineBuilder builder(Shape::hookline, {});
    std::string out = "before\n";
    builder.build(source_of("{}"), out);
    builder.build(source_of("{}"), out);
    EXPECT_THAT(out, StartsWith("before\n{"));
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
}

TEST(Line, OfAnEmptyEventIsStillWhole) {
    EXPECT_EQ(build("{}").text, R"({"type":"okta","@timestamp":"2026-03-14T09:27:03.500000Z","message":"Okta event",)"
                                R"("hookline":{"received_at":"2026-03-14T09:27:03.500000Z","via":"hook",)"
                                R"("timestamp_from":"received_at"}})"
                                "\n");
}

TEST(Line, IsOneLineAlsoWhenTheEventWasPrettyPrinted) {
    const Built built = build("{\n  \"a b\" : [ 1.0,\r\n\t2e5 ],\n  \"c\" : { }\n}");
    EXPECT_THAT(built.text, StartsWith(R"({"a b":[1.0,2e5],"c":{},"type":)"));
    EXPECT_THAT(built.guards(), IsEmpty());
}

TEST(Line, CarriesNumbersAsTheyWereWritten) {
    for (const std::string_view number : {"1e400", "-0.0", "51.0", "1E+2", "9223372036854775807",
                                          "-9223372036854775808", "0.1000000000000000055511151231257827"}) {
        const std::string event = R"({"n":)" + std::string(number) + ",\"m\":1}";
        EXPECT_THAT(text_of_line(event), StartsWith(R"({"n":)" + std::string(number) + ",")) << number;
        // The same on the careful way, which white space leads to.
        EXPECT_THAT(text_of_line(" " + event), StartsWith(R"({"n":)" + std::string(number) + ",")) << number;
    }
}

// @timestamp

std::string timestamp_of(std::string_view event) { return build(delivered(event)).json["@timestamp"]; }
Json timestamp_from(std::string_view event) {
    return build(delivered(event)).json["hookline"].value("timestamp_from", Json());
}

TEST(LineTimestamp, IsPublishedAsItWasWritten) {
    for (const std::string_view published : {"2026-03-14T09:26:53.589Z", "2026-03-14T09:26:53Z",
                                             "2026-03-14T09:26:53.589123Z", "2026-03-14T11:26:53.589123456+02:00"}) {
        const std::string event = R"({"published":")" + std::string(published) + R"("})";
        EXPECT_EQ(timestamp_of(event), published);
        EXPECT_EQ(timestamp_from(event), Json());
        EXPECT_EQ(build(event).json["published"], published);
    }
}

TEST(LineTimestamp, IsWrittenAnewWhereLogzioMightNotReadIt) {
    EXPECT_EQ(timestamp_of(R"({"published":"2026-03-14 09:26:53Z"})"), "2026-03-14T09:26:53.000000Z");
    EXPECT_EQ(timestamp_of(R"({"published":"2026-03-14t09:26:53z"})"), "2026-03-14T09:26:53.000000Z");
    EXPECT_EQ(timestamp_of(R"({"published":"2016-12-31T23:59:60Z"})"), "2016-12-31T23:59:59.000000Z");
    EXPECT_EQ(timestamp_of(R"({"published":"2026-03-14T09\u003A26:53Z"})"), "2026-03-14T09:26:53Z");
}

TEST(LineTimestamp, IsTheEnvelopesEventTimeWhenPublishedIsNoInstant) {
    for (const std::string_view event :
         {R"({"published":"2017-09-31T00:00:00Z"})", R"({"published":null})", R"({})", R"({"published":1773480413589})",
          R"({"published":{"at":"2026-03-14T09:26:53Z"}})"}) {
        EXPECT_EQ(timestamp_of(event), "2026-03-14T09:27:03.120Z") << event;
        EXPECT_EQ(timestamp_from(event), "eventTime") << event;
    }
    EXPECT_EQ(build(R"({"published":"2017-09-31T00:00:00Z"})").json["published"], "2017-09-31T00:00:00Z");
}

TEST(LineTimestamp, IsTheTimeOfReceiptWhenNothingElseIsAnInstant) {
    LineSource source = delivered(R"({"published":"soon"})");
    source.envelope_event_time = "later";
    const Json line = build(source).json;
    EXPECT_EQ(line["@timestamp"], received);
    EXPECT_EQ(line["hookline"]["timestamp_from"], "received_at");
}

// message

std::string message_of(std::string_view event) { return build(event).json["message"]; }

TEST(LineMessage, IsTheDisplayMessage) {
    EXPECT_EQ(message_of(R"({"eventType":"user.session.start","displayMessage":"User \"login\" \u00e9"})"),
              "User \"login\" é");
}

TEST(LineMessage, IsTheEventTypeWithoutADisplayMessage) {
    for (const std::string_view none : {"", R"("displayMessage":null,)", R"("displayMessage":"",)",
                                        R"("displayMessage":7,)", R"("displayMessage":["x"],)"}) {
        EXPECT_EQ(message_of("{" + std::string(none) + R"("eventType":"user.session.start"})"), "user.session.start");
    }
}

TEST(LineMessage, IsNeverNullAndNeverEmpty) {
    for (const std::string_view event : {R"({})", R"({"displayMessage":null,"eventType":null})",
                                         R"({"displayMessage":"","eventType":""})", R"({"eventType":5})"}) {
        EXPECT_EQ(message_of(event), "Okta event") << event;
    }
}

// The envelope

TEST(LineEnvelope, StandsBesideTheEventAndNeverOverIt) {
    const Built built = build(delivered(R"({"eventType":"user.session.start","eventId":"its own","source":{"a":1}})"));
    EXPECT_EQ(built.json["eventType"], "user.session.start");
    EXPECT_EQ(built.json["hookEventType"], "com.okta.event_hook");
    EXPECT_EQ(built.json["eventId"], "its own");
    EXPECT_EQ(built.json["source"], Json::parse(R"({"a":1})"));
    EXPECT_EQ(built.json["eventTime"], "2026-03-14T09:27:03.120Z");
    EXPECT_EQ(built.json["cloudEventsVersion"], "0.1");
    EXPECT_EQ(built.original(),
              Json::parse(R"({"envelope":{"source":"https://example.okta.com/api/v1/eventHooks/who1",)"
                          R"("eventId":"batch-1"}})"));
    EXPECT_FALSE(built.line.cut);
}

TEST(LineEnvelope, KeysThatNobodyKnowsAreKeptAsText) {
    LineSource source = delivered("{}");
    source.envelope_other = {{"tenant", "5"}, {"data.more", R"([1, "\ud800"])"}, {"message", R"("ours")"}};
    const Built built = build(source);
    EXPECT_THAT(built.json["hookline"]["original"].get<std::string>(),
                R"({"envelope":{"tenant":5,"data.more":[1,"\ud800"],"message":"ours"}})");
    EXPECT_FALSE(built.json.contains("tenant"));
    EXPECT_EQ(built.json["message"], "Okta event");
    EXPECT_THAT(built.guards(), IsEmpty());
    EXPECT_FALSE(built.line.cut);
}

TEST(LineEnvelope, ValuesThatAreNoStringsDoNotReachTheirFields) {
    LineSource source = source_of("{}");
    source.envelope = {{"eventId", "17"}, {"eventType", "null"}, {"source", R"("one")"}, {"source", R"("two")"}};
    const Built built = build(source);
    EXPECT_FALSE(built.json.contains("eventId"));
    EXPECT_FALSE(built.json.contains("hookEventType"));
    EXPECT_EQ(built.json["source"], "one");
    EXPECT_EQ(built.original(), Json::parse(R"({"envelope":{"eventId":17,"eventType":null,"source":"two"}})"));
}

Json tenant_of(std::string_view url) {
    LineSource source = source_of("{}");
    source.source = url;
    return build(source).json.value("tenant_name", Json());
}

TEST(LineTenantName, IsTheHostOfTheSource) {
    EXPECT_EQ(tenant_of("https://example.okta.com/api/v1/eventHooks/who1"), "example.okta.com");
    EXPECT_EQ(tenant_of("https://example.okta.com"), "example.okta.com");
    EXPECT_EQ(tenant_of("https://example.okta.com:443/x"), "example.okta.com");
    EXPECT_EQ(tenant_of("https://user:pass@example.okta.com?x#y"), "example.okta.com");
}

TEST(LineTenantName, IsAbsentWhereThereIsNoHost) {
    for (const std::string_view url : {"", "example.okta.com", "https://", "https:///path", "https://exa mple/",
                                       "https://\"x\"/", "https://[2001:db8::1]/", "urn:uuid:1"}) {
        EXPECT_EQ(tenant_of(url), Json()) << url;
    }
    EXPECT_EQ(tenant_of("https://" + std::string(300, 'a') + "/"), Json());
}

// What a payload cannot set

TEST(LineReserved, KeysAreTakenFromThePayloadAndKept) {
    const std::string_view event = R"({"type":"syslog","@timestamp":0,"message":null,"token":"t","tags":["x"],)"
                                   R"("tenant_name":"other","hookEventType":{"a":1},"hookline":"x","mine":1})";
    const Built built = build(delivered(event));
    EXPECT_EQ(built.json["type"], "okta");
    EXPECT_EQ(built.json["@timestamp"], "2026-03-14T09:27:03.120Z");
    EXPECT_EQ(built.json["message"], "Okta event");
    EXPECT_EQ(built.json["tenant_name"], "example.okta.com");
    EXPECT_EQ(built.json["hookEventType"], "com.okta.event_hook");
    EXPECT_FALSE(built.json.contains("token"));
    EXPECT_FALSE(built.json.contains("tags"));
    EXPECT_TRUE(built.json["hookline"].is_object());
    EXPECT_EQ(built.json["mine"], 1);
    Json kept = Json::parse(event);
    kept.erase("mine");
    EXPECT_EQ(built.original()["event"], kept);
    EXPECT_THAT(built.guards(), ElementsAre("reserved_key"));
    EXPECT_FALSE(built.line.cut);
}

TEST(LineReserved, KeysAreKnownHoweverTheyAreSpelt) {
    const Built built = build(R"({"\u0074ype":"syslog","t\u006fken":"x"})");
    EXPECT_EQ(built.json["type"], "okta");
    EXPECT_FALSE(built.json.contains("token"));
    EXPECT_EQ(built.original(), Json::parse(R"({"event":{"type":"syslog","token":"x"}})"));
}

TEST(LineReserved, KeysBelowTheTopAreThePayloads) {
    const Built built = build(R"({"actor":{"type":"User","message":"m","tags":[1]}})");
    EXPECT_THAT(built.text, StartsWith(R"({"actor":{"type":"User","message":"m","tags":[1]},"type":"okta",)"));
}

TEST(LineReserved, NoKeyStandsTwice) {
    for (const std::string_view key :
         {"type", "@timestamp", "message", "tenant_name", "hookEventType", "hookline", "eventId"}) {
        const std::string event = R"({")" + std::string(key) + R"(":"theirs"})";
        const std::string text = build(delivered(event)).text;
        const std::string written = '"' + std::string(key) + "\":";
        EXPECT_EQ(text.find(written), text.rfind(written)) << key;
    }
}

// The mark of a uuid that came before with other bytes

TEST(LineMark, FitsIntoTheLineWhereItSays) {
    for (const LineSource& source : {delivered(login), delivered(R"({"type":1,"a.b":2})"), source_of("{}")}) {
        Built built = build(source);
        EXPECT_EQ(built.line.mark, R"(,"uuid_conflict":true)");
        built.text.insert(built.line.mark_at, built.line.mark);
        const Json marked = Json::parse(built.text);
        EXPECT_EQ(marked["hookline"]["uuid_conflict"], true);
        EXPECT_THAT(built.text, Not(HasSubstr("{,")));
    }
}

TEST(LineMark, CountsFromTheLinesOwnStart) {
    LineBuilder builder(Shape::hookline, {});
    std::string out;
    builder.build(delivered(login), out);
    const std::size_t start = out.size();
    const BuiltLine second = builder.build(delivered(login), out);
    out.insert(start + second.mark_at, second.mark);
    EXPECT_EQ(Json::parse(out.substr(start))["hookline"]["uuid_conflict"], true);
}

TEST(Line, SaysByWhichWayItCame) {
    LineSource source = source_of("{}");
    source.via = "system_log";
    EXPECT_EQ(build(source).json["hookline"]["via"], "system_log");
}

// The reference's shape

TEST(LineReference, HasTheEnvelopeOverTheEventAndNoPublished) {
    LineSource source = delivered(login);
    source.envelope_other = {{"extra", "5"}, {"data.more", "1"}};
    const Built built = build(source, Shape::reference);
    EXPECT_EQ(built.json["eventType"], "com.okta.event_hook");
    EXPECT_FALSE(built.json.contains("published"));
    EXPECT_FALSE(built.json.contains("hookEventType"));
    EXPECT_FALSE(built.json.contains("tenant_name"));
    EXPECT_EQ(built.json["@timestamp"], "2026-03-14T09:26:53.589Z");
    EXPECT_EQ(built.json["message"], "User login to Okta");
    EXPECT_EQ(built.json["eventId"], "batch-1");
    EXPECT_EQ(built.json["extra"], 5);
    EXPECT_EQ(built.json["uuid"], "one");
    EXPECT_THAT(built.text, HasSubstr(R"("n":1.50,"actor":{"displayName":"\u0041da"})"));
    EXPECT_EQ(built.original(),
              Json::parse(R"({"event":{"eventType":"user.session.start"},"envelope":{"data.more":1}})"));
}

TEST(LineReference, KeepsPublishedWhereTimestampDoesNotTellIt) {
    const Built built = build(delivered(R"({"published":"2017-09-31T00:00:00Z"})"), Shape::reference);
    EXPECT_EQ(built.json["@timestamp"], "2026-03-14T09:27:03.120Z");
    EXPECT_EQ(built.original()["event"]["published"], "2017-09-31T00:00:00Z");
}

TEST(LineReference, StillGuardsWhatIsReserved) {
    LineSource source = delivered(R"({"token":"t"})");
    source.envelope_other = {{"type", R"("evil")"}, {"@timestamp", "null"}, {"a.b", "1"}};
    const Built built = build(source, Shape::reference);
    EXPECT_EQ(built.json["type"], "okta");
    EXPECT_FALSE(built.json.contains("token"));
    EXPECT_FALSE(built.json.contains("a.b"));
    EXPECT_EQ(built.original(),
              Json::parse(R"({"event":{"token":"t"},"envelope":{"type":"evil","@timestamp":null,"a.b":1}})"));
}

}  // namespace
}  // namespace hookline::logzio
