#pragma once
// Who may ask the admin API. Private to the room; belongs to the admin server's loop.

#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "net/http.h"
#include "net/network.h"
#include "status/sessions.h"

namespace hookline::status {

/// The names of a session's halves on the wire.
inline constexpr std::string_view session_cookie = "hookline_session";
inline constexpr std::string_view session_key_header = "hookline-session-key";

struct Gate {
    Secret token;
    std::vector<net::Endpoint> listen;
    std::vector<std::string> host_names;  ///< in lower case
    bool tls = false;                     ///< of our own; a proxy's cannot be seen
};

/// Whether a Host header names this address: a page that an attacker's DNS points here sends the attacker's name.
bool names_us(std::string_view host, const Gate& gate);

/// The refusal of a request that names another host; nothing when it names this one.
std::optional<net::HttpResponse> refuse_foreign_host(const net::RequestHead& head, const Gate& gate);

/// The refusal of a request to /api/; nothing when it may pass: with the token, or in a session. Who is in a session
/// and wants to change something must also be seen to come from our own page.
std::optional<net::HttpResponse> refuse_stranger(const net::RequestHead& head, const Gate& gate, Sessions& sessions,
                                                 TimePoint now);

/// The refusal of a request to sign in or out that our own page did not send.
std::optional<net::HttpResponse> refuse_foreign_page(const net::RequestHead& head, const Gate& gate);

/// The halves of a session that a request brings; empty where it brings none, or the cookie twice.
struct GivenHalves {
    std::string_view cookie;
    std::string_view key;
};
GivenHalves halves_of(const net::RequestHead& head);

}  // namespace hookline::status
