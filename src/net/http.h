#pragma once
// HTTP values that both the server and the client speak. Plain data; no threads involved.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hookline::net {

struct Header {
    std::string name;
    std::string value;
};

/// Headers in the order they came. Names are compared without case (RFC 9110 section 5.1).
class Headers {
 public:
    void add(std::string name, std::string value) { all_.push_back({std::move(name), std::move(value)}); }
    /// The first of that name, trimmed of blanks.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    [[nodiscard]] const std::vector<Header>& all() const { return all_; }
    void reserve(std::size_t count) { all_.reserve(count); }

 private:
    std::vector<Header> all_;
};

/// A request whose head was read and found well-formed. `target` is as sent; `path` is its part before '?'.
struct RequestHead {
    std::string method;
    std::string target;
    std::string path;
    std::string query;
    Headers headers;
    std::string peer_address;  ///< the sender's IP address: the connection's, or what a trusted proxy says
    bool over_tls = false;
    /// Accept of the connection for its first request (unless it came so late that the connection was opened in
    /// advance, as some proxies do), else the first byte of this one.
    TimePoint began;
};

struct HttpResponse {
    int status = 200;
    std::string content_type = "application/json";  ///< sent only with a body
    std::string body{};
    std::vector<Header> headers{};  ///< besides Content-Length, Content-Type, Connection and Date
    bool close = false;             ///< close the connection after this answer
};

}  // namespace hookline::net
