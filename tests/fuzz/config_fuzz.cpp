// Any text as a configuration: it is taken or refused, each problem has its place and a sentence, and no secret that
// was written into the file comes back in one. Files that the text names are not opened.

#include <string_view>

#include "app/config_rule.h"
#include "base/check.h"

namespace {

using namespace hookline;
using namespace hookline::app;

bool names_a_file(const KeyRule& rule) { return rule.kind == "file" || rule.kind == "list of files"; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Draft draft;
    Settings settings;
    read_toml(text, "fuzz", "/nowhere", draft, settings);
    std::erase_if(settings, [](const auto& one) { return names_a_file(*one.second.rule); });
    store(settings, draft);
    check_whole(draft);
    for (const ConfigProblem& problem : draft.problems) {
        check(!problem.message.empty(), "a problem says what is wrong");
        check(problem.source != "fuzz" || problem.line > 0, "a problem of the file has its line");
        check(to_string(problem).find(problem.message) != std::string::npos, "and is told whole");
    }
    return 0;
}
