#pragma once
// Addresses: where to listen, and sets of networks. Values.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hookline::net {

/// `127.0.0.1:9000`, `[::1]:9000`, `:9000` (all addresses, both families).
struct Endpoint {
    std::string address;
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
Result<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);
/// 127.0.0.0/8 and ::1.
bool is_loopback(const Endpoint& endpoint);

/// A set of networks in CIDR form; IPv4-mapped IPv6 addresses are taken as IPv4.
class Networks {
 public:
    Result<void> add(std::string_view cidr);
    [[nodiscard]] bool contains(std::string_view address) const;
    [[nodiscard]] bool empty() const { return all_.empty(); }

 private:
    struct Network {
        std::array<std::uint8_t, 16> bytes{};
        unsigned bits = 0;  ///< of 128; IPv4 stands at ::ffff:0:0/96
    };
    std::vector<Network> all_;
};

}  // namespace hookline::net
