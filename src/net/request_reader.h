#pragma once
// Reads one request from a connection's bytes, however they are cut: finds the end of the head, has the guard judge it,
// parses it, then the body. It decides nothing but whether this is a request at all. Private to the room; one request,
// one thread.

#include <optional>

#include "net/input.h"
#include "net/request_parser.h"

namespace hookline::net {

class RequestReader {
 public:
    RequestReader(std::size_t header_bytes_max, std::size_t body_bytes_max)
        : header_bytes_max_(header_bytes_max), parser_(body_bytes_max) {}

    enum class Found {
        more,     ///< nothing more can be said before more bytes come
        head,     ///< the head is whole: told once
        whole,    ///< all of it was read; what is left of the input is the next request
        refusal,  ///< see `refusal`; nothing behind it can be trusted
    };
    Found read(Input& input);

    /// Whole from Found::head on; a refusal because of the body's size knows it too.
    [[nodiscard]] RequestHead& head() { return head_; }
    [[nodiscard]] bool head_known() const { return head_known_; }
    [[nodiscard]] const HeadRefusal& refusal() const { return refusal_; }

    [[nodiscard]] bool body_done() const { return parser_.done(); }
    [[nodiscard]] std::optional<std::size_t> body_length() const { return parser_.length(); }
    [[nodiscard]] std::size_t body_bytes() const { return parser_.body_bytes(); }
    [[nodiscard]] bool keep_alive() const { return parser_.keep_alive(); }
    void discard_body() { parser_.discard_body(); }
    std::string take_body() { return parser_.take_body(); }

 private:
    Found read_head(Input& input);
    Found read_body(Input& input);
    Found refuse(const HeadRefusal& refusal);

    const std::size_t header_bytes_max_;
    RequestParser parser_;
    RequestHead head_;
    bool in_body_ = false;
    bool head_known_ = false;
    std::size_t scanned_ = 0;  ///< of the input, for the end of the head
    HeadRefusal refusal_;
};

}  // namespace hookline::net
