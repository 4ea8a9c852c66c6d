// The log: its two forms, levels that change while it is written, and who may listen.

#include "base/log.h"

#include <gmock/gmock.h>

#include "base/log_level.h"
#include "base/log_pause.h"

namespace hookline {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Log : public ::testing::Test {
 protected:
    ~Log() override { set_up_log(LogLevel::info, LogFormat::text); }
    template <class Write>
    static std::string written(Write write) {
        ::testing::internal::CaptureStderr();
        write();
        return ::testing::internal::GetCapturedStderr();
    }
};

TEST_F(Log, IsTextOrJsonAndNobodyForgesALine) {
    const auto write = [] { log_warn("what", {{"count", 3}, {"who", "a\nb"}}); };
    set_up_log(LogLevel::info, LogFormat::text);
    EXPECT_THAT(written(write), HasSubstr(R"(warn  what count=3 who="a\nb")"
                                          "\n"));
    set_up_log(LogLevel::info, LogFormat::json);
    EXPECT_THAT(written(write), HasSubstr(R"("level":"warn","message":"what","count":3,"who":"a\nb"})"
                                          "\n"));
}

TEST_F(Log, IsJsonWhereNobodySitsAtATerminal) {
    EXPECT_THAT(written([] {  // stderr is a file now
                    set_up_log(LogLevel::info, fitting_log_format());
                    log_info("what");
                }),
                StartsWith("{\"time\":"));
}

TEST_F(Log, AChangeOfLevelIsAlwaysTold) {
    set_up_log(LogLevel::error, LogFormat::text);
    EXPECT_THAT(written([] { change_log_level(LogLevel::warn, "a test"); }),
                HasSubstr("log level changed from=error to=warn by=\"a test\""));
    EXPECT_THAT(written([] { change_log_level(LogLevel::warn, "a test"); }), IsEmpty());
    EXPECT_THAT(written([] { log_info("hidden"); }), IsEmpty());
    change_log_level(LogLevel::debug, "a test");
    EXPECT_THAT(written([] { log_debug("seen"); }), HasSubstr("seen"));
    EXPECT_EQ(log_level(), LogLevel::debug);
}

TEST_F(Log, LevelsAreKnownByTheirNames) {
    for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
        EXPECT_EQ(log_level_of(log_level_name(level)), level);
    }
    EXPECT_EQ(log_level_of("loud"), std::nullopt);
}

TEST(LogPause, LetsOneThroughAndCountsTheOthers) {
    LogPause pause(10s);
    const TimePoint begin{1h};
    EXPECT_EQ(pause.pass(begin), 0U);
    EXPECT_EQ(pause.pass(begin + 1s), std::nullopt);
    EXPECT_EQ(pause.pass(begin + 9s), std::nullopt);
    EXPECT_EQ(pause.pass(begin + 10s), 2U);
    EXPECT_EQ(pause.pass(begin + 11s), std::nullopt);
    EXPECT_EQ(pause.pass(begin + 1h), 1U);
}

}  // namespace
}  // namespace hookline
