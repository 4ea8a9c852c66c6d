// The manual, the completion scripts and docs/configuration.md say what the program says.

#include <gmock/gmock.h>

#include "app/command.h"
#include "app/config.h"

namespace hookline::app {
namespace {

using ::testing::HasSubstr;

std::string source_file(const std::string& name) {
    const auto text = read_file(Path(HOOKLINE_SOURCE_DIR) / name);
    EXPECT_TRUE(text) << name;
    return text.value_or("");
}

/// Roff's escapes for what a terminal shows as '-' and "'".
std::string plain(std::string roff) {
    for (const auto& [escaped, shown] : {std::pair{"\\-", "-"}, std::pair{"\\(aq", "'"}}) {
        for (auto at = roff.find(escaped); at != std::string::npos; at = roff.find(escaped, at))
            roff.replace(at, std::string(escaped).size(), shown);
    }
    return roff;
}

/// The manual's part about one command: from its heading to the next.
std::string part_about(const std::string& manual, const std::string& heading) {
    const auto begin = manual.find("\n.SS \"" + heading + "\"");
    if (begin == std::string::npos) return "";
    const auto end = manual.find("\n.S", begin + 4);
    return manual.substr(begin, end - begin);
}

TEST(Documents, TheManualDescribesEveryCommandWithEveryOption) {
    const std::string manual = plain(source_file("deploy/man/hookline.1"));
    for (const CommandShape& shape : command_shapes()) {
        if (shape.path.empty() || !shape.subcommands.empty()) continue;
        const std::string part = part_about(manual, "hookline " + shape.path);
        EXPECT_FALSE(part.empty()) << "no heading for hookline " << shape.path;
        const bool asks_relay = part.find("Asks a relay") != std::string::npos;
        for (const CommandShape::Option& option : shape.options) {
            const bool common =
                option.name == "--help" || (asks_relay && (option.name == "--admin" || option.name == "--spool" ||
                                                           option.name == "--admin-token-file"));
            if (!common) EXPECT_THAT(part, HasSubstr(option.name)) << "hookline " << shape.path;
        }
    }
}

TEST(Documents, TheManualInventsNoOption) {
    const std::string manual = plain(source_file("deploy/man/hookline.1"));
    std::string known;
    for (const CommandShape& shape : command_shapes()) {
        for (const CommandShape::Option& option : shape.options) known += option.name + " ";
    }
    for (auto at = manual.find("--"); at != std::string::npos; at = manual.find("--", at + 2)) {
        const auto end = manual.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at);
        EXPECT_THAT(known, HasSubstr(manual.substr(at, end - at) + " "));
    }
}

TEST(Documents, TheManualNamesTheVersion) {
    EXPECT_THAT(plain(source_file("deploy/man/hookline.1")), HasSubstr("hookline " HOOKLINE_VERSION));
}

TEST(Documents, TheCompletionScriptsAreWhatTheProgramPrints) {
    EXPECT_EQ(source_file("deploy/completion/hookline.bash"), completion_script("bash"))
        << "make it anew: hookline completion bash > deploy/completion/hookline.bash";
    EXPECT_EQ(source_file("deploy/completion/hookline.zsh"), completion_script("zsh"))
        << "make it anew: hookline completion zsh > deploy/completion/hookline.zsh";
}

TEST(Documents, TheConfigurationPageListsEveryKeyAsTheProgramDoes) {
    const std::string page = source_file("docs/configuration.md");
    const std::string begin = "<!-- keys: made by `hookline check --keys --markdown` -->\n";
    const std::string end = "\n<!-- keys end -->";
    const auto from = page.find(begin);
    const auto to = page.find(end);
    ASSERT_NE(from, std::string::npos);
    ASSERT_NE(to, std::string::npos);
    EXPECT_EQ(page.substr(from + begin.size(), to - from - begin.size()), config_keys_markdown())
        << "put the output of hookline check --keys --markdown between the two comments";
}

TEST(Documents, EveryKeySaysWhatItMeansAndHowItIsSet) {
    for (const ConfigKey& key : config_keys()) {
        EXPECT_FALSE(key.meaning.empty()) << key.name;
        EXPECT_FALSE(key.kind.empty()) << key.name;
        EXPECT_TRUE(key.environment.starts_with("HOOKLINE_")) << key.name;
        EXPECT_EQ(key.meaning.find('|'), std::string::npos) << key.name << " would break the table";
    }
}

}  // namespace
}  // namespace hookline::app
