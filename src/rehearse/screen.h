#pragma once
// Live screens: a panel that is painted over itself on a terminal, a plain line every few seconds elsewhere, or one
// JSON object a line for scripts. Belongs to one thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hookline::rehearse {

enum class ScreenMode {
    automatic,  ///< terminal where standard output is one, else plain
    terminal,
    plain,
    json,
};

enum class Tone { plain, title, dim, good, warn, bad };

struct Span {
    std::string text;
    Tone tone = Tone::plain;
};
using PanelLine = std::vector<Span>;

/// One look at things, in each of the forms.
struct Panel {
    std::vector<PanelLine> lines;
    std::string plain;  ///< one line
    std::string json;   ///< one object
};

class Screen {
 public:
    /// `width` 0: the terminal's own, asked for each time.
    Screen(ScreenMode mode, std::ostream& out, std::size_t width = 0);

    [[nodiscard]] ScreenMode mode() const { return mode_; }
    /// How long a panel stays before the next one.
    [[nodiscard]] Duration pause() const;
    void show(const Panel& panel);
    /// Something for a person that stays; not in JSON. It goes above the panel.
    void say(const PanelLine& line);
    /// An object for a script; in JSON only.
    void say_json(const std::string& object);

 private:
    void paint(const PanelLine& line);

    ScreenMode mode_;
    std::ostream& out_;
    std::size_t width_;
    bool colours_;
    std::size_t painted_lines_ = 0;
};

/// How fast a count grows, now and over the last minute.
class Rate {
 public:
    void add(std::uint64_t count, TimePoint now);
    [[nodiscard]] double per_second() const { return history_.empty() ? 0 : history_.back(); }
    /// The last looks as a row of small bars, the newest at the right.
    [[nodiscard]] std::string bars(std::size_t width) const;

 private:
    static constexpr std::size_t looks_max = 120;
    static constexpr std::chrono::milliseconds look_length{500};
    std::deque<double> history_;
    std::uint64_t count_ = 0;
    TimePoint looked_at_;
    bool began_ = false;
};

std::string with_commas(std::uint64_t count);             ///< 1,234,567
std::string bytes_text(std::uint64_t bytes);              ///< 1.2 MB
std::string bar(double share, std::size_t width);         ///< ████▌, of `width` columns
std::string padded(std::string text, std::size_t width);  ///< with blanks behind, by characters
std::string padded_left(std::string text, std::size_t width);
/// Text from outside on one line: what a terminal could obey is taken out.
std::string harmless(std::string_view text);

}  // namespace hookline::rehearse
