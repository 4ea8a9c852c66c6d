#pragma once
// How often each document was seen, by a 16-byte name: 20 bytes a document in one flat table. When it is full, new
// names are no longer remembered, and it says so. Belongs to whoever holds its lock.

#include <cstdint>
#include <vector>

#include "base/hash.h"

namespace hookline::rehearse {

class SeenTable {
 public:
    explicit SeenTable(std::uint64_t names_max) : names_max_(names_max) {}

    /// How often the name was seen, this time included; 0: it is not remembered, the table is full.
    std::uint32_t add(const Hash128& name);
    [[nodiscard]] std::uint32_t times(const Hash128& name) const;
    [[nodiscard]] std::uint64_t names() const { return names_; }
    void clear();

 private:
    struct Slot {
        Hash128 name;
        std::uint32_t times = 0;
    };
    [[nodiscard]] std::size_t place_of(const Hash128& name) const;
    void grow();

    std::uint64_t names_max_;
    std::uint64_t names_ = 0;
    std::vector<Slot> slots_;  ///< open addressing; a power of two, at most three quarters used
};

/// The name of a document: the bytes of a well-formed UUID, or a hash of any other text, within an account.
Hash128 document_name(std::string_view uuid, std::uint64_t account);

}  // namespace hookline::rehearse
