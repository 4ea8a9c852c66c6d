#pragma once
// A spool at work on a recorded disk, beside a ledger kept outside of it: what it acknowledged, and at which moment.
// One thread; everything follows from the seed.

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "powercut/disk.h"
#include "powercut/recorder.h"
#include "spool/store.h"
#include "unit/spool/spool_house.h"

namespace hookline::powercut {

/// What must be found again.
struct Ledger {
    struct Queue {
        std::vector<std::string> waiting;  ///< lines, newline included, from the cursor on
        std::string last_uuid;             ///< a repeat of it must be known
        std::string last_said;
        friend bool operator==(const Queue&, const Queue&) = default;
    };
    std::map<std::string, Queue> queues;         ///< by token
    std::map<std::string, std::string> letters;  ///< body by uuid
    friend bool operator==(const Ledger&, const Ledger&) = default;
};

struct Moment {
    std::size_t begun = 0;  ///< places in the diary
    std::size_t acknowledged = 0;
    Ledger after;
};

/// How often what is done, in parts of the whole.
struct Mixture {
    const char* name;
    unsigned append, group, settle, condemn, replay, discard, repeat, idle, reopen, compact;
};
inline constexpr Mixture mixtures[] = {
    {"appends", 20, 4, 0, 0, 0, 0, 2, 0, 1, 0},
    {"settles", 10, 2, 10, 0, 0, 0, 1, 1, 1, 0},
    {"letters", 10, 1, 4, 8, 4, 3, 1, 1, 1, 1},
    {"repeats", 8, 2, 2, 0, 0, 0, 12, 1, 2, 0},
    {"flush and compaction", 12, 1, 8, 2, 1, 1, 0, 5, 2, 4},
};

class Play {
 public:
    Play(const Mixture& mixture, std::uint64_t seed, const std::string& skipped_syncs = {});
    /// Ends like kill -9, nothing closed in the diary; or in order, so that everything is in tables.
    enum class End { killed, closed };
    void run(unsigned steps, End end = End::killed);

    [[nodiscard]] const std::vector<Entry>& diary() const { return diary_; }
    /// The ledgers that may be found after a cut at this place: what was acknowledged, or that and what was under way.
    [[nodiscard]] std::vector<const Ledger*> possible(std::size_t cut) const;
    [[nodiscard]] const Ledger& last() const { return moments_.back().after; }
    [[nodiscard]] std::size_t last_begun() const { return moments_.back().begun; }

 private:
    void step();
    std::string token();
    std::string uuid() { return "u-" + std::to_string(++uuids_); }
    std::string said();
    void append(unsigned deliveries);
    void settle(bool condemn);
    void replay();
    void discard();
    void repeat();
    void idle();
    void reopen();
    void compact();
    template <class Work>
    void moment(const Work& work);

    const Mixture mixture_;
    std::mt19937_64 chance_;
    spool::SpoolHouse house_;
    std::shared_ptr<Recorder> recorder_;
    std::vector<Entry> diary_;
    Ledger ledger_;
    std::vector<Moment> moments_;
    std::uint64_t uuids_ = 0;
};

/// A house around a directory that is there already.
struct SpoolHouseAt : spool::SpoolHouse {
    SpoolHouseAt(const std::filesystem::path& at, std::shared_ptr<rocksdb::FileSystem> files) {
        options.directory = at;
        options.files = std::move(files);
    }
};

/// Opens what a cut left, as the next process would, looks at all of it, and puts something new into it.
struct Judgement {
    std::string wrong;       ///< empty: all is as it should be
    std::size_t opened = 0;  ///< where in the diary of `files` opening ended
};
Judgement judge(const std::filesystem::path& directory, const std::vector<const Ledger*>& possible,
                const std::shared_ptr<Recorder>& files);

/// What an open spool holds, in the ledger's words; an error says what cannot be read.
Result<Ledger> read_ledger(spool::SpoolHouse& house, const Ledger& like);

}  // namespace hookline::powercut
