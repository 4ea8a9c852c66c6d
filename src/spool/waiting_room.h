#pragma once
// What was handed to the spool and waits for the commit thread.
//
// Appends stand in a lane for each tenant and leave in turn, by bytes, so that one that floods waits behind itself. A
// tenant's lane may hold as much as is still free: one that floods alone gets half of the room, two a third each, and
// there is always some left for the others. Settles and the rest have no lanes; they go with the next group. Any
// thread.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mailbox.h"
#include "spool/format.h"
#include "spool/reading.h"
#include "spool/sealed_rows.h"
#include "spool/spool.h"

namespace hookline::spool {

struct WaitingAppend {
    Append append;       ///< its lines are taken away once they are sealed
    SealedLines sealed;  ///< as they will stand, if none of them is a repeat
    bool is_retry = false;
    bool in_retry_room = false;
    std::uint64_t bytes = 0;
    Mailbox* mailbox = nullptr;
    Spool::AppendDone done;
};

struct WaitingSettle {
    Settle settle;
    std::optional<Place> place;  ///< of `upto`, if a record stands there
    Mailbox* mailbox = nullptr;
    std::function<void(Result<void>)> done;
};

struct WaitingAside {
    TenantId tenant;
    LetterDraft letter;
};

/// One turn's work.
struct Group {
    std::vector<std::function<void()>> commands;
    std::vector<WaitingSettle> settles;
    std::vector<WaitingAside> asides;
    std::vector<WaitingAppend> appends;
    [[nodiscard]] bool empty() const {
        return commands.empty() && settles.empty() && asides.empty() && appends.empty();
    }
};

class WaitingRoom {
 public:
    struct Limits {
        std::uint64_t bytes_max = 64ULL << 20;
        std::uint64_t retry_bytes = 8ULL << 20;  ///< beside it, for what was refused a moment ago
        std::uint64_t group_bytes_max = 4ULL << 20;
        std::uint64_t turn_bytes = 64ULL << 10;       ///< what a lane may send in one turn
        std::uint64_t asides_bytes_max = 8ULL << 20;  ///< more than one may wait only within this
    };
    explicit WaitingRoom(Limits limits) : limits_(limits) {}

    enum class Answer { taken, busy, closed };
    /// Moves from what it takes, and leaves the rest as it is.
    Answer add(WaitingAppend& append);
    Answer add(WaitingSettle& settle);
    Answer add(WaitingAside aside);
    Answer add(std::function<void()> command);

    /// Settles and the rest whole, appends up to a group.
    Group take();
    /// Blocks until something waits, somebody calls `wake` or `close`, or the time is over.
    void wait(Duration at_most);
    void wake();
    /// From now on nothing is taken in; what is in can still be taken out.
    void close();
    [[nodiscard]] bool is_closed() const;

    [[nodiscard]] std::uint64_t appends() const;
    [[nodiscard]] std::uint64_t bytes() const;

 private:
    struct Lane {
        std::deque<WaitingAppend> appends;
        std::uint64_t bytes = 0;
        std::uint64_t retry_bytes = 0;
        std::uint64_t credit = 0;
    };
    static std::uint64_t& bytes_of(Lane& lane, const WaitingAppend& append) {
        return append.in_retry_room ? lane.retry_bytes : lane.bytes;
    }
    std::uint64_t& all_bytes_of(const WaitingAppend& append) { return append.in_retry_room ? retry_bytes_ : bytes_; }
    void take_appends(std::vector<WaitingAppend>& group);
    void news();

    const Limits limits_;
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable woken_;
    bool sleeping_ = false;
    bool woken_early_ = false;
    bool closed_ = false;
    std::unordered_map<TenantId, Lane> lanes_;
    std::deque<TenantId> turns_;  ///< lanes that hold something, the next one first
    std::uint64_t appends_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t retry_bytes_ = 0;
    std::uint64_t asides_bytes_ = 0;
    Group others_;  ///< but for appends
};

}  // namespace hookline::spool
