#pragma once
// The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): who a proxy speaks for, said before the
// first byte of TLS or HTTP. Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace hookline::net {

struct ProxyProgress {
    enum class State {
        more,     ///< read at most `wanted` further bytes and ask again; no more, since what follows is not ours
        whole,    ///< `address` is the sender; empty when the proxy speaks for itself (health checks)
        invalid,  ///< this is no PROXY header
    } state = State::more;
    std::size_t wanted = 0;
    std::string address;
};

/// Judges the bytes read so far; they must never hold more than the header.
ProxyProgress read_proxy_header_of(std::string_view bytes);

}  // namespace hookline::net
