#include "app/health.h"

#include <utility>

#include <fmt/format.h>

namespace hookline::app {

void Health::tell(TimePoint now, Duration patience, std::vector<std::string> hanging) {
    const std::lock_guard lock(mutex_);
    told_at_ = now;
    patience_ = patience;
    hanging_ = std::move(hanging);
}

void Health::stopping() {
    const std::lock_guard lock(mutex_);
    told_at_.reset();
}

std::vector<std::string> Health::faults(TimePoint now) const {
    const std::lock_guard lock(mutex_);
    if (!told_at_) return {};
    std::vector<std::string> hanging = hanging_;
    if (now - *told_at_ >= patience_) hanging.emplace_back("main");
    for (std::string& name : hanging) name = fmt::format("the thread {} does not take its turn", name);
    return hanging;
}

}  // namespace hookline::app
