#pragma once
// What a listener does with a bulk's body: gzip undone by zlib, which has nothing in common with what packed it.

#include <string>

#include <zlib.h>

#include "base/check.h"

namespace hookline::test {

/// Ends the program when `gzipped` is anything but one whole gzip text.
inline std::string inflated(const std::string& gzipped) {
    z_stream stream{};
    check(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK, "zlib is there");
    std::string out;
    std::string piece(256 * 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));
    stream.avail_in = static_cast<uInt>(gzipped.size());
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        result = inflate(&stream, Z_NO_FLUSH);
        out.append(piece, 0, piece.size() - stream.avail_out);
    }
    const bool all_read = stream.avail_in == 0;
    inflateEnd(&stream);
    check(result == Z_STREAM_END && all_read, "a bulk is whole gzip");
    return out;
}

}  // namespace hookline::test
