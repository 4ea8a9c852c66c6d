#pragma once
// The spool: what was acknowledged and is not yet delivered, on disk. The one front door to it.
//
// It promises:
// - `append` answers `stored` only after its events are in one atomic, synced write; a repeat is answered only when
//   the write that first held it has been synced;
// - a failed sync answers everything that waits with `failed` and then calls `on_fatal`: the process must end (status
// 74)
//   and trust only what it reads again. A failed write without that (disk full) withdraws its ids and heals;
// - what is below a tenant's cursor is given back to the disk; what is above it is there after any legal power cut;
// - a second process on the same directory is refused.
//
// Threads: every method may be called from any thread. Callbacks of `append`, `settle` and the like run through the
// given Mailbox. One commit thread writes; in a simulation `CommitMode::by_hand` leaves it out and `commit_now` does
// its turn.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/mailbox.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/seal.h"
#include "spool/letter.h"
#include "spool/tenant.h"

namespace rocksdb {
class FileSystem;
}

namespace hookline::spool {

struct SpoolLimits {
    std::uint64_t bytes_max = 0;  ///< all tenants' stored bytes; 0: only the reserve of free space limits
    std::uint64_t tenant_bytes_max = 20ULL << 30;  ///< one tenant's stored bytes; more: tenant_full
    double shared_share = 0.5;  ///< of what the disk could hold: the pool of tenants that are neither named nor listed
    std::uint64_t free_bytes_min = 0;  ///< appends stop below this; 0: 1 GiB or 5 % of the disk, whichever is less
    std::uint64_t waiting_bytes_max = 64ULL << 20;  ///< appends handed over and not yet committed; more: busy
    std::uint64_t group_bytes_max = 4ULL << 20;     ///< one commit
    std::chrono::hours seen_age_max{24};
    std::uint64_t seen_tenant_max = 500'000;  ///< ids remembered for one tenant; the oldest are forgotten first
    std::uint64_t seen_max = 1'000'000;       ///< for all; the oldest of the largest tenant are forgotten first
    std::uint64_t seen_at_start = 200'000;    ///< read before the spool opens, the newest
    std::uint64_t seen_a_turn = 4'000;        ///< and so many of the older ones with each commit, some 4 ms
    std::uint64_t condemned_tenant_bytes_max = 1ULL << 30;  ///< full: the tenant's delivery is held
    std::uint64_t aside_tenant_bytes_max = 64ULL << 20;     ///< ring
    std::uint64_t aside_bytes_max = 1ULL << 30;             ///< ring, all tenants
    std::uint64_t gaps_max = 100'000;                       ///< ledger entries; the oldest are forgotten first
    std::chrono::seconds heartbeat{10};
    std::chrono::hours kept_age_max{0};         ///< how long after its receipt a delivered event is kept; 0: not at all
    std::uint64_t kept_bytes_max = 5ULL << 30;  ///< of all tenants; more: the oldest of the largest tenants go
};

enum class CommitMode { thread, by_hand };

struct SpoolOptions {
    Path directory;
    std::optional<SealKey> key;  ///< the main key; empty: the one beside the spool, made where there is none
    SpoolLimits limits;
    CommitMode commit_mode = CommitMode::thread;
    std::shared_ptr<rocksdb::FileSystem> files;  ///< the seam for power cuts and disk faults; empty: the real one
    std::function<void(const Error&)>
        on_fatal;  ///< called once, from the commit thread, after every waiting answer was posted
};

/// Who an event with a uuid is; both `append` and `trace` go by it.
inline Hash128 id_of_uuid(std::string_view uuid) { return hash128(uuid); }

/// One event's line within Append::lines.
struct AppendLine {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;   ///< newline included
    Hash128 id;                 ///< who the event is: of its uuid, or of eventId, place and content where it has none
    Hash128 content;            ///< of the event's own bytes as they came
    std::uint32_t mark_at = 0;  ///< where `mark` goes, from the line's start, when the id is known with other content
    std::string_view mark;      ///< static text
    std::int32_t aside = -1;    ///< index in Append::asides of the original that must be kept aside if this line is new
};

struct Append {
    TenantId tenant;
    std::string lines;
    std::vector<AppendLine> events;
    std::vector<LetterDraft> asides;     ///< kept aside in the same commit; those no new line points to are always kept
    std::vector<LetterDraft> condemned;  ///< of lines already delivered: those that Logz.io refused, in the same commit
    std::string event_id;                ///< the delivery's; for the room kept for retries
    bool already_delivered = false;      ///< Logz.io took these lines: commit ids (and the proof), store no lines
    bool prove = false;                  ///< the tenant's token has been accepted
    bool listed = false;                 ///< allow-listed or named: outside the shared pool
    WallTime received_at{};
};

enum class AppendOutcome {
    stored,       ///< new events are on disk (also when some were repeats)
    repeated,     ///< every event was on disk before
    tenant_full,  ///< the tenant's quota
    spool_full,   ///< the spool's quota, the shared pool or the reserve of free space
    busy,         ///< more waits than waiting_bytes_max
    failed,       ///< the write or sync failed
};
struct Appended {
    AppendOutcome outcome = AppendOutcome::failed;
    Position first;  ///< where its lines stand, when stored
    std::uint32_t stored = 0;
    std::uint32_t repeated = 0;
    std::uint32_t conflicts = 0;
};

/// What the shipper takes next: consecutive lines from the cursor on.
struct BatchLine {
    Position position;
    std::string_view text;             ///< newline included; points into Batch::storage
    std::chrono::microseconds age{0};  ///< how long ago it was received, by a clock that nobody can set
};
struct Batch {
    std::shared_ptr<const std::string> storage;  ///< all lines, one behind the other: a bulk's body as it is
    std::vector<BatchLine> lines;
    Position end;       ///< the cursor once all of them are settled
    bool more = false;  ///< the queue goes on behind
};

/// One bulk's end, kept 24 h for `trace`.
struct BulkNote {
    std::uint64_t bulk = 0;
    WallTime sent_at{};
    WallTime answered_at{};
    int status = 0;
    std::uint32_t lines = 0;
};
struct Settle {
    TenantId tenant;
    Position upto;                     ///< the new cursor
    std::vector<LetterDraft> letters;  ///< condemned ones among what is settled, in the same write
    bool prove = false;
    std::uint32_t delivered = 0;  ///< lines that Logz.io took
    std::optional<BulkNote> note;
};

/// Something that was not taken, a time when nothing could be, or something taken that the disk has lost.
struct Gap {
    enum class Kind : std::uint8_t { refused, down, lost } kind = Kind::refused;
    WallTime from{};
    WallTime to{};             ///< refused, lost: the last of `count`
    int status = 0;            ///< the answer given
    std::string tenant_label;  ///< empty when the tenant is not known
    std::string event_id;      ///< the delivery's, when it could be read
    std::string reason;
    std::uint64_t count = 1;   ///< deliveries
    std::uint64_t events = 0;  ///< events in them, when it could be read
};

/// An event's life, as far as it is remembered.
struct Trace {
    TenantId tenant;
    std::string tenant_label;
    WallTime received_at{};
    Position position;
    bool settled = false;
    bool conflict = false;                ///< this entry came with a known uuid and other bytes
    std::optional<BulkNote> bulk;         ///< the bulk that settled it
    std::optional<std::uint64_t> letter;  ///< the dead letter it became
};

struct SpoolStatus {
    std::uint64_t stored_bytes = 0;
    std::uint64_t disk_bytes = 0;  ///< what the directory takes
    std::uint64_t free_bytes = 0;
    std::uint64_t free_bytes_min = 0;
    std::uint64_t waiting_appends = 0;
    std::uint64_t seen_ids = 0;
    bool ids_read = true;   ///< false: those from before the start are not all known yet, or could not be read
    bool accepting = true;  ///< false: full or failing
    std::string reason;     ///< why not
};

/// Delivered events that are to be sent once more.
struct Resend {
    TenantId tenant;
    WallTime from{};  ///< received at or after
    WallTime to{};    ///< and before
    Sequence after;   ///< goes on behind this record
    Sequence upto;    ///< before this one; 0: all that is delivered by now
    bool dry_run = true;
};
/// What one call has found and, unless it was a dry run, put back into the queue.
struct Resent {
    std::uint64_t deliveries = 0;
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;
    WallTime first{};  ///< received
    WallTime last{};
    Sequence looked_at;            ///< the last record: where the next call goes on
    Sequence upto;                 ///< what the next call is given
    std::uint64_t unreadable = 0;  ///< records that are damaged
    bool more = false;             ///< there are records left to look at
    bool waits = false;            ///< nothing was put back: so much waits already that new events would wait long
};

/// A copy of a spool that a start can use. The main key is never in it.
struct Backup {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::string key_id;       ///< of the main key that opens it
    bool key_beside = false;  ///< that key lies beside the spool, and nowhere else as far as is known here
};
/// What a backup has done, of so many bytes; false stops it.
using BackupProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

class Spool {
 public:
    /// Opens or creates; seals what an older version kept plainly, which may take long. Errors: held by another
    /// process; a newer or foreign format; sealed with another key; damage behind which acknowledged writes would be
    /// lost (it names the salvage command); no space; not writable.
    static Result<std::unique_ptr<Spool>> open(SpoolOptions options, const Clock& clock, Metrics& metrics);
    virtual ~Spool() = default;

    // Tenants.
    struct Known {
        TenantId id;
        bool proven = false;
        bool condemned_full = false;
    };
    [[nodiscard]] virtual std::optional<Known> find(const Identity& identity) const = 0;
    /// Finds, or makes room for, a tenant; its row is written together with its first append.
    virtual TenantId introduce(const Identity& identity) = 0;
    [[nodiscard]] virtual std::optional<Identity> identity(TenantId tenant) const = 0;
    [[nodiscard]] virtual std::optional<Known> known(TenantId tenant) const = 0;
    [[nodiscard]] virtual std::vector<TenantStatus> tenants() const = 0;
    [[nodiscard]] virtual std::optional<TenantStatus> tenant(TenantId tenant) const = 0;
    using TakeTenant = std::function<void(const TenantStatus&)>;
    /// The same as `tenants`, one after the other; a spool with many thousands need not hold a list of them for it.
    virtual void each_tenant(const TakeTenant& take) const {
        for (const TenantStatus& one : tenants()) take(one);
    }

    // In.
    using AppendDone = std::function<void(Appended)>;
    virtual void append(Append append, Mailbox& mailbox, AppendDone done) = 0;
    /// Keeps things aside for a known tenant without any event (a refused body). Best effort: it answers nobody.
    virtual void keep_aside(TenantId tenant, LetterDraft letter) = 0;
    /// Notes a refusal in the ledger with a coming commit; the same (status, tenant, reason) within a minute and
    /// without an eventId is counted together. Best effort, bounded.
    virtual void note_refusal(Gap gap) = 0;

    // Out.
    /// Called by the commit thread with tenants that have something new to ship. Set once, before the first append.
    virtual void on_arrival(std::function<void(const std::vector<TenantId>&)> arrived) = 0;
    [[nodiscard]] virtual std::vector<TenantId> tenants_with_lines() const = 0;
    [[nodiscard]] virtual Position cursor(TenantId tenant) const = 0;
    /// Lines from `from` on (`from` is at or behind the cursor), at most `bytes_max` and `lines_max` but at least one
    /// line if there is one. Reads; safe beside commits. Errors are damage on disk.
    [[nodiscard]] virtual Result<Batch> read(TenantId tenant, Position from, std::size_t bytes_max,
                                             std::size_t lines_max) const = 0;
    virtual void settle(Settle settle, Mailbox& mailbox, std::function<void(Result<void>)> done) = 0;

    // Dead letters.
    /// In order of id, those after `after`, at most `count_max`.
    [[nodiscard]] virtual Result<std::vector<Letter>> letters(const LetterFilter& filter, std::uint64_t after,
                                                              std::size_t count_max) const = 0;
    /// Puts letters' lines back into their tenants' queues and takes the letters away, atomically by letter; blocks
    /// until synced. Replay is not stopped by the repeat check. Letters without lines are left. Returns how many were
    /// replayed.
    virtual Result<std::size_t> replay(const std::vector<std::uint64_t>& ids) = 0;
    virtual Result<std::size_t> discard(const std::vector<std::uint64_t>& ids) = 0;
    /// Puts the lines of delivered events back into their tenant's queue, as many as a call may hold up others for;
    /// blocks until synced. The copies are not kept again, and are not stopped by the repeat check.
    virtual Result<Resent> resend(const Resend& wish) = 0;

    // For people. All of these block.
    [[nodiscard]] virtual Result<std::vector<Gap>> gaps(std::optional<WallTime> from, std::size_t count_max) const = 0;
    [[nodiscard]] virtual Result<std::vector<Trace>> trace(std::string_view uuid) const = 0;
    /// Gives a header-mode tenant another region or token; its queue, letters and ids stay. Refused when the new
    /// identity is another tenant's.
    virtual Result<void> rekey(TenantId tenant, Identity identity) = 0;
    /// Deletes a tenant with all it has: queue, letters, ids, identity.
    virtual Result<void> forget(TenantId tenant) = 0;
    [[nodiscard]] virtual SpoolStatus status() const = 0;
    /// Copies all that is committed into `directory`, which must not be there while its parent must; deliveries are
    /// taken meanwhile. It has its name only once it is whole and synced. Tables become hard links where they can.
    /// Refused when the disk would come close to its reserve.
    virtual Result<Backup> back_up(const Path& directory, const BackupProgress& progress) = 0;

    /// Runs `task` on the commit thread at its next turn: who waits for that knows whether the thread still takes any.
    /// A closed spool drops it.
    virtual void at_next_turn(Task task) = 0;

    /// Commits what waits, writes the last heartbeat and closes; afterwards every append is answered `failed`. Blocks.
    virtual Result<void> close() = 0;
    /// CommitMode::by_hand: one turn of the commit thread; true when it did something.
    virtual bool commit_now() = 0;
};

}  // namespace hookline::spool
