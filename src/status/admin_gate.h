#pragma once
// Who may ask the admin API. Private to the room; pure, any thread.

#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "net/http.h"
#include "net/network.h"

namespace hookline::status {

struct Gate {
    Secret token;
    std::vector<net::Endpoint> listen;
    std::vector<std::string> host_names;  ///< in lower case
};

/// Whether a Host header names this address: a page that an attacker's DNS points here sends the attacker's name.
bool names_us(std::string_view host, const Gate& gate);

/// The refusal of a request to /api/; nothing when it may pass.
std::optional<net::HttpResponse> refuse_stranger(const net::RequestHead& head, const Gate& gate);

}  // namespace hookline::status
