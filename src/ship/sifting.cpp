#include "ship/sifting.h"

#include <utility>

namespace hookline::ship {
namespace {

constexpr std::size_t candidates_max = 32;      // then it begins again at the cursor
constexpr std::size_t lines_max_max = 1 << 24;  // more than any bulk has

}  // namespace

void Sifting::taken_ahead(Position line) {
    taken_.insert(line);
    accepted_ = true;
    accepted_since_suspect_ = true;
    candidate_ = 0;
    lines_max_ = 1;
}

bool Sifting::taken(Position cursor) {
    passed(cursor);
    accepted_ = true;
    suspect_.reset();
    candidate_ = 0;
    lines_max_ = std::min(lines_max_ * 2, lines_max_max);
    return cursor < upto_ || !taken_.empty();
}

Sifting::Next Sifting::refused(Position first, std::size_t lines) {
    if (lines > 1) {
        lines_max_ = accepted_ ? lines / 2 : 1;
        return accepted_ ? Next::try_at_once : Next::hold;
    }
    if (suspect_ == first && accepted_since_suspect_) return Next::bury;
    lines_max_ = 1;
    suspect_ = first;
    accepted_since_suspect_ = false;
    candidate_ = 1;
    // Once only: when the next line is refused too, it is the listener's trouble again.
    return std::exchange(accepted_, false) ? Next::try_at_once : Next::hold;
}

Sifting::Next Sifting::refused_ahead() {
    candidate_ = (candidate_ + 1) % candidates_max;
    return Next::hold;
}

void Sifting::buried(Position cursor) {
    passed(cursor);
    suspect_.reset();
    accepted_ = false;
    candidate_ = 0;
    lines_max_ = 1;
}

void Sifting::passed(Position cursor) { taken_.erase(taken_.begin(), taken_.lower_bound(cursor)); }

}  // namespace hookline::ship
