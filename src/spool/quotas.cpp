#include "spool/quotas.h"

#include <algorithm>
#include <system_error>

#include <rocksdb/file_system.h>

namespace hookline::spool {
namespace {

constexpr std::uint64_t reserve_bytes = 1ULL << 30;
constexpr std::uint64_t reserve_share = 20;  // one twentieth of the disk

std::uint64_t less(std::uint64_t from, std::uint64_t taken) { return from > taken ? from - taken : 0; }

}  // namespace

Quotas::Quotas(const SpoolLimits& limits, std::shared_ptr<rocksdb::FileSystem> files, Path directory)
    : limits_(limits), files_(std::move(files)), directory_(std::move(directory)) {
    free_bytes_min_ = limits_.free_bytes_min;
    if (free_bytes_min_ == 0) {
        std::error_code error;
        const auto disk = std::filesystem::space(directory_, error);
        free_bytes_min_ = error ? reserve_bytes : std::min<std::uint64_t>(reserve_bytes, disk.capacity / reserve_share);
    }
}

Quotas::Answer Quotas::may_store(const TenantState& tenant, std::uint64_t bytes, bool is_retry) const {
    const std::uint64_t extra = is_retry ? retry_bytes : 0;
    if (tenant.stored_bytes() + bytes > limits_.tenant_bytes_max) return Answer::tenant_full;

    const std::uint64_t free = less(free_, written_ + staged_ + bytes);
    if (free + extra < free_bytes_min_) return Answer::spool_full;

    const std::uint64_t stored = stored_ + staged_;
    if (limits_.bytes_max > 0 && stored + bytes > limits_.bytes_max + extra) return Answer::spool_full;
    if (tenant.listed) return Answer::admitted;

    std::uint64_t could_hold = stored + kept_ + less(free_, written_ + staged_ + free_bytes_min_);
    if (limits_.bytes_max > 0) could_hold = std::min(could_hold, limits_.bytes_max);
    const auto pool = static_cast<std::uint64_t>(static_cast<double>(could_hold) * limits_.shared_share);
    return shared_ + staged_shared_ + bytes > pool + extra ? Answer::spool_full : Answer::admitted;
}

void Quotas::stage(const TenantState& tenant, std::uint64_t bytes) {
    staged_ += bytes;
    if (!tenant.listed) staged_shared_ += bytes;
}

void Quotas::change(const TenantState& before, const TenantState& after) {
    stored_ += after.stored_bytes() - before.stored_bytes();  // both wrap alike
    if (!before.listed) shared_ -= before.stored_bytes();
    if (!after.listed) shared_ += after.stored_bytes();
    written_ += less(after.appended.stored, before.appended.stored);
}

void Quotas::settled() { staged_ = staged_shared_ = 0; }

void Quotas::look_at_disk(TimePoint now) {
    if (looked_at_ != TimePoint::min() && now - looked_at_ < std::chrono::seconds(1)) return;
    looked_at_ = now;
    look_at_disk();
}

void Quotas::look_at_disk() {
    std::uint64_t bytes = 0;
    if (!files_->GetFreeSpace(directory_.string(), {}, &bytes, nullptr).ok()) return;
    free_ = bytes;
    written_ = 0;
}

std::string Quotas::full_reason() const {
    if (free_ < free_bytes_min_) {
        return "only " + std::to_string(free_ >> 20) + " MiB of the disk are free, and " +
               std::to_string(free_bytes_min_ >> 20) + " MiB are kept in reserve";
    }
    if (limits_.bytes_max > 0 && stored_ >= limits_.bytes_max) return "the spool holds all that spool.bytes_max allows";
    return {};
}

}  // namespace hookline::spool
