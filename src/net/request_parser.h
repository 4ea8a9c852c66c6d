#pragma once
// One HTTP/1.1 request, parsed from the bytes that a connection brings. The only place that knows Boost.Beast.
// A parser belongs to one request and one thread.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/head_guard.h"
#include "net/http.h"

namespace hookline::net {

/// What follows a body in memory, so that simdjson may read past its end.
inline constexpr std::size_t body_padding_bytes = 64;
/// The framing of a chunked body (sizes, extensions, trailers) that is not body: one piece of it, and in all beyond
/// the body's own limit.
inline constexpr std::size_t chunk_framing_bytes_max = 16 * 1024;

class RequestParser {
 public:
    explicit RequestParser(std::size_t body_bytes_max);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// A whole head that the guard let pass. Fills all of `head` but address, TLS and time. 400, or 413 when the
    /// announced body is over the limit.
    std::optional<HeadRefusal> parse_head(std::string_view block, RequestHead& head);

    struct Progress {
        std::size_t consumed = 0;  ///< what is left must be offered again with more behind it
        std::optional<HeadRefusal> refusal;
    };
    /// The bytes behind the head; only while `done()` is false.
    Progress parse_body(std::string_view bytes);

    [[nodiscard]] bool done() const;
    [[nodiscard]] bool keep_alive() const;
    /// Of the body, when it was announced.
    [[nodiscard]] std::optional<std::size_t> length() const;
    [[nodiscard]] std::size_t body_bytes() const;
    /// From here on the body is read and thrown away.
    void discard_body();
    /// Followed by `body_padding_bytes` readable bytes, also after it was moved.
    std::string take_body();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hookline::net
