// What a shipper sends: a run of lines from the cursor, one line ahead of it, or a group of a run that is narrowed
// down.

#include <algorithm>

#include "ship/shipper.h"

namespace hookline::ship {
namespace {

Position position_behind(const spool::Batch& batch, std::size_t line) {
    return line < batch.lines.size() ? batch.lines[line].position : batch.end;
}

/// The text of lines [from, to): the batch's own storage when that is all of it.
std::shared_ptr<const std::string> text_of(const spool::Batch& batch, std::size_t from, std::size_t to) {
    const std::string_view first = batch.lines[from].text;
    const std::string_view last = batch.lines[to - 1].text;
    const auto bytes = static_cast<std::size_t>(last.data() - first.data()) + last.size();
    if (bytes == batch.storage->size()) return batch.storage;
    return std::make_shared<const std::string>(first.data(), bytes);
}

}  // namespace

void Shipper::send(const Destination& destination, TimePoint now) {
    if (hunt_) {
        send_group(destination, now);
    } else {
        send_from_queue(destination, now);
    }
}

void Shipper::send_from_queue(const Destination& destination, TimePoint now) {
    const auto read = next_lines();
    if (!read) return;
    const Result<spool::Batch>& batch = *read;
    if (!batch) return probe_later(HoldReason::damaged, "the queue cannot be read: " + batch.error().message, now);
    if (batch->lines.empty()) {
        has_work_ = false;
        sifting_.reset();
        return clear_hold(now);
    }
    std::size_t first = 0;
    if (pass_over(*batch, first, now)) return;

    Flight flight;
    flight.run.skipped = first;
    std::size_t end = end_of_run(*batch, first);
    if (const auto ahead = line_ahead(*batch, first)) {
        flight.what = Flight::What::ahead;
        first = *ahead;
        end = first + 1;
    }
    auto lines = text_of(*batch, first, end);
    more_ = end < batch->lines.size() || batch->more;
    flight.run.begin = batch->lines[first].position;
    flight.run.end = position_behind(*batch, end);
    flight.run.lines = end - first;
    flight.run.bytes = lines->size();
    start(destination, flight, std::move(lines));
}

/// Lines from the cursor on; nothing while the lane reads them.
std::optional<Result<spool::Batch>> Shipper::next_lines() {
    const Position from = parts_.spool.cursor(tenant_);
    if (fetched_ && fetched_->from == from) return std::move(fetched_->batch);
    arrived_at_.reset();
    // A line ahead stands behind others, which count though they are not sent.
    const std::size_t bytes_max = sifting_ && sifting_->candidate() > 0 ? parts_.limits.bulk_bytes : size_.bytes();
    const std::size_t lines_max = lines_wanted();
    const std::size_t here_max = parts_.lane ? std::min(bytes_max, parts_.limits.lane_bytes_min) : bytes_max;
    auto batch = parts_.spool.read(tenant_, from, here_max, lines_max);
    const bool is_whole = !batch || !batch->more || here_max == bytes_max || batch->lines.size() == lines_max;
    if (is_whole) return batch;
    fetch(from, bytes_max, lines_max);
    return {};
}

void Shipper::fetch(Position from, std::size_t bytes_max, std::size_t lines_max) {
    fetching_ = true;
    parts_.begin_work();
    parts_.lane->post([this, from, bytes_max, lines_max] {
        auto batch = std::make_shared<Result<spool::Batch>>(parts_.spool.read(tenant_, from, bytes_max, lines_max));
        parts_.crew.post([this, from, batch] {
            fetching_ = false;
            fetched_.emplace(Fetched{from, std::move(*batch)});
            parts_.end_work();
            wake();
        });
    });
}

std::size_t Shipper::lines_wanted() const {
    if (sifting_) return std::min(sifting_->lines_wanted(), parts_.limits.bulk_lines_max);
    return is_probed() ? 1 : parts_.limits.bulk_lines_max;
}

/// Passes over lines that were taken ahead of their turn, and condemns those that are too old. True: that alone moves
/// the cursor, and nothing is sent.
bool Shipper::pass_over(const spool::Batch& batch, std::size_t& first, TimePoint now) {
    const auto age_max = parts_.limits.age_max;
    std::vector<spool::LetterDraft> letters;
    for (; first < batch.lines.size(); ++first) {
        const spool::BatchLine& line = batch.lines[first];
        if (sifting_ && sifting_->is_taken(line.position)) continue;
        if (!age_max || line.age <= *age_max) break;
        letters.push_back(letter_of(line.text, spool::LetterReason::too_old, {status_.last_status, status_.detail}));
    }
    if (letters.empty() && first < batch.lines.size()) return false;

    more_ = first < batch.lines.size() || batch.more;
    Run run;
    run.end = position_behind(batch, first);
    const std::size_t taken = first - letters.size();
    if (sifting_) sifting_->passed(run.end);
    note_.reset();
    settle(run, std::move(letters), taken, false, now);
    return true;
}

std::size_t Shipper::end_of_run(const spool::Batch& batch, std::size_t first) const {
    if (!sifting_) return batch.lines.size();
    const std::size_t lines_max = is_probed() ? 1 : sifting_->lines_max();
    std::size_t end = first + 1;
    while (end < batch.lines.size() && end - first < lines_max && !sifting_->is_taken(batch.lines[end].position)) {
        ++end;
    }
    return end;
}

/// The line to send alone in place of the run at `first`, while it is not known whether the listener understands any.
std::optional<std::size_t> Shipper::line_ahead(const spool::Batch& batch, std::size_t first) const {
    if (!sifting_ || sifting_->candidate() == 0) return {};
    std::size_t still_untaken = sifting_->candidate();
    for (std::size_t line = first + 1; line < batch.lines.size(); ++line) {
        if (!sifting_->is_taken(batch.lines[line].position) && --still_untaken == 0) return line;
    }
    return {};
}

void Shipper::send_group(const Destination& destination, TimePoint now) {
    if (now - narrow_hour_began_ >= std::chrono::hours(1)) {
        narrow_hour_began_ = now;
        narrow_sends_ = 0;
    }
    if (narrow_sends_ >= parts_.limits.narrow_sends_hour_max) {
        hunt_->narrowing.give_up();
        return end_hunt(now);
    }
    const auto batch = read_again(hunt_->run, now);
    if (!batch) return;

    ++narrow_sends_;
    const Narrowing::Lines& group = *hunt_->narrowing.group();
    std::string lines;
    for (const std::uint32_t line : group) lines += batch->lines[line].text;
    Flight flight;
    flight.what = Flight::What::group;
    flight.run.lines = group.size();
    flight.run.bytes = lines.size();
    start(destination, flight, std::make_shared<const std::string>(std::move(lines)));
}

/// The lines of a run that was sent before. What is not settled does not change, so anything else is damage.
std::optional<spool::Batch> Shipper::read_again(const Run& run, TimePoint now) {
    auto batch = parts_.spool.read(tenant_, run.begin, run.bytes, run.lines);
    const bool same = batch && batch->lines.size() == run.lines && batch->lines.front().position == run.begin;
    if (same) return std::move(*batch);
    hunt_.reset();  // the run is sent again whole, once it can be read
    probe_later(HoldReason::damaged,
                "lines that were sent cannot be read again: " + (batch ? "they changed" : batch.error().message), now);
    return {};
}

void Shipper::start(const Destination& destination, Flight flight, std::shared_ptr<const std::string> lines) {
    flight.note.bulk = ++parts_.last_bulk;
    flight.note.sent_at = parts_.clock.wall();
    flight.note.lines = static_cast<std::uint32_t>(flight.run.lines);
    flight.region = destination.region;
    const logzio::Bulk bulk{std::move(lines), flight.run.lines, destination.type};
    flight_ = flight;
    last_bulk_at_ = parts_.clock.now();
    parts_.pace.started(last_bulk_at_);
    changed_ = true;
    parts_.begin_work();
    parts_.metrics.sent(bulk.lines->size());
    parts_.listener.start(destination.url, destination.token, bulk, parts_.crew, [this](logzio::Verdict verdict) {
        verdict_ = std::move(verdict);
        wake();
    });
}

}  // namespace hookline::ship
