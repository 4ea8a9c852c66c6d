#pragma once
// A strict reader of JSON text (RFC 8259, UTF-8 per RFC 3629), told as events in document order. The emulator judges
// lines with it and Okta's simulation reads event files with it; it shares nothing with what the relay reads JSON by.
//
// Belongs to one thread; keeps its stack between scans.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hookline::rehearse {

/// A string as it stands between its quotes.
struct JsonText {
    std::string_view raw;
    bool escaped = false;         ///< holds a backslash
    std::size_t utf16_units = 0;  ///< its length as Java and JavaScript count

    /// The text itself; a lone surrogate becomes U+FFFD.
    [[nodiscard]] std::string decoded() const;
};

class JsonEvents {
 public:
    virtual ~JsonEvents() = default;
    virtual void open(bool object) = 0;  ///< an object, or an array
    virtual void close() = 0;
    virtual void key(const JsonText& text) = 0;
    virtual void string(const JsonText& text) = 0;
    virtual void number(std::string_view raw) = 0;
    virtual void literal(std::string_view raw) = 0;  ///< true, false, null
};

class JsonScan {
 public:
    /// True when `text` is one JSON object and nothing else but blanks around it. Otherwise some events may have been
    /// told already.
    bool object(std::string_view text, JsonEvents& events);

 private:
    bool value(JsonEvents& events);
    bool scalar(JsonEvents& events);
    bool members(JsonEvents& events);
    bool key(JsonEvents& events);
    bool string(JsonText& text);
    bool escape(JsonText& text);
    bool number(std::string_view& raw);
    void skip_blanks();
    bool take(char c);
    std::size_t digits();

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<char> open_;  ///< '{' or '[' for each level
};

}  // namespace hookline::rehearse
