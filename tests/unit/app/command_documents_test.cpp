// The manual, the completion scripts and docs/configuration.md say what the program says.

#include <set>

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

/// The manual's part about one command: from its heading, which may go on with what it takes, to the next.
std::string part_about(const std::string& manual, const std::string& command) {
    for (const char* after : {"\"", " "}) {
        const auto begin = manual.find("\n.SS \"" + command + after);
        if (begin != std::string::npos) return manual.substr(begin, manual.find("\n.S", begin + 4) - begin);
    }
    return "";
}

/// Every word that is an option.
std::set<std::string> options_in(const std::string& text) {
    std::set<std::string> found;
    for (auto at = text.find("--"); at != std::string::npos; at = text.find("--", at + 2)) {
        found.insert(text.substr(at, text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", at) - at));
    }
    return found;
}

TEST(Documents, TheManualDescribesEveryCommandWithEveryOption) {
    const std::string manual = plain(source_file("deploy/man/hookline.1"));
    const std::set<std::string> to_reach = {"--admin", "--admin-ca-file", "--spool", "--admin-token-file",
                                            "--spool-key-file"};
    for (const CommandShape& shape : command_shapes()) {
        if (shape.path.empty() || !shape.subcommands.empty()) continue;
        const std::string part = part_about(manual, "hookline " + shape.path);
        EXPECT_FALSE(part.empty()) << "no heading for hookline " << shape.path;
        const std::set<std::string> described = options_in(part);
        const bool asks_relay = part.find("Asks a relay") != std::string::npos;
        for (const CommandShape::Option& option : shape.options) {
            const bool common = option.name == "--help" || (asks_relay && to_reach.contains(option.name));
            EXPECT_TRUE(common || described.contains(option.name)) << "hookline " << shape.path << " " << option.name;
        }
    }
}

TEST(Documents, TheManualInventsNoOption) {
    std::set<std::string> known;
    for (const CommandShape& shape : command_shapes()) {
        for (const CommandShape::Option& option : shape.options) known.insert(option.name);
    }
    for (const std::string& option : options_in(plain(source_file("deploy/man/hookline.1")))) {
        EXPECT_TRUE(known.contains(option)) << option;
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
