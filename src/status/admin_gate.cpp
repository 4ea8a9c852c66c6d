#include "status/admin_gate.h"

#include <algorithm>

#include <arpa/inet.h>

#include "base/text.h"
#include "status/admin_request.h"

namespace hookline::status {
namespace {

constexpr std::string_view bearer = "bearer ";

/// "[::1]:9180" → "::1", "localhost:9180" → "localhost".
std::string host_of(std::string_view host) {
    if (host.starts_with('[')) {
        const std::size_t end = host.find(']');
        return end == std::string_view::npos ? std::string() : std::string(host.substr(1, end - 1));
    }
    return ascii_lower(host.substr(0, host.find(':')));
}

bool is_address(const std::string& text) {
    unsigned char bytes[sizeof(in6_addr)];
    return ::inet_pton(AF_INET, text.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

bool is_every_address(const std::string& address) { return address.empty() || address == "0.0.0.0" || address == "::"; }

/// Without TLS of our own there may be a proxy that speaks it.
bool is_our_origin(std::string_view origin, std::string_view host, const Gate& gate) {
    return origin == "https://" + std::string(host) || (!gate.tls && origin == "http://" + std::string(host));
}

bool comes_from_another_page(const net::RequestHead& head, std::string_view host, const Gate& gate) {
    const auto origin = head.headers.find("origin");
    if (origin && !is_our_origin(*origin, host, gate)) return true;
    const auto site = head.headers.find("sec-fetch-site");
    return site && *site != "same-origin" && *site != "none";
}

/// A browser says so of itself with everything but a plain GET; that another page sends nothing is not enough.
bool comes_from_our_page(const net::RequestHead& head, std::string_view host, const Gate& gate) {
    if (comes_from_another_page(head, host, gate)) return false;
    const auto site = head.headers.find("sec-fetch-site");
    return head.headers.find("origin").has_value() || (site && *site == "same-origin");
}

bool only_reads(const net::RequestHead& head) { return head.method == "GET" || head.method == "HEAD"; }

bool knows_the_token(const net::RequestHead& head, const Gate& gate) {
    const auto given = head.headers.find("authorization");
    if (!given || head.headers.count("authorization") != 1) return false;
    if (given->size() <= bearer.size() || !equal_ignoring_case(given->substr(0, bearer.size()), bearer)) return false;
    return gate.token.matches(trim(given->substr(bearer.size())));
}

}  // namespace

bool names_us(std::string_view host, const Gate& gate) {
    const std::string name = host_of(host);
    if (name == "localhost") return true;
    if (std::find(gate.host_names.begin(), gate.host_names.end(), name) != gate.host_names.end()) return true;
    if (!is_address(name)) return false;
    if (net::is_loopback({name, 0})) return true;
    return std::any_of(gate.listen.begin(), gate.listen.end(), [&](const net::Endpoint& endpoint) {
        return endpoint.address == name || is_every_address(endpoint.address);
    });
}

std::optional<net::HttpResponse> refuse_foreign_host(const net::RequestHead& head, const Gate& gate) {
    if (names_us(head.headers.find("host").value_or(""), gate)) return {};
    return refuse(403, "this address does not answer to that Host; admin.host_names can add a name");
}

std::optional<net::HttpResponse> refuse_foreign_page(const net::RequestHead& head, const Gate& gate) {
    if (auto refused = refuse_foreign_host(head, gate)) return refused;
    if (comes_from_our_page(head, head.headers.find("host").value_or(""), gate)) return {};
    return refuse(403, "only the status page itself may ask this; a script uses Authorization: Bearer");
}

GivenHalves halves_of(const net::RequestHead& head) {
    GivenHalves halves;
    if (head.headers.count(session_key_header) == 1) halves.key = *head.headers.find(session_key_header);
    unsigned cookies = 0;
    for (const net::Header& header : head.headers.all()) {
        if (!equal_ignoring_case(header.name, "cookie")) continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            const std::size_t end = std::min(rest.find(';'), rest.size());
            const std::string_view pair = trim(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
            const std::size_t equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != session_cookie) continue;
            halves.cookie = pair.substr(equals + 1);
            ++cookies;
        }
    }
    if (cookies > 1) halves.cookie = {};  // which of the two is meant?
    return halves;
}

std::optional<net::HttpResponse> refuse_stranger(const net::RequestHead& head, const Gate& gate, Sessions& sessions,
                                                 TimePoint now) {
    if (auto refused = refuse_foreign_host(head, gate)) return refused;
    const std::string_view host = head.headers.find("host").value_or("");
    if (comes_from_another_page(head, host, gate)) return refuse(403, "web pages from elsewhere may not ask here");
    if (knows_the_token(head, gate)) return {};
    const GivenHalves halves = halves_of(head);
    const bool in_session = !head.headers.find("authorization") && sessions.admits(halves.cookie, halves.key, now);
    if (!in_session) {
        net::HttpResponse response = refuse(
            401, "expected Authorization: Bearer, then the admin token, which stands in <spool directory>/admin-token");
        response.headers.push_back({"WWW-Authenticate", "Bearer"});
        return response;
    }
    if (!only_reads(head)) return refuse_foreign_page(head, gate);
    return {};
}

}  // namespace hookline::status
