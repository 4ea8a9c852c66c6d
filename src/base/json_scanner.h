#pragma once
// Reading JSON text (RFC 8259) without building a tree: it is validated and cut into slices, nothing is converted.
//
// Everything legal is taken: integers of any length, 1e400, escapes of lone surrogates, and nesting as deep as the text
// is long (one bit of memory a level, no recursion). One thing that is not legal is taken too: bytes in a string that
// are not UTF-8, because one misspelt name must not cost a delivery; whoever writes a slice on repairs them. All else
// that is wrong is refused with its place. A scanner belongs to one thread; the text must outlive it and its slices.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hookline {

/// Where a text stops being JSON, and why: "',' or '}' was expected".
struct JsonProblem {
    std::size_t offset = 0;
    const char* reason = nullptr;  ///< nothing when all is well
};

/// "byte 17 (line 1, column 18): ',' or '}' was expected". Bytes, lines and columns count from 1.
std::string describe(const JsonProblem& problem, std::string_view text);

/// Walks a text from its front. Each call takes what it names and answers false when that is not there; then
/// `failed()` tells a problem from a plain end.
class JsonScanner {
 public:
    explicit JsonScanner(std::string_view text);

    /// The first byte of what comes next, white space skipped; 0 at the end of the text.
    char peek();

    /// Takes one value, with all that is nested in it. `raw` is its slice.
    bool value(std::string_view& raw);

    /// Takes the opening bracket that `peek` has shown.
    void enter();
    /// Inside an object: takes the next key (`raw`, quotes included) and its colon. False behind the last member, with
    /// the closing brace taken.
    bool next_key(std::string_view& raw);
    /// Inside an array: true in front of the next element. False behind the last one, with the bracket taken.
    bool next_element();

    /// True when nothing but white space is left.
    bool finish();

    /// How much of the text has been taken.
    [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
    [[nodiscard]] bool failed() const { return problem_.reason != nullptr; }
    [[nodiscard]] const JsonProblem& problem() const { return problem_; }

 private:
    bool fail(const char* reason);
    void skip_space();
    bool skip_string();
    bool skip_escape();
    bool skip_number();
    bool skip_literal(std::string_view literal);
    bool skip_scalar();
    bool skip_key();

    /// The open brackets around a place, innermost last: one bit each.
    class Nesting {
     public:
        void push(bool is_object);
        void pop();
        [[nodiscard]] bool empty() const { return depth_ == 0; }
        [[nodiscard]] bool in_object() const { return (word_ & 1U) != 0; }

     private:
        std::uint64_t word_ = 0;  ///< the innermost up to 64 levels
        std::size_t depth_ = 0;
        std::vector<std::uint64_t> outer_;  ///< full words further out
    };

    const char* begin_;
    const char* at_;
    const char* end_;
    bool fresh_ = false;  ///< just inside an opening bracket
    JsonProblem problem_;
};

/// True when the whole text is one JSON value.
bool is_json(std::string_view text);

/// What a string's slice (quotes included) says, unescaped. Lone surrogates and bytes that are not UTF-8 become U+FFFD
/// each. Points into `raw` when nothing had to change, else into `scratch`.
std::string_view json_string_text(std::string_view raw, std::string& scratch);

/// Appends a valid value without the white space between its tokens. False, with `out` as it was, when that would take
/// more than `bytes_max`.
bool append_compact_json(std::string& out, std::string_view raw, std::size_t bytes_max = SIZE_MAX);

}  // namespace hookline
