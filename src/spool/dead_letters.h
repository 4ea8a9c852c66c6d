#pragma once
// The dead letters: writing, counting, dropping. Bodies stand in a table of their own, so that listing does not read
// them. Condemned letters count against their tenant and stay; what is kept aside is a ring, for each tenant and in
// all.
//
// Belongs to the commit thread; the functions at the end only read and may be called from any.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "spool/aside_ring.h"
#include "spool/directory.h"
#include "spool/format.h"
#include "spool/letter.h"
#include "spool/spool.h"
#include "spool/store.h"

namespace hookline::spool {

class DeadLetters {
 public:
    /// What a letter takes beside its body, reckoned generously: it bounds how many small ones there can be.
    static constexpr std::uint64_t letter_bytes = 1024;

    /// Counts them in the tenants' states as well.
    static Result<DeadLetters> load(const Store& store, const SpoolLimits& limits, Directory& directory);

    /// Adds a letter to the commit; what the ring has no more room for leaves with it. `tenant` must be touched.
    void stage_add(Changes& changes, Directory& directory, Tenant& tenant, const LetterDraft& draft, WallTime at,
                   AgeTime age);
    void stage_remove(Changes& changes, Directory& directory, std::uint64_t id, const LetterRow& row);
    void stage(Changes& changes);
    void committed();
    void withdrawn();

    /// Letters whose time has come.
    [[nodiscard]] std::vector<std::uint64_t> expired(AgeTime now, std::size_t count_max) const;

 private:
    explicit DeadLetters(const SpoolLimits& limits) : limits_(limits) {}

    struct Entry {
        AsideRing::Entry aside;  ///< tenant, id and bytes of a letter of either class
        LetterClass kind = LetterClass::condemned;
        std::optional<AgeTime> expires;
    };
    static Entry entry_of(std::uint64_t id, const LetterRow& row);
    void insert(const Entry& entry);
    void erase(const Entry& entry);
    void drop(Changes& changes, Directory& directory, const Entry& entry);

    SpoolLimits limits_;
    AsideRing ring_;
    std::set<std::pair<AgeTime, std::uint64_t>> expiring_;
    std::uint64_t next_id_ = 1;
    bool next_id_changed_ = false;

    struct Step {  ///< of the commit at hand, to be undone in reverse
        Entry entry;
        bool inserted = false;
    };
    std::vector<Step> steps_;
};

/// Uuid and answer stay sealed.
Result<std::optional<LetterRow>> read_letter(const Store& store, std::uint64_t id);
Result<std::string> read_letter_body(const Store& store, std::uint64_t id, const Sealer& sealer);

/// In order of id, those after `after`. A page holds at most `count_max` letters, and no more once their bodies pass
/// 16 MiB; it is empty only at the end.
Result<std::vector<Letter>> list_letters(const Store& store, const LetterFilter& filter, std::uint64_t after,
                                         std::size_t count_max, const Directory& directory);
/// Their numbers alone.
Result<std::vector<std::uint64_t>> list_letter_ids(const Store& store, const LetterFilter& filter, std::uint64_t after,
                                                   std::size_t count_max);
/// The first letter of a tenant's event with this uuid from `from` on.
Result<std::optional<std::uint64_t>> find_letter(const Store& store, TenantId tenant, const Sealer& sealer,
                                                 std::string_view uuid);

}  // namespace hookline::spool
