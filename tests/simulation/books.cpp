#include "simulation/books.h"

#include <fmt/format.h>

namespace hookline::simulation {
namespace {

std::string_view value_of(std::string_view text, std::string_view key) {
    const auto at = text.find(key);
    if (at == std::string_view::npos) return {};
    const auto from = at + key.size();
    return text.substr(from, text.find('"', from) - from);
}

}  // namespace

std::string name_of(std::string_view uuid, std::string_view version) { return fmt::format("{} v{}", uuid, version); }

std::string name_in(std::string_view text) {
    const auto uuid = value_of(text, R"("uuid":")");
    const auto version = value_of(text, R"("version":")");
    return uuid.empty() ? std::string() : name_of(uuid, version);
}

void Books::sent_again(std::size_t owner) {
    for (auto& [name, event] : events_) {
        if (event.owner == owner && event.arrivals > 0) ++event.ambiguous;
    }
}

void Books::judge() {
    for (const auto& [name, event] : events_) {
        if (event.acknowledged && event.arrivals == 0 && !event.in_letter) {
            violation(fmt::format("{} of tenant {} was acknowledged and is lost", name, event.owner));
        }
        if (event.arrivals > 1 && event.arrivals - 1 > event.ambiguous) {
            violation(fmt::format("{} of tenant {} arrived {} times, and {} of them were in doubt", name, event.owner,
                                  event.arrivals, event.ambiguous));
        }
    }
}

}  // namespace hookline::simulation
