#pragma once
// What an observer outside knows of every event: whose it is, whether it was acknowledged, where it arrived. From these
// books, and from nothing that the relay says of itself, the promises are judged.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hookline::simulation {

/// An event is known by its uuid and its version: the same uuid may come with other content.
std::string name_of(std::string_view uuid, std::string_view version);
/// The name in a line or an event's text; empty where there is none.
std::string name_in(std::string_view text);

struct EventBook {
    std::size_t owner = 0;  ///< number of the tenant
    bool acknowledged = false;
    unsigned arrivals = 0;   ///< lines taken by the listener
    unsigned ambiguous = 0;  ///< lines that were, or may have been, taken without the relay hearing of it for sure
    bool in_letter = false;
};

class Books {
 public:
    EventBook& of(const std::string& name) { return events_[name]; }
    [[nodiscard]] bool knows(const std::string& name) const { return events_.contains(name); }
    /// Each event of this tenant that has arrived may do so once more.
    void sent_again(std::size_t owner);
    void violation(std::string what) { violations_.push_back(std::move(what)); }
    /// Once everything has settled.
    void judge();

    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    [[nodiscard]] const std::map<std::string, EventBook>& events() const { return events_; }

 private:
    std::map<std::string, EventBook> events_;
    std::vector<std::string> violations_;
};

}  // namespace hookline::simulation
