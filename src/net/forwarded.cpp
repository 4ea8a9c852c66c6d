#include "net/forwarded.h"

#include <vector>

#include <arpa/inet.h>

#include "base/text.h"

namespace hookline::net {
namespace {

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`; empty when it is none of them.
std::string address_in(std::string_view entry) {
    entry = trim(entry);
    if (entry.starts_with('[')) {
        entry = entry.substr(1, entry.find(']') == std::string_view::npos ? 0 : entry.find(']') - 1);
    } else if (entry.find('.') != std::string_view::npos && entry.find(':') == entry.rfind(':')) {
        entry = entry.substr(0, entry.find(':'));
    }
    const std::string address(entry);
    std::uint8_t bytes[16];
    const bool valid =
        ::inet_pton(AF_INET, address.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, address.c_str(), bytes) == 1;
    return valid ? plain_address(address) : "";
}

}  // namespace

std::string plain_address(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    const bool is_mapped = address.size() > mapped.size() &&
                           equal_ignoring_case(address.substr(0, mapped.size()), mapped) &&
                           address.find('.') != std::string_view::npos;
    return std::string(is_mapped ? address.substr(mapped.size()) : address);
}

std::string sender_address(std::string_view connected, const Headers& headers, const Networks& trusted) {
    std::string sender(connected);
    if (trusted.empty() || !trusted.contains(sender)) return sender;
    const auto& all = headers.all();
    for (auto header = all.rbegin(); header != all.rend(); ++header) {
        if (!equal_ignoring_case(header->name, "x-forwarded-for")) continue;
        std::string_view list = header->value;
        while (true) {
            const auto comma = list.rfind(',');
            const std::string_view entry = comma == std::string_view::npos ? list : list.substr(comma + 1);
            std::string address = address_in(entry);
            if (address.empty()) return sender;
            sender = std::move(address);
            if (!trusted.contains(sender)) return sender;
            if (comma == std::string_view::npos) break;
            list = list.substr(0, comma);
        }
    }
    return sender;
}

}  // namespace hookline::net
