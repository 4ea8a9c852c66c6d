// backup.

#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "app/command_run.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 100ms;

std::string text_of(const Json& state, const char* name) { return state.value(name, std::string()); }

/// Asks until the backup is no longer being made.
Result<Json> wait_for_end(AdminDesk& desk, const Terminal& terminal, Json state) {
    std::optional<Progress> bar;
    std::uint64_t total = 0;
    while (text_of(state, "state") == "running") {
        const std::uint64_t now_total = state.value("bytes_total", std::uint64_t{0});
        if (!bar || now_total != total) {
            bar.reset();
            bar.emplace(terminal, "copying", total = now_total);
        }
        bar->at(state.value("bytes_done", std::uint64_t{0}));
        std::this_thread::sleep_for(look_interval);
        auto next = desk.ask("GET", "backup");
        if (!next) return next;
        if (text_of(*next, "directory") != text_of(state, "directory"))
            return failed("another backup was begun since; whether this one is whole, its directory tells");
        state = std::move(*next);
    }
    return state;
}

std::string about_key(const Json& state) {
    const std::string id = text_of(state, "key");
    if (state.value("key_beside", false)) {
        return fmt::format(
            "It is sealed with key {}, which is not in it: keep the file spool.key of the spool elsewhere, as long as "
            "this backup. Without it nothing opens the backup.\n",
            id);
    }
    return fmt::format("It is sealed with key {}, the one of spool.key_file, which is not in it.\n", id);
}

}  // namespace

int run_backup(const BackupCommand& command, AdminDesk& desk, const Terminal& terminal) {
    std::error_code fault;
    const Path directory = std::filesystem::absolute(command.directory, fault).lexically_normal();
    if (fault) return complain(terminal, fault.message());
    // A slash at the end says nothing.
    const Path named = directory.has_filename() ? directory : directory.parent_path();
    auto begun = desk.ask("POST", "backup", {{"directory", named.string()}});
    if (!begun) return complain(terminal, begun.error().message);
    const auto state = wait_for_end(desk, terminal, std::move(*begun));
    if (!state) return complain(terminal, state.error().message);
    const bool done = text_of(*state, "state") == "done";
    if (command.json) {
        print_json(terminal, *state);
        return done ? 0 : 1;
    }
    if (!done) return complain(terminal, "no backup was made: " + text_of(*state, "error"));
    terminal.out << fmt::format("{}: {} in {} files, whole and synced. {}", printable(text_of(*state, "directory")),
                                show_bytes(state->value("bytes_done", std::uint64_t{0})),
                                state->value("files", std::uint64_t{0}), about_key(*state));
    return 0;
}

}  // namespace hookline::app
