#pragma once
// What a reload may not take away unasked: an entrance that Okta still uses. What it posts there from then on would be
// answered 404 or 401, which Okta does not send again.

#include <vector>

#include "app/config.h"
#include "spool/tenant.h"

namespace hookline::app {

/// Refused, with a sentence that says what to do, when a hook or header mode that took a delivery in the 24 hours
/// before `now` would go without `access.remove_used_hooks`. `tenants` is how the spool's tenants stand; `all_read`:
/// that they tell all that was received, which they do not in the first moments after a start.
Result<void> may_replace(const Config& before, const Config& next, const std::vector<spool::TenantStatus>& tenants,
                         bool all_read, WallTime now);

/// A hook that stays keeps what is known of its use.
void carry_uses(const Config& before, Config& next);

}  // namespace hookline::app
