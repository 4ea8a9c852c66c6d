#pragma once
// The tokens that header mode takes, by their SHA-256. However many there are, asking for one takes the same short
// time, and a time that tells nothing about the others: they are found by a hash under a key that nobody outside knows.
// A value; any thread may ask one that does not change.

#include <initializer_list>
#include <unordered_set>
#include <vector>

#include "base/hash.h"

namespace hookline::receive {

class TokenList {
 public:
    TokenList() = default;
    TokenList(std::initializer_list<Sha256> digests) { add(std::vector<Sha256>(digests)); }

    void add(const std::vector<Sha256>& digests);
    [[nodiscard]] bool empty() const { return digests_.empty(); }
    [[nodiscard]] bool holds(const Sha256& digest) const;
    /// In the order in which they were added.
    [[nodiscard]] const std::vector<Sha256>& digests() const { return digests_; }

 private:
    std::vector<Sha256> digests_;
    std::unordered_set<Hash128> found_by_;
};

}  // namespace hookline::receive
