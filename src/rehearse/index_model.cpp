#include "rehearse/index_model.h"

namespace hookline::rehearse {

std::vector<MappingConflict> IndexModel::add(const Document& document, std::int64_t day) {
    if (day != day_) {
        day_ = day;
        types_.clear();
    }
    std::vector<MappingConflict> conflicts;
    for (const Document::Field& field : document.fields) {
        if (!field.typed) continue;
        const auto known = types_.find(field.path);
        if (known == types_.end()) {
            if (types_.size() < paths_max) types_.emplace(field.path, field.type);
        } else if (known->second != field.type) {
            conflicts.push_back({document.path_of(field), known->second, field.type});
        }
    }
    return conflicts;
}

}  // namespace hookline::rehearse
