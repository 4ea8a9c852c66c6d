#pragma once
// An answer as the bytes of HTTP/1.1. Pure; any thread.

#include <string>
#include <string_view>

#include "net/http.h"

namespace hookline::net {

/// The bytes on the wire. `head_only`: the answer to HEAD. `close` says so in a header.
std::string response_text(const HttpResponse& response, bool close, bool head_only);

/// 200 without a body, kept alive: the answer to nearly every delivery.
inline constexpr std::string_view empty_ok_text = "HTTP/1.1 200 OK\r\nServer: hookline\r\nContent-Length: 0\r\n\r\n";

inline constexpr std::string_view continue_text = "HTTP/1.1 100 Continue\r\n\r\n";

/// The server's own refusal, as JSON like every other.
HttpResponse refusal_response(int status, std::string_view reason);

}  // namespace hookline::net
