#pragma once
// Deflate, by ISA-L, for lines and letters' bodies. Any thread; each has its own working memory.

#include <cstdint>
#include <string>
#include <string_view>

#include "spool/format.h"

namespace hookline::spool {

struct PackingLimits {
    /// Shorter texts stay plain: a single event gains too little to pay for packing and unpacking.
    std::size_t packed_bytes_min = 4096;
    /// What packing must save to be kept, in eighths.
    std::size_t saved_eighths_min = 2;
};

/// Packs `plain` into `packed` if that pays; `packed` is empty otherwise.
Codec pack(std::string_view plain, std::string& packed);

/// Appends exactly `plain_bytes` to `out`; false when the packed bytes are damaged or do not give that many.
bool unpack(Codec codec, std::string_view packed, std::size_t plain_bytes, std::string& out);

}  // namespace hookline::spool
