// hookline: reads the command line and starts what it asks for.

#include <exception>
#include <iostream>

#include <sys/stat.h>

#include "app/command_run.h"
#include "app/command_sim.h"
#include "app/relay.h"
#include "app/try.h"

extern char** environ;  // POSIX

namespace {

using namespace hookline;
using namespace hookline::app;

Environment own_environment() {
    Environment environment;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return environment;
}

int run(const Command& command) {
    const Environment environment = own_environment();
    if (const auto* serve = std::get_if<ServeCommand>(&command)) {
        return run_relay({serve->config.file, environment, serve->config.flags});
    }
    if (const auto* rehearsal = std::get_if<TryCommand>(&command)) return run_try(rehearsal->options);
    if (const auto* okta = std::get_if<SimOktaCommand>(&command)) return run_sim(*okta);
    if (const auto* logzio = std::get_if<SimLogzioCommand>(&command)) return run_sim(*logzio);
    return run_command(command, own_terminal(), environment);
}

}  // namespace

int main(int count, char** words) {
    // What hookline writes is its owner's alone, whatever the umask was: a spool, an export, a key.
    ::umask(S_IRWXG | S_IRWXO);
    try {
        const auto command = parse_command({words + 1, words + count}, SystemClock().wall());
        if (command) return run(*command);
        (command.error().status == 0 ? std::cout : std::cerr) << command.error().text;
        return command.error().status;
    } catch (const std::exception& error) {
        std::cerr << "hookline: " << error.what() << '\n';
        return static_cast<int>(ExitStatus::failed);
    }
}
