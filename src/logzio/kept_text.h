#pragma once
// JSON text that stands in a string of the line: what guards took out of it, whole, so that nothing is lost and no
// field changes its type.

#include <string>
#include <string_view>

namespace hookline::logzio {

/// `hookline.folded`: a list of what was taken out and from where, `[{"path":"/a/b","value":1},…]`, paths as JSON
/// pointers (RFC 6901). A list, since a path occurs twice when a key did.
class FoldedText {
 public:
    explicit FoldedText(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    /// False when it does not fit whole, or holds bytes that are not UTF-8: then content is lost.
    bool add(std::string_view path, std::string_view raw);
    [[nodiscard]] bool empty() const { return text_.empty(); }
    /// Appends the text as a JSON string.
    void append_to(std::string& out) const;
    void clear() { text_.clear(); }

 private:
    std::size_t bytes_max_;
    std::string text_;  ///< without the final bracket
};

/// `hookline.original`: what stood under keys that the line sets itself, and what else the envelope held,
/// `{"event":{"type":"x"},"envelope":{"tenant":5}}`.
class OriginalText {
 public:
    explicit OriginalText(std::size_t bytes_max) : bytes_max_(bytes_max) {}
    /// As FoldedText::add. `key` is unescaped.
    bool add_of_event(std::string_view key, std::string_view raw) { return add(event_, key, raw); }
    bool add_of_envelope(std::string_view key, std::string_view raw) { return add(envelope_, key, raw); }
    [[nodiscard]] bool empty() const { return event_.empty() && envelope_.empty(); }
    void append_to(std::string& out) const;
    void clear() {
        event_.clear();
        envelope_.clear();
        refused_ = false;
    }

 private:
    bool add(std::string& members, std::string_view key, std::string_view raw);

    std::size_t bytes_max_;
    std::string event_;  ///< members, without the braces
    std::string envelope_;
    bool refused_ = false;  ///< something did not fit into this line
};

}  // namespace hookline::logzio
