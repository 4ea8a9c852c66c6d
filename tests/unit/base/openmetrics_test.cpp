// The OpenMetrics form of the metrics page, and exemplars.

#include "base/openmetrics.h"

#include <gmock/gmock.h>

#include "base/exemplars.h"

namespace hookline {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr WallTime noon{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 12h};

class OpenMetrics : public ::testing::Test {
 protected:
    [[nodiscard]] std::string page() const { return openmetrics_of(metrics.text(), exemplars); }
    void observe(double value, std::string_view id, WallTime at = noon) {
        seconds.observe(value);
        slots.keep({"request_id", id, value, at});
    }
    Metrics metrics;
    Exemplars exemplars;
    const std::vector<double> bounds{0.5, 1, 10};
    Histogram seconds = metrics.histogram("hookline_wait_seconds", "waits", bounds, {{"region", "us"}});
    ExemplarSlots& slots = exemplars.of("hookline_wait_seconds", bounds, {{"region", "us"}});
};

TEST(OpenMetricsText, ACounterLosesItsEndingInTheFamilyAloneAndSaysItsUnit) {
    Metrics metrics;
    metrics.counter("hookline_sent_bytes_total", "bytes \"sent\"", {{"to", "a\"b\\c\nd"}}).add(7);
    EXPECT_EQ(openmetrics_of(metrics.text(), {}),
              "# TYPE hookline_sent_bytes counter\n"
              "# UNIT hookline_sent_bytes bytes\n"
              "# HELP hookline_sent_bytes bytes \\\"sent\\\"\n"
              "hookline_sent_bytes_total{to=\"a\\\"b\\\\c\\nd\"} 7\n"
              "# EOF\n");
}

TEST(OpenMetricsText, AGaugeStaysAsItIsAndAnInfoIsOne) {
    Metrics metrics;
    metrics.gauge("hookline_waiting_lines", "lines").set(2.5);
    EXPECT_EQ(openmetrics_of(metrics.text(), {}),
              "# TYPE hookline_waiting_lines gauge\n# HELP hookline_waiting_lines lines\n"
              "hookline_waiting_lines 2.5\n# EOF\n");
    Metrics others;
    others.gauge("hookline_build_info", "what this is", {{"version", "1.2.3"}}).set(1);
    EXPECT_THAT(openmetrics_of(others.text(), {}),
                AllOf(HasSubstr("# TYPE hookline_build info\n"), Not(HasSubstr("UNIT")),
                      HasSubstr("\nhookline_build_info{version=\"1.2.3\"} 1\n")));
}

TEST_F(OpenMetrics, EachBucketShowsTheLastThatFellIntoIt) {
    observe(0.25, "first");
    observe(0.5, "second", noon + 1500ms);
    observe(20, "beyond \"all\"");
    seconds.observe(2);
    EXPECT_EQ(page(),
              "# TYPE hookline_wait_seconds histogram\n"
              "# UNIT hookline_wait_seconds seconds\n"
              "# HELP hookline_wait_seconds waits\n"
              "hookline_wait_seconds_count{region=\"us\"} 4\n"
              "hookline_wait_seconds_sum{region=\"us\"} 22.75\n"
              "hookline_wait_seconds_bucket{region=\"us\",le=\"0.5\"} 2 # {request_id=\"second\"} 0.5 1772366401.500\n"
              "hookline_wait_seconds_bucket{region=\"us\",le=\"1.0\"} 2\n"
              "hookline_wait_seconds_bucket{region=\"us\",le=\"10.0\"} 3\n"
              "hookline_wait_seconds_bucket{region=\"us\",le=\"+Inf\"} 4 "
              "# {request_id=\"beyond \\\"all\\\"\"} 20 1772366400.000\n"
              "# EOF\n");
    EXPECT_THAT(metrics.text(), Not(HasSubstr("request_id"))) << "the text format knows no exemplars";
}

TEST_F(OpenMetrics, EachSeriesHasItsOwn) {
    observe(5, "far");
    Histogram near = metrics.histogram("hookline_wait_seconds", "waits", bounds, {{"region", "eu"}});
    near.observe(0.1);
    metrics.histogram("hookline_commit_seconds", "commits", {2}).observe(1);
    exemplars.of("hookline_commit_seconds", {2}).keep({"request_id", "plain", 1, noon});
    EXPECT_THAT(page(), HasSubstr("{region=\"us\",le=\"10.0\"} 1 # {request_id=\"far\"}"));
    EXPECT_THAT(page(), HasSubstr("{region=\"eu\",le=\"0.5\"} 1\n"));
    EXPECT_THAT(page(), HasSubstr("hookline_commit_seconds_bucket{le=\"2.0\"} 1 # {request_id=\"plain\"} 1 "));
}

TEST_F(OpenMetrics, AnIdIsNeverLongerThanTheFormatAllows) {
    observe(0, std::string(500, 'x'));
    EXPECT_THAT(page(), HasSubstr("\"" + std::string(exemplar_id_bytes_max, 'x') + "\""));
}

TEST_F(OpenMetrics, TheSameHistogramAskedForTwiceKeepsItsExemplars) {
    observe(0.5, "one");
    exemplars.of("hookline_wait_seconds", bounds, {{"region", "us"}}).keep({"request_id", "two", 5, noon});
    EXPECT_THAT(page(), AllOf(HasSubstr("request_id=\"one\""), HasSubstr("request_id=\"two\"")));
}

}  // namespace
}  // namespace hookline
