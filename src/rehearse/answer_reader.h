#pragma once
// Reads one HTTP/1.1 answer as it comes in, piece by piece. Belongs to one thread.

#include <cstdint>
#include <string>
#include <string_view>

namespace hookline::rehearse {

class AnswerReader {
 public:
    static constexpr std::size_t head_bytes_max = 64 * 1024;
    static constexpr std::size_t body_bytes_kept = 4 * 1024;  ///< the rest is counted and dropped

    void begin();

    enum class State { more, done, broken };
    State add(std::string_view bytes);
    /// The other side closed: the end of an answer without a length, or a broken one.
    State end();

    [[nodiscard]] bool began() const { return began_; }
    [[nodiscard]] int status() const { return status_; }
    [[nodiscard]] const std::string& body() const { return body_; }
    [[nodiscard]] bool keep_alive() const { return keep_alive_; }

 private:
    enum class Part { head, body, until_close, chunk_size, chunk, chunk_end, trailer };
    State read_head();
    bool take_head(std::string_view head);
    State read_chunked();
    void keep(std::string_view piece);

    Part part_ = Part::head;
    std::string buffer_;  ///< head, and lines of the chunked coding
    std::string body_;
    std::uint64_t left_ = 0;
    int status_ = 0;
    bool began_ = false;
    bool keep_alive_ = true;
};

}  // namespace hookline::rehearse
