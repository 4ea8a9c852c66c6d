#include "base/exemplars.h"

#include <algorithm>

#include <fmt/format.h>

namespace hookline {
namespace {

/// As it stands on the metrics page. Values come from the configuration's own names, which need no escaping.
std::string series_of(const std::string& histogram, const Labels& labels) {
    std::string series = histogram;
    char before = '{';
    for (const auto& [name, value] : labels) {
        series += fmt::format("{}{}=\"{}\"", before, name, value);
        before = ',';
    }
    if (before == ',') series += '}';
    return series;
}

struct Table {
    std::mutex mutex;  // guards what follows
    std::map<const Metrics*, std::unique_ptr<Exemplars>> of;
};
Table& table() {
    static Table& made = *new Table;  // never gone, so that metrics may end at any time
    return made;
}

}  // namespace

Exemplars& exemplars_of(const Metrics& metrics) {
    const std::lock_guard lock(table().mutex);
    auto& found = table().of[&metrics];
    if (!found) found = std::make_unique<Exemplars>();
    return *found;
}

void forget_exemplars_of(const Metrics& metrics) {
    const std::lock_guard lock(table().mutex);
    table().of.erase(&metrics);
}

void ExemplarSlots::keep(const Exemplar& exemplar) {
    // A bound belongs to the bucket below it, as in prometheus-cpp.
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), exemplar.value) - bounds_.begin();
    const std::string_view id = exemplar.id.substr(0, exemplar_id_bytes_max);
    const std::lock_guard lock(mutex_);
    auto& slot = slots_[static_cast<std::size_t>(bucket)];
    if (!slot) slot.emplace();
    slot->label = exemplar.label;
    slot->id = id;
    slot->value = exemplar.value;
    slot->at = exemplar.at;
}

std::vector<std::optional<ExemplarSlots::Kept>> ExemplarSlots::all() const {
    const std::lock_guard lock(mutex_);
    return slots_;
}

ExemplarSlots& Exemplars::of(const std::string& histogram, const std::vector<double>& bounds, const Labels& labels) {
    const std::lock_guard lock(mutex_);
    auto& slots = slots_[series_of(histogram, labels)];
    if (!slots) slots = std::make_unique<ExemplarSlots>(bounds);
    return *slots;
}

const ExemplarSlots* Exemplars::find(std::string_view series) const {
    const std::lock_guard lock(mutex_);
    const auto found = slots_.find(series);
    return found == slots_.end() ? nullptr : found->second.get();
}

}  // namespace hookline
