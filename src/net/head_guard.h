#pragma once
// Judges the raw head of a request before the parser gets it: Beast's parser lets shapes pass that another server in
// front could read otherwise (request smuggling), and joins folded lines so that they cannot be seen any more.
// Pure functions; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hookline::net {

/// Why the server itself refuses a request. `reason` is for people and holds no bytes that the sender chose.
struct HeadRefusal {
    int status = 400;
    std::string_view reason;
};

inline constexpr std::size_t header_fields_max = 200;  ///< more: 431

/// `block` is a whole head: request line, header lines and the empty line that ends it.
std::optional<HeadRefusal> refuse_head(std::string_view block);

/// The same for a head that is not whole yet, as far as it can be told: so that what can never become a request is
/// answered at once and not by the deadline.
std::optional<HeadRefusal> refuse_head_part(std::string_view part);

}  // namespace hookline::net
