#pragma once
// What commands show to people: tables, colours, questions, progress. Colours and progress only on a terminal. Main
// thread.

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace hookline::app {

struct Terminal {
    std::ostream& out;
    std::ostream& err;
    std::istream& in;
    bool in_is_terminal = false;
    bool err_is_terminal = false;
    bool colours = false;  ///< of `out`
};
/// The process's own; NO_COLOR and TERM=dumb are heeded.
Terminal own_terminal();

enum class Colour { none, red, yellow, green, dim, bold };
std::string painted(const Terminal& terminal, Colour colour, std::string_view text);

/// Text from outside, made safe for a terminal: control characters but newline and tab are shown as \xNN.
std::string printable(std::string_view text);
/// The same on one line of at most `characters_max` characters.
std::string one_line(std::string_view text, std::size_t characters_max);

/// Aligned columns. Numbers go right when the column's title begins with '>'.
class Table {
 public:
    explicit Table(std::vector<std::string> titles);
    struct Cell {
        std::string text;
        Colour colour = Colour::none;
    };
    void row(std::vector<Cell> cells);
    void print(const Terminal& terminal) const;
    [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
    std::vector<std::string> titles_;
    std::vector<std::vector<Cell>> rows_;
};

std::string show_count(std::uint64_t count);  ///< 1,234,567
std::string show_bytes(std::uint64_t bytes);  ///< 1.2 MiB

/// Asks a question that must be answered with yes. With `yes` it is not asked; where nobody can answer it is no, and
/// `--yes` is named.
bool confirmed(const Terminal& terminal, const std::string& question, bool yes);

/// A bar on stderr when that is a terminal; otherwise nothing.
class Progress {
 public:
    Progress(const Terminal& terminal, std::string what, std::uint64_t total);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();
    void at(std::uint64_t done);

 private:
    const Terminal& terminal_;
    std::string what_;
    std::uint64_t total_;
    int shown_ = -1;  ///< per mille
};

}  // namespace hookline::app
