#pragma once
// Walking over a table that may be damaged. One thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "spool/store.h"

namespace hookline::spool {

/// Goes through a table's keys in order like a Walk, and steps over what cannot be read.
class SurveyWalk {
 public:
    SurveyWalk(const Store& store, Table table) : SurveyWalk(store.walk(table), table) {}
    /// Over rows of `table` that are not in a store.
    SurveyWalk(Walk walk, Table table);
    [[nodiscard]] bool valid() const { return walk_.valid(); }
    void next();
    [[nodiscard]] std::string_view key() const { return walk_.key(); }
    [[nodiscard]] std::string_view value() const { return walk_.value(); }

    /// Stretches that could not be read, so far.
    [[nodiscard]] std::uint64_t unreadable() const { return unreadable_; }
    /// What was wrong with the first of them.
    [[nodiscard]] const std::string& why() const { return why_; }
    /// There is damage with nothing readable behind it, so how much is missing cannot be said.
    [[nodiscard]] bool gave_up() const { return gave_up_; }

 private:
    void settle();
    bool step_over();
    bool try_numbers_above(const std::string& front, std::uint64_t number);
    [[nodiscard]] bool reached() const { return walk_.valid() || walk_.end().has_value(); }

    Table table_;
    Walk walk_;
    std::string last_;  ///< the last key that was read
    std::uint64_t unreadable_ = 0;
    std::string why_;
    bool gave_up_ = false;
};

}  // namespace hookline::spool
