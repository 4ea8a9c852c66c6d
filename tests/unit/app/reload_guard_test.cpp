// What a reload may take away: nothing that Okta still posts to.

#include "app/reload_guard.h"

#include <gmock/gmock.h>

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

const WallTime now = WallTime(std::chrono::hours(24 * 365 * 50));

Config with_hooks(const std::vector<std::pair<std::string, std::string>>& hooks) {
    Config config;
    config.entrances.header_mode.enabled = false;
    for (const auto& [name, tenant] : hooks) config.entrances.hooks[name] = {tenant, {Secret("secret")}};
    return config;
}
spool::TenantStatus received(const std::string& label, std::chrono::hours ago, bool named = true) {
    spool::TenantStatus tenant;
    tenant.label = label;
    tenant.named = named;
    tenant.last_received = now - ago;
    return tenant;
}

TEST(ReloadGuard, AHookThatWasUsedTodayStays) {
    const Config before = with_hooks({{"acme", "acme"}});
    before.entrances.hooks.at("acme").use->note(now - 1h);
    const auto refused = may_replace(before, with_hooks({}), {received("acme", 1h)}, true, now);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr("the hook \"acme\""), HasSubstr("access.remove_used_hooks")));
    Config insisted = with_hooks({});
    insisted.remove_used_hooks = true;
    EXPECT_TRUE(may_replace(before, insisted, {received("acme", 1h)}, true, now));
}

TEST(ReloadGuard, AHookThatWasUsedBeforeARestartStays) {
    const Config before = with_hooks({{"acme", "acme"}});
    EXPECT_FALSE(may_replace(before, with_hooks({}), {received("acme", 23h)}, true, now));
    EXPECT_TRUE(may_replace(before, with_hooks({}), {received("acme", 25h)}, true, now));
    EXPECT_TRUE(may_replace(before, with_hooks({}), {received("other", 1h)}, true, now));
}

TEST(ReloadGuard, AnUnusedHookGoesThoughItsTenantIsBusyThroughAnother) {
    const Config before = with_hooks({{"acme", "acme"}, {"acme-preview", "acme"}});
    before.entrances.hooks.at("acme").use->note(now - 1min);
    const std::vector<spool::TenantStatus> tenants = {received("acme", 0h)};
    EXPECT_TRUE(may_replace(before, with_hooks({{"acme", "acme"}}), tenants, true, now));
    EXPECT_FALSE(may_replace(before, with_hooks({{"acme-preview", "acme"}}), tenants, true, now))
        << "this is the busy one";
    EXPECT_FALSE(may_replace(before, with_hooks({}), tenants, true, now));
}

TEST(ReloadGuard, AnotherNameIsAnotherHook) {
    const Config before = with_hooks({{"acme", "acme"}});
    EXPECT_FALSE(may_replace(before, with_hooks({{"acme-new", "acme"}}), {received("acme", 1h)}, true, now))
        << "Okta posts to the old name";
}

TEST(ReloadGuard, HeaderModeThatWasUsedTodayStays) {
    const Config before;  // without hooks it is on
    ASSERT_TRUE(before.entrances.header_mode.enabled);
    Config next = with_hooks({{"acme", "acme"}});
    const auto refused = may_replace(before, next, {received("us:1234", 1h, false)}, true, now);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message,
                AllOf(HasSubstr("access.header_mode = \"on\""), HasSubstr("access.remove_used_hooks")));
    EXPECT_TRUE(may_replace(before, next, {received("us:1234", 25h, false), received("acme", 1h)}, true, now));
    next.remove_used_hooks = true;
    EXPECT_TRUE(may_replace(before, next, {received("us:1234", 1h, false)}, true, now));
    next = with_hooks({{"acme", "acme"}});
    next.entrances.header_mode.enabled = true;
    EXPECT_TRUE(may_replace(before, next, {received("us:1234", 1h, false)}, true, now));
}

TEST(ReloadGuard, WhatIsKnownOfAHooksUseOutlivesAReload) {
    const Config before = with_hooks({{"acme", "acme"}, {"acme-preview", "acme"}});
    Config between = with_hooks({{"acme", "acme"}, {"acme-preview", "acme"}});
    before.entrances.hooks.at("acme-preview").use->note(now - 1min);
    carry_uses(before, between);
    EXPECT_FALSE(may_replace(between, with_hooks({{"acme", "acme"}}), {received("acme", 0h)}, true, now));
}

TEST(ReloadGuard, WhatIsNotReadYetCountsAsUsed) {
    const Config before = with_hooks({{"acme", "acme"}});
    const auto refused = may_replace(before, with_hooks({}), {received("acme", 30h)}, false, now);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr("the hook \"acme\""), HasSubstr("try again in a moment")));
    EXPECT_TRUE(may_replace(before, with_hooks({{"acme", "acme"}}), {received("acme", 30h)}, false, now)) << "it stays";
    EXPECT_TRUE(may_replace(before, with_hooks({}), {received("other", 30h)}, false, now));
    EXPECT_THAT(may_replace(before, with_hooks({}), {received("acme", 1h)}, false, now).error().message,
                HasSubstr("took a delivery"))
        << "that much is known";

    Config by_headers;
    by_headers.entrances.header_mode.enabled = true;
    Config next = with_hooks({{"acme", "acme"}});
    EXPECT_THAT(may_replace(by_headers, next, {received("us:1234", 30h, false)}, false, now).error().message,
                AllOf(HasSubstr("header mode"), HasSubstr("try again in a moment")));
    EXPECT_TRUE(may_replace(by_headers, next, {received("us:1234", 30h, false)}, true, now));
}

}  // namespace
}  // namespace hookline::app
