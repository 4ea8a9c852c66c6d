#include "spool/survey.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "spool/format.h"
#include "spool/packing.h"
#include "spool/sealed_rows.h"
#include "spool/survey_walk.h"

namespace hookline::spool {
namespace {

constexpr std::size_t problems_told_max = 100;
constexpr std::uint64_t record_key_bytes = 16;
/// Rows between two calls of `progress`.
constexpr std::uint64_t progress_rows = 1024;

class Surveyor {
 public:
    Surveyor(const Store& store, const SurveyWork& work) : store_(store), work_(work) {
        for (std::size_t at = 0; at < table_count; ++at) expected_rows_ += store.rows(static_cast<Table>(at));
    }

    Result<Survey> run() {
        Result<void> done = read_state();
        // Ids before records: they tell how far queues once went.
        if (done) done = read_seen();
        if (done) done = read_records();
        if (done) done = count_lost_events();
        if (done) done = read_notes();
        if (done) done = read_gaps();
        if (done) done = read_letters();
        if (done) done = finish();
        if (!done) return tl::unexpected(done.error());
        return std::move(survey_);
    }

 private:
    struct Queue {
        SurveyedTenant told;
        std::shared_ptr<const Sealer> sealer;  ///< when the key is there
        bool known = false;
        bool has_cursor = false;
        Position cursor{Sequence{1}, 0};
        std::uint64_t ids_upto = 0;  ///< the highest sequence that seen ids speak of
    };
    struct Hole {
        TenantId tenant;
        Sequence from;
        Sequence upto;  ///< the first one behind it
    };

    /// Calls `take(key, value)` for every row that can be read; it says whether the row makes sense.
    template <class Take>
    Result<void> each_row(Table table, const Take& take) {
        SurveyedTable told;
        told.table = table;
        SurveyWalk walk(store_, table);
        for (; walk.valid(); walk.next()) {
            const Result<bool> good = take(walk.key(), walk.value());
            if (!good) return tl::unexpected(good.error());
            if (*good) {
                ++told.rows;
                told.bytes += walk.key().size() + walk.value().size();
            } else {
                ++told.damaged;
                survey_.problem("a row of the table " + std::string(table_name(table)) + " makes no sense");
            }
            if (++rows_done_ % progress_rows == 0 && work_.progress) work_.progress(rows_done_, expected_rows_);
        }
        told.unreadable = walk.unreadable();
        for (std::uint64_t count = 0; count < told.unreadable; ++count) {
            survey_.problem("part of the table " + std::string(table_name(table)) + " cannot be read: " + walk.why());
        }
        if (walk.gave_up()) ++survey_.unreachable_tables;
        survey_.tables.push_back(told);
        return {};
    }

    Result<void> keep(Table table, std::string_view key, std::string_view value) {
        return work_.keep ? work_.keep(table, key, value) : Result<void>{};
    }
    /// Keeps a row as it is, if it is good.
    Result<bool> keep_if(bool good, Table table, std::string_view key, std::string_view value) {
        if (!good) return false;
        if (auto kept = keep(table, key, value); !kept) return tl::unexpected(kept.error());
        return true;
    }

    Queue& queue(TenantId tenant) {
        Queue& found = queues_[tenant];
        found.told.id = tenant;
        return found;
    }

    std::string of(TenantId tenant) {
        const std::string& label = queue(tenant).told.label;
        return " of tenant " + (label.empty() ? std::to_string(tenant.number) : label);
    }

    Result<void> read_state() {
        auto read = each_row(Table::state, [&](std::string_view key, std::string_view value) -> Result<bool> {
            if (const auto cursor_of = tenant_of_key(cursor_prefix, key)) {
                const auto cursor = decode_cursor(value);
                if (!cursor) return false;
                queue(*cursor_of).cursor = *cursor;
                queue(*cursor_of).has_cursor = true;
                return true;  // kept at the end: it may have to give way
            }
            if (const auto owner = tenant_of_key(tenant_prefix, key)) {
                return keep_if(take_tenant(*owner, value), Table::state, key, value);
            }
            if (key == main_key_key) {
                const bool good = work_.keys ? is_of_main_key(value, *work_.keys) : decode_main_key(value).has_value();
                return keep_if(good, Table::state, key, value);
            }
            if (key == due_key) return keep_if(decode_due(value).has_value(), Table::state, key, value);
            if (key == heartbeat_key) return keep_if(decode_heartbeat(value).has_value(), Table::state, key, value);
            const auto number = decode_number(value);
            if (key == next_tenant_key) next_tenant_ = std::max(next_tenant_, number.value_or(1));
            if (key == next_tenant_key) return number.has_value();
            return keep_if(key == next_letter_key && number, Table::state, key, value);
        });
        const SurveyedTable& told = survey_.tables.back();
        state_damaged_ = told.damaged > 0 || told.unreadable > 0;
        return read;
    }

    bool take_tenant(TenantId id, std::string_view value) {
        const auto row = decode_tenant(value);
        if (!row) return false;
        if (row->identity) {
            queue(id).told.label = label_of(*row->identity);
        } else if (work_.keys == nullptr) {
            queue(id).told.label = "tenant " + std::to_string(id.number);
            survey_.opened = false;
        } else {
            const auto opened = open_tenant(value, id, *work_.keys);
            if (!opened) return false;
            queue(id).told.label = label_of(opened->identity);
            queue(id).sealer = work_.keys->tenant(id, opened->key);
        }
        queue(id).known = true;
        return true;
    }

    Result<void> read_seen() {
        return each_row(Table::seen, [&](std::string_view key, std::string_view value) -> Result<bool> {
            const bool good = number_of(key) && read_seen_row(value, [&](const SeenDelivery& delivery) {
                                  const auto found = queues_.find(delivery.tenant);
                                  if (found == queues_.end()) return;
                                  std::uint64_t& upto = found->second.ids_upto;
                                  upto = std::max(upto, delivery.sequence.number);
                              });
            return keep_if(good, Table::seen, key, value);
        });
    }

    Result<void> read_records() {
        Record record;
        auto read = each_row(Table::records, [&](std::string_view key, std::string_view value) -> Result<bool> {
            const auto place = record_key_of(key);
            if (!place) return false;
            if (auto entered = enter(place->tenant); !entered) return tl::unexpected(entered.error());
            Queue& own = queue(place->tenant);
            // Its cursor may be what was lost, and what stood in front of this then was settled.
            if (state_damaged_ && !own.has_cursor) own.cursor.sequence = expected_ = place->sequence;
            own.has_cursor = true;
            const bool good = decode_record(value, record) && lines_are_whole(record, own);
            // What was settled is of no use to anybody, whole or not.
            if (place->sequence < own.cursor.sequence || !good) return good;
            auto taken = take_record(*place, record);
            if (!taken) return tl::unexpected(taken.error());
            return true;
        });
        if (!read) return read;
        return leave_all();
    }

    bool lines_are_whole(const Record& record, const Queue& own) {
        lines_.clear();
        if (!record.sealed) return unpack(record.header.codec, record.payload, record.lines_bytes, lines_);
        if (own.sealer) return open_lines(record, *own.sealer, lines_);
        return record.header.line_bytes.empty() == record.payload.empty();
    }

    /// Ends the queue at hand and begins that of `tenant`; those between have no record.
    Result<void> enter(TenantId tenant) {
        if (at_ && *at_ == tenant) return {};
        if (auto left = leave(); !left) return left;
        at_ = tenant;
        const Queue& own = queue(tenant);
        expected_ = own.cursor.sequence;
        last_received_.reset();
        sums_ = {};
        entered_.push_back(tenant);
        return {};
    }

    /// At a queue's end: what ids still speak of was there.
    Result<void> leave() {
        if (!at_) return {};
        Queue& own = queue(*at_);
        Result<void> filled;
        if (state_damaged_ && !own.has_cursor) own.cursor.sequence = expected_ = Sequence{own.ids_upto + 1};
        if (own.known && own.ids_upto >= expected_.number) filled = fill(Sequence{own.ids_upto + 1}, {});
        at_.reset();
        return filled;
    }

    Result<void> leave_all() {
        if (auto left = leave(); !left) return left;
        std::sort(entered_.begin(), entered_.end());
        std::vector<TenantId> others;
        for (const auto& [tenant, own] : queues_) {
            if (!std::binary_search(entered_.begin(), entered_.end(), tenant)) others.push_back(tenant);
        }
        for (const TenantId tenant : others) {
            if (auto entered = enter(tenant); !entered) return entered;
            if (auto left = leave(); !left) return left;
        }
        return {};
    }

    Result<void> take_record(const RecordKey& place, const Record& record) {
        Queue& own = queue(place.tenant);
        ++own.told.waiting_deliveries;
        own.told.waiting_lines += record.header.line_bytes.size();
        if (!own.known) return {};  // nobody knows where it should go; it stays in the old files
        if (auto filled = fill(place.sequence, record.header.received_at); !filled) return filled;
        const bool at_cursor = place.sequence == own.cursor.sequence;
        if (at_cursor && own.cursor.line > record.header.line_bytes.size()) own.cursor.line = 0;
        last_received_ = record.header.received_at;
        ++expected_.number;
        if (!work_.keep) return {};

        // The sums run over what is really there.
        RecordHeader header = record.header;
        header.before = sums_;
        const std::string value = encode(header, record.sealed).append(record.payload);
        sums_.lines += header.line_bytes.size();
        sums_.bytes += record.lines_bytes;
        sums_.stored += record_key_bytes + value.size();
        return keep(Table::records, record_key(place.tenant, place.sequence), value);
    }

    /// A queue has no holes: records of no lines stand for what was lost in front of `upto`.
    Result<void> fill(Sequence upto, std::optional<WallTime> received_behind) {
        if (expected_ >= upto) return {};
        Queue& own = queue(*at_);
        const std::uint64_t missing = upto.number - expected_.number;
        own.told.lost_deliveries += missing;
        survey_.problem(std::to_string(missing) + (missing == 1 ? " delivery" : " deliveries") + of(*at_) +
                        ", from number " + std::to_string(expected_.number) + " on, cannot be read");
        if (last_received_ && (!own.told.lost_from || *own.told.lost_from > *last_received_))
            own.told.lost_from = last_received_;
        if (received_behind && (!own.told.lost_to || *own.told.lost_to < *received_behind))
            own.told.lost_to = received_behind;
        holes_.push_back({*at_, expected_, upto});
        if (expected_ == own.cursor.sequence) own.cursor.line = 0;
        for (; expected_ < upto; ++expected_.number) {
            if (!work_.keep) continue;
            RecordHeader empty;
            empty.received_at = received_behind.value_or(last_received_.value_or(WallTime{}));
            empty.before = sums_;
            const std::string value = encode(empty);
            sums_.stored += record_key_bytes + value.size();
            if (auto kept = keep(Table::records, record_key(*at_, expected_), value); !kept) return kept;
        }
        return {};
    }

    /// Ids that are still known say how many events a lost delivery held, and when it came.
    Result<void> count_lost_events() {
        if (holes_.empty()) return {};
        SurveyWalk walk(store_, Table::seen);
        for (; walk.valid(); walk.next()) {
            read_seen_row(walk.value(), [&](const SeenDelivery& delivery) {
                for (const Hole& hole : holes_) {
                    if (hole.tenant != delivery.tenant || delivery.sequence < hole.from ||
                        delivery.sequence >= hole.upto) {
                        continue;
                    }
                    SurveyedTenant& told = queue(hole.tenant).told;
                    told.lost_events += delivery.events.size();
                    if (!told.lost_from || *told.lost_from > delivery.received_at)
                        told.lost_from = delivery.received_at;
                    if (!told.lost_to || *told.lost_to < delivery.received_at) told.lost_to = delivery.received_at;
                }
            });
        }
        return {};
    }

    Result<void> read_notes() {
        return each_row(Table::notes, [&](std::string_view key, std::string_view value) {
            return keep_if(number_of(key) && decode_note(value), Table::notes, key, value);
        });
    }
    Result<void> read_gaps() {
        return each_row(Table::gaps, [&](std::string_view key, std::string_view value) {
            return keep_if(number_of(key) && decode_gap(value), Table::gaps, key, value);
        });
    }

    Result<void> read_letters() {
        std::vector<std::uint64_t> ids;  // in order
        auto read = each_row(Table::letters, [&](std::string_view key, std::string_view value) -> Result<bool> {
            const auto id = number_of(key);
            auto row = decode_letter(value);
            const auto sealer = row ? queue(row->tenant).sealer : nullptr;
            if (!id || !row || (!row->sealed.empty() && sealer && !open_letter(*id, *row, *sealer))) {
                ++survey_.nameless_letters;
                return false;
            }
            ids.push_back(*id);
            SurveyedTenant& told = queue(row->tenant).told;
            if (!queue(row->tenant).known) {
                // Nobody could say whose it is, and a list of letters with such a one in it could not be read.
                ++told.lost_letters;
                return true;
            }
            const auto body = store_.get(Table::bodies, key);
            if (!body || !*body || !body_is_whole(*id, **body, row->body_bytes, sealer.get())) {
                ++told.lost_letters;
                survey_.problem("the body of letter " + std::to_string(*id) + of(row->tenant) + " cannot be read");
                return true;
            }
            ++told.letters;
            if (auto kept = keep(Table::bodies, key, **body); !kept) return tl::unexpected(kept.error());
            return keep_if(true, Table::letters, key, value);
        });
        if (!read) return read;
        return each_row(Table::bodies, [&](std::string_view key, std::string_view value) -> Result<bool> {
            const auto id = number_of(key);
            if (id && !std::binary_search(ids.begin(), ids.end(), *id)) {
                ++survey_.nameless_letters;
                survey_.problem("the body of letter " + std::to_string(*id) + " stands without its letter");
            }
            return id && (sealed_body_of(value) || decode_body(value));
        });
    }

    static bool body_is_whole(std::uint64_t id, std::string_view value, std::uint64_t bytes, const Sealer* sealer) {
        const bool sealed = sealed_body_of(value).has_value();
        if (sealed && sealer == nullptr) return true;
        const auto body = sealed ? open_body(id, value, *sealer) : decode_body(value);
        return body && body->size() == bytes;
    }

    Result<void> finish() {
        for (auto& [tenant, own] : queues_) {
            next_tenant_ = std::max(next_tenant_, tenant.number + 1);
            if (!own.known && (own.told.waiting_deliveries > 0 || own.told.letters > 0)) {
                survey_.problem("the row that says who tenant " + std::to_string(tenant.number) + " is was lost");
            }
            survey_.tenants.push_back(own.told);
            if (!own.known || own.cursor == Position{Sequence{1}, 0}) continue;
            if (auto kept = keep(Table::state, cursor_key(tenant), encode(own.cursor)); !kept) return kept;
        }
        if (next_tenant_ == 1) return {};
        // A number is given once, also one whose tenant was lost.
        return keep(Table::state, next_tenant_key, encode_number(next_tenant_));
    }

    const Store& store_;
    const SurveyWork& work_;
    Survey survey_;
    std::uint64_t expected_rows_ = 0;
    std::uint64_t rows_done_ = 0;
    std::map<TenantId, Queue> queues_;
    std::uint64_t next_tenant_ = 1;
    bool state_damaged_ = false;
    std::vector<Hole> holes_;
    std::string lines_;

    // The queue at hand.
    std::optional<TenantId> at_;
    Sequence expected_;
    std::optional<WallTime> last_received_;
    Totals sums_;
    std::vector<TenantId> entered_;
};

}  // namespace

void Survey::problem(std::string sentence) {
    ++problem_count;
    if (problems.size() < problems_told_max) problems.push_back(std::move(sentence));
}

std::uint64_t Survey::lost_deliveries() const {
    std::uint64_t lost = 0;
    for (const SurveyedTenant& tenant : tenants) lost += tenant.lost_deliveries;
    return lost;
}

Result<Survey> survey(const Store& store, const SurveyWork& work) { return Surveyor(store, work).run(); }

}  // namespace hookline::spool
