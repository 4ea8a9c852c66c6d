#pragma once
// The last deliveries and bulks of tenants that were active lately, for the status page.
//
// It promises: memory is bounded whatever comes, and who was not heard of has none; the tenant that was quiet the
// longest makes room for another. To note something costs a lock that nobody else wants but who looks, and no
// allocation, but for a tenant's first while there is room. It is a view of this process: nothing of it is on disk.

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace hookline::spool {

inline constexpr std::size_t recent_entries_max = 20;   ///< of one tenant; the oldest makes room
inline constexpr std::size_t recent_tenants_max = 512;  ///< remembered by one writer

/// A text without storage of its own: what is longer is cut, at a character's end.
template <std::size_t bytes_max>
class ShortText {
 public:
    ShortText() = default;
    explicit ShortText(std::string_view text) : size_(std::min(text.size(), bytes_max)) {
        const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
        if (size_ < text.size()) {
            while (size_ > 0 && continues(size_)) --size_;
        }
        std::copy_n(text.data(), size_, bytes_.data());
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

 private:
    std::size_t size_ = 0;
    std::array<char, bytes_max> bytes_{};
};

/// A delivery of a tenant that was known when it was answered.
struct RecentDelivery {
    WallTime received_at{};
    std::chrono::microseconds took{};  ///< to its answer, as it is measured for Okta
    int status = 0;
    std::uint32_t events = 0;
    std::uint32_t repeated = 0;
    bool delivered_before = false;  ///< Logz.io had its lines before they were stored, while the token was proven
    ShortText<64> request_id{};     ///< as in the log
    ShortText<40> event_id{};       ///< Okta's are UUIDs
};

/// What was sent to a listener, and what its answer meant.
struct RecentBulk {
    std::uint64_t bulk = 0;   ///< its number, as in the log
    std::string_view kind{};  ///< of what was sent: a fixed text
    std::string region{};
    WallTime sent_at{};
    std::chrono::microseconds took{};
    int status = 0;  ///< 0: no answer came
    std::uint32_t lines = 0;
    std::uint64_t bytes = 0;           ///< before compression
    std::string_view result{};         ///< what the answer meant: a fixed text
    std::string answer{};              ///< its text, or why none came; empty when all was delivered
    std::string_view hold{};           ///< of the tenant, after it: a fixed text
    std::chrono::microseconds wait{};  ///< until the tenant is tried again; 0: at once
    std::uint32_t condemned = 0;       ///< lines that it made dead letters
};

/// The last entries of some tenants. Any thread; one writes.
template <class Entry>
class Recent {
 public:
    explicit Recent(std::size_t tenants_max = recent_tenants_max) : tenants_max_(tenants_max) {}

    void note(TenantId tenant, Entry entry) {
        const std::lock_guard lock(mutex_);
        Ring& ring = ring_of(tenant);
        ring.entries[ring.noted++ % recent_entries_max] = std::move(entry);
    }
    /// The newest first.
    [[nodiscard]] std::vector<Entry> look(TenantId tenant) const {
        std::vector<Entry> entries;
        const std::lock_guard lock(mutex_);
        const auto found = places_.find(tenant);
        if (found == places_.end()) return entries;
        const Ring& ring = *found->second;
        for (std::size_t back = 1; back <= std::min(ring.noted, recent_entries_max); ++back) {
            entries.push_back(ring.entries[(ring.noted - back) % recent_entries_max]);
        }
        return entries;
    }

 private:
    struct Ring {
        TenantId tenant{};
        std::size_t noted = 0;
        std::array<Entry, recent_entries_max> entries{};
    };
    using Rings = std::list<Ring>;

    /// The tenant's, brought to the front.
    Ring& ring_of(TenantId tenant) {
        if (!rings_.empty() && rings_.front().tenant == tenant) return rings_.front();
        if (const auto found = places_.find(tenant); found != places_.end()) {
            rings_.splice(rings_.begin(), rings_, found->second);
        } else if (rings_.size() < tenants_max_) {
            rings_.emplace_front();
            places_.emplace(tenant, rings_.begin());
        } else {
            rings_.splice(rings_.begin(), rings_, std::prev(rings_.end()));
            auto place = places_.extract(rings_.front().tenant);
            place.key() = tenant;
            places_.insert(std::move(place));
            rings_.front().noted = 0;
        }
        rings_.front().tenant = tenant;
        return rings_.front();
    }

    const std::size_t tenants_max_;
    mutable std::mutex mutex_;  // guards what follows
    Rings rings_;               ///< by when something was last noted, the newest first
    std::unordered_map<TenantId, typename Rings::iterator> places_;
};

using RecentBulks = Recent<RecentBulk>;

/// Each receive loop writes into its own, so that none waits for another; whoever looks sees them as one.
class RecentDeliveries {
 public:
    using Writer = Recent<RecentDelivery>;

    /// As long as this lives.
    Writer& new_writer() {
        const std::lock_guard lock(mutex_);
        return *writers_.emplace_back(std::make_unique<Writer>());
    }
    /// The newest first.
    [[nodiscard]] std::vector<RecentDelivery> look(TenantId tenant) const {
        std::vector<const Writer*> writers;
        {
            const std::lock_guard lock(mutex_);
            for (const auto& writer : writers_) writers.push_back(writer.get());
        }
        std::vector<RecentDelivery> all;
        for (const Writer* const writer : writers) {
            for (const RecentDelivery& one : writer->look(tenant)) all.push_back(one);
        }
        std::stable_sort(all.begin(), all.end(), [](const RecentDelivery& left, const RecentDelivery& right) {
            return left.received_at > right.received_at;
        });
        if (all.size() > recent_entries_max) all.resize(recent_entries_max);
        return all;
    }

 private:
    mutable std::mutex mutex_;  // guards what follows
    std::vector<std::unique_ptr<Writer>> writers_;
};

}  // namespace hookline::spool
