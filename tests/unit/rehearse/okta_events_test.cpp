// Made-up events: well-formed, varied, of real size, each with a uuid of its own.
#include "rehearse/okta_events.h"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "rehearse/document.h"
#include "rehearse/histogram.h"
#include "rehearse/index_model.h"
#include "rehearse/okta_event_types.h"

namespace hookline::rehearse {
namespace {

using nlohmann::json;

const WallTime morning = *parse_rfc3339("2026-11-22T08:30:00.123456Z");

std::vector<std::string> make_events(int count, std::uint64_t seed = 7) {
    OktaEventMaker maker(seed, "who123");
    std::vector<std::string> events;
    std::string uuids;
    for (int event = 0; event < count; ++event) maker.append(events.emplace_back(), uuids, morning);
    return events;
}

TEST(OktaEvents, AreJsonInTheFormOfAHook) {
    for (const std::string& text : make_events(2'000)) {
        const json event = json::parse(text, nullptr, false);
        ASSERT_TRUE(event.is_object()) << text;
        EXPECT_EQ(event["published"], "2026-11-22T08:30:00.123Z");
        EXPECT_TRUE(event["client"]["ipChain"].is_array());
        EXPECT_FALSE(event.contains("request")) << "that is the API's form";
        EXPECT_EQ(event["debugContext"]["debugData"]["targetEventHookIds"], "who123");
        EXPECT_TRUE(event["actor"]["id"].is_string());
        EXPECT_TRUE(event["displayMessage"].is_string());
        EXPECT_EQ(event["version"], "0");
        EXPECT_EQ(text.find('<'), std::string::npos) << "a mark was left: " << text;
    }
}

TEST(OktaEvents, AreOfSomeFortyTypesAndOfRealSize) {
    std::set<std::string> types;
    std::size_t bytes = 0;
    const auto events = make_events(4'000);
    for (const std::string& text : events) {
        types.insert(json::parse(text)["eventType"]);
        bytes += text.size();
        EXPECT_GT(text.size(), 900U);
        EXPECT_LT(text.size(), 3'200U);
    }
    EXPECT_GE(types.size(), 40U);
    EXPECT_GT(bytes / events.size(), 1'500U);
    EXPECT_LT(bytes / events.size(), 3'000U);
}

TEST(OktaEvents, HaveUuidsOfVersion1WhoseClockIsThePublishedTime) {
    OktaEventMaker maker(7, "who123");
    std::string out;
    std::string uuids;
    for (int event = 0; event < 50'000; ++event) maker.append(out, uuids, morning), out.clear();
    std::set<std::string> distinct;
    for (std::size_t at = 0; at < uuids.size(); at += 37) distinct.insert(uuids.substr(at, 36));
    EXPECT_EQ(distinct.size(), 50'000U);
    const std::string first = uuids.substr(0, 36);
    EXPECT_EQ(first[14], '1');
    const std::uint64_t ticks = std::stoull(first.substr(15, 3) + first.substr(9, 4) + first.substr(0, 8), nullptr, 16);
    EXPECT_EQ((ticks - 122'192'928'000'000'000) / 10, static_cast<std::uint64_t>(morning.time_since_epoch().count()));
}

TEST(OktaEvents, ComeAgainTheSameFromTheSameSeed) {
    EXPECT_EQ(make_events(50, 3), make_events(50, 3));
    EXPECT_NE(make_events(50, 3), make_events(50, 4));
}

TEST(OktaEvents, WouldNotBeTaggedForTheirTypes) {
    DocumentReader reader(false);
    IndexModel index;
    for (const std::string& text : make_events(4'000)) {
        const Document* document = reader.read(text);
        ASSERT_NE(document, nullptr);
        const auto conflicts = index.add(*document, 1);
        ASSERT_TRUE(conflicts.empty()) << conflicts.front().path;
        EXPECT_FALSE(document->tags[static_cast<std::size_t>(Tag::duplicate_key)]) << text;
        EXPECT_FALSE(document->tags[static_cast<std::size_t>(Tag::dotted_name)]) << text;
    }
}

TEST(MillisecondText, WritesInstants) {
    MillisecondText text;
    std::string out(MillisecondText::bytes, ' ');
    for (const char* instant : {"2026-11-22T08:30:00.000Z", "2026-11-22T08:30:00.999Z", "2026-11-22T08:30:01.005Z"}) {
        text.write(out.data(), *parse_rfc3339(instant));
        EXPECT_EQ(out, instant);
    }
}

TEST(Histogram, TellsQuantilesToAFewPercent) {
    Histogram histogram;
    EXPECT_EQ(histogram.quantile(0.5).count(), 0);
    for (int value = 1; value <= 100'000; ++value) histogram.add(std::chrono::microseconds(value));
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5).count()), 50'000, 2'000);
    EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99).count()), 99'000, 4'000);
    EXPECT_EQ(histogram.quantile(1).count(), 100'000);
    EXPECT_EQ(histogram.max().count(), 100'000);
    Histogram small;
    for (const int value : {1, 2, 3}) small.add(std::chrono::microseconds(value));
    EXPECT_EQ(small.quantile(0.5).count(), 2);
    small.add(std::chrono::hours(100));
    EXPECT_EQ(small.quantile(1), std::chrono::hours(100));
}

}  // namespace
}  // namespace hookline::rehearse
