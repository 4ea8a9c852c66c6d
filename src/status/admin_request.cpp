#include "status/admin_request.h"

#include <algorithm>
#include <charconv>

#include "base/time_text.h"

namespace hookline::status {
namespace {

constexpr std::string_view prefix = "/api/v1/";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            plain += ' ';
        } else if (text[i] != '%') {
            plain += text[i];
        } else {
            const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) return {};
            plain += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return plain;
}

/// Takes what stands before the separator off the front.
std::string_view take(std::string_view& rest, char separator) {
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

}  // namespace

std::string Target::parameter(std::string_view name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

std::optional<Target> parse_target(std::string_view target) {
    std::string_view query = target;
    std::string_view path = take(query, '?');
    if (!path.starts_with(prefix)) return {};
    path.remove_prefix(prefix.size());
    Target made;
    while (!path.empty()) {
        auto piece = percent_decoded(take(path, '/'));
        if (!piece) return {};
        made.pieces.push_back(std::move(*piece));
    }
    while (!query.empty()) {
        std::string_view value = take(query, '&');
        auto name = percent_decoded(take(value, '='));
        auto decoded = percent_decoded(value);
        if (!name || !decoded) return {};
        if (!decoded->empty()) made.parameters[std::move(*name)] = std::move(*decoded);
    }
    return made;
}

Result<void> only(const Target& target, const std::set<std::string_view>& known) {
    for (const auto& [name, value] : target.parameters) {
        if (known.contains(name)) continue;
        std::string names;
        for (const std::string_view one : known) names += (names.empty() ? "" : ", ") + std::string(one);
        return failed("unknown parameter " + name + "; known here: " + (names.empty() ? "none" : names));
    }
    return {};
}

Result<std::uint64_t> number(const Target& target, std::string_view name, std::uint64_t least, std::uint64_t most,
                             std::uint64_t otherwise) {
    const std::string text = target.parameter(name);
    if (text.empty()) return otherwise;
    std::uint64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc() || end != text.data() + text.size() || value < least || value > most) {
        return failed(std::string(name) + " is a number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return value;
}

net::HttpResponse answer(const Json& body, int status) {
    net::HttpResponse response;
    response.status = status;
    // Answers of listeners and ids of events are quoted as they came, also when they are no UTF-8.
    response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

net::HttpResponse refuse(int status, std::string_view why) { return answer(Json{{"error", why}}, status); }

Json instant(WallTime when) {
    if (when == WallTime{}) return nullptr;
    return format_rfc3339(when);
}

Json seconds(std::chrono::microseconds duration) { return std::chrono::duration<double>(duration).count(); }

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t offset) -> std::uint32_t {
            return i + offset < bytes.size() ? static_cast<std::uint8_t>(bytes[i + offset]) : 0U;
        };
        const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
        text += digits[group >> 18];
        text += digits[group >> 12 & 63];
        text += i + 1 < bytes.size() ? digits[group >> 6 & 63] : '=';
        text += i + 2 < bytes.size() ? digits[group & 63] : '=';
    }
    return text;
}

}  // namespace hookline::status
