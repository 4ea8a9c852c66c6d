#pragma once
// What a field is, for one account and one UTC day: the first value of the day fixes it for everyone (facts 1.3).
// Belongs to whoever holds its lock.

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "rehearse/document.h"

namespace hookline::rehearse {

struct MappingConflict {
    std::string path;
    FieldType first = FieldType::text;
    FieldType now = FieldType::text;
};

class IndexModel {
 public:
    static constexpr std::size_t paths_max = 200'000;  ///< more are not remembered, so their conflicts go unseen

    /// Compares the document's fields with the day's and remembers new ones. `day` is a day number; a new one begins
    /// an empty index.
    std::vector<MappingConflict> add(const Document& document, std::int64_t day);

 private:
    std::int64_t day_ = 0;
    std::unordered_map<std::uint64_t, FieldType> types_;
};

}  // namespace hookline::rehearse
