#pragma once
// The id by which a delivery is known in the log and in its answer. One maker a loop, on that loop's thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "net/http.h"

namespace hookline::receive {

/// In every answer of the endpoint, so that who sent a request can name it.
inline constexpr const char* request_id_header = "X-Request-Id";

/// Whether a sender's id may stand in the log: 8 to 64 letters, digits, '-' and '_', and nothing that looks like a
/// token.
bool is_request_id(std::string_view text);

class RequestIds {
 public:
    RequestIds();
    /// Okta's own (x-okta-request-id), when it sent one that may stand in the log; else one made here.
    std::string of(const net::RequestHead& head);

 private:
    std::uint64_t state_;
};

}  // namespace hookline::receive
