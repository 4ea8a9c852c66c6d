#include "app/reload_guard.h"

#include <algorithm>

#include <fmt/format.h>

namespace hookline::app {
namespace {

constexpr auto used_within = std::chrono::hours(24);

using Hooks = decltype(receive::Entrances::hooks);

/// Whether what the tenant received may have come through a hook that is there before and after.
bool another_stays(const Hooks& before, const Hooks& next, const std::string& tenant) {
    return std::any_of(before.begin(), before.end(),
                       [&](const auto& old) { return old.second.tenant == tenant && next.contains(old.first); });
}

enum class Received { nothing, unknown, something };

tl::unexpected<Error> not_read_yet(const std::string& what) {
    return failed(what +
                  " would go, and whether it took a delivery in the last 24 h is still to be read after the start; try "
                  "again in a moment, or set access.remove_used_hooks = true");
}

}  // namespace

Result<void> may_replace(const Config& before, const Config& next, const std::vector<spool::TenantStatus>& tenants,
                         bool all_read, WallTime now) {
    if (next.remove_used_hooks) return {};
    const WallTime yesterday = now - used_within;
    const auto received = [&](const auto& is_meant) {
        auto most = Received::nothing;
        for (const spool::TenantStatus& tenant : tenants) {
            if (!is_meant(tenant)) continue;
            if (tenant.last_received > yesterday) return Received::something;
            if (!all_read) most = Received::unknown;
        }
        return most;
    };
    const Hooks& hooks = before.entrances.hooks;
    for (const auto& [name, hook] : hooks) {
        if (next.entrances.hooks.contains(name)) continue;
        const std::string& label = hook.tenant;
        // The hook's own use is known since the start only, its tenant's also from before that.
        const Received tenant_received =
            received([&](const spool::TenantStatus& tenant) { return tenant.named && tenant.label == label; });
        if (hook.use->last() <= yesterday) {
            if (tenant_received == Received::nothing || another_stays(hooks, next.entrances.hooks, label)) continue;
            if (tenant_received == Received::unknown) return not_read_yet(fmt::format("the hook \"{}\"", name));
        }
        return failed(fmt::format(
            "the hook \"{}\" of tenant \"{}\" would go, though it took a delivery in the last 24 h; take it "
            "off in Okta first, or set access.remove_used_hooks = true",
            name, label));
    }
    if (!before.entrances.header_mode.enabled || next.entrances.header_mode.enabled) return {};
    const Received by_headers = received([](const spool::TenantStatus& tenant) { return !tenant.named; });
    if (by_headers == Received::unknown) return not_read_yet("header mode");
    if (by_headers == Received::something) {
        return failed(
            "header mode would go off, as it does by itself where there are hooks, though it took a delivery in the "
            "last 24 h; set access.header_mode = \"on\" to keep it beside the hooks, or take it off in Okta first, or "
            "set access.remove_used_hooks = true");
    }
    return {};
}

void carry_uses(const Config& before, Config& next) {
    for (auto& [name, hook] : next.entrances.hooks) {
        const auto old = before.entrances.hooks.find(name);
        if (old != before.entrances.hooks.end()) hook.use = old->second.use;
    }
}

}  // namespace hookline::app
