#pragma once
// `https://host:port/path?query`, taken apart. Values; any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace hookline::rehearse {

struct HookUrl {
    bool tls = false;
    std::string host;  ///< without the brackets of an IPv6 address
    std::uint16_t port = 0;
    std::string target = "/";

    /// For the Host header: the port only when it is not the scheme's own.
    [[nodiscard]] std::string authority() const;
};

Result<HookUrl> parse_hook_url(std::string_view text);

}  // namespace hookline::rehearse
