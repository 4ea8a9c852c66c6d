#include "rehearse/screen.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ostream>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/json_text.h"

namespace hookline::rehearse {
namespace {

constexpr std::size_t width_otherwise = 100;

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return width_otherwise;
    return size.ws_col;
}

bool colours_wanted() {
    const char* none = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    return (none == nullptr || *none == '\0') && kind != nullptr && std::string_view(kind) != "dumb";
}

std::string_view code_of(Tone tone) {
    switch (tone) {
        case Tone::title:
            return "\x1b[1m";
        case Tone::dim:
            return "\x1b[2m";
        case Tone::good:
            return "\x1b[32m";
        case Tone::warn:
            return "\x1b[33m";
        case Tone::bad:
            return "\x1b[1;31m";
        case Tone::plain:
            break;
    }
    return "";
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

/// At most that many characters of it.
std::string_view first_characters(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    while (end < text.size() && (!begins_character(text[end]) || count-- > 0)) ++end;
    return text.substr(0, end);
}

}  // namespace

Screen::Screen(ScreenMode mode, std::ostream& out, std::size_t width)
    : mode_(mode), out_(out), width_(width), colours_(colours_wanted()) {
    if (mode_ != ScreenMode::automatic) return;
    mode_ = ::isatty(STDOUT_FILENO) == 1 ? ScreenMode::terminal : ScreenMode::plain;
}

Duration Screen::pause() const {
    switch (mode_) {
        case ScreenMode::terminal:
            return std::chrono::milliseconds(250);
        case ScreenMode::json:
            return std::chrono::seconds(1);
        default:
            return std::chrono::seconds(5);
    }
}

void Screen::show(const Panel& panel) {
    if (mode_ != ScreenMode::terminal) {
        out_ << (mode_ == ScreenMode::json ? panel.json : panel.plain) << '\n' << std::flush;
        return;
    }
    if (painted_lines_ > 0) out_ << "\x1b[" << painted_lines_ << 'A';
    for (const PanelLine& line : panel.lines) paint(line);
    out_ << "\x1b[J" << std::flush;  // what was below it, when it has shrunk
    painted_lines_ = panel.lines.size();
}

void Screen::say(const PanelLine& line) {
    if (mode_ == ScreenMode::json) return;
    painted_lines_ = 0;
    if (mode_ == ScreenMode::terminal) return paint(line);
    for (const Span& span : line) out_ << span.text;
    out_ << '\n';
}

void Screen::say_json(const std::string& object) {
    if (mode_ == ScreenMode::json) out_ << object << '\n' << std::flush;
}

/// Never wider than the terminal: a wrapped line would spoil the count of lines to go up.
void Screen::paint(const PanelLine& line) {
    std::size_t room = (width_ > 0 ? width_ : terminal_width()) - 1;
    out_ << "\x1b[2K";
    for (const Span& span : line) {
        const std::string_view shown = first_characters(span.text, room);
        room -= std::min(room, characters(shown));
        const bool coloured = colours_ && span.tone != Tone::plain;
        if (coloured) out_ << code_of(span.tone);
        out_ << shown;
        if (coloured) out_ << "\x1b[0m";
    }
    out_ << '\n';
}

void Rate::add(std::uint64_t count, TimePoint now) {
    if (!began_) {
        began_ = true;
        looked_at_ = now;
        count_ = count;
        return;
    }
    const Duration passed = now - looked_at_;
    if (passed < look_length) return;
    const double more = count >= count_ ? static_cast<double>(count - count_) : 0;
    history_.push_back(more / std::chrono::duration<double>(passed).count());
    if (history_.size() > looks_max) history_.pop_front();
    looked_at_ = now;
    count_ = count;
}

std::string Rate::bars(std::size_t width) const {
    static constexpr std::array<std::string_view, 9> heights{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const std::size_t shown = std::min(width, history_.size());
    const double most =
        history_.empty() ? 0 : *std::max_element(history_.end() - static_cast<std::ptrdiff_t>(shown), history_.end());
    std::string text(width - shown, ' ');
    for (std::size_t at = history_.size() - shown; at < history_.size(); ++at) {
        const double height = most > 0 ? std::ceil(history_[at] / most * 8) : 0;
        text += heights[static_cast<std::size_t>(std::clamp(height, 0.0, 8.0))];
    }
    return text;
}

std::string with_commas(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
    return digits;
}

std::string bytes_text(std::uint64_t bytes) {
    static constexpr std::array<std::string_view, 5> units{"bytes", "kB", "MB", "GB", "TB"};
    if (bytes < 1'000) return fmt::format("{} bytes", bytes);
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 999.95 && unit + 1 < units.size(); ++unit) value /= 1'000;
    return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string bar(double share, std::size_t width) {
    static constexpr std::array<std::string_view, 9> parts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    const double eighths = std::clamp(share, 0.0, 1.0) * static_cast<double>(width) * 8;
    auto left = static_cast<std::size_t>(std::lround(eighths));
    std::string text;
    for (; left >= 8; left -= 8) text += parts[8];
    text += parts[left];
    return padded(std::move(text), width);
}

std::string padded(std::string text, std::size_t width) {
    text.append(width - std::min(width, characters(text)), ' ');
    return text;
}

std::string padded_left(std::string text, std::size_t width) {
    text.insert(0, width - std::min(width, characters(text)), ' ');
    return text;
}

std::string harmless(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const auto first = static_cast<unsigned char>(text.front());
        // C1 controls (U+0080 to U+009F) move cursors, too.
        const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        const bool control = length == 0 || first < 0x20 || first == 0x7F || c1;
        control ? safe += ' ' : safe += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(1, length));
    }
    return safe;
}

}  // namespace hookline::rehearse
