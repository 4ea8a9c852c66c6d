#pragma once
// Who may deliver, and to which tenant: header mode and named hooks (DESIGN section 5). Plain data, made by the
// configuration, shared read-only by the loops and replaced whole on a reload.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "net/network.h"
#include "receive/token_list.h"

namespace hookline::receive {

/// When a hook last let a delivery in; a reload hands it on, so that a hook in use is not taken away. Any thread.
class HookUse {
 public:
    void note(WallTime now) { last_.store(now.time_since_epoch().count(), std::memory_order_relaxed); }
    /// The epoch when there was none since the process began.
    [[nodiscard]] WallTime last() const { return WallTime(WallTime::duration(last_.load(std::memory_order_relaxed))); }

 private:
    std::atomic<WallTime::rep> last_{0};
};

/// `/hooks/<name>`: its own secrets; the tenant of the same or another name gets what comes.
struct NamedHook {
    std::string tenant;           ///< name of the tenant
    std::vector<Secret> secrets;  ///< any one of them opens; several, so that one can be rotated
    std::shared_ptr<HookUse> use = std::make_shared<HookUse>();
};

struct HeaderMode {
    bool enabled = true;
    std::vector<Secret> secrets;  ///< empty: no shared authorization secret is asked for
    TokenList tokens_allowed;     ///< empty: any token
};

struct Entrances {
    HeaderMode header_mode;
    std::map<std::string, NamedHook, std::less<>> hooks;  ///< by name in the path
    std::string authorization_header = "authorization";   ///< Okta lets the admin choose its name
    net::Networks sources_allowed;                        ///< empty: any source
    std::vector<std::string> regions;                     ///< that a listener is configured for
};

}  // namespace hookline::receive
