#include "spool/gap_ledger.h"

#include <algorithm>

#include "spool/format.h"

namespace hookline::spool {

Result<std::unique_ptr<GapLedger>> GapLedger::load(const Store& store, Floors& floors, std::uint64_t gaps_max) {
    std::unique_ptr<GapLedger> ledger(new GapLedger(floors, gaps_max));
    Walk walk = store.walk(Table::gaps);
    walk.seek_to_last();
    if (walk.valid()) ledger->next_number_ = number_of(walk.key()).value_or(0) + 1;
    if (auto end = walk.end(); !end) return failed("read the ledger of gaps", end.error());
    return ledger;
}

void GapLedger::note(Gap gap, TimePoint now) {
    if (gap.reason.size() > limits_.reason_bytes_max) gap.reason.resize(limits_.reason_bytes_max);
    const std::lock_guard lock(mutex_);
    news_ = true;
    if (now - limits_.merge > minute_began_) {
        minute_began_ = now;
        single_this_minute_ = 0;
    }
    if (!gap.event_id.empty() && single_this_minute_ < limits_.single_rows_max) {
        ++single_this_minute_;
        single_.push_back(std::move(gap));
        return;
    }
    gap.event_id.clear();
    Kind kind{gap.status, gap.tenant_label, gap.reason};
    if (open_.size() >= limits_.kinds_max && !open_.contains(kind)) {
        gap.tenant_label.clear();
        gap.reason = "various";
        kind = {gap.status, "", gap.reason};
    }
    count_in(std::move(kind), std::move(gap), now);
}

void GapLedger::count_in(Kind kind, Gap gap, TimePoint now) {
    const auto found = open_.find(kind);
    if (found == open_.end()) {
        open_.emplace(std::move(kind), Row{0, std::move(gap), now, true});
        return;
    }
    Row& row = found->second;
    if (!row.dirty && now - row.opened > limits_.merge) {
        row = Row{0, std::move(gap), now, true};
        return;
    }
    row.gap.from = std::min(row.gap.from, gap.from);
    row.gap.to = std::max(row.gap.to, gap.to);
    row.gap.count += gap.count;
    row.gap.events += gap.events;
    row.dirty = true;
}

bool GapLedger::has_news() const {
    const std::lock_guard lock(mutex_);
    return news_;
}

void GapLedger::note_down(WallTime from, WallTime to, std::string reason) {
    Gap gap;
    gap.kind = Gap::Kind::down;
    gap.from = from;
    gap.to = to;
    gap.reason = std::move(reason);
    gap.count = 0;
    const std::lock_guard lock(mutex_);
    single_.push_back(std::move(gap));
    news_ = true;
}

void GapLedger::stage(Changes& changes, TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (!news_) return;
    news_ = false;
    for (auto at = open_.begin(); at != open_.end();) {
        Row& row = at->second;
        if (row.dirty) {
            if (row.number == 0) row.number = next_number_++;
            changes.put(Table::gaps, number_key(row.number), encode(row.gap));
        }
        // A clean row whose minute is over is on disk and done.
        at = !row.dirty && now - row.opened > limits_.merge ? open_.erase(at) : std::next(at);
    }
    for (const Gap& gap : single_) changes.put(Table::gaps, number_key(next_number_++), encode(gap));
    std::move(single_.begin(), single_.end(), std::back_inserter(staged_single_));
    single_.clear();
}

void GapLedger::committed() {
    const std::lock_guard lock(mutex_);
    staged_single_.clear();
    // A row that grew while its commit was under way has raised `news_` again and is written once more.
    if (!news_) {
        for (auto& [kind, row] : open_) row.dirty = false;
    }
    if (next_number_ > gaps_max_) floors_.gaps = next_number_ - gaps_max_;
}

void GapLedger::withdrawn() {
    const std::lock_guard lock(mutex_);
    if (staged_single_.empty() && open_.empty()) return;
    std::move(staged_single_.begin(), staged_single_.end(), std::back_inserter(single_));
    staged_single_.clear();
    // Best effort: what a full disk keeps from being written is not remembered without end.
    if (single_.size() > limits_.single_rows_max) {
        single_.erase(single_.begin(), single_.end() - static_cast<std::ptrdiff_t>(limits_.single_rows_max));
    }
    news_ = true;
}

Result<std::vector<Gap>> read_gaps(const Store& store, std::optional<WallTime> from, std::size_t count_max) {
    std::vector<Gap> gaps;
    Walk walk = store.walk(Table::gaps);
    for (walk.seek_to_last(); walk.valid() && gaps.size() < count_max; walk.previous()) {
        auto gap = decode_gap(walk.value());
        if (!gap) return failed("a row of the ledger of gaps is damaged");
        if (!from || gap->to >= *from) gaps.push_back(std::move(*gap));
    }
    if (auto end = walk.end(); !end) return failed("read the ledger of gaps", end.error());
    std::reverse(gaps.begin(), gaps.end());
    return gaps;
}

}  // namespace hookline::spool
