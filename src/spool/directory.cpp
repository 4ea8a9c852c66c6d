#include "spool/directory.h"

#include <algorithm>
#include <mutex>

#include "base/check.h"

namespace hookline::spool {
namespace {

/// By a hash, so that looking for a token takes no time that depends on its bytes.
Hash128 hash_of(const Identity& identity) {
    // Neither a region nor a name holds a zero byte, so the two kinds and their parts cannot be mistaken.
    if (const auto* named = std::get_if<NamedIdentity>(&identity))
        return hash128(std::string("n") + '\0' + named->name);
    const auto& headers = std::get<HeaderIdentity>(identity);
    std::string text = "h";
    text.push_back('\0');
    text += headers.region;
    text.push_back('\0');
    text += headers.token.reveal();
    const Secret whole(std::move(text));  // wiped at the end
    return hash128(whole.reveal());
}

bool is_named(const Identity& identity) { return std::holds_alternative<NamedIdentity>(identity); }

}  // namespace

Tenant* Directory::entry(TenantId tenant) const {
    const auto found = tenants_.find(tenant);
    return found == tenants_.end() ? nullptr : found->second.get();
}

Spool::Known Directory::known_of(const Tenant& tenant) const {
    return {tenant.id, tenant.state.proven, tenant.state.condemned_bytes >= condemned_bytes_max_};
}

void Directory::load(TenantId id, OpenedTenant row, const TenantState& state, const Keyring& keys) {
    const std::unique_lock lock(mutex_);
    auto tenant = std::make_unique<Tenant>();
    tenant->id = id;
    tenant->label = label_of(row.identity);
    tenant->first_seen = row.first_seen;
    tenant->sealer = keys.tenant(id, row.key);
    tenant->state = state;
    tenant->state.persisted = true;
    tenant->state.proven = row.proven || is_named(row.identity);
    tenant->state.listed = is_named(row.identity);
    by_identity_[hash_of(row.identity)] = id;
    tenant->identity = std::move(row.identity);
    tenants_[id] = std::move(tenant);
    next_id_ = std::max(next_id_, id.number + 1);
}

bool Directory::note_received(TenantId tenant, WallTime when) {
    const std::unique_lock lock(mutex_);
    Tenant* const found = entry(tenant);
    if (found == nullptr) return false;
    found->state.last_received = std::max(found->state.last_received, when);
    return true;
}

TenantState* Directory::loaded(TenantId tenant) {
    Tenant* const found = entry(tenant);
    return found == nullptr ? nullptr : &found->state;
}

std::optional<Spool::Known> Directory::find(const Identity& identity) const {
    const Hash128 hash = hash_of(identity);
    const std::shared_lock lock(mutex_);
    const auto found = by_identity_.find(hash);
    if (found == by_identity_.end()) return {};
    return known_of(*entry(found->second));
}

std::optional<Spool::Known> Directory::known(TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    const Tenant* found = entry(tenant);
    if (found == nullptr) return {};
    return known_of(*found);
}

std::optional<Identity> Directory::identity(TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    const Tenant* found = entry(tenant);
    if (found == nullptr) return {};
    return found->identity;
}

std::string Directory::label(TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    const Tenant* found = entry(tenant);
    return found == nullptr ? std::string() : found->label;
}

std::shared_ptr<const Sealer> Directory::sealer(TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    const Tenant* found = entry(tenant);
    return found == nullptr ? nullptr : found->sealer;
}

std::optional<TenantState> Directory::state(TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    const Tenant* found = entry(tenant);
    if (found == nullptr) return {};
    return found->state;
}

TenantStatus Directory::status_of(const Tenant& tenant) {
    const TenantState& state = tenant.state;
    TenantStatus status;
    status.id = tenant.id;
    status.label = tenant.label;
    status.named = is_named(tenant.identity);
    status.proven = state.proven;
    status.waiting_deliveries = state.next.number - state.cursor.sequence.number;
    status.waiting_lines = state.appended.lines - state.settled.lines;
    status.waiting_bytes = state.appended.bytes - state.settled.bytes;
    status.stored_bytes = state.stored_bytes();
    status.received_events = state.received_events;
    status.repeated_events = state.repeated_events;
    status.delivered_events = state.delivered_events;
    status.condemned_letters = state.condemned_letters;
    status.condemned_bytes = state.condemned_bytes;
    status.aside_letters = state.aside_letters;
    status.first_seen = tenant.first_seen;
    status.last_received = state.last_received;
    return status;
}

std::vector<TenantStatus> Directory::statuses() const {
    std::vector<TenantStatus> all;
    {
        const std::shared_lock lock(mutex_);
        all.reserve(tenants_.size());
        for (const auto& [id, tenant] : tenants_) {
            if (tenant->state.persisted) all.push_back(status_of(*tenant));
        }
    }
    std::sort(all.begin(), all.end(), [](const TenantStatus& a, const TenantStatus& b) { return a.id < b.id; });
    return all;
}

std::optional<TenantStatus> Directory::status(TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    const Tenant* found = entry(tenant);
    if (found == nullptr) return {};
    return status_of(*found);
}

std::vector<std::pair<TenantId, Sequence>> Directory::cursors() const {
    std::vector<std::pair<TenantId, Sequence>> all;
    {
        const std::shared_lock lock(mutex_);
        all.reserve(tenants_.size());
        for (const auto& [id, tenant] : tenants_) all.emplace_back(id, tenant->state.cursor.sequence);
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<TenantId> Directory::on_disk() const {
    std::vector<TenantId> all;
    {
        const std::shared_lock lock(mutex_);
        all.reserve(tenants_.size());
        for (const auto& [id, tenant] : tenants_) {
            if (tenant->state.persisted) all.push_back(id);
        }
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::vector<TenantId> Directory::with_lines() const {
    std::vector<TenantId> waiting;
    const std::shared_lock lock(mutex_);
    for (const auto& [id, tenant] : tenants_) {
        if (tenant->state.appended.lines != tenant->state.settled.lines) waiting.push_back(id);
    }
    std::sort(waiting.begin(), waiting.end());
    return waiting;
}

TenantId Directory::introduce(const Identity& identity, WallTime now, const Keyring& keys) {
    const Hash128 hash = hash_of(identity);
    {
        // Each delivery to a named tenant comes by here, and all but its first find it on disk.
        const std::shared_lock lock(mutex_);
        const auto found = by_identity_.find(hash);
        if (found != by_identity_.end() && entry(found->second)->state.persisted) return found->second;
    }
    const std::unique_lock lock(mutex_);
    if (const auto found = by_identity_.find(hash); found != by_identity_.end()) {
        const Tenant& tenant = *entry(found->second);
        if (!tenant.state.persisted) introduced_.splice(introduced_.end(), introduced_, tenant.introduced);
        return tenant.id;
    }
    trim_introduced();
    auto tenant = std::make_unique<Tenant>();
    tenant->id = TenantId{next_id_++};
    tenant->identity = identity;
    tenant->label = label_of(identity);
    tenant->first_seen = now;
    tenant->sealer = keys.new_tenant(tenant->id);
    tenant->state.proven = tenant->state.listed = is_named(identity);
    tenant->introduced = introduced_.insert(introduced_.end(), tenant->id);
    const TenantId id = tenant->id;
    by_identity_[hash] = id;
    tenants_[id] = std::move(tenant);
    return id;
}

void Directory::trim_introduced() {
    auto at = introduced_.begin();
    while (introduced_.size() >= limits_.introduced_max && at != introduced_.end()) {
        const TenantId candidate = *at++;
        if (entry(candidate)->pins == 0) erase(candidate);
    }
}

bool Directory::pin(TenantId tenant) {
    {
        const std::shared_lock lock(mutex_);
        const Tenant* found = entry(tenant);
        if (found == nullptr) return false;
        if (found->state.persisted) return true;
    }
    const std::unique_lock lock(mutex_);
    Tenant* found = entry(tenant);
    if (found == nullptr) return false;
    ++found->pins;
    return true;
}

void Directory::unpin(TenantId tenant) {
    {
        const std::shared_lock lock(mutex_);
        const Tenant* found = entry(tenant);
        if (found == nullptr || found->pins == 0) return;
    }
    const std::unique_lock lock(mutex_);
    Tenant* found = entry(tenant);
    if (found != nullptr && found->pins > 0) --found->pins;
}

Tenant* Directory::touch(TenantId tenant) {
    Tenant* found = nullptr;
    bool introduced_only = false;
    {
        const std::shared_lock lock(mutex_);
        found = entry(tenant);
        if (found == nullptr || found->staged != nullptr) return found;
        introduced_only = !found->state.persisted;
    }
    if (introduced_only && !pin(tenant)) return nullptr;
    // The commit thread alone writes `state`, so it may read it without the lock.
    if (staging_.size() == touched_.size()) staging_.emplace_back();
    found->staged = &staging_[touched_.size()];
    *found->staged = found->state;
    touched_.push_back(found);
    return found;
}

const Tenant* Directory::look(TenantId tenant) const {
    const std::shared_lock lock(mutex_);
    return entry(tenant);
}

void Directory::committed() {
    const std::unique_lock lock(mutex_);
    for (Tenant* tenant : touched_) {
        if (tenant->staged->persisted && !tenant->state.persisted) introduced_.erase(tenant->introduced);
        if (!tenant->state.persisted) --tenant->pins;
        appended_records_ += tenant->staged->next.number - tenant->state.next.number;
        tenant->state = *tenant->staged;
        tenant->staged = nullptr;
    }
    touched_.clear();
}

void Directory::withdrawn() {
    for (Tenant* tenant : touched_) {
        tenant->staged = nullptr;
        if (!tenant->state.persisted) unpin(tenant->id);
    }
    touched_.clear();
}

std::uint64_t Directory::next_id() const {
    const std::shared_lock lock(mutex_);
    return next_id_;
}

bool Directory::may_be(TenantId tenant, const Identity& identity) const {
    const Hash128 hash = hash_of(identity);
    const std::shared_lock lock(mutex_);
    const auto other = by_identity_.find(hash);
    if (other == by_identity_.end() || other->second == tenant) return true;
    // One that was only introduced gives way: nothing of it is on disk.
    const Tenant* stranger = entry(other->second);
    return !stranger->state.persisted && stranger->pins == 0;
}

void Directory::rekey(TenantId tenant, Identity identity) {
    const Hash128 hash = hash_of(identity);
    const std::unique_lock lock(mutex_);
    Tenant* found = entry(tenant);
    check(found != nullptr, "rekey of a tenant that is not there");
    if (const auto other = by_identity_.find(hash); other != by_identity_.end() && other->second != tenant) {
        // A stranger's append may have come on its way since `may_be`; it is answered `failed`, and Okta asks again.
        erase(other->second);
    }
    by_identity_.erase(hash_of(found->identity));
    by_identity_[hash] = tenant;
    found->label = label_of(identity);
    found->identity = std::move(identity);
}

void Directory::forget(TenantId tenant) {
    const std::unique_lock lock(mutex_);
    erase(tenant);
}

void Directory::erase(TenantId tenant) {
    const Tenant* found = entry(tenant);
    if (found == nullptr) return;
    if (!found->state.persisted) introduced_.erase(found->introduced);
    const auto by_identity = by_identity_.find(hash_of(found->identity));
    if (by_identity != by_identity_.end() && by_identity->second == tenant) by_identity_.erase(by_identity);
    tenants_.erase(tenant);
}

}  // namespace hookline::spool
