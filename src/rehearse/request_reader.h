#pragma once
// Reads HTTP/1.1 requests off a socket, as an HTTP listener does: a head, then a body in pieces (Content-Length or
// chunked). It is strict where it matters for a rehearsal: what a listener could not frame is malformed.
//
// Belongs to its connection's thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "net/http.h"
#include "rehearse/socket.h"

namespace hookline::rehearse {

struct ReceivedHead {
    std::string method;
    std::string path;
    std::string query;
    std::vector<net::Header> headers;
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool expects_continue = false;
    bool keep_alive = true;

    [[nodiscard]] std::string_view header(std::string_view name) const;  ///< empty when there is none
    [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// The decoded value of a query parameter, the first of that name.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

class RequestReader {
 public:
    static constexpr std::size_t head_bytes_max = 64 * 1024;

    explicit RequestReader(Socket& socket) : socket_(socket) {}

    enum class Outcome { read, closed, late, malformed };
    /// Waits for the first byte of the next request without reading it.
    bool await_bytes(TimePoint deadline) { return taken_ < buffer_.size() || socket_.await_bytes(deadline); }
    /// The next request's head. `late` only when not one byte of it came before the deadline.
    Outcome read_head(ReceivedHead& head, TimePoint deadline);

    /// The next piece of the body, of at most `bytes_max`: `read` with an empty piece is its end. The piece is valid
    /// until the next call.
    Outcome read_piece(std::string_view& piece, std::size_t bytes_max, TimePoint deadline);

 private:
    enum class Frame { none, plain, chunk_size, chunk, chunk_end, trailer };
    bool fill(TimePoint deadline, Outcome& why);
    Outcome read_line(std::string& line, TimePoint deadline);
    Outcome next_chunk(TimePoint deadline);

    Socket& socket_;
    std::string buffer_;
    std::size_t taken_ = 0;  ///< of buffer_
    Frame frame_ = Frame::none;
    std::uint64_t left_ = 0;  ///< of the plain body or of the chunk
};

}  // namespace hookline::rehearse
