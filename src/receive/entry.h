#pragma once
// Who delivers, and to which tenant: DESIGN section 5 as a function of the head of a request. Pure; any thread.
//
// All configured secrets and tokens are compared each time, each in constant time, so that an answer's delay tells
// nothing about how close a guess was or which of several matched.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/http.h"
#include "receive/entrances.h"
#include "receive/refusal.h"
#include "spool/tenant.h"

namespace hookline::receive {

/// Let in.
struct Way {
    spool::Identity identity;
    std::string label;    ///< how the tenant is shown to people
    bool listed = false;  ///< named, or its token is on the allow-list
    bool token_headers_ignored = false;
    /// Headers that a delivery needs and that are not there: only when a challenge was looked at.
    std::vector<std::string> missing{};
    std::shared_ptr<HookUse> hook_use{};  ///< of the named hook that let it in

    [[nodiscard]] bool named() const { return std::holds_alternative<spool::NamedIdentity>(identity); }
    [[nodiscard]] const spool::HeaderIdentity& by_headers() const { return std::get<spool::HeaderIdentity>(identity); }
};
using Entry = std::variant<Way, Refusal>;

enum class Purpose {
    delivery,
    challenge,  ///< what is present must be right, but what is absent is only noted
};

Entry enter(const Entrances& entrances, const net::RequestHead& head, Purpose purpose);

/// Whether `path` is `/hooks/<name>` of a configured hook.
bool is_hook(const Entrances& entrances, std::string_view path);

}  // namespace hookline::receive
