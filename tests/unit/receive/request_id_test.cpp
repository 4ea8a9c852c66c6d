// The id by which a delivery is known: in the log, in its answer, beside the bucket of the histogram it fell into.

#include "receive/request_id.h"

#include <set>

#include "base/exemplars.h"
#include "base/log.h"
#include "base/openmetrics.h"
#include "unit/receive/endpoint_world.h"

namespace hookline::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string okta_id = "XOZfPkReFFZ10KWyGkzAMwAAADA";

Headers with_id(const std::string& id) {
    Headers headers = World::token_headers();
    headers.emplace_back("X-Okta-Request-Id", id);
    return headers;
}

TEST(RequestId, IsOktasOwnAndStandsInAnswerLogAndMetrics) {
    World world;
    const auto taken = world.post(delivery({event("u1")}), with_id(okta_id));
    ASSERT_EQ(taken->status(), 200);
    EXPECT_EQ(taken->body(), "");
    EXPECT_EQ(taken->header("X-Request-Id"), okta_id);
    EXPECT_THAT(openmetrics_of(world.metrics.text(), exemplars_of(world.metrics)),
                HasSubstr("# {request_id=\"" + okta_id + "\"}"));

    testing::internal::CaptureStderr();
    const auto refused = world.post("no delivery", with_id(okta_id));
    EXPECT_EQ(refused->status(), 400);
    EXPECT_EQ(refused->header("X-Request-Id"), okta_id);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("delivery refused request_id=" + okta_id));
}

TEST(RequestId, IsMadeHereWhereNoneThatIsFitComes) {
    World world;
    std::set<std::string> ids;
    for (int turn = 0; turn < 100; ++turn) {
        const auto sent = world.post(delivery({event("u" + std::to_string(turn))}));
        ids.insert(sent->header("X-Request-Id"));
    }
    EXPECT_EQ(ids.size(), 100U);
    for (const std::string& id : ids) EXPECT_TRUE(receive::is_request_id(id)) << id;
    for (const std::string& odd : {std::string("short"), std::string(65, 'x'), std::string("with blank 1"),
                                   std::string("a\"b\"c\"d\"e"), good_token}) {
        const std::string id = world.post(delivery({event("v" + odd)}), with_id(odd))->header("X-Request-Id");
        EXPECT_TRUE(receive::is_request_id(id)) << odd;
        EXPECT_NE(id, odd);
    }
    EXPECT_THAT(openmetrics_of(world.metrics.text(), exemplars_of(world.metrics)), Not(HasSubstr(good_token)))
        << "a token at the wrong place is shown nowhere";
}

TEST(RequestId, NamesWhatIsRefusedByItsHeadAndVerifications) {
    World world;
    testing::internal::CaptureStderr();
    const auto unknown = world.send("POST", "/elsewhere", with_id(okta_id), "{}");
    EXPECT_EQ(unknown->header("X-Request-Id"), okta_id);
    const auto verified = world.challenge("challenge", with_id("verify-0001"));
    EXPECT_EQ(verified->header("X-Request-Id"), "verify-0001");
    const auto wrong = world.challenge("challenge", {{"logzio_region", "mars"}, {"X-Okta-Request-Id", "verify-0002"}});
    EXPECT_EQ(wrong->header("X-Request-Id"), "verify-0002");
    const std::string logged = testing::internal::GetCapturedStderr();
    EXPECT_THAT(logged, HasSubstr("delivery refused request_id=" + okta_id));
    EXPECT_THAT(logged, HasSubstr("a hook was verified request_id=verify-0001"));
    EXPECT_THAT(logged, HasSubstr("verification refused request_id=verify-0002"));
}

TEST(RequestId, AtLevelDebugEachDeliveryHasItsLine) {
    World world;
    (void)world.post(delivery({event("u0")}));
    set_up_log(LogLevel::debug, LogFormat::text);
    testing::internal::CaptureStderr();
    (void)world.post(delivery({event("u1"), event("u2")}), with_id(okta_id));
    const std::string logged = testing::internal::GetCapturedStderr();
    set_up_log(LogLevel::info, LogFormat::text);
    EXPECT_THAT(logged, AllOf(HasSubstr("delivery acknowledged request_id=" + okta_id), HasSubstr("events=2")));
}

}  // namespace
}  // namespace hookline::test
