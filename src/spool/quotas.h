#pragma once
// What may still be stored: the spool's own limit, the pool that unlisted tenants share, each tenant's limit, and the
// reserve of free space that stays for settling, letters and compaction.
//
// The commit thread's own; figures for people may be read from any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "spool/directory.h"
#include "spool/spool.h"

namespace hookline::spool {

class Quotas {
 public:
    /// Room beyond the limits for deliveries that were refused a moment ago: Okta asks only twice.
    static constexpr std::uint64_t retry_bytes = 16ULL << 20;

    Quotas(const SpoolLimits& limits, std::shared_ptr<rocksdb::FileSystem> files, Path directory);

    /// While opening: what a tenant has on disk.
    void load(const TenantState& tenant) { change({}, tenant); }

    enum class Answer { admitted, tenant_full, spool_full };
    /// Whether a tenant may store so much more, beside what this commit has staged.
    [[nodiscard]] Answer may_store(const TenantState& tenant, std::uint64_t bytes, bool is_retry) const;
    void stage(const TenantState& tenant, std::uint64_t bytes);
    /// What became of a tenant in a commit that is synced; then `settled`. After a failed one `settled` alone.
    void change(const TenantState& before, const TenantState& after);
    void settled();

    /// How much of the disk holds what is kept beyond its delivery: it goes when the room is wanted. Any thread.
    void keep(std::uint64_t bytes) { kept_ = bytes; }

    /// Asks the disk for its free space.
    void look_at_disk();
    /// At most once a second.
    void look_at_disk(TimePoint now);
    /// The disk said that it is full, whatever it says about free space.
    void disk_is_full() { free_ = 0; }

    // Any thread.
    [[nodiscard]] std::uint64_t stored_bytes() const { return stored_; }
    [[nodiscard]] std::uint64_t kept_bytes() const { return kept_; }
    [[nodiscard]] std::uint64_t free_bytes() const { return free_; }
    [[nodiscard]] std::uint64_t free_bytes_min() const { return free_bytes_min_; }
    /// Why nothing more is taken from anybody; empty when it is.
    [[nodiscard]] std::string full_reason() const;

 private:
    const SpoolLimits limits_;
    const std::shared_ptr<rocksdb::FileSystem> files_;
    const Path directory_;
    std::uint64_t free_bytes_min_ = 0;
    TimePoint looked_at_ = TimePoint::min();
    std::uint64_t shared_ = 0;  ///< stored by tenants that are neither named nor listed
    std::uint64_t staged_ = 0;  ///< by the commit at hand
    std::uint64_t staged_shared_ = 0;
    std::uint64_t written_ = 0;  ///< since the disk was asked
    std::atomic<std::uint64_t> stored_ = 0;
    std::atomic<std::uint64_t> kept_ = 0;
    std::atomic<std::uint64_t> free_ = UINT64_MAX;
};

}  // namespace hookline::spool
