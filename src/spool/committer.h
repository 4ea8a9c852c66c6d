#pragma once
// The commit thread: takes what waits, writes it in one synced batch, and only then answers, each mailbox once.
//
// Everything that writes goes through here, one group after the other, so there is one order of all that happened. In a
// simulation there is no thread and `turn` is called by hand.

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/mailbox.h"
#include "base/result.h"
#include "spool/parts.h"
#include "spool/staging.h"
#include "spool/waiting_room.h"

namespace hookline::spool {

class Committer {
 public:
    struct Options {
        CommitMode mode = CommitMode::thread;
        std::chrono::seconds heartbeat{10};
        std::function<void(const Error&)> on_fatal;
    };
    using Arrived = std::function<void(const std::vector<TenantId>&)>;

    Committer(Parts& parts, WaitingRoom& room, Options options);
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;
    ~Committer();

    /// Before the first append.
    void on_arrival(Arrived arrived) { arrived_ = std::move(arrived); }
    /// The first write: what opening has found out, and a heartbeat.
    Result<void> begin();
    void start();
    /// One group and whatever is due; true when there was something to do.
    bool turn();
    /// Runs `command` between two groups and waits for it; false when the spool is closed. Not from the commit thread.
    bool run(const std::function<void()>& command);
    /// For commands: writes changes of their own. The letters, cursors and lines in them are visible afterwards.
    Result<void> write(Changes& changes);
    /// Writes what waits in the ledger; waits for it. Not from the commit thread.
    void write_news();
    /// Commits what still waits, writes the last heartbeat, ends the thread. The room must be closed before.
    Result<void> finish();

    /// Any thread.
    [[nodiscard]] bool failing() const { return failing_; }
    [[nodiscard]] bool poisoned() const { return poisoned_; }
    [[nodiscard]] std::uint64_t seen_ids() const { return seen_ids_; }
    [[nodiscard]] bool all_seen_read() const { return all_seen_read_; }

 private:
    /// What to say when the write is done, by mailbox.
    class Answers {
     public:
        void add(Mailbox& mailbox, Task task);
        void post();

     private:
        struct Letters {
            Mailbox* mailbox;
            std::vector<Task> tasks;
        };
        std::vector<Letters> by_mailbox_;
    };

    void loop();
    void commit(Group& group, Answers& answers);
    void answer(std::vector<WaitingAppend>& appends, const std::vector<Appended>& outcomes, Answers& answers);
    void refuse(Group& group, Answers& answers);
    void keep_house(TimePoint now);
    void expire_letters();
    void carry_seen();
    void load_seen();
    void announce_arrivals();
    void poison(const Error& error);
    void publish_gauges();

    Parts& parts_;
    WaitingRoom& room_;
    const Options options_;
    Arrived arrived_;
    std::thread thread_;
    TimePoint last_beat_;
    TimePoint house_kept_at_ = TimePoint::min();
    std::optional<Error> fatal_;  ///< to be reported once the answers are posted
    bool fatal_reported_ = false;
    std::atomic<bool> failing_ = false;   ///< the last write did not work
    TimePoint failing_since_;             ///< and since when
    std::atomic<bool> poisoned_ = false;  ///< none will be tried again
    std::atomic<std::uint64_t> seen_ids_ = 0;
    std::atomic<bool> all_seen_read_ = false;
};

}  // namespace hookline::spool
