#pragma once
// Gives back what delivered events took: flushes memtables when nobody writes, so that log files can go, and rewrites
// tables in which much lies below the cursors. What is shipped at once never reaches a table and needs none of it.
//
// A step may take long (it waits for RocksDB); it has a thread of its own, or in a simulation the caller's.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "spool/directory.h"
#include "spool/floors.h"
#include "spool/kept.h"
#include "spool/store.h"

namespace hookline::spool {

class Reclaimer {
 public:
    struct Limits {
        std::chrono::seconds interval{1};
        std::chrono::seconds idle_after{5};               ///< without an append
        std::chrono::seconds look_interval{10};           ///< at how much lies below the cursors
        std::chrono::seconds after_failure{60};           ///< on a full disk each try costs the store a second
        std::uint64_t memtable_bytes_min = 256ULL << 10;  ///< less is not worth a flush
        // Rewritten when this much lies below the cursors, and it is a quarter of all.
        std::uint64_t busy_bytes_min = 64ULL << 20;
        std::uint64_t idle_bytes_min = 4ULL << 20;
    };

    Reclaimer(const Clock& clock, Store& store, const Directory& directory, const Floors& floors, Kept& kept,
              bool by_hand)
        : clock_(clock), store_(store), directory_(directory), floors_(floors), kept_(kept), by_hand_(by_hand) {}
    Reclaimer(const Reclaimer&) = delete;
    Reclaimer& operator=(const Reclaimer&) = delete;
    ~Reclaimer() { stop(); }

    void start();
    /// Interrupts what is under way.
    void stop();
    void step(TimePoint now);

 private:
    struct Passed {  ///< what lies below one tenant's floor
        Store::Range range;
        std::uint64_t bytes = 0;
    };
    void loop();
    void flush_when_idle(TimePoint now);
    /// False: it failed.
    bool look(bool is_short);
    [[nodiscard]] std::vector<Passed> passed() const;
    bool reclaim(std::vector<Passed> ranges);

    const Clock& clock_;
    Store& store_;
    const Directory& directory_;
    const Floors& floors_;
    Kept& kept_;
    const bool by_hand_;
    const Limits limits_;

    std::uint64_t appended_ = 0;  ///< at the last step, by all tenants
    TimePoint quiet_since_ = TimePoint::min();
    TimePoint looked_at_ = TimePoint::min();
    bool idle_ = false;

    std::thread thread_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
};

}  // namespace hookline::spool
