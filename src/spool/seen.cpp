#include "spool/seen.h"

#include <algorithm>

namespace hookline::spool {
namespace {

constexpr std::uint64_t segment_ids = 1024;
/// Rows hold at most this many times the ids that are remembered, and no less than a floor.
constexpr std::uint64_t rows_ids_per_living_id = 2;
constexpr std::uint64_t rows_ids_min = 64 * 1024;

}  // namespace

Result<Seen> Seen::load(const Store& store, Floors& floors, SeenLimits limits, AgeTime now, Each each) {
    Seen seen(floors, limits);
    seen.each_ = std::move(each);
    seen.older_ = store.walk(Table::seen);
    seen.older_->seek_to_last();
    if (seen.older_->valid()) seen.next_row_ = number_of(seen.older_->key()).value_or(0) + 1;
    if (auto read = seen.load_rows(limits.at_start, now); !read) return tl::unexpected(read.error());
    seen.expire(now);
    return seen;
}

Result<void> Seen::load_more(AgeTime now) {
    auto read = load_rows(limits_.at_a_turn, now);
    if (!read) stop_loading();
    return read;
}

Result<void> Seen::load_rows(std::uint64_t ids, AgeTime now) {
    std::uint64_t read = 0;
    for (; older_->valid() && read < ids; older_->previous()) {
        if (!load_row(read, now)) return failed("a row of seen ids is damaged");
    }
    if (older_->valid()) return {};
    const auto end = older_->end();
    stop_loading();
    if (!end) return failed("read seen ids", end.error());
    return {};
}

void Seen::stop_loading() {
    older_.reset();
    older_ids_ = {};
}

bool Seen::load_row(std::uint64_t& ids, AgeTime now) {
    const auto number = number_of(older_->key());
    std::uint64_t row_ids = 0;
    AgeTime youngest{};
    older_ids_.clear();
    const bool good = number && read_seen_row(older_->value(), [&](const SeenDelivery& delivery) {
                          row_ids += delivery.events.size();
                          youngest = std::max(youngest, delivery.age);
                          const bool is_known = each_(delivery);
                          if (!is_known || now - delivery.age > limits_.age_max) return;
                          for (const SeenEvent& event : delivery.events) {
                              older_ids_.push_back({delivery.tenant, delivery.age, event});
                          }
                      });
    if (!good) return false;
    for (auto older = older_ids_.rbegin(); older != older_ids_.rend(); ++older) {
        table_.insert_older(older->tenant, older->event.id, older->event.content, older->age, now);
    }
    add_older_row(*number, row_ids, youngest);
    ids += row_ids;
    return true;
}

void Seen::add_older_row(std::uint64_t number, std::uint64_t ids, AgeTime youngest) {
    if (segments_.empty() || segments_.front().ids >= segment_ids) segments_.push_front({number, number, 0, youngest});
    Segment& segment = segments_.front();
    segment.first = number;
    segment.ids += ids;
    segment.youngest = std::max(segment.youngest, youngest);
    rows_ids_ += ids;
}

void Seen::add_row(std::uint64_t number, std::uint64_t ids, AgeTime youngest) {
    if (segments_.empty() || segments_.back().ids >= segment_ids) segments_.push_back({number, number, 0, youngest});
    Segment& segment = segments_.back();
    segment.last = number;
    segment.ids += ids;
    segment.youngest = std::max(segment.youngest, youngest);
    rows_ids_ += ids;
}

void Seen::drop_segment() {
    floors_->seen = segments_.front().last + 1;
    rows_ids_ -= segments_.front().ids;
    segments_.pop_front();
}

void Seen::note(const SeenDelivery& delivery) {
    if (delivery.events.empty()) return;
    if (row_.empty()) row_ = seen_row_start();
    append_to_seen_row(row_, delivery);
    row_ids_ += delivery.events.size();
}

void Seen::stage(Changes& changes) {
    if (!row_.empty()) changes.put(Table::seen, number_key(next_row_), row_);
}

void Seen::committed(AgeTime now) {
    table_.keep();
    if (!row_.empty()) add_row(next_row_++, row_ids_, now);
    if (carrying_) drop_segment();
    row_.clear();
    row_ids_ = 0;
    carrying_ = false;
}

void Seen::withdrawn() {
    table_.roll_back(0);
    row_.clear();
    row_ids_ = 0;
    carrying_ = false;
}

void Seen::expire(AgeTime now) {
    table_.expire(now);
    // The last segment may still grow, and the first while older rows are read.
    while (!loading() && segments_.size() > 1 && now - segments_.front().youngest > limits_.age_max) drop_segment();
}

bool Seen::wants_carry() const {
    return !loading() && segments_.size() > 1 &&
           rows_ids_ > std::max(rows_ids_min, rows_ids_per_living_id * table_.size());
}

Result<void> Seen::carry(const Store& store) {
    const Segment& oldest = segments_.front();
    Walk walk = store.walk(Table::seen, number_key(oldest.last + 1));
    for (walk.seek(number_key(oldest.first)); walk.valid(); walk.next()) {
        read_seen_row(walk.value(), [&](const SeenDelivery& delivery) {
            SeenDelivery living = delivery;
            std::erase_if(living.events, [&](const SeenEvent& event) {
                return !table_.contains(delivery.tenant, event.id, event.content);
            });
            note(living);
        });
    }
    if (auto end = walk.end(); !end) return failed("read seen ids", end.error());
    carrying_ = true;
    return {};
}

Result<std::vector<SeenPlace>> find_seen(const Store& store, const Hash128& id, AgeTime not_before) {
    std::vector<SeenPlace> places;
    Walk walk = store.walk(Table::seen);
    for (walk.seek_to_first(); walk.valid(); walk.next()) {
        read_seen_row(walk.value(), [&](const SeenDelivery& delivery) {
            if (delivery.age < not_before) return;
            for (const SeenEvent& event : delivery.events) {
                if (event.id != id) continue;
                SeenDelivery alone = delivery;
                alone.events.assign(1, event);
                // A carried row repeats what an old one, not yet gone, says.
                const bool known = std::any_of(places.begin(), places.end(), [&](const SeenPlace& place) {
                    return place.delivery.tenant == alone.tenant && place.delivery.sequence == alone.sequence &&
                           place.delivery.events.front().content == event.content;
                });
                if (!known) places.push_back({std::move(alone)});
            }
        });
    }
    if (auto end = walk.end(); !end) return failed("read seen ids", end.error());
    return places;
}

}  // namespace hookline::spool
