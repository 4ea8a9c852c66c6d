// The arithmetic of the load generator and the listener that ./bench measures with.

#include <gtest/gtest.h>

#include "peer/samples.h"
#include "peer/stamp.h"

namespace hookline::bench {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::steady_clock;

Samples samples_of(int first, int last) {
    Samples samples;
    for (int value = last; value >= first; --value) samples.add(microseconds(value));
    return samples;
}

TEST(Samples, AQuantileIsTheSmallestValueThatSoManyDoNotExceed) {
    Samples hundred = samples_of(1, 100);
    EXPECT_EQ(hundred.quantile(0.5), 50U);
    EXPECT_EQ(hundred.quantile(0.99), 99U);
    EXPECT_EQ(hundred.quantile(0.999), 100U);
    EXPECT_EQ(hundred.quantile(1), 100U);
    EXPECT_EQ(hundred.quantile(0), 1U);
}

TEST(Samples, OfOneValueEveryQuantileIsThatValue) {
    Samples one = samples_of(7, 7);
    EXPECT_EQ(one.quantile(0.5), 7U);
    EXPECT_EQ(one.quantile(0.999), 7U);
}

TEST(Samples, WithoutValuesAreZero) {
    Samples none;
    EXPECT_EQ(none.quantile(0.5), 0U);
    EXPECT_EQ(none.json(), R"({"count":0,"mean":0.0,"p50":0,"p99":0,"p999":0,"max":0})");
}

TEST(Samples, OneThatWaitedLongIsNotLost) {
    Samples samples = samples_of(1, 999);
    samples.add(70min);
    EXPECT_EQ(samples.quantile(1), 4'200'000'000U);
    EXPECT_EQ(samples.quantile(0.999), 999U);
    samples.add(100h);
    EXPECT_EQ(samples.quantile(1), UINT32_MAX) << "beyond what is kept: the most, and not a small remainder";
}

TEST(Samples, ThoseOfAnotherAreAdded) {
    Samples samples = samples_of(1, 2);
    samples.add_all(samples_of(3, 4));
    EXPECT_EQ(samples.json(), R"({"count":4,"mean":2.5,"p50":2,"p99":4,"p999":4,"max":4})");
}

TEST(Stamp, SaysWhenItWasWritten) {
    Dice dice(1);
    for (const steady_clock::time_point sent : {steady_clock::time_point(1us), steady_clock::time_point(123'456'789us),
                                                steady_clock::time_point(24h * 365 * 8)}) {
        std::string uuid(stamp_bytes, '?');
        write_stamp(uuid.data(), sent, dice);
        EXPECT_EQ(read_stamp(uuid), sent) << uuid;
        EXPECT_EQ(uuid.find_first_not_of("0123456789abcdef-"), std::string::npos) << uuid;
    }
}

TEST(Stamp, NoTwoAreTheSame) {
    Dice dice(1);
    std::string one(stamp_bytes, '?');
    std::string other(stamp_bytes, '?');
    write_stamp(one.data(), {}, dice);
    write_stamp(other.data(), {}, dice);
    EXPECT_NE(one, other);
}

TEST(Stamp, OfAForeignUuidIsNone) {
    EXPECT_EQ(read_stamp("2f0e7a64-1f84-41f1-8d4b-0242ac120002"), std::nullopt);
    EXPECT_EQ(read_stamp("2f0e7a64-1f84-11f1-8d4b-0242ac12000"), std::nullopt);
    EXPECT_EQ(read_stamp("2f0e7a64-1f84-11f1-8d4b-0242AC12000Z"), std::nullopt);
}

}  // namespace
}  // namespace hookline::bench
