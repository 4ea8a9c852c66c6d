// log level.

#include <fmt/format.h>

#include "app/command_run.h"

namespace hookline::app {

int run_log_level(const LogLevelCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto told =
        command.level.empty() ? desk.ask("GET", "log") : desk.ask("PUT", "log", Json{{"level", command.level}});
    if (!told) return complain(terminal, told.error().message);
    if (command.json) {
        print_json(terminal, *told);
        return 0;
    }
    const auto text = [&](const char* field) { return printable(told->value(field, "?")); };
    if (command.level.empty()) {
        terminal.out << text("level") << '\n';
    } else {
        terminal.out << fmt::format(
            "the log's level is now {}, before {}; the next reload or start sets it as "
            "configured\n",
            text("level"), text("before"));
    }
    return 0;
}

}  // namespace hookline::app
