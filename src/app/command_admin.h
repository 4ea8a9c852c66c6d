#pragma once
// How a command reaches a relay: through its admin API, or, where no relay runs, through the same calls on its spool.
// Main thread; blocks.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "app/command.h"
#include "base/result.h"

namespace hookline::app {

using Json = nlohmann::json;
using Environment = std::map<std::string, std::string>;

class AdminDesk {
 public:
    /// Errors say what was tried and which option would help.
    static Result<std::unique_ptr<AdminDesk>> reach(const AdminTarget& target, const Environment& environment);
    virtual ~AdminDesk() = default;
    /// Asks `target` under /api/v1/; a refusal is an error with the API's own sentence.
    virtual Result<Json> ask(std::string_view method, const std::string& target, const Json& body = nullptr) = 0;
    /// Where it was asked: "relay at 127.0.0.1:9180" or "spool /var/lib/hookline (no relay runs)".
    [[nodiscard]] virtual std::string name() const = 0;
};

/// {"ready":…, "reasons":[…]} or {"healthy":…, …} as the relay says it to everybody. Needs no token and opens no spool:
/// what asks every few seconds must not stand in the way of a relay that starts.
Result<Json> ask_probe(StatusProbe probe, const AdminTarget& target, const Environment& environment);
/// Its name in that answer: "ready", "healthy".
const char* probe_name(StatusProbe probe);

/// For the query of a target.
std::string percent_encoded(std::string_view text);
/// Nothing when it is not base64.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace hookline::app
