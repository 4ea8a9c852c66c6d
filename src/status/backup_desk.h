#pragma once
// Backups that the admin API is asked for: one at a time, on a thread of its own, so that no other call waits for it.
//
// Any thread may ask. `stop` belongs to the wiring, before the spool closes.

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/file.h"
#include "net/http.h"
#include "spool/spool.h"

namespace hookline::status {

class BackupDesk {
 public:
    /// Where a backup that was asked for under a path may be made, or why it may not.
    using Place = std::function<Result<Path>(const std::string& asked)>;

    BackupDesk(spool::Spool& spool, const Clock& clock, Place place)
        : spool_(spool), clock_(clock), place_(std::move(place)) {}
    BackupDesk(const BackupDesk&) = delete;
    BackupDesk& operator=(const BackupDesk&) = delete;
    ~BackupDesk() { stop(); }

    /// `{"directory":"/var/backups/hookline/monday"}`; answers with the state, before it is done.
    net::HttpResponse begin(std::string_view body);
    /// The backup that runs, or the last one.
    [[nodiscard]] net::HttpResponse state() const;
    /// Ends the one that runs, and takes no more.
    void stop();

 private:
    enum class Stage { none, running, done, failed };
    struct Entry {
        Stage stage = Stage::none;
        std::string directory;
        std::string error;
        spool::Backup made;
        WallTime began{};
        WallTime ended{};
    };
    void work(const Path& directory);

    spool::Spool& spool_;
    const Clock& clock_;
    const Place place_;
    std::atomic<std::uint64_t> bytes_done_ = 0;
    std::atomic<std::uint64_t> bytes_total_ = 0;
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;  // guards what follows
    Entry entry_;
    std::thread thread_;
};

/// Only directly within `allowed`, which must be our user's alone: whoever holds the admin token chooses a name, not a
/// place. `allowed` is empty where the configuration names none.
Result<Path> place_within(const Path& allowed, const std::string& asked);

}  // namespace hookline::status
