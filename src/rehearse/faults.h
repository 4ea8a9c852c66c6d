#pragma once
// The faults of the emulated listener: which there are, and which of those that were set take a request. Any thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rehearse/logzio_emulator.h"

namespace hookline::rehearse {

/// What can go wrong; docs/rehearsal.md tells each kind's settings.
enum class FaultKind : std::uint8_t {
    refuse_connect,             ///< the port is closed
    reset_on_accept,            ///< a reset as soon as the connection stands
    stall_before_read,          ///< not a byte of the request is read
    stall_in_upload,            ///< half of the body is read
    slow_read,                  ///< the body is read at `bytes_per_second`
    stall_before_answer,        ///< the request is read and judged, the answer waits
    stall_in_answer,            ///< half of the answer's body is sent
    status,                     ///< an answer with `status`; lines are taken only if that is a 2xx
    counters,                   ///< 400 with counters of our own making; no line is taken
    poison,                     ///< lines that contain `text` count as malformed
    quota,                      ///< beyond `bytes` of an account and day lines are dropped
    html,                       ///< 200 with a page: this is no listener
    huge_answer,                ///< an answer of `bytes`
    truncated_status_line,      ///< the lines are taken, the answer ends within its first line
    commit_then_reset,          ///< the lines are taken, then a reset
    commit_then_close,          ///< the lines are taken, then the connection ends
    commit_then_status,         ///< the lines are taken, the answer says otherwise
    partial_commit_then_reset,  ///< the first `lines` are taken, then a reset
    close_after,                ///< the connection ends after `requests`
    idle_close,                 ///< the connection ends when idle for `milliseconds`
    skewed_date,                ///< the Date header is `seconds` off
};

/// When in the life of a connection a kind acts. One fault a moment takes a request: the one that was set first.
enum class Moment : std::uint8_t {
    connecting,
    accepting,
    before_read,
    uploading,
    judging,
    answering,
    before_answer,
    keeping,
    idling,
    dating
};

struct ActiveFault {
    std::uint64_t id = 0;
    Fault fault;
    FaultKind kind = FaultKind::status;
    std::atomic<bool> released{false};
    std::atomic<std::uint64_t> hits{0};

    [[nodiscard]] std::string text(const std::string& setting, std::string otherwise = "") const;
    [[nodiscard]] std::int64_t number(const std::string& setting, std::int64_t otherwise) const;
    [[nodiscard]] bool has(const std::string& setting) const { return fault.settings.count(setting) > 0; }
};

/// The request, or connection, that a fault might take.
struct FaultSubject {
    std::string_view region;
    std::optional<std::string_view> token;  ///< unknown before the head is read: faults for one token wait for it
    std::uint64_t request = 0;              ///< number within the region
    bool token_faults_only = false;         ///< the others had their turn before the head was read
};

class FaultBook {
 public:
    explicit FaultBook(std::uint64_t seed) : dice_(seed) {}

    Result<std::uint64_t> add(Fault fault);
    void remove(std::uint64_t id);
    void clear();
    [[nodiscard]] std::vector<std::shared_ptr<const ActiveFault>> all() const;

    /// The fault that acts now, counted as a hit; null: none.
    std::shared_ptr<const ActiveFault> take(Moment moment, const FaultSubject& subject);

 private:
    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<ActiveFault>> faults_;
    std::uint64_t last_id_ = 0;
    std::mt19937_64 dice_;
};

std::string_view name_of(FaultKind kind);

}  // namespace hookline::rehearse
