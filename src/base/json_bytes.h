#pragma once
// The inner loops of reading JSON: where a run of plain bytes ends. Sixteen bytes at a time where SSE2 is at hand,
// which is every x86-64. Pure functions; any thread.

#include <bit>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace hookline {

/// Which bytes of a string end a run, besides a quote, a backslash and control characters.
enum class StopAt { specials, specials_and_high };  ///< high: bytes over 0x7F, which begin or continue UTF-8 characters

/// The first byte in [at, end) that stops a run of plain string bytes, or is one of `also`; or `end`.
template <StopAt stop_at, char... also>
inline const char* string_run_end(const char* at, const char* end) {
#ifdef __SSE2__
    while (end - at >= 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(at));
        const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
        const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
        // Signed, bytes over 0x7F are less than 0x20 too; unsigned, only control characters are.
        const __m128i low = stop_at == StopAt::specials_and_high
                                ? _mm_cmplt_epi8(block, _mm_set1_epi8(0x20))
                                : _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
        __m128i any = _mm_or_si128(_mm_or_si128(quote, backslash), low);
        ((any = _mm_or_si128(any, _mm_cmpeq_epi8(block, _mm_set1_epi8(also)))), ...);
        const auto stops = static_cast<std::uint32_t>(_mm_movemask_epi8(any));
        if (stops != 0) return at + std::countr_zero(stops);
        at += 16;
    }
#endif
    const auto stops = [](char byte) {
        const auto code = static_cast<unsigned char>(byte);
        return code < 0x20 || byte == '"' || byte == '\\' || (stop_at == StopAt::specials_and_high && code >= 0x80) ||
               ((byte == also) || ...);
    };
    while (at != end && !stops(*at)) ++at;
    return at;
}

inline bool is_json_space(char byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }
inline bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

}  // namespace hookline
