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

bool comes_from_another_page(const net::RequestHead& head, std::string_view host) {
    const auto origin = head.headers.find("origin");
    if (origin && *origin != "http://" + std::string(host) && *origin != "https://" + std::string(host)) return true;
    const auto site = head.headers.find("sec-fetch-site");
    return site && *site != "same-origin" && *site != "none";
}

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

std::optional<net::HttpResponse> refuse_stranger(const net::RequestHead& head, const Gate& gate) {
    const std::string_view host = head.headers.find("host").value_or("");
    if (!names_us(host, gate)) {
        return refuse(403, "this address does not answer to that Host; admin.host_names can add a name");
    }
    if (comes_from_another_page(head, host)) return refuse(403, "web pages from elsewhere may not ask here");
    if (!knows_the_token(head, gate)) {
        net::HttpResponse response = refuse(
            401, "expected Authorization: Bearer, then the admin token, which stands in <spool directory>/admin-token");
        response.headers.push_back({"WWW-Authenticate", "Bearer"});
        return response;
    }
    return {};
}

}  // namespace hookline::status
