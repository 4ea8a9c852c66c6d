#pragma once
// An admin request taken apart: path, parameters, JSON body. Private to the room; values, any thread.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "net/http.h"
#include "spool/letter.h"

namespace hookline::status {

using Json = nlohmann::json;

/// `/api/v1/tenants/7/rekey?x=y`: its pieces behind /api/v1 and its parameters, percent-decoded.
struct Target {
    std::vector<std::string> pieces;
    std::map<std::string, std::string, std::less<>> parameters;

    [[nodiscard]] std::string parameter(std::string_view name) const;
};
/// Nothing when it is not under /api/v1/ or not well-formed.
std::optional<Target> parse_target(std::string_view target);

/// A sentence when there is a parameter that `known` does not hold.
Result<void> only(const Target& target, const std::set<std::string_view>& known);
/// A parameter as a number from `least` to `most`; `otherwise` when it is not given.
Result<std::uint64_t> number(const Target& target, std::string_view name, std::uint64_t least, std::uint64_t most,
                             std::uint64_t otherwise);

net::HttpResponse answer(const Json& body, int status = 200);
net::HttpResponse refuse(int status, std::string_view why);

/// An instant as RFC 3339; null for the epoch, which stands for "never".
Json instant(WallTime when);
/// A duration in seconds.
Json seconds(std::chrono::microseconds duration);
std::string base64(std::string_view bytes);

}  // namespace hookline::status
