#pragma once
// The tenants: who they are, and how their queues stand.
//
// Any thread may ask. Only the commit thread changes queues: it works on `staged` copies, which become visible together
// once their commit is synced, or vanish with a failed one. `introduce` may come from any thread.

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/ids.h"
#include "spool/format.h"
#include "spool/keyring.h"
#include "spool/sealed_rows.h"
#include "spool/spool.h"
#include "spool/tenant.h"

namespace hookline::spool {

/// How a tenant stands. A value.
struct TenantState {
    bool persisted = false;  ///< its row is on disk
    bool proven = false;
    bool listed = false;  ///< outside the shared pool
    // The queue.
    Position cursor{Sequence{1}, 0};
    Sequence next{1};  ///< what the next record will be
    Totals settled;    ///< in front of the cursor; `stored` counts a record until it is settled whole
    Totals appended;   ///< in front of `next`
    // Letters.
    std::uint64_t condemned_letters = 0;
    std::uint64_t condemned_bytes = 0;
    std::uint64_t aside_letters = 0;
    std::uint64_t aside_bytes = 0;
    // Since the process began.
    std::uint64_t received_events = 0;
    std::uint64_t repeated_events = 0;
    std::uint64_t delivered_events = 0;
    WallTime last_received{};  ///< also of before, as far as rows tell it

    [[nodiscard]] std::uint64_t stored_bytes() const { return appended.stored - settled.stored; }
};

struct Tenant {
    TenantId id;
    Identity identity;
    std::string label;
    WallTime first_seen{};
    std::shared_ptr<const Sealer> sealer;  ///< of all it has; its key stays as long as the tenant
    TenantState state;

    // The commit thread's own.
    TenantState* staged = nullptr;  ///< `state` as the commit at hand will leave it, once that has touched the tenant

    // Introduced and not yet on disk.
    unsigned pins = 0;  ///< appends on their way, and a commit that touches it
    std::list<TenantId>::iterator introduced{};
};

class Directory {
 public:
    struct Limits {
        std::size_t introduced_max = 4096;  ///< not yet on disk; the longest unused is forgotten first
    };
    explicit Directory(std::uint64_t condemned_bytes_max) : condemned_bytes_max_(condemned_bytes_max) {}

    /// While opening.
    void load(TenantId id, OpenedTenant row, const TenantState& state, const Keyring& keys);
    /// While opening: what was loaded, to add to it; nothing when there is no such tenant.
    [[nodiscard]] TenantState* loaded(TenantId tenant);
    void load_next_id(std::uint64_t next) { next_id_ = std::max(next_id_, next); }

    // Any thread.
    [[nodiscard]] std::optional<Spool::Known> find(const Identity& identity) const;
    [[nodiscard]] std::optional<Spool::Known> known(TenantId tenant) const;
    [[nodiscard]] std::optional<Identity> identity(TenantId tenant) const;
    [[nodiscard]] std::string label(TenantId tenant) const;
    /// What seals and opens a tenant's values; nothing when there is no such tenant.
    [[nodiscard]] std::shared_ptr<const Sealer> sealer(TenantId tenant) const;
    [[nodiscard]] std::optional<TenantState> state(TenantId tenant) const;
    [[nodiscard]] std::vector<TenantStatus> statuses() const;
    [[nodiscard]] std::optional<TenantStatus> status(TenantId tenant) const;
    /// Tenants with a row, in order.
    [[nodiscard]] std::vector<TenantId> on_disk() const;
    /// Cursors of all tenants, in order.
    [[nodiscard]] std::vector<std::pair<TenantId, Sequence>> cursors() const;
    /// How many records were ever appended; only its changing means something.
    [[nodiscard]] std::uint64_t appended_records() const { return appended_records_; }
    [[nodiscard]] std::vector<TenantId> with_lines() const;
    TenantId introduce(const Identity& identity, WallTime now, const Keyring& keys);
    /// Keeps an introduced tenant from being forgotten while an append is on its way; false when there is no such.
    bool pin(TenantId tenant);
    void unpin(TenantId tenant);

    // The commit thread.
    /// What older rows tell of a tenant; false when there is no such. While opening, or between two commits.
    bool note_received(TenantId tenant, WallTime when);
    /// To change in the commit at hand; nothing when there is no such tenant. One that was only introduced is pinned
    /// until that commit is through. Good until `forget`.
    Tenant* touch(TenantId tenant);
    /// To look at without touching.
    [[nodiscard]] const Tenant* look(TenantId tenant) const;
    [[nodiscard]] const std::vector<Tenant*>& touched() const { return touched_; }
    void committed();
    void withdrawn();
    [[nodiscard]] std::uint64_t next_id() const;
    [[nodiscard]] std::uint64_t condemned_bytes_max() const { return condemned_bytes_max_; }
    /// Whether an identity is free for a tenant, or its own already.
    [[nodiscard]] bool may_be(TenantId tenant, const Identity& identity) const;
    void rekey(TenantId tenant, Identity identity);
    void forget(TenantId tenant);

 private:
    [[nodiscard]] Tenant* entry(TenantId tenant) const;
    [[nodiscard]] Spool::Known known_of(const Tenant& tenant) const;
    [[nodiscard]] static TenantStatus status_of(const Tenant& tenant);
    void erase(TenantId tenant);
    void trim_introduced();

    const std::uint64_t condemned_bytes_max_;
    Limits limits_;
    mutable std::shared_mutex mutex_;  // guards what follows, and all of a Tenant but the commit thread's own
    std::unordered_map<TenantId, std::unique_ptr<Tenant>> tenants_;
    std::unordered_map<Hash128, TenantId> by_identity_;
    std::list<TenantId> introduced_;  ///< the longest unused first
    std::uint64_t next_id_ = 1;

    std::vector<Tenant*> touched_;     // the commit thread's own
    std::deque<TenantState> staging_;  // and this: what they are staged in
    std::atomic<std::uint64_t> appended_records_ = 0;
};

}  // namespace hookline::spool
