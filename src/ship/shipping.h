#pragma once
// Everything that leaves: one shipper a tenant, each a step of the crew, and the proofs of new tokens (DESIGN section
// 4).
//
// It promises: one bulk in flight a tenant, a bounded number a listener; free slots go round-robin by tenant, so that
// one tenant's trouble is its own; a record is settled only when the listener took it or it became a dead letter in the
// same write. All of it runs on the crew's thread, but for what says otherwise.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crew.h"
#include "base/metrics.h"
#include "logzio/listener.h"
#include "logzio/prover.h"
#include "spool/recent.h"
#include "spool/spool.h"

namespace hookline::ship {

struct ShippingLimits {
    std::size_t bulk_bytes = 3 * 1024 * 1024;  ///< a bulk is cut here, before compression (hard limit: ListenerLimits)
    std::size_t bulk_lines_max = 20'000;
    std::size_t lane_bytes_min = 64 * 1024;         ///< more than this is read in the lane, if there is one
    std::chrono::milliseconds bulk_age_max{1'000};  ///< under load a bulk waits this long to fill; idle: sent at once
    std::size_t listener_bulks_max = 16;            ///< in flight to one region
    std::chrono::milliseconds backoff_first{500};   ///< full jitter, doubling
    std::chrono::milliseconds backoff_max{60'000};
    std::chrono::seconds retry_after_max{600};
    std::chrono::milliseconds probe_first{5'000};  ///< a held tenant is probed with one line, doubling, jittered
    std::chrono::milliseconds probe_max{300'000};
    unsigned line_sends_max = 3;                ///< while suspects are narrowed down
    std::size_t narrow_sends_hour_max = 1'000;  ///< single sends for that, by tenant and hour
    std::optional<std::chrono::hours> age_max;  ///< older events become dead letters; nothing: no limit
    std::chrono::hours unproven_letter_life{7 * 24};
    // Proofs.
    std::size_t proof_pair_bytes_max = 1024 * 1024;
    std::size_t proof_bytes_max = 64 * 1024 * 1024;
    std::size_t proofs_max = 32;
    std::size_t proofs_region_second_max = 5;
    std::chrono::seconds refusal_memory{10};
};

/// Where a tenant's lines go now; nothing when it is no longer configured (its data is kept, an alarm is raised).
struct Destination {
    std::string region;
    std::string url;
    Secret token;
    std::string type = "okta";  ///< of most of its lines
};
/// Asked on the crew's thread before each bulk, so that a reload takes effect at once.
using FindDestination = std::function<std::optional<Destination>(TenantId)>;
/// The listener URL of a region in force; nothing for an unknown one.
using FindUrl = std::function<std::optional<std::string>(std::string_view region)>;

enum class HoldReason {
    none,
    token_rejected,
    not_understood,
    refused,
    letters_full,
    not_configured,
    backing_off,
    too_large,
    damaged
};
std::string_view hold_name(HoldReason reason);

/// What one tenant's shipper last said.
struct ShipperStatus {
    TenantId tenant;
    HoldReason hold = HoldReason::none;
    WallTime since{};
    std::string detail;  ///< one sentence for people: the answer that caused it
    WallTime next_try{};
    bool in_flight = false;
    int last_status = 0;
    WallTime last_answer{};
    std::chrono::microseconds last_took{};
    std::uint64_t bulks = 0;
    std::uint64_t retries = 0;
};

class Shipping {
 public:
    /// `lane`: another thread, where large runs of lines are read. Milliseconds of that on the crew's own would be
    /// milliseconds that every other tenant's event waits; without one they are. `recent`: told of each answer.
    static std::unique_ptr<Shipping> make(spool::Spool& spool, logzio::Listener& listener,
                                          FindDestination find_destination, FindUrl find_url, ShippingLimits limits,
                                          Crew& crew, const Clock& clock, Metrics& metrics, std::uint64_t seed,
                                          Mailbox* lane = nullptr, spool::RecentBulks* recent = nullptr);
    virtual ~Shipping() = default;

    /// Takes up every tenant that has lines; call once, before the crew runs.
    virtual void begin() = 0;
    /// Any thread: the tenant has something new, or its destination changed (then a hold is tried again at once).
    virtual void arrived(const std::vector<TenantId>& tenants) = 0;
    virtual void destinations_changed() = 0;
    /// Any thread.
    [[nodiscard]] virtual std::vector<ShipperStatus> status() const = 0;
    /// Any thread: no new bulks; `done` runs on the crew once none is in flight and all settles are on disk.
    virtual void drain(std::function<void()> done) = 0;
    /// The proof of new tokens, for the endpoint. Any thread.
    virtual logzio::Prover& prover() = 0;
};

}  // namespace hookline::ship
