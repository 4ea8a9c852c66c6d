// The relay's own warnings on their way into the spool: never in a loop, never lost without a word.

#include "app/log_shipping.h"

#include <gmock/gmock.h>

#include "support/fake_clock.h"
#include "support/temp_directory.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// A spool whose commits a test makes, a ring that a test fills, and what carries from one to the other.
class LogShippingTest : public ::testing::Test {
 protected:
    LogShippingTest() { shipping.begin("ops", LogLevel::warn); }

    static std::unique_ptr<spool::Spool> open(const Path& directory, spool::SpoolLimits limits, const Clock& clock,
                                              Metrics& metrics) {
        spool::SpoolOptions options;
        options.directory = directory;
        options.limits = limits;
        options.commit_mode = spool::CommitMode::by_hand;
        return std::move(*spool::Spool::open(std::move(options), clock, metrics));
    }
    static spool::SpoolLimits small() {
        spool::SpoolLimits limits;
        limits.tenant_bytes_max = 8'000;
        return limits;
    }

    void warn(std::string_view message, LogFields fields = {}) {
        ring.add(clock.now(), clock.wall(), LogLevel::warn, message, fields);
    }
    void step() { shipping.step(clock.now()); }
    void commit() {
        while (spool->commit_now()) continue;
    }
    /// As often as it takes for all that waits.
    void ship() {
        for (int i = 0; i < 10; ++i) {
            step();
            commit();
        }
    }
    /// The lines of the tenant, from its cursor on.
    std::vector<std::string> lines(const std::string& tenant = "ops") const {
        const auto known = spool->find(spool::NamedIdentity{tenant});
        if (!known) return {};
        const auto batch = spool->read(known->id, {}, 1 << 20, 10'000);
        std::vector<std::string> texts;
        for (const spool::BatchLine& line : batch->lines) texts.emplace_back(line.text);
        return texts;
    }
    [[nodiscard]] double counted(const std::string& result) {
        return metrics.counter("hookline_own_log_lines_total", "", {{"result", result}}).value();
    }
    /// All that waits is delivered.
    void drain() {
        const TenantId tenant = spool->find(spool::NamedIdentity{"ops"})->id;
        const auto batch = spool->read(tenant, {}, 1 << 20, 10'000);
        spool::Settle settle;
        settle.tenant = tenant;
        settle.upto = batch->end;
        spool->settle(std::move(settle), at_once, [](const Result<void>& settled) { EXPECT_TRUE(settled); });
        commit();
    }

    class AtOnce final : public Mailbox {
     public:
        void post(std::vector<Task> tasks) override {
            for (Task& task : tasks) task();
        }
    };

    test::FakeClock clock;
    Metrics metrics;
    test::TempDirectory directory;
    AtOnce at_once;
    std::unique_ptr<spool::Spool> spool = open(directory / "spool", small(), clock, metrics);
    spool::Tail tail;
    LogRing ring{{.lines_max = 20}};
    LogShipping shipping{*spool, tail, clock, metrics, ring, {.append_lines_max = 3, .last_commit_max = 0s}};
};

TEST(LogDocument, IsTheLogsJsonAndWhatLogzIoNeeds) {
    LogCopy copy{WallTime(1'767'225'600'000'001us), LogLevel::error, "delivery refused"};
    copy.fields = {{"status", "401", false}, {"reason", "a \"quoted\"\nline \xff", true}};
    EXPECT_EQ(log_document(copy, "4f0e", "relay-1"),
              R"({"@timestamp":"2026-01-01T00:00:00.000001Z","type":"hookline","uuid":"4f0e","hostname":"relay-1",)"
              R"("level":"error","message":"delivery refused","status":401,"reason":"a \"quoted\"\nline )"
              "\xef\xbf\xbd\"}\n");
}

TEST(LogDocument, NoFieldTakesThePlaceOfItsOwnAndNoNameHasADot) {
    LogCopy copy{{}, LogLevel::warn, "m"};
    copy.fields = {{"type", "t", true}, {"uuid", "u", true}, {"receive.connections_max", "7", false}};
    const std::string document = log_document(copy, "4f0e", "");
    EXPECT_THAT(document, HasSubstr(R"("log_type":"t","log_uuid":"u","receive_connections_max":7})"));
    EXPECT_THAT(document, HasSubstr(R"("type":"hookline","uuid":"4f0e")"));
}

TEST_F(LogShippingTest, AWarningBecomesALineOfTheTenantThatCanBeTraced) {
    warn("delivery is held: token rejected", {{"tenant", "acme"}});
    ship();
    const auto shipped = lines();
    ASSERT_THAT(shipped, ElementsAre(AllOf(HasSubstr(R"("message":"delivery is held: token rejected")"),
                                           HasSubstr(R"("tenant":"acme")"), HasSubstr(R"("type":"hookline")"))));
    const std::size_t uuid = shipped[0].find("\"uuid\":\"") + 8;
    EXPECT_THAT(*spool->trace(shipped[0].substr(uuid, 36)), SizeIs(1));
    EXPECT_EQ(counted("stored"), 1);
}

TEST_F(LogShippingTest, NothingIsPutInTwiceWhileTheSpoolIsSlow) {
    warn("one");
    step();
    warn("two");
    step();
    clock.advance(10min);
    step();
    EXPECT_THAT(lines(), IsEmpty()) << "no commit yet";
    ship();
    EXPECT_THAT(lines(), ElementsAre(HasSubstr("\"one\""), HasSubstr("\"two\"")));
}

TEST_F(LogShippingTest, WhatTheSpoolDoesNotTakeIsTriedAgainMoreAndMoreSeldom) {
    const std::string long_text(700, 'x');
    for (int i = 0; i < 12; ++i) warn(long_text + std::to_string(i));
    ship();
    const std::size_t taken = lines().size();
    ASSERT_LT(taken, 12U) << "the tenant's quota is full";

    const auto refused = [this] {
        return metrics.counter("hookline_spool_refused_deliveries_total", "", {{"reason", "tenant_full"}}).value();
    };
    const double refused_before = refused();
    for (int second = 0; second < 600; ++second) {
        clock.advance(1s);
        step();
        commit();
    }
    EXPECT_GT(refused() - refused_before, 8);
    EXPECT_LT(refused() - refused_before, 20);
    EXPECT_THAT(ring.take(100).lines, SizeIs(::testing::Lt(12U))) << "and nothing is said about it";

    drain();
    clock.advance(1min);
    ship();
    EXPECT_THAT(lines(), Contains(HasSubstr(long_text + std::to_string(taken))));
}

TEST_F(LogShippingTest, AFloodIsBoundedAndToldInOneLine) {
    for (int i = 0; i < 25; ++i) warn("flood");
    ship();
    drain();
    for (int i = 0; i < 25; ++i) warn("flood");
    ship();
    const auto shipped = lines();
    EXPECT_THAT(shipped, Not(Contains(HasSubstr("were not shipped")))) << "once in a minute";
    EXPECT_EQ(counted("left_out"), 10);
    drain();
    clock.advance(1min);
    ship();
    EXPECT_THAT(lines(), ElementsAre(AllOf(HasSubstr("were not shipped"), HasSubstr(R"("tenant":"ops","lines":5)"))));
}

TEST_F(LogShippingTest, WithoutATenantNothingIsCopiedAndNothingShipped) {
    shipping.finish();
    EXPECT_FALSE(ring.wants(LogLevel::error));
    warn("nobody wants it");
    ship();
    EXPECT_THAT(lines(), IsEmpty());
    shipping.begin("others", LogLevel::error);
    EXPECT_FALSE(ring.wants(LogLevel::warn));
    ring.add(clock.now(), clock.wall(), LogLevel::error, "somebody does", {});
    ship();
    EXPECT_THAT(lines("others"), SizeIs(1));
}

TEST_F(LogShippingTest, AtTheEndEverythingThatIsLeftGoesIn) {
    spool::SpoolOptions options;
    options.directory = directory / "other";
    Metrics of_other;
    const SystemClock time;
    auto other = std::move(*spool::Spool::open(std::move(options), time, of_other));
    LogShipping last(*other, tail, time, of_other, ring, {.append_lines_max = 3, .last_commit_max = 60s});
    last.begin("ops", LogLevel::warn);
    for (int i = 0; i < 10; ++i) warn("left");
    last.finish();
    const TenantId ops = other->find(spool::NamedIdentity{"ops"})->id;
    EXPECT_THAT(other->read(ops, {}, 1 << 20, 100)->lines, SizeIs(10));
    EXPECT_TRUE(other->close());
}

TEST_F(LogShippingTest, WhatTheSpoolDoesNotTakeAtTheEndIsCounted) {
    for (int i = 0; i < 5; ++i) warn("one");
    shipping.finish();  // nobody commits here, and three go in at a time
    EXPECT_EQ(counted("left_out"), 5);
    EXPECT_FALSE(ring.wants(LogLevel::error));
}

}  // namespace
}  // namespace hookline::app
