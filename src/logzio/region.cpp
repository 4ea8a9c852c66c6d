#include <algorithm>

#include "base/text.h"
#include "logzio/listener.h"

namespace hookline::logzio {
namespace {

constexpr std::string_view built_in[] = {"au", "ca", "eu", "uk", "nl", "wa"};
constexpr std::size_t token_characters = 32;
constexpr std::size_t region_characters_max = 32;

bool is_region_code(std::string_view text) {
    if (text.empty() || text.size() > region_characters_max) return false;
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

/// The host of "host:port/path", without the brackets of an IPv6 address.
std::string_view host_of(std::string_view rest) {
    rest = rest.substr(0, rest.find('/'));
    if (rest.starts_with('[')) return rest.substr(1, std::min(rest.find(']'), rest.size()) - 1);
    return rest.substr(0, rest.find(':'));
}

bool is_loopback_host(std::string_view host) {
    return host == "localhost" || host == "::1" ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

}  // namespace

Regions::Regions() {
    urls_["us"] = "https://listener.logz.io:8071";
    for (const std::string_view code : built_in) {
        urls_[std::string(code)] = "https://listener-" + std::string(code) + ".logz.io:8071";
    }
}

Result<void> Regions::set(std::string_view region, std::string_view url, bool plain_http_allowed) {
    const std::string code = ascii_lower(trim(region));
    if (!is_region_code(code)) {
        return failed("a region's code is made of letters, digits, '-' and '_', such as \"us\"");
    }
    const std::string_view address = trim(url);
    const std::size_t scheme_end = address.find("://");
    const std::string scheme = ascii_lower(address.substr(0, std::min(scheme_end, address.size())));
    const auto wrong = [&](std::string_view why) {
        return failed("listener of region \"" + code + "\": " + std::string(why));
    };
    if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
        return wrong("the URL must begin with https://, such as https://listener.logz.io:8071");
    }
    std::string_view rest = address.substr(scheme_end + 3);
    if (rest.find_first_of("?#") != std::string_view::npos) return wrong("the URL must have no '?' and no '#'");
    if (rest.find('@') != std::string_view::npos) return wrong("the URL must hold no user and no password");
    const bool printable = std::all_of(rest.begin(), rest.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (host_of(rest).empty() || !printable) return wrong("the URL names no host");
    if (scheme == "http" && !plain_http_allowed && !is_loopback_host(host_of(rest))) {
        return wrong(
            "plain http would send tokens and events unprotected; use https, or allow it with ship.plain_http_allowed");
    }
    while (rest.ends_with('/')) rest.remove_suffix(1);
    urls_[code] = scheme + "://" + std::string(rest);
    return {};
}

std::optional<std::string> Regions::url(std::string_view region) const {
    const auto found = urls_.find(region);
    if (found == urls_.end()) return {};
    return found->second;
}

std::vector<std::string> Regions::codes() const {
    std::vector<std::string> codes;
    for (const auto& [code, url] : urls_) codes.push_back(code);
    return codes;
}

bool is_token(std::string_view text) {
    return text.size() == token_characters && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
}

}  // namespace hookline::logzio
