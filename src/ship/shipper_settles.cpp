// What a shipper writes: the cursor, and with it the letters of what could not be delivered.

#include <algorithm>

#include "ship/shipper.h"

namespace hookline::ship {
namespace {

constexpr std::chrono::milliseconds look_interval{20};  // how often a waiting bulk is compared with the full size

}  // namespace

void Shipper::settle(const Run& run, std::vector<spool::LetterDraft> letters, std::size_t delivered, bool accepted,
                     TimePoint now) {
    spool::Settle settle;
    settle.tenant = tenant_;
    settle.upto = run.end;
    settle.letters = std::move(letters);
    settle.prove = accepted && !is_proven();
    settle.delivered = static_cast<std::uint32_t>(delivered);
    settle.note = note_;
    write(std::move(settle), now);
}

// Letters that find no room hold the tenant; the decision is kept, so that nothing is sent again.
void Shipper::write(spool::Settle settle, TimePoint now) {
    const auto known = parts_.spool.known(tenant_);
    if (known && known->condemned_full && !settle.letters.empty()) {
        blocked_ = std::move(settle);
        return probe_later(HoldReason::letters_full,
                           "the room for dead letters is full: replay, export or discard some", now);
    }
    settling_ = settle;
    parts_.begin_work();
    parts_.spool.settle(std::move(settle), parts_.crew, [this](Result<void> result) {
        settled_ = std::move(result);
        wake();
    });
}

void Shipper::on_settled(const Result<void>& result, TimePoint now) {
    spool::Settle settle = *std::exchange(settling_, {});
    changed_ = true;
    if (result) {
        parts_.metrics.settled(settle);
        if (!is_probed()) clear_hold(now);
        find_next_work(now);
    } else if (!parts_.spool.known(tenant_)) {
        end();
    } else {
        blocked_ = std::move(settle);
        hold(HoldReason::backing_off, "what was delivered cannot be noted on disk: " + result.error().message,
             backoff_.next(parts_.chance), now);
    }
    parts_.end_work();
}

// An idle tenant's lines leave at once. While they come faster than bulks go, a bulk waits to fill.
void Shipper::find_next_work(TimePoint now) {
    bulk_due_ = TimePoint::min();
    if (more_) return;
    const auto waiting = arrived_at_ ? parts_.spool.tenant(tenant_) : std::nullopt;
    has_work_ = waiting && waiting->waiting_lines > 0;
    if (!has_work_) {
        arrived_at_.reset();
    } else if (status_.hold == HoldReason::none && waiting->waiting_bytes < size_.bytes()) {
        looked_at_ = now;
        bulk_due_ = *arrived_at_ + parts_.limits.bulk_age_max;
    }
}

bool Shipper::much_is_waiting(TimePoint now) {
    if (now - looked_at_ < look_interval) return false;
    looked_at_ = now;
    const auto waiting = parts_.spool.tenant(tenant_);
    return waiting && waiting->waiting_bytes >= size_.bytes();
}

/// Every line of a run becomes a letter with the answer it got.
void Shipper::bury(const Run& run, spool::LetterReason reason, const logzio::Verdict& verdict, TimePoint now) {
    const auto batch = read_again(run, now);
    if (!batch) return;
    const Sentence sentence = sentence_of(verdict);
    std::vector<spool::LetterDraft> letters;
    for (const spool::BatchLine& line : batch->lines) letters.push_back(letter_of(line.text, reason, sentence));
    if (reason == spool::LetterReason::token_refused) {
        const WallTime expires_at = parts_.clock.wall() + parts_.limits.unproven_letter_life;
        for (spool::LetterDraft& letter : letters) letter.expires_at = expires_at;
    }
    clear_hold(now);
    settle(run, std::move(letters), run.skipped, false, now);
}

/// All that could be found out is known: the found lines become letters, those in doubt one letter together.
void Shipper::end_hunt(TimePoint now) {
    const auto batch = read_again(hunt_->run, now);
    if (!batch) return;
    Hunt hunt = *std::exchange(hunt_, {});
    const Narrowing& narrowing = hunt.narrowing;

    std::vector<spool::LetterDraft> letters;
    std::sort(hunt.found.begin(), hunt.found.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    for (const auto& [line, sentence] : hunt.found) {
        letters.push_back(letter_of(batch->lines[line].text, spool::LetterReason::line_refused, sentence));
    }
    if (!narrowing.doubtful().empty()) {
        Narrowing::Lines doubtful = narrowing.doubtful();
        std::sort(doubtful.begin(), doubtful.end());
        std::string text;
        for (const std::uint32_t line : doubtful) text += batch->lines[line].text;
        const Doubt doubt{doubtful.size(), narrowing.doubtful_bad(), hunt.found.size(), hunt.run.lines};
        letters.push_back(letter_in_doubt(std::move(text), doubt, hunt.sentence));
    }
    const std::size_t bad = hunt.found.size() + narrowing.doubtful_bad();
    note_ = hunt.note;
    settle(hunt.run, std::move(letters), hunt.run.skipped + hunt.run.lines - bad, hunt.accepted, now);
}

}  // namespace hookline::ship
