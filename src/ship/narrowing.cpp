#include "ship/narrowing.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace hookline::ship {
namespace {

void append(Narrowing::Lines& to, const Narrowing::Lines& lines) { to.insert(to.end(), lines.begin(), lines.end()); }

/// Parts of equal size such that `sends_left` rounds of cutting end in single lines: √N for two.
std::vector<Narrowing::Lines> cut(const Narrowing::Lines& lines, unsigned sends_left) {
    const double share = static_cast<double>(sends_left - 1) / sends_left;
    const auto wanted = std::ceil(std::pow(static_cast<double>(lines.size()), share));
    const std::size_t size = std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, lines.size() - 1);
    std::vector<Narrowing::Lines> parts;
    for (std::size_t from = 0; from < lines.size(); from += size) {
        const std::size_t to = std::min(from + size, lines.size());
        parts.emplace_back(lines.begin() + static_cast<std::ptrdiff_t>(from),
                           lines.begin() + static_cast<std::ptrdiff_t>(to));
    }
    return parts;
}

}  // namespace

Narrowing::Narrowing(const Lines& order, std::size_t bad, unsigned line_sends_max) : line_sends_max_(line_sends_max) {
    take(order, bad, 1);
    settle_what_follows();
}

Narrowing Narrowing::of(const std::vector<bool>& suspect, std::size_t bad, unsigned line_sends_max) {
    Lines order(suspect.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto behind = std::stable_partition(order.begin(), order.end(), [&](auto line) { return suspect[line]; });
    if (std::cmp_equal(behind - order.begin(), bad)) order.erase(behind, order.end());
    return Narrowing(order, bad, line_sends_max);
}

std::size_t Narrowing::Question::lines_left() const {
    std::size_t lines = unanswered.size();
    for (std::size_t part = next; part < parts.size(); ++part) lines += parts[part].size();
    return lines;
}

void Narrowing::take(const Lines& lines, std::size_t bad, unsigned sends) {
    if (bad == 0) return;
    if (bad >= lines.size()) return append(found_, lines);
    if (sends >= line_sends_max_) return doubt(lines, bad);
    Question question;
    question.parts = cut(lines, line_sends_max_ - sends);
    question.bad_left = bad;
    question.sends = question.current_sends = sends;
    stack_.push_back(std::move(question));
}

void Narrowing::answered(std::size_t bad) {
    Question& question = stack_.back();
    question.bad_left -= std::min(bad, question.bad_left);
    const unsigned sends = std::exchange(question.current_sends, question.sends) + 1;
    Lines part = std::move(question.parts[question.next++]);
    take(part, bad, sends);
    settle_what_follows();
}

void Narrowing::sent_in_vain() {
    Question& question = stack_.back();
    if (++question.current_sends >= line_sends_max_) {
        append(question.unanswered, question.parts[question.next++]);
        question.current_sends = question.sends;
    }
    settle_what_follows();
}

// Ends every question whose rest follows from its numbers, until there is one to ask or none is left.
void Narrowing::settle_what_follows() {
    while (!stack_.empty()) {
        Question& question = stack_.back();
        const bool asked_all = question.next == question.parts.size();
        if (asked_all || question.bad_left == 0 || question.bad_left == question.lines_left()) {
            give_up_on(question);
            stack_.pop_back();
            continue;
        }
        // The last part holds what is left. Should that be more than it has lines, the listener's answers contradict
        // each other: then it is asked about too.
        const bool last = question.next + 1 == question.parts.size() && question.unanswered.empty();
        if (!last || question.bad_left > question.current().size()) return;
        Lines part = std::move(question.parts[question.next++]);
        const std::size_t bad = std::exchange(question.bad_left, 0);
        take(part, bad, question.current_sends);
    }
}

void Narrowing::give_up() {
    for (Question& question : stack_) give_up_on(question);
    stack_.clear();
}

/// The lines of every part that was not answered hold all that is left.
void Narrowing::give_up_on(Question& question) {
    Lines rest = std::move(question.unanswered);
    for (; question.next < question.parts.size(); ++question.next) append(rest, question.current());
    if (question.bad_left == 0) return;
    if (question.bad_left >= rest.size()) return append(found_, rest);
    doubt(rest, question.bad_left);
}

void Narrowing::doubt(const Lines& lines, std::size_t bad) {
    append(doubtful_, lines);
    doubtful_bad_ += bad;
}

}  // namespace hookline::ship
