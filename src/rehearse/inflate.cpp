#include "rehearse/inflate.h"

#include <algorithm>

#include <zlib.h>

#include "base/check.h"

namespace hookline::rehearse {

struct Inflate::State {
    z_stream stream{};
    bool at_member_end = false;
    bool full = false;
};

Inflate::Inflate() : state_(std::make_unique<State>()) {
    constexpr int gzip_only = 15 + 16;  // zlib.h, inflateInit2: 16 asks for a gzip wrapper
    check(inflateInit2(&state_->stream, gzip_only) == Z_OK, "zlib has no memory");
}

Inflate::~Inflate() { inflateEnd(&state_->stream); }

void Inflate::begin() {
    inflateReset(&state_->stream);
    state_->at_member_end = false;
    state_->full = false;
}

bool Inflate::add(std::string_view piece, std::string& out, std::size_t bytes_max) {
    z_stream& stream = state_->stream;
    // zlib does not write through next_in; its type is older than const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    bool drained = false;  // output may be left inside zlib after the last input byte
    while (stream.avail_in > 0 || !drained) {
        if (state_->at_member_end) {
            if (stream.avail_in == 0) return true;
            inflateReset(&stream);
            state_->at_member_end = false;
        }
        const std::size_t before = out.size();
        const std::size_t room = std::min<std::size_t>(bytes_max - std::min(before, bytes_max), 256 * 1024);
        if (room == 0) {
            state_->full = true;
            return true;
        }
        out.resize(before + room);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
        stream.avail_out = static_cast<uInt>(room);
        const int outcome = inflate(&stream, Z_NO_FLUSH);
        drained = stream.avail_out > 0;
        out.resize(before + room - stream.avail_out);
        if (outcome == Z_STREAM_END) state_->at_member_end = true;
        if (outcome == Z_BUF_ERROR && stream.avail_in == 0) return true;
        if (outcome != Z_OK && outcome != Z_STREAM_END) return false;
    }
    return true;
}

bool Inflate::complete() const { return state_->at_member_end; }

bool Inflate::full() const { return state_->full; }

}  // namespace hookline::rehearse
