#include "spool/survey_walk.h"

#include "spool/encoding.h"
#include "spool/format.h"

namespace hookline::spool {
namespace {

/// Keys end in a number, and most tables have every number there is: so many are tried one by one before leaping.
constexpr std::uint64_t single_steps = 4096;
/// A queue is looked for behind damage under so many tenants' numbers.
constexpr std::uint64_t tenants_tried_max = 64;

std::string with_number(const std::string& front, std::uint64_t number) {
    std::string key = front;
    Encoder(key).big64(number);
    return key;
}

}  // namespace

SurveyWalk::SurveyWalk(Walk walk, Table table) : table_(table), walk_(std::move(walk)) {
    walk_.seek_to_first();
    settle();
}

void SurveyWalk::next() {
    walk_.next();
    settle();
}

void SurveyWalk::settle() {
    if (!walk_.valid() && !walk_.end()) {
        ++unreadable_;
        if (why_.empty()) why_ = walk_.end().error().message;
        gave_up_ = !step_over();
    }
    if (walk_.valid()) last_ = walk_.key();
}

/// To the first readable key behind the last one that was read. False when none can be found.
bool SurveyWalk::step_over() {
    // A file that cannot even be opened, in the level where files overlap, stands in the way of every key.
    walk_.seek(std::string(17, '\xff'));
    if (!reached()) return false;
    if (table_ == Table::state) {
        for (const std::string_view prefix : {cursor_prefix, std::string_view("m/"), tenant_prefix}) {
            const bool within = last_.starts_with(prefix) && last_.size() == prefix.size() + 8;
            const std::uint64_t number = within ? *number_of(std::string_view(last_).substr(prefix.size())) : 0;
            if (!last_.empty() && !within && last_ > prefix) continue;
            if (try_numbers_above(std::string(prefix), number)) return true;
        }
        return false;
    }
    if (table_ != Table::records) {
        return try_numbers_above("", number_of(last_).value_or(0));
    }
    const RecordKey last = record_key_of(last_).value_or(RecordKey{});
    for (std::uint64_t tried = 0; tried < tenants_tried_max; ++tried) {
        const std::uint64_t above = tried == 0 ? last.sequence.number : 0;
        if (try_numbers_above(number_key(last.tenant.number + tried), above)) return true;
    }
    return false;
}

bool SurveyWalk::try_numbers_above(const std::string& front, std::uint64_t number) {
    std::uint64_t step = 1;
    for (; step <= single_steps; ++step) {
        walk_.seek(with_number(front, number + step));
        if (reached()) return true;
    }
    for (; step != 0 && number + step > number; step *= 2) {
        walk_.seek(with_number(front, number + step));
        if (!reached()) continue;
        std::uint64_t unread = step / 2;  // back to where reading begins again
        while (step - unread > 1) {
            const std::uint64_t middle = unread + (step - unread) / 2;
            walk_.seek(with_number(front, number + middle));
            (reached() ? step : unread) = middle;
        }
        walk_.seek(with_number(front, number + step));
        return reached();
    }
    return false;
}

}  // namespace hookline::spool
