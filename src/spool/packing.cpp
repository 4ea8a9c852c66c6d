#include "spool/packing.h"

#include <limits>
#include <memory>

#include <isa-l/igzip_lib.h>

namespace hookline::spool {
namespace {

// ISA-L reads through non-const pointers to bytes; it does not write there.
std::uint8_t* input_of(std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // NOLINT(cppcoreguidelines-pro-type-*)
}

/// Deflate packs no better than this (258 bytes in two bits), so that a damaged size cannot ask for memory.
constexpr std::size_t deflate_ratio_max = 1'032;
constexpr std::size_t deflate_bytes_max = std::numeric_limits<std::uint32_t>::max() / 2;

}  // namespace

Codec pack(std::string_view plain, std::string& packed) {
    constexpr PackingLimits limits;
    packed.clear();
    if (plain.size() < limits.packed_bytes_min || plain.size() > deflate_bytes_max) return Codec::plain;

    // Output that does not fit here has not saved enough, so there is no need for more room.
    packed.resize(plain.size() - plain.size() / 8 * limits.saved_eighths_min);
    thread_local const auto stream = std::make_unique<isal_zstream>();
    isal_deflate_stateless_init(stream.get());
    // Level 0: at these sizes level 1 takes twice the time, both ways, for a sixth less.
    stream->level = 0;
    stream->end_of_stream = 1;
    stream->flush = NO_FLUSH;
    stream->next_in = input_of(plain);
    stream->avail_in = static_cast<std::uint32_t>(plain.size());
    stream->next_out = reinterpret_cast<std::uint8_t*>(packed.data());
    stream->avail_out = static_cast<std::uint32_t>(packed.size());
    if (isal_deflate_stateless(stream.get()) != COMP_OK || stream->avail_in != 0) {
        packed.clear();
        return Codec::plain;
    }
    packed.resize(stream->total_out);
    return Codec::deflate;
}

bool unpack(Codec codec, std::string_view packed, std::size_t plain_bytes, std::string& out) {
    if (codec == Codec::plain) {
        if (packed.size() != plain_bytes) return false;
        out.append(packed);
        return true;
    }
    if (plain_bytes > deflate_bytes_max || packed.size() > deflate_bytes_max) return false;
    if (plain_bytes > packed.size() * deflate_ratio_max) return false;
    const std::size_t start = out.size();
    out.resize(start + plain_bytes);
    thread_local const auto state = std::make_unique<inflate_state>();
    isal_inflate_init(state.get());
    state->next_in = input_of(packed);
    state->avail_in = static_cast<std::uint32_t>(packed.size());
    state->next_out = reinterpret_cast<std::uint8_t*>(out.data() + start);
    state->avail_out = static_cast<std::uint32_t>(plain_bytes);
    return isal_inflate_stateless(state.get()) == ISAL_DECOMP_OK && state->total_out == plain_bytes &&
           state->avail_in == 0;
}

}  // namespace hookline::spool
