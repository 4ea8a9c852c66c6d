#pragma once
// The spool's keys: the main key seals tenants' rows, each of which holds a key of its own that seals what the tenant
// has. Any thread.
//
// No nonce is ever used twice with one key. At each start 16 random bytes are drawn, the run; nothing is sealed with a
// long-lived key itself, but with one derived from it for the run, under numbers that count through the process. What
// was written before, torn or restored, does not matter to it: nothing is read from the disk to go on counting.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/seal.h"

namespace hookline::spool {

/// What a sealed value is. It is authenticated with the value, so that none can stand in another's place.
enum class SealedKind : std::uint8_t { key = 1, tenant = 2, record = 3, letter = 4, body = 5 };
struct SealedAs {
    SealedKind kind{};
    std::uint64_t number = 0;     ///< of a letter or tenant; a record gets its number only after it was sealed
    std::string_view front = {};  ///< what stands plainly in front of it
};

/// Seals and opens under one long-lived key.
class Sealer {
 public:
    /// What sealing adds to a value.
    static constexpr std::size_t added_bytes = 16 + 8 + seal_tag_bytes;

    /// `run` belongs to the keyring, and is shared: there are as many of these as tenants.
    Sealer(TenantId owner, const SealKey& key, std::shared_ptr<const std::string> run);
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;

    /// Appends to `out`.
    void seal(const SealedAs& what, std::string_view plain, std::string& out) const;
    /// Appends to `out`; false, and `out` as it was, when it is damaged.
    [[nodiscard]] bool open(const SealedAs& what, std::string_view sealed, std::string& out) const;
    [[nodiscard]] const SealKey& key() const { return key_; }

 private:
    using RunKey = std::shared_ptr<const SealKey>;
    [[nodiscard]] RunKey run_key(std::string_view run) const;
    [[nodiscard]] std::string context_of(const SealedAs& what) const;

    const TenantId owner_;
    const SealKey key_;
    const std::shared_ptr<const std::string> run_;
    mutable std::mutex mutex_;                                      // guards what follows
    mutable std::vector<std::pair<std::string, RunKey>> run_keys_;  ///< the last ones used
};

class Keyring {
 public:
    explicit Keyring(const SealKey& main_key)
        : run_(std::make_shared<const std::string>(random_bytes(16))), rows_(TenantId{}, main_key, run_) {}

    /// For tenants' rows.
    [[nodiscard]] const Sealer& rows() const { return rows_; }
    [[nodiscard]] const SealKey& main_key() const { return rows_.key(); }
    /// For what a tenant has.
    [[nodiscard]] std::shared_ptr<const Sealer> tenant(TenantId tenant, const SealKey& key) const {
        return std::make_shared<const Sealer>(tenant, key, run_);
    }
    [[nodiscard]] std::shared_ptr<const Sealer> new_tenant(TenantId id) const { return tenant(id, SealKey::random()); }

 private:
    const std::shared_ptr<const std::string> run_;
    const Sealer rows_;
};

}  // namespace hookline::spool
