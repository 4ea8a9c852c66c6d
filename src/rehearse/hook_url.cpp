#include "rehearse/hook_url.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace hookline::rehearse {

std::string HookUrl::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
    return text;
}

Result<HookUrl> parse_hook_url(std::string_view text) {
    const auto refused = [&](const char* why) {
        return failed("\"" + std::string(text) + "\" is no URL of a hook: " + why);
    };
    HookUrl url;
    std::string_view rest = text;
    const std::size_t scheme = rest.find("://");
    if (scheme == std::string_view::npos) return refused("it must begin with https:// or http://");
    url.tls = equal_ignoring_case(rest.substr(0, scheme), "https");
    if (!url.tls && !equal_ignoring_case(rest.substr(0, scheme), "http")) {
        return refused("it must begin with https:// or http://");
    }
    rest.remove_prefix(scheme + 3);
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    std::string_view authority = rest.substr(0, end);
    const std::string_view target = rest.substr(end, rest.find('#') - end);
    if (!target.empty()) url.target = (target.front() == '/' ? "" : "/") + std::string(target);
    if (authority.find('@') != std::string_view::npos) return refused("a user and password have no place in it");
    if (text.find_first_of(" \t\r\n") != std::string_view::npos) return refused("it has white space in it");

    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    std::string_view host = authority.substr(0, colon);
    if (!host.empty() && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty()) return refused("the host is missing");
    url.host = host;
    url.port = url.tls ? 443 : 80;
    if (colon == std::string_view::npos) return url;
    const std::string_view port = authority.substr(colon + 1);
    const auto [last, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || last != port.data() + port.size() || url.port == 0)
        return refused("its port is no port");
    return url;
}

}  // namespace hookline::rehearse
