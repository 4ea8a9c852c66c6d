#pragma once
// The ledger of what was not taken: refused deliveries and the times when the relay was down.
//
// Refusals of one kind (status, tenant, reason) within a minute are counted in one row, which is written again with
// each commit in which it grew. A refusal with an eventId has a row of its own, up to a number a minute; beyond it, and
// beyond a number of kinds, they are counted in coarser rows. `note` may be called from any thread, the rest from the
// commit thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "spool/floors.h"
#include "spool/spool.h"
#include "spool/store.h"

namespace hookline::spool {

class GapLedger {
 public:
    struct Limits {
        std::chrono::seconds merge{60};
        std::size_t kinds_max = 1'024;        ///< open rows; more: tenant and reason are left out
        std::size_t single_rows_max = 1'000;  ///< with an eventId, a minute
        std::size_t reason_bytes_max = 512;
    };
    static Result<std::unique_ptr<GapLedger>> load(const Store& store, Floors& floors, std::uint64_t gaps_max);

    void note(Gap gap, TimePoint now);
    [[nodiscard]] bool has_news() const;
    /// A row of its own, as it is.
    void note_down(WallTime from, WallTime to, std::string reason);

    void stage(Changes& changes, TimePoint now);
    void committed();
    void withdrawn();

 private:
    GapLedger(Floors& floors, std::uint64_t gaps_max) : floors_(floors), gaps_max_(gaps_max) {}

    using Kind = std::tuple<int, std::string, std::string>;
    struct Row {
        std::uint64_t number = 0;  ///< 0: not given yet
        Gap gap;
        TimePoint opened;
        bool dirty = true;
    };
    void count_in(Kind kind, Gap gap, TimePoint now);

    Floors& floors_;
    const std::uint64_t gaps_max_;
    Limits limits_;
    std::uint64_t next_number_ = 1;  // the commit thread's own

    mutable std::mutex mutex_;  // guards what follows
    std::map<Kind, Row> open_;
    std::vector<Gap> single_;
    std::vector<Gap> staged_single_;
    TimePoint minute_began_ = TimePoint::min();
    std::size_t single_this_minute_ = 0;
    bool news_ = false;
};

/// Those that end after `from`, the oldest first, at most `count_max` of the latest.
Result<std::vector<Gap>> read_gaps(const Store& store, std::optional<WallTime> from, std::size_t count_max);

}  // namespace hookline::spool
