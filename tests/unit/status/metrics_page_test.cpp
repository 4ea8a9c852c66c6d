// Which form of the metrics whoever asks is given.

#include "status/metrics_page.h"

#include <gmock/gmock.h>

namespace hookline::status {
namespace {

using ::testing::EndsWith;
using ::testing::Not;

TEST(MetricsPage, OpenMetricsIsForWhoAsksForIt) {
    for (const char* accept : {
             "application/openmetrics-text",
             "application/openmetrics-text; version=1.0.0",
             "Application/OpenMetrics-Text;version=\"1.0.0\";charset=utf-8",
             // Prometheus 2.42
             "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
             "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
             // Prometheus 3
             "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
             "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
             "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
             "text/plain;q=0.2, */*, application/openmetrics-text;q=0.3",
         }) {
        EXPECT_TRUE(prefers_openmetrics(accept)) << accept;
    }
    for (const char* accept : {
             "",
             "*/*",
             "text/html,application/xhtml+xml,*/*;q=0.8",
             "text/plain;version=0.0.4",
             "application/openmetrics-text;version=0.0.1",
             "application/openmetrics-text;q=0",
             "application/openmetrics-text;q=0.2,text/plain",
             "application/openmetrics-text;q=0.2,text/*;q=0.5",
             "application/openmetrics-text;q=nonsense;q=0",
             ";;,,;=,=;q",
         }) {
        EXPECT_FALSE(prefers_openmetrics(accept)) << accept;
    }
}

TEST(MetricsPage, SaysWhichItIs) {
    Metrics metrics;
    metrics.counter("hookline_things_total", "things").add();
    net::Headers asked;
    EXPECT_EQ(metrics_page(metrics, asked).content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(metrics_page(metrics, asked).body, Not(EndsWith("# EOF\n")));
    asked.add("Accept", "application/openmetrics-text; version=1.0.0");
    EXPECT_EQ(metrics_page(metrics, asked).content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    EXPECT_THAT(metrics_page(metrics, asked).body, EndsWith("hookline_things_total 1\n# EOF\n"));
}

}  // namespace
}  // namespace hookline::status
