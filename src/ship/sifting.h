#pragma once
// What to send after a 400 that nobody understands: is it the listener, or a line of ours?
//
// Only the listener's later answers can tell. While none of the tenant's lines has been accepted since the trouble
// began, single lines are tried, one a probe, from the cursor on. Once one is accepted, the listener works: bulks grow
// again from one line, and a line that alone is still not understood after another was accepted is to blame. So
// nothing is ever buried by a listener that understands nothing. Pure; crew thread only.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>

#include "base/ids.h"

namespace hookline::ship {

class Sifting {
 public:
    explicit Sifting(Position upto) : upto_(upto) {}

    /// A later bulk was not understood either.
    void extend(Position upto) { upto_ = std::max(upto_, upto); }

    /// How far behind the cursor the line to try stands, in lines that were not taken yet: 0 is the first of them. Any
    /// other is sent alone, ahead of its turn.
    [[nodiscard]] std::size_t candidate() const { return candidate_; }
    /// For a bulk at the cursor.
    [[nodiscard]] std::size_t lines_max() const { return lines_max_; }
    /// How many lines must be read to find either.
    [[nodiscard]] std::size_t lines_wanted() const { return std::max(lines_max_, candidate_ + 1) + taken_.size(); }

    /// The line was accepted ahead of its turn: it is skipped when the cursor comes to it.
    void taken_ahead(Position line);
    [[nodiscard]] bool is_taken(Position line) const { return taken_.contains(line); }

    /// The bulk at the cursor was accepted, and the cursor moves to `cursor`. False: the trouble is over.
    bool taken(Position cursor);

    enum class Next {
        try_at_once,  ///< send what this object now names
        hold,         ///< the same, but as a probe, later
        bury,         ///< the one line at the cursor is to blame
    };
    /// The bulk at the cursor was not understood.
    Next refused(Position first, std::size_t lines);
    /// The line that was sent ahead was not understood, or there was none to send.
    Next refused_ahead();
    /// The line at the cursor was buried.
    void buried(Position cursor);
    /// The cursor moved for another reason.
    void passed(Position cursor);

 private:
    Position upto_;
    std::set<Position> taken_;
    std::size_t candidate_ = 0;
    std::size_t lines_max_ = 1;
    bool accepted_ = false;            ///< some line, since the trouble began or a line was buried
    std::optional<Position> suspect_;  ///< refused alone at the cursor
    bool accepted_since_suspect_ = false;
};

}  // namespace hookline::ship
