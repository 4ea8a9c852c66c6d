#pragma once
// The command line as values: what was asked for, parsed and checked, before anything is done. Plain data; main thread.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "app/try.h"
#include "base/clock.h"
#include "base/file.h"
#include "rehearse/logzio_emulator.h"
#include "rehearse/okta_sender.h"

namespace hookline::app {

/// What the flags of `serve` and `check` say, as ConfigSources takes it.
struct ConfigFlags {
    std::optional<Path> file;
    std::vector<std::pair<std::string, std::string>> flags;
};

/// Which relay, or which spool without one, a command asks.
struct AdminTarget {
    std::string address;  ///< empty: 127.0.0.1:9180; behind "https://" when it speaks TLS
    std::optional<Path> ca_file;
    std::optional<Path> spool;  ///< for its admin-token; opened when no relay answers
    std::optional<Path> token_file;
    std::optional<Path> spool_key_file;  ///< for a spool without a relay, when the key is not beside it
};

struct LetterChoice {
    std::vector<std::uint64_t> ids;
    std::string tenant, reason, kind;
    std::optional<WallTime> from, to;
    bool all = false;
    [[nodiscard]] bool empty() const {
        return ids.empty() && tenant.empty() && reason.empty() && kind.empty() && !from && !to;
    }
};

struct ServeCommand {
    ConfigFlags config;
};
struct TryCommand {
    TryOptions options;
};
struct CheckCommand {
    ConfigFlags config;
    bool online = false;
    bool yes = false;
    bool json = false;
    bool keys = false;
    bool markdown = false;
    std::string url;     ///< where Okta will post, to look at it from outside
    std::string region;  ///< with token_file: a token that is in no configuration
    std::optional<Path> token_file;
};
struct SimOktaCommand {
    rehearse::OktaSenderOptions options;
    bool json = false;
};
struct SimLogzioCommand {
    rehearse::LogzioEmulatorOptions options;
    std::optional<Path> certificate_file;  ///< where its own certificate is written
    bool json = false;
};
/// A health check's question, which needs no token.
enum class StatusProbe {
    ready,    ///< whether the relay takes deliveries
    healthy,  ///< whether its threads take their turns; when not, only a restart helps
};
struct StatusCommand {
    AdminTarget target;
    std::optional<StatusProbe> probe;  ///< only this
    bool json = false;
};
struct TenantListCommand {
    AdminTarget target;
    bool json = false;
};
struct TenantRekeyCommand {
    AdminTarget target;
    std::string tenant, region;
    std::optional<Path> token_of;  ///< the new token's file; "-" is stdin
    bool yes = false;
    bool json = false;
};
struct TenantForgetCommand {
    AdminTarget target;
    std::string tenant;
    bool yes = false;
    bool json = false;
};
struct TenantTestCommand {
    AdminTarget target;
    std::string tenant;
    std::chrono::milliseconds wait{30'000};  ///< for Logz.io's answer
    bool json = false;
};
struct DeadListCommand {
    AdminTarget target;
    LetterChoice choice;
    std::uint64_t count = 0;  ///< 0: 100 in a table, all with --json
    bool json = false;
};
struct DeadShowCommand {
    AdminTarget target;
    std::uint64_t id = 0;
    bool raw = false;
    bool json = false;
};
struct DeadExportCommand {
    AdminTarget target;
    LetterChoice choice;
    std::optional<Path> output;
    bool lines = false;
};
struct DeadReplayCommand {
    AdminTarget target;
    LetterChoice choice;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};
struct DeadDiscardCommand {
    AdminTarget target;
    LetterChoice choice;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};
struct GapsCommand {
    AdminTarget target;
    std::optional<WallTime> from;
    std::uint64_t count = 1'000;
    bool json = false;
};
struct TraceCommand {
    AdminTarget target;
    std::string uuid;
    bool json = false;
};
struct BackupCommand {
    AdminTarget target;
    Path directory;
    bool json = false;
};
struct LogLevelCommand {
    AdminTarget target;
    std::string level;  ///< empty: only tells it
    bool json = false;
};
struct ResendCommand {
    AdminTarget target;
    std::string tenant;
    std::optional<WallTime> from, to;
    std::uint64_t after = 0;  ///< where a resend that was interrupted goes on
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};
struct SpoolVerifyCommand {
    std::optional<Path> spool;
    std::optional<Path> key_file;
    bool keys = false;
    bool json = false;
};
struct SpoolSalvageCommand {
    std::optional<Path> spool;
    std::optional<Path> key_file;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};
struct SpoolRotateKeyCommand {
    std::optional<Path> spool;
    std::optional<Path> key_file;      ///< the key it has, when it is not beside the spool
    std::optional<Path> new_key_file;  ///< nothing: one is made and kept beside the spool
    bool yes = false;
    bool json = false;
};
struct VersionCommand {
    bool json = false;
};
struct CompletionCommand {
    std::string shell;
};

using Command =
    std::variant<ServeCommand, TryCommand, CheckCommand, SimOktaCommand, SimLogzioCommand, StatusCommand,
                 TenantListCommand, TenantRekeyCommand, TenantForgetCommand, TenantTestCommand, DeadListCommand,
                 DeadShowCommand, DeadExportCommand, DeadReplayCommand, DeadDiscardCommand, GapsCommand, TraceCommand,
                 BackupCommand, LogLevelCommand, ResendCommand, SpoolVerifyCommand, SpoolSalvageCommand,
                 SpoolRotateKeyCommand, VersionCommand, CompletionCommand>;

/// Nothing is to be done: help was asked for (status 0), or the words make no sense (64).
struct ParseEnd {
    int status = 0;
    std::string text;
};

/// `words` without the program's name. `now` is what "2 h" in --from counts from.
tl::expected<Command, ParseEnd> parse_command(std::vector<std::string> words, WallTime now);

/// One command or subcommand with its options, for completion and for the test that keeps the man page true.
struct CommandShape {
    struct Option {
        std::string name;   ///< "--listen"
        std::string value;  ///< "", "FILE", "DIR", "on|off"
        std::string meaning;
    };
    std::string path;  ///< "dead list"; empty: the program itself
    std::string meaning;
    std::vector<std::string> subcommands;
    std::vector<Option> options;
    std::string positional;  ///< what stands without a name: "", "bash|zsh", "UUID"
};
std::vector<CommandShape> command_shapes();

/// The completion script of a shell: "bash" or "zsh".
std::string completion_script(const std::string& shell);

}  // namespace hookline::app
