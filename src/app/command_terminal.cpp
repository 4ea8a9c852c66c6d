#include "app/command_terminal.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>
#include <unistd.h>

#include "base/json_text.h"
#include "base/text.h"

namespace hookline::app {
namespace {

constexpr std::size_t gap_between_columns = 2;
constexpr std::size_t bar_width = 30;

std::string_view code_of(Colour colour) {
    switch (colour) {
        case Colour::red:
            return "31";
        case Colour::yellow:
            return "33";
        case Colour::green:
            return "32";
        case Colour::dim:
            return "2";
        case Colour::bold:
            return "1";
        case Colour::none:
            break;
    }
    return "0";
}

/// Characters, each taken to be as wide as any other.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool wants_colours() {
    const char* none = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    return (none == nullptr || *none == '\0') && kind != nullptr && std::string_view(kind) != "dumb";
}

}  // namespace

Terminal own_terminal() {
    return {std::cout,
            std::cerr,
            std::cin,
            ::isatty(STDIN_FILENO) == 1,
            ::isatty(STDERR_FILENO) == 1,
            ::isatty(STDOUT_FILENO) == 1 && wants_colours()};
}

std::string painted(const Terminal& terminal, Colour colour, std::string_view text) {
    if (!terminal.colours || colour == Colour::none || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

std::string printable(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        const auto first = static_cast<unsigned char>(text.front());
        // C1 controls (U+0080 to U+009F) move a terminal's cursor as escape sequences do.
        const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
        const bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F;
        const std::size_t taken = std::max<std::size_t>(length, 1);
        if (length == 0 || control || c1) {
            for (const char c : text.substr(0, taken)) safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            safe += text.substr(0, taken);
        }
        text.remove_prefix(taken);
    }
    return safe;
}

std::string one_line(std::string_view text, std::size_t characters_max) {
    std::string line = printable(text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::replace(line.begin(), line.end(), '\t', ' ');
    if (width_of(line) <= characters_max) return line;
    std::string cut;
    std::string_view rest = line;
    for (std::size_t count = 1; count < characters_max; ++count) {
        const std::size_t length = std::max<std::size_t>(utf8_length(rest), 1);
        cut += rest.substr(0, length);
        rest.remove_prefix(length);
    }
    return cut + "…";
}

Table::Table(std::vector<std::string> titles) : titles_(std::move(titles)) {}

void Table::row(std::vector<Cell> cells) {
    cells.resize(titles_.size());
    rows_.push_back(std::move(cells));
}

void Table::print(const Terminal& terminal) const {
    std::vector<std::size_t> widths;
    for (const std::string& title : titles_) widths.push_back(width_of(title) - (title.starts_with('>') ? 1 : 0));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i].text));
    }
    const auto print_row = [&](const std::vector<Cell>& cells) {
        std::string line;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const std::string space(widths[i] - width_of(cells[i].text), ' ');
            const bool right = titles_[i].starts_with('>');
            const bool last = i + 1 == cells.size();
            if (right) line += space;
            line += painted(terminal, cells[i].colour, cells[i].text);
            if (!right && !last) line += space;
            if (!last) line += std::string(gap_between_columns, ' ');
        }
        while (line.ends_with(' ')) line.pop_back();
        terminal.out << line << '\n';
    };
    std::vector<Cell> head;
    for (const std::string& title : titles_)
        head.push_back({title.starts_with('>') ? title.substr(1) : title, Colour::bold});
    print_row(head);
    for (const auto& row : rows_) print_row(row);
}

std::string show_count(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, ",");
    }
    return digits;
}

std::string show_bytes(std::uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    auto amount = static_cast<double>(bytes);
    for (const char* unit : {"KiB", "MiB", "GiB"}) {
        amount /= 1024;
        if (amount < 1023.95) return fmt::format("{:.1f} {}", amount, unit);
    }
    return fmt::format("{:.1f} TiB", amount / 1024);
}

bool confirmed(const Terminal& terminal, const std::string& question, bool yes) {
    if (yes) return true;
    if (!terminal.in_is_terminal) {
        terminal.err << question << " Nobody is here to answer: say --yes.\n";
        return false;
    }
    terminal.err << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(terminal.in, answer);
    answer = ascii_lower(trim(answer));
    return answer == "y" || answer == "yes";
}

Progress::Progress(const Terminal& terminal, std::string what, std::uint64_t total)
    : terminal_(terminal), what_(std::move(what)), total_(total) {
    at(0);
}

Progress::~Progress() {
    if (shown_ >= 0) terminal_.err << "\r\x1b[K" << std::flush;
}

void Progress::at(std::uint64_t done) {
    if (!terminal_.err_is_terminal || total_ == 0) return;
    const std::uint64_t capped = std::min(done, total_);
    const double share = static_cast<double>(capped) / static_cast<double>(total_);
    const int per_mille = static_cast<int>(share * 1000);
    if (per_mille == shown_) return;
    shown_ = per_mille;
    const auto filled = static_cast<std::size_t>(share * bar_width);
    std::string bar;
    for (std::size_t i = 0; i < bar_width; ++i) bar += i < filled ? "█" : "░";
    terminal_.err << fmt::format("\r{} {} {:3} %  {} of {}", what_, bar, per_mille / 10, show_count(capped),
                                 show_count(total_))
                  << std::flush;
}

}  // namespace hookline::app
