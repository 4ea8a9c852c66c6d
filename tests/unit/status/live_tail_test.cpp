// What is shown of events as they come, and what of it is hidden and logged.

#include "status/live_tail.h"

#include <regex>
#include <set>

#include <gmock/gmock.h>

#include "base/file.h"
#include "support/fake_clock.h"
#include "unit/status/fake_spool.h"

namespace hookline::status {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Every text in double quotes between `begin` and `end` of a source file.
std::set<std::string> quoted_in(const std::string& file, const std::string& begin, const std::string& end) {
    const std::string text = read_file(Path(HOOKLINE_SOURCE_DIR) / file).value_or("");
    const auto from = text.find(begin);
    const std::string part = text.substr(from, text.find(end, from) - from);
    std::set<std::string> found;
    static const std::regex quoted("\"([^\"]*)\"");
    for (std::sregex_iterator at(part.begin(), part.end(), quoted), last; at != last; ++at) found.insert((*at)[1]);
    return found;
}

TEST(MaskedLine, HidesWhatCouldNameSomebodyWhereverItStands) {
    const std::string shown = masked_line(
        R"({"uuid":"u-1","eventType":"user.session.start","displayMessage":"Kari was here","actor":{"type":"User",)"
        R"("alternateId":"kari@example.com"},"client":{"ipAddress":"192.0.2.1","chain":[{"city":"Bergen"},["x"]]},)"
        R"("outcome":{"result":"SUCCESS","reason":null},"n":17,"yes":true})");
    for (const char* hidden : {"Kari", "kari", "192.0.2.1", "Bergen", "\"x\"", "17", "true"}) {
        EXPECT_THAT(shown, Not(HasSubstr(hidden)));
    }
    for (const char* plain : {"u-1", "user.session.start", "SUCCESS", "\"User\"", "null"}) {
        EXPECT_THAT(shown, HasSubstr(plain));
    }
}

TEST(MaskedLine, HidesAlsoUnderAKnownKeyWhereAnythingMayStand) {
    const std::string shown = masked_line(
        R"({"debugContext":{"debugData":{"reason":"Jane Doe"}},"target":[{"type":"User","detailEntry":{"version":"jane"}}],)"
        R"("hookline":{"via":"hook"}})");
    EXPECT_THAT(shown, Not(HasSubstr("Jane")));
    EXPECT_THAT(shown, Not(HasSubstr("jane")));
    EXPECT_THAT(shown, HasSubstr(R"("type":"User")"));
    EXPECT_THAT(shown, HasSubstr(R"("via":"hook")"));
}

TEST(MaskedLine, HidesTheWholeOfWhatItCannotRead) {
    EXPECT_EQ(masked_line(R"({"displayMessage":"cut in the mid)"), "•••");
    EXPECT_EQ(masked_line("\"a text\""), "•••");
    EXPECT_EQ(masked_line(""), "•••");
}

TEST(MaskedLine, ShowsTheSameKeysAsThePageDoes) {
    const auto here = quoted_in("src/status/live_tail.cpp", "keys{", "};");
    EXPECT_GT(here.size(), 10U);
    EXPECT_EQ(here, quoted_in("web/mask.js", "plainKeys = new Set([", "]"));
    EXPECT_EQ(quoted_in("src/status/live_tail.cpp", "objects{", "};"),
              quoted_in("web/mask.js", "knownObjects = new Set([", "]"));
}

}  // namespace
}  // namespace hookline::status
