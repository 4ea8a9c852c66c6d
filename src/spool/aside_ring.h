#pragma once
// Which letters are kept aside, by tenant and by age, so that the oldest can go. 16 bytes a letter. One thread's own.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/ids.h"

namespace hookline::spool {

class AsideRing {
 public:
    struct Entry {
        TenantId tenant;
        std::uint64_t id = 0;
        std::uint64_t bytes = 0;
    };

    void insert(const Entry& entry) {
        auto& letters = tenants_[entry.tenant];
        if (!letters.empty()) oldest_.erase({letters.front().id, entry.tenant});
        const Letter letter{entry.id, entry.bytes};
        letters.insert(std::lower_bound(letters.begin(), letters.end(), letter, by_id), letter);
        oldest_.insert({letters.front().id, entry.tenant});
        bytes_ += entry.bytes;
    }
    void erase(const Entry& entry) {
        const auto found = tenants_.find(entry.tenant);
        if (found == tenants_.end()) return;
        auto& letters = found->second;
        const auto at = std::lower_bound(letters.begin(), letters.end(), Letter{entry.id, 0}, by_id);
        if (at == letters.end() || at->id != entry.id) return;
        bytes_ -= at->bytes;
        oldest_.erase({letters.front().id, entry.tenant});
        letters.erase(at);
        if (letters.empty()) {
            tenants_.erase(found);
        } else {
            oldest_.insert({letters.front().id, entry.tenant});
        }
    }

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::optional<Entry> oldest() const {
        if (oldest_.empty()) return {};
        return oldest_of(oldest_.begin()->second);
    }
    [[nodiscard]] std::optional<Entry> oldest_of(TenantId tenant) const {
        const auto found = tenants_.find(tenant);
        if (found == tenants_.end()) return {};
        return Entry{tenant, found->second.front().id, found->second.front().bytes};
    }

 private:
    struct Letter {
        std::uint64_t id = 0;
        std::uint64_t bytes = 0;
    };
    static bool by_id(const Letter& a, const Letter& b) { return a.id < b.id; }

    std::unordered_map<TenantId, std::deque<Letter>> tenants_;
    std::set<std::pair<std::uint64_t, TenantId>> oldest_;  ///< each tenant's
    std::uint64_t bytes_ = 0;
};

}  // namespace hookline::spool
