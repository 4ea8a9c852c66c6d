#pragma once
// A tenant: one destination at Logz.io, with a queue, repeats, a hold and a quota of its own. Values.

#include <cstdint>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"

namespace hookline::spool {

/// Known by the headers of its deliveries.
struct HeaderIdentity {
    std::string region;
    Secret token;
    friend bool operator==(const HeaderIdentity&, const HeaderIdentity&) = default;
};
/// Known by its name in the configuration: it keeps its queue when its token or region changes.
struct NamedIdentity {
    std::string name;
    friend bool operator==(const NamedIdentity&, const NamedIdentity&) = default;
};
using Identity = std::variant<HeaderIdentity, NamedIdentity>;

/// How a tenant is shown to people: its name, or `us-1a2b3c4d` (region and 8 hex digits of the token's SHA-256).
std::string label_of(const Identity& identity);

/// A tenant as it stands now, for listings.
struct TenantStatus {
    TenantId id;
    std::string label;
    bool named = false;
    bool proven = false;  ///< a named tenant always is
    std::uint64_t waiting_deliveries = 0;
    std::uint64_t waiting_lines = 0;
    std::uint64_t waiting_bytes = 0;    ///< of lines, as they will be sent
    std::uint64_t stored_bytes = 0;     ///< as they stand on disk; what the quota counts
    WallTime oldest_waiting{};          ///< receipt of the oldest unsettled delivery; epoch when none waits
    std::uint64_t received_events = 0;  ///< since the start of the process
    std::uint64_t repeated_events = 0;
    std::uint64_t delivered_events = 0;
    std::uint64_t condemned_letters = 0;
    std::uint64_t condemned_bytes = 0;
    std::uint64_t aside_letters = 0;
    WallTime first_seen{};
    WallTime last_received{};
    std::uint64_t kept_bytes = 0;  ///< of delivered events, about, as far as they stand in tables
    WallTime kept_since{};         ///< receipt of the oldest delivered event that is kept; epoch when none is
};

}  // namespace hookline::spool
