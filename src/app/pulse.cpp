#include "app/pulse.h"

#include "base/log.h"

namespace hookline::app {

void Pulse::watch(std::string name, Ask ask) { all_.push_back({std::move(name), std::move(ask)}); }

bool Pulse::step(TimePoint now) {
    const std::vector<std::string> missing = silent();
    if (!missing.empty()) {
        if (!complained_ && now - answered_at_ >= patience_ / 2) {
            complained_ = true;
            for (const std::string& name : missing) {
                log_error("a thread does not take its turn", {{"thread", name}});
            }
        }
        return false;
    }
    if (complained_) log_warn("every thread takes its turn again");
    complained_ = false;
    answered_at_ = now;
    for (const Watched& one : all_) {
        one.answered->store(false);
        one.ask([answered = one.answered] { answered->store(true); });
    }
    // One turn early rather than late: the next one would be behind the half.
    if (now - fed_at_ < patience_ / 2 - turn_) return false;
    fed_at_ = now;
    return true;
}

std::vector<std::string> Pulse::hanging(TimePoint now) const {
    return now - answered_at_ >= patience_ ? silent() : std::vector<std::string>();
}

std::vector<std::string> Pulse::silent() const {
    std::vector<std::string> names;
    for (const Watched& one : all_) {
        if (!one.answered->load()) names.push_back(one.name);
    }
    return names;
}

}  // namespace hookline::app
