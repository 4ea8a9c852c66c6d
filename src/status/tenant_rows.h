#pragma once
// The tenants with what their shippers say: searched, sorted, and as JSON. Private to the room; values, any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "status/admin_api.h"
#include "status/admin_request.h"

namespace hookline::status {

/// A tenant with what its shipper says. There may be ten thousand: JSON is made only of those that are shown.
struct Row {
    spool::TenantStatus tenant;
    std::optional<ShipperRow> shipper{};  ///< nothing: it never had anything to ship, or no relay runs
    std::string region{};
    bool relay_runs = false;

    /// Nothing holds a tenant without a shipper; without a relay nobody knows. Empty: not known.
    [[nodiscard]] std::string_view hold() const {
        return shipper ? std::string_view(shipper->hold) : relay_runs ? "none" : "";
    }
    [[nodiscard]] bool backs_off() const { return hold() == "backing_off"; }
    [[nodiscard]] bool is_held() const { return !hold().empty() && hold() != "none" && !backs_off(); }
    [[nodiscard]] WallTime held_since() const { return shipper ? shipper->since : WallTime{}; }
    [[nodiscard]] WallTime last_answer() const { return shipper ? shipper->last_answer : WallTime{}; }
};

std::vector<Row> rows_of(const AdminParts& parts);
Row row_of(spool::TenantStatus tenant, const AdminParts& parts);
Json tenant_json(const Row& row);

/// Those whose label, region or hold holds the text, without regard to case.
void keep_matching(std::vector<Row>& rows, std::string_view search);
/// By a field, `-` before it for the greatest first. What is null comes last either way.
Result<void> sort_by(std::vector<Row>& rows, std::string_view order);

}  // namespace hookline::status
