#pragma once
// Numbers that must not be mixed up. Values.

#include <compare>
#include <cstdint>
#include <functional>

namespace hookline {

/// A tenant's number on disk: given once, in order, never used again, also not after the tenant was forgotten.
struct TenantId {
    std::uint64_t number = 0;  ///< 0 is no tenant
    friend auto operator<=>(const TenantId&, const TenantId&) = default;
};

/// A record's place in its tenant's queue: one record holds one delivery's lines. Starts at 1.
struct Sequence {
    std::uint64_t number = 0;
    friend auto operator<=>(const Sequence&, const Sequence&) = default;
};

/// A line's place in a tenant's queue. A cursor is the Position of the first line that is not settled.
struct Position {
    Sequence sequence;
    std::uint32_t line = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
};

}  // namespace hookline

template <>
struct std::hash<hookline::TenantId> {
    std::size_t operator()(hookline::TenantId id) const noexcept { return std::hash<std::uint64_t>()(id.number); }
};
