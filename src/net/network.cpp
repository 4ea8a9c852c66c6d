#include "net/network.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <arpa/inet.h>

#include "base/text.h"

namespace hookline::net {
namespace {

constexpr unsigned ipv4_prefix_bits = 96;

/// As 16 bytes; IPv4 stands at ::ffff:0:0/96, so that both families compare alike.
std::optional<std::array<std::uint8_t, 16>> address_bytes(std::string_view text) {
    std::array<std::uint8_t, 16> bytes{};
    const std::string whole(text.substr(0, text.find('%')));  // a zone (`fe80::1%eth0`) is no part of the address
    if (::inet_pton(AF_INET, whole.c_str(), bytes.data() + 12) == 1) {
        bytes[10] = bytes[11] = 0xff;
        return bytes;
    }
    if (::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1) return bytes;
    return {};
}

template <class Number>
std::optional<Number> decimal(std::string_view text) {
    Number value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || problem != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

bool same_first_bits(const std::array<std::uint8_t, 16>& left, const std::array<std::uint8_t, 16>& right,
                     unsigned bits) {
    const std::size_t whole = bits / 8;
    if (!std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(whole), right.begin())) return false;
    if (bits % 8 == 0) return true;
    const unsigned mask = 0xffU << (8 - bits % 8) & 0xffU;
    return (left[whole] & mask) == (right[whole] & mask);
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    const std::string shown(text);
    if (colon == std::string_view::npos) {
        return failed("\"" + shown + "\" names no port; write ADDRESS:PORT, such as 127.0.0.1:9000 or :9000");
    }
    const auto port = decimal<std::uint16_t>(text.substr(colon + 1));
    if (!port) return failed("\"" + shown + "\" has no port from 0 to 65535 behind its last colon");

    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty() && !bracketed) return Endpoint{"", *port};
    if (host == "localhost") return Endpoint{"127.0.0.1", *port};
    const bool has_colon = host.find(':') != std::string_view::npos;
    if (!address_bytes(host) || has_colon != bracketed) {
        return failed("\"" + shown + "\" holds no IP address; write 127.0.0.1:9000, [::1]:9000 or :9000");
    }
    return Endpoint{std::string(host), *port};
}

std::string to_string(const Endpoint& endpoint) {
    const bool ipv6 = endpoint.address.find(':') != std::string::npos;
    return (ipv6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(endpoint.port);
}

bool is_loopback(const Endpoint& endpoint) {
    static const Networks loopback = [] {
        Networks both;
        (void)both.add("127.0.0.0/8");
        (void)both.add("::1/128");
        return both;
    }();
    return loopback.contains(endpoint.address);
}

Result<void> Networks::add(std::string_view cidr) {
    const std::string shown(cidr);
    const auto slash = cidr.find('/');
    const auto bytes = address_bytes(cidr.substr(0, slash));
    if (!bytes) return failed("\"" + shown + "\" is no network; write 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32");
    const bool ipv4 = cidr.substr(0, slash).find(':') == std::string_view::npos;
    unsigned bits = 128;
    if (slash != std::string_view::npos) {
        const auto length = decimal<unsigned>(cidr.substr(slash + 1));
        if (!length || *length > (ipv4 ? 32U : 128U)) {
            return failed("\"" + shown + "\" has no prefix length from 0 to " + (ipv4 ? "32" : "128") +
                          " behind its slash");
        }
        bits = *length + (ipv4 ? ipv4_prefix_bits : 0);
    }
    all_.push_back({*bytes, bits});
    return {};
}

bool Networks::contains(std::string_view address) const {
    if (all_.empty()) return false;
    const auto bytes = address_bytes(address);
    return bytes && std::any_of(all_.begin(), all_.end(), [&](const Network& network) {
               return same_first_bits(*bytes, network.bytes, network.bits);
           });
}

}  // namespace hookline::net
