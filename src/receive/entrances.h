#pragma once
// Who may deliver, and to which tenant: header mode and named hooks (DESIGN section 5). Plain data, made by the
// configuration, shared read-only by the loops and replaced whole on a reload.

#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/secret.h"
#include "net/network.h"

namespace hookline::receive {

/// `/hooks/<name>`: its own secrets; the tenant of the same or another name gets what comes.
struct NamedHook {
    std::string tenant;           ///< name of the tenant
    std::vector<Secret> secrets;  ///< any one of them opens; several, so that one can be rotated
};

struct HeaderMode {
    bool enabled = true;
    std::vector<Secret> secrets;  ///< empty: no shared authorization secret is asked for
    /// Allowed tokens by their SHA-256; empty: any token.
    std::vector<Sha256> tokens_allowed;
};

struct Entrances {
    HeaderMode header_mode;
    std::map<std::string, NamedHook, std::less<>> hooks;  ///< by name in the path
    std::string authorization_header = "authorization";   ///< Okta lets the admin choose its name
    net::Networks sources_allowed;                        ///< empty: any source
    std::vector<std::string> regions;                     ///< that a listener is configured for
};

}  // namespace hookline::receive
