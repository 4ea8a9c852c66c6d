// The last hour and day, and what is read off the metrics for them.

#include "status/watch.h"

#include <ctime>
#include <limits>

#include <gmock/gmock.h>

#include "status/readings.h"
#include "support/fake_clock.h"
#include "unit/status/fake_spool.h"

namespace hookline::status {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class WatchTest : public ::testing::Test {
 protected:
    void look(int times = 1) {
        for (int time = 0; time < times; ++time) {
            EXPECT_EQ(watch.step(clock.now()), clock.now() + Watch::hour_step);
            clock.advance(Watch::hour_step);
        }
    }
    test::FakeSpool spool;
    test::FakeClock clock;
    Metrics metrics;
    AdminParts parts{spool, clock, metrics, {}, {}, {}, {}, {}, {}};
    Watch watch{parts};
};

TEST_F(WatchTest, KeepsAnHourInSmallStepsAndADayInMinutes) {
    look(6 * 60 * 25);
    EXPECT_THAT(watch.samples(Span::hour), SizeIs(360));
    const auto day = watch.samples(Span::day);
    ASSERT_THAT(day, SizeIs(1440));
    EXPECT_EQ(day.back().at - day.front().at, std::chrono::minutes(1439));
}

TEST_F(WatchTest, CountsWhatTheMetricsCount) {
    look();
    metrics.counter("hookline_spool_stored_events_total", "").add(7);
    metrics.counter("hookline_spool_delivered_events_total", "").add(4);
    metrics.counter("hookline_answers_total", "", {{"status", "200"}}).add(9);
    metrics.counter("hookline_answers_total", "", {{"status", "503"}}).add(2);
    metrics.counter("hookline_answers_total", "", {{"status", "400"}}).add(1);
    look();
    const Sample sample = watch.samples(Span::hour).back();
    EXPECT_EQ(sample.received_events, 7U);
    EXPECT_EQ(sample.delivered_events, 4U);
    EXPECT_EQ(sample.refused_requests, 3U);
}

TEST_F(WatchTest, TimesAreOfTheStepAtHand) {
    Histogram seconds = metrics.histogram("hookline_acknowledgement_seconds", "", {0.001, 0.01, 0.1});
    seconds.observe(0.05);
    look();
    EXPECT_NEAR(watch.samples(Span::hour).back().acknowledgement_p99.value(), 0.1, 0.002);
    for (int times = 0; times < 100; ++times) seconds.observe(0.0005);
    look();
    EXPECT_NEAR(watch.samples(Span::hour).back().acknowledgement_p50.value(), 0.0005, 1e-6) << "the slow one is past";
    look();
    EXPECT_FALSE(watch.samples(Span::hour).back().acknowledgement_p50) << "nothing was acknowledged";
}

TEST_F(WatchTest, AListenersLatencyIsThatOfTheLastMinutesAndItsOwn) {
    Histogram us = metrics.histogram("hookline_bulk_seconds", "", {0.1, 1, 10}, {{"region", "us"}});
    Histogram eu = metrics.histogram("hookline_bulk_seconds", "", {0.1, 1, 10}, {{"region", "eu"}});
    look();
    EXPECT_FALSE(watch.latency("us")) << "it gave no answer";
    EXPECT_FALSE(watch.latency("nowhere"));
    for (int bulk = 0; bulk < 100; ++bulk) us.observe(5);
    for (int bulk = 0; bulk < 100; ++bulk) eu.observe(0.05);
    look();
    EXPECT_GT(watch.latency("us").value().p50, 1);
    EXPECT_LE(watch.latency("eu").value().p99, 0.1);
    const int looks = static_cast<int>(Watch::latency_span / Watch::hour_step);
    look(looks - 1);
    EXPECT_GT(watch.latency("us").value().p50, 1) << "still within the span";
    for (int bulk = 0; bulk < 100; ++bulk) us.observe(0.05);
    look();
    EXPECT_LE(watch.latency("us").value().p99, 0.1) << "what was slow is past";
    EXPECT_FALSE(watch.latency("eu"));
    look(looks);
    EXPECT_FALSE(watch.latency("us"));
}

TEST_F(WatchTest, TellsTheAgeOfTheOldestEventOfAll) {
    look();
    EXPECT_THAT(metrics.text(), HasSubstr("hookline_oldest_waiting_seconds 0\n"));
    spool.add_tenant(spool::NamedIdentity{"acme"}, 3);
    spool.change_tenant("acme", [&](spool::TenantStatus& tenant) {
        tenant.oldest_waiting = clock.wall() - 90s;
        tenant.condemned_letters = 2;
    });
    look();
    EXPECT_EQ(watch.samples(Span::hour).back().oldest_waiting, 90);
    EXPECT_THAT(metrics.text(), HasSubstr("hookline_oldest_waiting_seconds 90\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("hookline_waiting_lines 3\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("hookline_letters{class=\"condemned\"} 2\n"));
}

TEST_F(WatchTest, TellsWhatTheProcessUses) {
    look();
    const std::string text = metrics.text();
    EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 1e6);
    EXPECT_GT(value_of(text, "process_open_fds"), 0);
    EXPECT_GE(value_of(text, "process_max_fds"), value_of(text, "process_open_fds"));
    const double before = value_of(text, "process_cpu_seconds_total");
    const std::clock_t begin = std::clock();
    while (std::clock() - begin < CLOCKS_PER_SEC / 100) {
    }
    look();
    EXPECT_GT(value_of(metrics.text(), "process_cpu_seconds_total"), before);
}

TEST(Readings, AreOfExactlyTheSeriesAskedFor) {
    const std::string_view text = "# HELP a_total a 7\na_total 3\na_total_more 9\na_total{b=\"c\"} 5\n";
    EXPECT_EQ(value_of(text, "a_total"), 3);
    EXPECT_EQ(value_of(text, "a_total{b=\"c\"}"), 5);
    EXPECT_EQ(value_of(text, "nothing"), 0);
    EXPECT_EQ(sum_of(text, "a_total{"), 5);
}

TEST(Readings, AHistogramIsTheSumOfItsSeries) {
    Metrics metrics;
    metrics.histogram("waits_seconds", "", {1, 10}, {{"region", "us"}}).observe(0.5);
    metrics.histogram("waits_seconds", "", {1, 10}, {{"region", "eu"}}).observe(5);
    metrics.histogram("waits_seconds_more", "", {7}).observe(5);
    const Distribution all = distribution_of(metrics.text(), "waits_seconds");
    EXPECT_EQ(all.bounds, (std::vector<double>{1, 10, std::numeric_limits<double>::infinity()}));
    EXPECT_EQ(all.counts, (std::vector<double>{1, 2, 2}));
}

TEST(Readings, AHistogramIsReadByALabel) {
    Metrics metrics;
    metrics.histogram("waits_seconds", "", {1, 10}, {{"region", "us"}}).observe(0.5);
    metrics.histogram("waits_seconds", "", {1, 10}, {{"region", "eu"}}).observe(5);
    metrics.histogram("waits_seconds_more", "", {7}, {{"region", "eu"}}).observe(5);
    const Distributions by_region = distributions_by(metrics.text(), "waits_seconds", "region");
    ASSERT_THAT(by_region, SizeIs(2));
    EXPECT_EQ(by_region.at("us").counts, (std::vector<double>{1, 1, 1}));
    EXPECT_EQ(by_region.at("eu").counts, (std::vector<double>{0, 1, 1}));
    EXPECT_TRUE(distributions_by(metrics.text(), "waits_seconds", "result").empty());
}

TEST(Readings, QuantilesLieBetweenTheBounds) {
    const Distribution none;
    const Distribution now{{1, 2, std::numeric_limits<double>::infinity()}, {10, 20, 20}};
    EXPECT_EQ(quantile(0.5, none, now), 1);
    EXPECT_EQ(quantile(0.75, none, now), 1.5);
    EXPECT_EQ(quantile(0.5, now, now), std::nullopt);
    const Distribution beyond{{1, 2, std::numeric_limits<double>::infinity()}, {10, 20, 120}};
    EXPECT_EQ(quantile(0.9, now, beyond), 2) << "all that is known: beyond the last bound";
    EXPECT_EQ(quantile(0.5, none, none), std::nullopt);
}

}  // namespace
}  // namespace hookline::status
