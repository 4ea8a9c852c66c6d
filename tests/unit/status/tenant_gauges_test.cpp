// What tenants have waiting, as metrics that no sender can multiply.

#include "status/tenant_gauges.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace hookline::status {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr WallTime now{std::chrono::hours(500'000)};

spool::TenantStatus tenant(std::uint64_t number, const std::string& label, bool named, std::uint64_t lines,
                           std::chrono::seconds age = 0s) {
    spool::TenantStatus status;
    status.id = TenantId{number};
    status.label = label;
    status.named = named;
    status.waiting_lines = lines;
    if (age > 0s) status.oldest_waiting = now - age;
    return status;
}

ShipperRow held(std::uint64_t number, const std::string& hold) {
    ShipperRow row;
    row.tenant = TenantId{number};
    row.hold = hold;
    return row;
}

void show(TenantGauges& gauges, const std::vector<spool::TenantStatus>& tenants,
          const std::vector<ShipperRow>& shippers) {
    gauges.begin(shippers);
    for (const spool::TenantStatus& one : tenants) gauges.add(one, now);
    gauges.publish();
}

TEST(TenantGauges, NamedTenantsHaveTheirOwnAndAllOthersShareOne) {
    Metrics metrics;
    TenantGauges gauges(metrics);
    show(gauges,
         {tenant(1, "acme", true, 3, 90s), tenant(2, "us-1a2b3c4d", false, 4, 20s),
          tenant(3, "eu-5e6f7081", false, 5, 60s)},
         {held(1, "token_rejected"), held(2, "backing_off"), held(3, "refused")});
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("hookline_tenant_waiting_lines{tenant=\"acme\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("hookline_tenant_oldest_waiting_seconds{tenant=\"acme\"} 90\n"));
    EXPECT_THAT(text, HasSubstr("hookline_tenant_held{tenant=\"acme\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("hookline_tenant_waiting_lines{tenant=\"(others)\"} 9\n"));
    EXPECT_THAT(text, HasSubstr("hookline_tenant_oldest_waiting_seconds{tenant=\"(others)\"} 60\n"));
    EXPECT_THAT(text, HasSubstr("hookline_tenant_held{tenant=\"(others)\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("us-1a2b3c4d")));
}

TEST(TenantGauges, ATenantThatWentHasNothingWaiting) {
    Metrics metrics;
    TenantGauges gauges(metrics);
    show(gauges, {tenant(1, "acme", true, 3, 90s)}, {held(1, "refused")});
    show(gauges, {}, {});
    EXPECT_THAT(metrics.text(), HasSubstr("hookline_tenant_waiting_lines{tenant=\"acme\"} 0\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("hookline_tenant_oldest_waiting_seconds{tenant=\"acme\"} 0\n"));
    EXPECT_THAT(metrics.text(), HasSubstr("hookline_tenant_held{tenant=\"acme\"} 0\n"));
}

TEST(TenantGauges, HoweverManyThereAreTheSeriesAreBounded) {
    Metrics metrics;
    TenantGauges gauges(metrics);
    std::vector<spool::TenantStatus> tenants;
    for (std::uint64_t number = 1; number <= 1'000; ++number) {
        tenants.push_back(tenant(number, "named-" + std::to_string(number), true, 1));
    }
    show(gauges, tenants, {});
    const std::string text = metrics.text();
    std::size_t series = 0;
    const std::string start = "\nhookline_tenant_waiting_lines{";
    for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) ++series;
    EXPECT_EQ(series, TenantGauges::named_max + 1);
    EXPECT_THAT(text, HasSubstr("hookline_tenant_waiting_lines{tenant=\"(others)\"} 900\n")) << "none is left out";
}

}  // namespace
}  // namespace hookline::status
