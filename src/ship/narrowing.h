#pragma once
// Finds the k refused lines among N when the listener says how many, never which (facts: logzio.md 1.4).
//
// Pure: it says which lines to send next and is told how many of them were refused. Every line was sent once already;
// with the usual limit of three sends, groups of √N lines come next, and then single lines of the groups that held a
// refused one. What follows from the numbers alone is not sent: the good lines are in already, so each send of one is
// a copy at Logz.io. Crew thread only.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hookline::ship {

class Narrowing {
 public:
    using Lines = std::vector<std::uint32_t>;  ///< indexes into the bulk

    /// `order` holds every line of the bulk, the likeliest first; `bad` of them were refused. `line_sends_max` counts
    /// the bulk itself.
    Narrowing(const Lines& order, std::size_t bad, unsigned line_sends_max);

    /// For a bulk of which each line is a suspect or not. As many suspects as refused lines: it is they.
    static Narrowing of(const std::vector<bool>& suspect, std::size_t bad, unsigned line_sends_max);

    /// What to send now; nothing when all is known.
    [[nodiscard]] const Lines* group() const { return done() ? nullptr : &stack_.back().current(); }
    [[nodiscard]] bool done() const { return stack_.empty(); }

    /// The answer for `group()`: so many of it were refused.
    void answered(std::size_t bad);
    /// `group()` was sent and nobody knows what became of it.
    void sent_in_vain();
    /// No more sends: what is not known stays in doubt.
    void give_up();

    /// The refused lines found so far, in the order of finding.
    [[nodiscard]] const Lines& found() const { return found_; }
    /// Lines that could not be told apart, and how many of them were refused.
    [[nodiscard]] const Lines& doubtful() const { return doubtful_; }
    [[nodiscard]] std::size_t doubtful_bad() const { return doubtful_bad_; }

 private:
    /// A set of lines cut into parts that are asked about one by one.
    struct Question {
        std::vector<Lines> parts;
        std::size_t next = 0;
        std::size_t bad_left = 0;    ///< refused lines in the parts that were not answered
        Lines unanswered;            ///< lines of parts that may not be sent again
        unsigned sends = 0;          ///< of each line in `parts[next]` and behind, so far
        unsigned current_sends = 0;  ///< of those in `parts[next]`
        [[nodiscard]] const Lines& current() const { return parts[next]; }
        [[nodiscard]] std::size_t lines_left() const;
    };

    void take(const Lines& lines, std::size_t bad, unsigned sends);
    void settle_what_follows();
    void give_up_on(Question& question);
    void doubt(const Lines& lines, std::size_t bad);

    unsigned line_sends_max_;
    std::vector<Question> stack_;  ///< innermost last
    Lines found_;
    Lines doubtful_;
    std::size_t doubtful_bad_ = 0;
};

}  // namespace hookline::ship
