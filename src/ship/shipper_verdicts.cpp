// What follows from a listener's answer: the table of DESIGN section 4, one function a row.

#include <algorithm>

#include <fmt/format.h>

#include "logzio/suspects.h"
#include "ship/shipper.h"

namespace hookline::ship {
namespace {

constexpr std::size_t detail_bytes_max = 300;  // of an answer, where people look first
constexpr std::size_t answer_bytes_max = 200;  // of each of the last answers

template <class... Rows>
struct Table : Rows... {
    using Rows::operator()...;
};
template <class... Rows>
Table(Rows...) -> Table<Rows...>;

/// "status 401: Logging token is not valid", or why no answer came.
std::string told(const logzio::Verdict& verdict) {
    std::string text = verdict.answer.substr(0, detail_bytes_max);
    if (verdict.status == 0) return text;
    return text.empty() ? fmt::format("status {}", verdict.status) : fmt::format("status {}: {}", verdict.status, text);
}

}  // namespace

void Shipper::on_verdict(TimePoint now) {
    const logzio::Verdict verdict = *std::exchange(verdict_, {});
    Flight flight = *std::exchange(flight_, {});
    leave_slot(now);
    const WallTime wall = parts_.clock.wall();
    status_.last_status = verdict.status;
    status_.last_answer = wall;
    status_.last_took = verdict.took;
    ++status_.bulks;
    changed_ = true;
    flight.note.answered_at = wall;
    flight.note.status = verdict.status;
    parts_.metrics.answered(flight.region, verdict, flight.note);
    note_ = flight.note;

    switch (flight.what) {
        case Flight::What::bulk:
            on_bulk(flight, verdict, now);
            break;
        case Flight::What::ahead:
            on_ahead(flight, verdict, now);
            break;
        case Flight::What::group:
            on_group(flight, verdict, now);
            break;
    }
    remember(flight, verdict, now);
    parts_.end_work();  // behind a settle that follows, so that a drain sees both as one
}

/// For the tenant's page: the answer with what followed from it.
void Shipper::remember(const Flight& flight, const logzio::Verdict& verdict, TimePoint now) {
    if (parts_.recent == nullptr) return;
    const bool all_taken = std::holds_alternative<logzio::Delivered>(verdict.meaning);
    spool::RecentBulk bulk{.bulk = flight.note.bulk,
                           .kind = flight.kind(),
                           .region = flight.region,
                           .sent_at = flight.note.sent_at,
                           .took = verdict.took,
                           .status = verdict.status,
                           .lines = flight.note.lines,
                           .bytes = flight.run.bytes,
                           .result = meaning_name(verdict.meaning),
                           .answer = all_taken ? "" : verdict.answer.substr(0, answer_bytes_max),
                           .hold = hold_name(status_.hold)};
    if (next_try_ > now && next_try_ != never) {
        bulk.wait = std::chrono::duration_cast<std::chrono::microseconds>(next_try_ - now);
    }
    for (const auto* written : {&settling_, &blocked_}) {
        if (!*written) continue;
        for (const spool::LetterDraft& letter : (*written)->letters) bulk.condemned += letter.lines;
    }
    parts_.recent->note(tenant_, std::move(bulk));
}

void Shipper::on_bulk(const Flight& flight, const logzio::Verdict& verdict, TimePoint now) {
    const Run& run = flight.run;
    const auto rejected = [&] {
        // A token that was never accepted: whoever sent these events was told 200 only because Logz.io was slow.
        if (!is_proven()) return bury(run, spool::LetterReason::token_refused, verdict, now);
        token_rejected(verdict, now);
    };
    std::visit(Table{[&](const logzio::Delivered&) { delivered(run, now); },
                     [&](const logzio::PartlyAccepted& counts) { partly_accepted(run, counts, verdict, now); },
                     [&](const logzio::NotUnderstood&) { not_understood(run, verdict, now); },
                     [&](const logzio::TokenRejected&) { rejected(); },
                     [&](const logzio::TooLarge&) { too_large(run, verdict, now); },
                     [&](const logzio::RetryLater& retry) { retry_later(retry, verdict, run.bytes, now); },
                     [&](const logzio::Refused&) { refused(verdict, now); }},
               verdict.meaning);
}

/// A line ahead of its turn only shows whether the listener understands anything.
void Shipper::on_ahead(const Flight& flight, const logzio::Verdict& verdict, TimePoint now) {
    const auto accepted = [&] {
        sifting_->taken_ahead(flight.run.begin);
        clear_hold(now);
    };
    const auto of_no_use = [&] { follow(sifting_->refused_ahead(), flight.run, verdict, now); };
    std::visit(Table{[&](const logzio::Delivered&) { accepted(); },
                     [&](const logzio::PartlyAccepted& counts) { counts.bad() == 0 ? accepted() : of_no_use(); },
                     [&](const logzio::NotUnderstood&) { of_no_use(); },
                     [&](const logzio::TokenRejected&) { token_rejected(verdict, now); },
                     [&](const logzio::TooLarge&) { of_no_use(); },
                     [&](const logzio::RetryLater& retry) { retry_later(retry, verdict, flight.run.bytes, now); },
                     [&](const logzio::Refused&) { refused(verdict, now); }},
               verdict.meaning);
}

/// Part of a run that is being narrowed down. Its good lines were in before.
void Shipper::on_group(const Flight& flight, const logzio::Verdict& verdict, TimePoint now) {
    Narrowing& narrowing = hunt_->narrowing;
    const auto answered = [&](std::size_t bad) {
        narrowing.answered(bad);
        backoff_.reset();
        clear_hold(now);
    };
    std::visit(Table{[&](const logzio::Delivered&) { answered(0); },
                     [&](const logzio::PartlyAccepted& counts) { answered(counts.bad()); },
                     [&](const logzio::NotUnderstood&) {
                         narrowing.sent_in_vain();
                         probe_later(HoldReason::not_understood, told(verdict), now);
                     },
                     [&](const logzio::TokenRejected&) { token_rejected(verdict, now); },
                     [&](const logzio::TooLarge&) {
                         narrowing.sent_in_vain();
                         refused(verdict, now);
                     },
                     [&](const logzio::RetryLater& retry) {
                         if (retry.may_have_been_taken) narrowing.sent_in_vain();
                         retry_later(retry, verdict, flight.run.bytes, now);
                     },
                     [&](const logzio::Refused&) { refused(verdict, now); }},
               verdict.meaning);
    note_what_was_found(verdict);
    if (narrowing.done()) end_hunt(now);
}

void Shipper::note_what_was_found(const logzio::Verdict& verdict) {
    const Narrowing::Lines& found = hunt_->narrowing.found();
    for (std::size_t known = hunt_->found.size(); known < found.size(); ++known) {
        hunt_->found.emplace_back(found[known], sentence_of(verdict));
    }
}

// 2xx, and 400 with none bad.
void Shipper::delivered(const Run& run, TimePoint now) {
    backoff_.reset();
    size_.taken(now);
    clear_hold(now);
    if (sifting_ && !sifting_->taken(run.end)) sifting_.reset();
    settle(run, {}, run.skipped + run.lines, true, now);
}

// 400 with counts that add up: the good lines are in. The bad ones are buried, once it is known which they are.
void Shipper::partly_accepted(const Run& run, const logzio::PartlyAccepted& counts, const logzio::Verdict& verdict,
                              TimePoint now) {
    if (counts.bad() == 0) return delivered(run, now);
    const auto batch = read_again(run, now);
    if (!batch) return;
    backoff_.reset();
    clear_hold(now);
    if (sifting_ && !sifting_->taken(run.end)) sifting_.reset();

    std::vector<bool> suspect;
    for (const spool::BatchLine& line : batch->lines) suspect.push_back(logzio::is_suspect(line.text));
    hunt_.emplace(Hunt{run,
                       Narrowing::of(suspect, counts.bad(), parts_.limits.line_sends_max),
                       sentence_of(verdict),
                       counts.accepted > 0,
                       *note_,
                       {}});
    note_what_was_found(verdict);
    if (hunt_->narrowing.done()) end_hunt(now);
}

// 400 without counts, or with counts that do not add up.
void Shipper::not_understood(const Run& run, const logzio::Verdict& verdict, TimePoint now) { sift(run, verdict, now); }

void Shipper::sift(const Run& run, const logzio::Verdict& verdict, TimePoint now) {
    if (sifting_) {
        sifting_->extend(run.end);
    } else {
        sifting_.emplace(run.end);
    }
    follow(sifting_->refused(run.begin, run.lines), run, verdict, now);
}

void Shipper::follow(Sifting::Next next, const Run& run, const logzio::Verdict& verdict, TimePoint now) {
    const bool too_large = std::holds_alternative<logzio::TooLarge>(verdict.meaning);
    switch (next) {
        case Sifting::Next::bury:
            sifting_->buried(run.end);
            bury(run, too_large ? spool::LetterReason::too_large : spool::LetterReason::line_refused, verdict, now);
            break;
        case Sifting::Next::try_at_once:
            next_try_ = TimePoint::min();
            break;
        case Sifting::Next::hold:
            probe_later(too_large ? HoldReason::too_large : HoldReason::not_understood, told(verdict), now);
            break;
    }
}

// 401, 403.
void Shipper::token_rejected(const logzio::Verdict& verdict, TimePoint now) {
    probe_later(HoldReason::token_rejected, "Logz.io rejects this token or region: " + told(verdict), now);
}

// 413: halve. No line is anywhere near what a listener documents as too large, so one line alone may as well have met a
// proxy with a tiny limit: as with answers that are not understood, it is buried only once another line was accepted.
void Shipper::too_large(const Run& run, const logzio::Verdict& verdict, TimePoint now) {
    if (run.lines > 1) return size_.too_large(run.bytes, now);
    sift(run, verdict, now);
}

// 408, 429, 5xx, network, timeout. A hold that the listener itself caused goes on with its own rhythm.
void Shipper::retry_later(const logzio::RetryLater& retry, const logzio::Verdict& verdict, std::size_t bytes,
                          TimePoint now) {
    ++status_.retries;
    parts_.metrics.retried();
    if (verdict.status == 0 && retry.may_have_been_taken) size_.no_answer(bytes);
    const Duration at_least = std::min(retry.at_least, parts_.limits.retry_after_max);
    const Duration wait = is_probed() ? rhythm_.next(parts_.chance) : backoff_.next(parts_.chance);
    if (is_probed()) {
        hold(status_.hold, std::move(status_.detail), std::max(wait, at_least), now);
    } else {
        hold(HoldReason::backing_off, told(verdict), std::max(wait, at_least), now);
    }
}

// Anything else, and a 2xx with a page.
void Shipper::refused(const logzio::Verdict& verdict, TimePoint now) {
    probe_later(HoldReason::refused, told(verdict), now);
}

}  // namespace hookline::ship
