#pragma once
// Who really sent a request that came through proxies. Pure; any thread.

#include <string>
#include <string_view>

#include "net/http.h"
#include "net/network.h"

namespace hookline::net {

/// The address as people write it: IPv4-mapped IPv6 becomes IPv4.
std::string plain_address(std::string_view address);

/// `connected` is who holds the connection. If it is trusted, X-Forwarded-For is read from its right end, where the
/// nearest proxy wrote, to the first address that is not trusted itself: what stands left of it anybody can have made
/// up. Where no entry can be read the last address that could be is the answer.
std::string sender_address(std::string_view connected, const Headers& headers, const Networks& trusted);

}  // namespace hookline::net
