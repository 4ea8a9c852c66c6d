#include "logzio/gzip.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include <isa-l/igzip_lib.h>

#include "base/check.h"

namespace hookline::logzio {
namespace {

constexpr std::size_t output_bytes_min = 4 * 1024;
/// Level 1 makes Huffman tables for each text: of a line or two they take 6 µs and save 300 bytes.
constexpr std::size_t own_tables_bytes_min = 8 * 1024;
constexpr std::size_t expected_ratio = 5;  // below what events reach, so that one buffer mostly does

}  // namespace

std::string gzip(std::string_view text) {
    check(text.size() <= std::numeric_limits<std::uint32_t>::max(), "ISA-L takes at most 4 GiB at once");
    thread_local std::vector<std::uint8_t> level_buffer(ISAL_DEF_LVL1_DEFAULT);
    // Behind a pointer: 80 kB that every thread of the process would be given, and cleared, at its start.
    thread_local const auto working_memory = std::make_unique<isal_zstream>();
    isal_zstream& stream = *working_memory;

    isal_deflate_init(&stream);
    if (text.size() >= own_tables_bytes_min) {
        stream.level = 1;
        stream.level_buf = level_buffer.data();
        stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
    }
    stream.gzip_flag = IGZIP_GZIP;
    stream.end_of_stream = 1;
    stream.flush = NO_FLUSH;
    // ISA-L reads and writes through uint8_t*, and does not write to its input.
    stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // NOLINT
    stream.avail_in = static_cast<std::uint32_t>(text.size());

    std::string out(std::max(output_bytes_min, text.size() / expected_ratio), '\0');
    std::size_t written = 0;
    while (true) {
        stream.next_out = reinterpret_cast<std::uint8_t*>(out.data() + written);  // NOLINT
        stream.avail_out = static_cast<std::uint32_t>(out.size() - written);
        check(isal_deflate(&stream) == COMP_OK, "ISA-L refuses its own settings");
        written = out.size() - stream.avail_out;
        if (stream.internal_state.state == ZSTATE_END) break;
        out.resize(out.size() * 2);
    }
    out.resize(written);
    return out;
}

}  // namespace hookline::logzio
