#include "spool/spool.h"

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <system_error>

#include "base/check.h"
#include "base/log.h"
#include "base/log_pause.h"
#include "spool/backup.h"
#include "spool/committer.h"
#include "spool/kept.h"
#include "spool/opening.h"
#include "spool/parts.h"
#include "spool/reading.h"
#include "spool/reclaimer.h"
#include "spool/salvage_swap.h"
#include "spool/sealed_rows.h"
#include "spool/sealed_store.h"
#include "spool/upkeep.h"
#include "spool/waiting_room.h"

namespace hookline::spool {
namespace {

/// What an event waiting for its commit takes beside its line.
constexpr std::uint64_t waiting_event_bytes = sizeof(AppendLine);
constexpr std::uint64_t waiting_append_bytes = sizeof(WaitingAppend);

class RocksSpool final : public Spool {
 public:
    RocksSpool(SpoolOptions options, const Clock& clock, std::shared_ptr<WatchedFiles> files, DirectoryLock lock)
        : options_(std::move(options)),
          clock_(clock),
          files_(std::move(files)),
          lock_(std::move(lock)),
          directory_(options_.limits.condemned_tenant_bytes_max),
          quotas_(options_.limits, files_, options_.directory),
          room_({options_.limits.waiting_bytes_max, options_.limits.waiting_bytes_max / 8,
                 options_.limits.group_bytes_max}) {}
    ~RocksSpool() override {
        if (auto closed = close(); !closed)
            log_error("the spool could not be closed in order; the next start recovers",
                      {{"why", closed.error().message}});
    }

    Result<void> load(Metrics& metrics);

    std::optional<Known> find(const Identity& identity) const override { return directory_.find(identity); }
    TenantId introduce(const Identity& identity) override {
        return directory_.introduce(identity, clock_.wall(), *keys_);
    }
    std::optional<Identity> identity(TenantId tenant) const override { return directory_.identity(tenant); }
    std::optional<Known> known(TenantId tenant) const override { return directory_.known(tenant); }
    std::vector<TenantStatus> tenants() const override;
    std::optional<TenantStatus> tenant(TenantId tenant) const override;
    void each_tenant(const TakeTenant& take) const override;

    void append(Append append, Mailbox& mailbox, AppendDone done) override;
    void keep_aside(TenantId tenant, LetterDraft letter) override {
        if (room_.add(WaitingAside{tenant, std::move(letter)}) == WaitingRoom::Answer::busy) {
            if (const auto held_back = aside_pause_.pass(clock_.now())) {
                log_warn("a refused body was not kept aside: too many of them wait to be written",
                         {{"tenant", directory_.label(tenant)}, {"not_logged_before", *held_back}});
            }
        }
    }
    void note_refusal(Gap gap) override { parts_->gaps->note(std::move(gap), clock_.now()); }

    void on_arrival(std::function<void(const std::vector<TenantId>&)> arrived) override {
        committer_->on_arrival(std::move(arrived));
    }
    std::vector<TenantId> tenants_with_lines() const override { return directory_.with_lines(); }
    Position cursor(TenantId tenant) const override;
    Result<Batch> read(TenantId tenant, Position from, std::size_t bytes_max, std::size_t lines_max) const override;
    void settle(Settle settle, Mailbox& mailbox, std::function<void(Result<void>)> done) override;

    Result<std::vector<Letter>> letters(const LetterFilter& filter, std::uint64_t after,
                                        std::size_t count_max) const override;
    Result<std::size_t> replay(const std::vector<std::uint64_t>& ids) override;
    Result<std::size_t> discard(const std::vector<std::uint64_t>& ids) override;
    Result<Resent> resend(const Resend& wish) override;

    Result<std::vector<Gap>> gaps(std::optional<WallTime> from, std::size_t count_max) const override;
    Result<std::vector<Trace>> trace(std::string_view uuid) const override;
    Result<void> rekey(TenantId tenant, Identity identity) override;
    Result<void> forget(TenantId tenant) override;
    SpoolStatus status() const override;
    Result<Backup> back_up(const Path& directory, const BackupProgress& progress) override;

    void at_next_turn(Task task) override { (void)room_.add(std::move(task)); }
    Result<void> close() override;
    bool commit_now() override;

 private:
    /// Keeps the store open while it is held; without one the spool is closed.
    using Hold = std::optional<std::shared_lock<std::shared_mutex>>;
    [[nodiscard]] Hold hold() const;
    [[nodiscard]] bool by_hand() const { return options_.commit_mode == CommitMode::by_hand; }
    void note_down(const std::optional<Heartbeat>& last);
    void add_oldest(TenantStatus& status) const;
    void add_kept(TenantStatus& status) const;

    const SpoolOptions options_;
    const Clock& clock_;
    LogPause aside_pause_;
    const std::shared_ptr<WatchedFiles> files_;
    const DirectoryLock lock_;
    Floors floors_;
    Directory directory_;
    Quotas quotas_;
    RetryRoom retries_;
    WaitingRoom room_;
    std::unique_ptr<Keyring> keys_;
    std::unique_ptr<Store> store_;
    std::optional<Parts> parts_;
    std::unique_ptr<Committer> committer_;
    std::optional<Upkeep> upkeep_;
    std::optional<Kept> kept_;
    std::optional<Reclaimer> reclaimer_;

    std::mutex closing_;
    mutable std::shared_mutex open_mutex_;  // held shared by whoever reads the store, and alone to close it
    bool open_ = false;
};

Result<void> RocksSpool::load(Metrics& metrics) {
    const SpoolLimits& limits = options_.limits;
    Store::Options store_options{options_.directory, files_, {}, by_hand(), false};
    auto opened = open_sealed_store(std::move(store_options), floors_, options_.key);
    if (!opened) return tl::unexpected(opened.error());
    store_ = std::move(opened->store);
    keys_ = std::move(opened->keys);

    const auto last_beat = load_heartbeat(*store_);
    if (!last_beat) return tl::unexpected(last_beat.error());
    if (auto loaded = load_tenants(*store_, *keys_, directory_); !loaded) return loaded;
    auto letters = DeadLetters::load(*store_, limits, directory_);
    if (!letters) return tl::unexpected(letters.error());

    const AgeClock ages(clock_, *last_beat);
    const auto note_received = [this](const SeenDelivery& delivery) {
        return directory_.note_received(delivery.tenant, delivery.received_at);
    };
    SeenLimits seen_limits{limits.seen_age_max, limits.seen_tenant_max, limits.seen_max};
    seen_limits.at_start = limits.seen_at_start;
    seen_limits.at_a_turn = limits.seen_a_turn;
    auto seen = Seen::load(*store_, floors_, seen_limits, ages.now(), note_received);
    if (!seen) return tl::unexpected(seen.error());
    auto gaps = GapLedger::load(*store_, floors_, limits.gaps_max);
    if (!gaps) return tl::unexpected(gaps.error());
    auto notes = Notes::load(*store_, floors_);
    if (!notes) return tl::unexpected(notes.error());

    const bool keeps = limits.kept_age_max > std::chrono::hours(0);
    Floors::Cursors cursors;
    for (const auto& [id, cursor] : directory_.cursors()) {
        cursors[id] = cursor;
        if (keeps) {
            const auto first = Kept::first_record(*store_, id, cursor);
            if (!first) return failed("read what is kept of tenant " + std::to_string(id.number), first.error());
            cursors[id] = *first;
        }
        quotas_.load(*directory_.loaded(id));
    }
    const Floors::Cursors firsts = cursors;
    floors_.load(std::move(cursors));
    quotas_.look_at_disk();

    parts_.emplace(Parts{clock_, *store_, *keys_, floors_, directory_, retries_, ages, quotas_, std::move(*seen),
                         std::move(*letters), std::move(*gaps), *notes, SpoolMetrics(metrics), keeps});
    committer_ = std::make_unique<Committer>(
        *parts_, room_, Committer::Options{options_.commit_mode, limits.heartbeat, options_.on_fatal});
    upkeep_.emplace(*parts_, *committer_);
    kept_.emplace(Kept::Limits{limits.kept_age_max, limits.kept_bytes_max}, *store_, directory_, floors_, quotas_,
                  parts_->ages);
    kept_->load(firsts);
    reclaimer_.emplace(clock_, *store_, directory_, floors_, *kept_, by_hand());

    note_down(*last_beat);
    if (auto written = committer_->begin(); !written) return failed("write the first heartbeat", written.error());
    open_ = true;
    committer_->start();
    if (!by_hand()) reclaimer_->start();
    return {};
}

void RocksSpool::note_down(const std::optional<Heartbeat>& last) {
    const WallTime now = clock_.wall();
    if (!last || now <= last->wall) return;
    parts_->gaps->note_down(
        last->wall, now,
        last->closed ? "stopped in order" : "ended without being stopped, at some time after this began");
}

RocksSpool::Hold RocksSpool::hold() const {
    std::shared_lock lock(open_mutex_);
    if (!open_) return {};
    return lock;
}

std::vector<TenantStatus> RocksSpool::tenants() const {
    std::vector<TenantStatus> all = directory_.statuses();
    for (TenantStatus& status : all) {
        add_oldest(status);
        add_kept(status);
    }
    return all;
}

void RocksSpool::each_tenant(const TakeTenant& take) const {
    for (const TenantId id : directory_.on_disk()) {
        if (const auto status = tenant(id)) take(*status);
    }
}

std::optional<TenantStatus> RocksSpool::tenant(TenantId tenant) const {
    auto status = directory_.status(tenant);
    if (status) {
        add_oldest(*status);
        add_kept(*status);
    }
    return status;
}

void RocksSpool::add_kept(TenantStatus& status) const {
    const auto held = hold();
    if (!held || !kept_->on()) return;
    status.kept_bytes = kept_->of(status.id).bytes;
    status.kept_since = kept_->since(status.id, cursor(status.id).sequence);
}

void RocksSpool::add_oldest(TenantStatus& status) const {
    const auto held = hold();
    if (!held || status.waiting_lines == 0) return;
    const auto oldest = received_at(*store_, status.id, cursor(status.id).sequence);
    if (oldest && *oldest) status.oldest_waiting = **oldest;
}

void RocksSpool::append(Append append, Mailbox& mailbox, AppendDone done) {
    WaitingAppend waiting;
    waiting.is_retry = retries_.was_refused(append.tenant, append.event_id, clock_.now());
    waiting.bytes = waiting_append_bytes + append.lines.size() + append.events.size() * waiting_event_bytes;
    for (const LetterDraft& aside : append.asides) waiting.bytes += aside.body.size();
    for (const LetterDraft& letter : append.condemned) waiting.bytes += letter.body.size();
    // Packed and sealed here, where there are several threads, in the hope that none of its events is a repeat.
    const auto sealer = directory_.sealer(append.tenant);
    if (!append.already_delivered && sealer) {
        waiting.sealed = seal_lines(append.lines, *sealer);
        append.lines = {};
    }
    waiting.append = std::move(append);
    waiting.mailbox = &mailbox;
    waiting.done = std::move(done);

    const TenantId tenant = waiting.append.tenant;
    Appended refused;
    if (directory_.pin(tenant)) {
        const WaitingRoom::Answer answer = room_.add(waiting);
        if (answer == WaitingRoom::Answer::taken) return;
        directory_.unpin(tenant);
        if (answer == WaitingRoom::Answer::busy) refused.outcome = AppendOutcome::busy;
    } else {
        // Introduced, and forgotten since because of too many others: to be tried again.
        refused.outcome = AppendOutcome::busy;
    }
    if (refused.outcome == AppendOutcome::busy) {
        retries_.refused(tenant, waiting.append.event_id, clock_.now());
        parts_->metrics.refused_busy.add();
    } else {
        parts_->metrics.refused_failed.add();
    }
    mailbox.post([done = std::move(waiting.done), refused] { done(refused); });
}

Position RocksSpool::cursor(TenantId tenant) const {
    const auto state = directory_.state(tenant);
    return state ? state->cursor : Position{};
}

Result<Batch> RocksSpool::read(TenantId tenant, Position from, std::size_t bytes_max, std::size_t lines_max) const {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    const auto state = directory_.state(tenant);
    if (!state) return failed("there is no such tenant");
    const auto sealer = directory_.sealer(tenant);
    if (!sealer) return failed("there is no such tenant");
    return read_batch(*store_, *sealer, tenant, std::max(from, state->cursor), state->next, bytes_max, lines_max,
                      parts_->ages.now());
}

void RocksSpool::settle(Settle settle, Mailbox& mailbox, std::function<void(Result<void>)> done) {
    WaitingSettle waiting;
    Result<void> outcome;
    {
        const auto held = hold();
        const auto state = directory_.state(settle.tenant);
        // At the queue's end nothing is to be looked up.
        if (held && state && settle.upto.sequence < state->next) {
            auto place = find_place(*store_, settle.tenant, settle.upto);
            if (place) {
                waiting.place = *place;
            } else {
                outcome = failed("settle", place.error());
            }
        }
    }
    waiting.settle = std::move(settle);
    waiting.mailbox = &mailbox;
    waiting.done = std::move(done);
    if (outcome && room_.add(waiting) != WaitingRoom::Answer::taken) outcome = failed("the spool is closed");
    if (!outcome) mailbox.post([done = std::move(waiting.done), outcome] { done(outcome); });
}

Result<std::vector<Letter>> RocksSpool::letters(const LetterFilter& filter, std::uint64_t after,
                                                std::size_t count_max) const {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    return list_letters(*store_, filter, after, count_max, directory_);
}

Result<std::size_t> RocksSpool::replay(const std::vector<std::uint64_t>& ids) {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    return upkeep_->replay(ids);
}

Result<std::size_t> RocksSpool::discard(const std::vector<std::uint64_t>& ids) {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    return upkeep_->discard(ids);
}

Result<Resent> RocksSpool::resend(const Resend& wish) {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    return upkeep_->resend(wish, kept_->of(wish.tenant).from);
}

Result<std::vector<Gap>> RocksSpool::gaps(std::optional<WallTime> from, std::size_t count_max) const {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    // What was noted a moment ago is listed as well.
    committer_->write_news();
    return read_gaps(*store_, from, count_max);
}

Result<std::vector<Trace>> RocksSpool::trace(std::string_view uuid) const {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    return upkeep_->trace(uuid);
}

Result<void> RocksSpool::rekey(TenantId tenant, Identity identity) {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    return upkeep_->rekey(tenant, std::move(identity));
}

Result<void> RocksSpool::forget(TenantId tenant) {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    if (auto forgotten = upkeep_->forget(tenant); !forgotten) return forgotten;
    for (const std::string& copy : copies_of_salvage(options_.directory)) {
        log_warn(
            "what was forgotten may still be read in the files that a salvage left; remove them when they are not "
            "needed",
            {{"directory", (options_.directory / copy).string()}});
    }
    return {};
}

SpoolStatus RocksSpool::status() const {
    SpoolStatus status;
    status.stored_bytes = quotas_.stored_bytes();
    status.free_bytes = quotas_.free_bytes();
    status.free_bytes_min = quotas_.free_bytes_min();
    status.waiting_appends = room_.appends();
    status.seen_ids = committer_->seen_ids();
    status.ids_read = committer_->all_seen_read();
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(options_.directory, error)) {
        // A file may be gone by now.
        const auto bytes = file.file_size(error);
        if (!error) status.disk_bytes += bytes;
    }
    status.reason = quotas_.full_reason();
    if (committer_->failing()) status.reason = "the last write failed";
    if (room_.is_closed()) status.reason = committer_->poisoned() ? "a write could not be made safe" : "closed";
    status.accepting = status.reason.empty();
    return status;
}

Result<Backup> RocksSpool::back_up(const Path& directory, const BackupProgress& progress) {
    const auto held = hold();
    if (!held) return failed("the spool is closed");
    const auto go_on = [&](std::uint64_t done, std::uint64_t total) {
        return !room_.is_closed() && progress(done, total);
    };
    auto made = back_up_store(*store_, {options_.directory, directory, quotas_.free_bytes_min()}, go_on);
    if (!made) return made;
    made->key_id = keys_->main_key().id();
    made->key_beside = !options_.key;
    return made;
}

Result<void> RocksSpool::close() {
    const std::lock_guard once(closing_);
    if (!open_) return {};
    room_.close();
    const Result<void> finished = committer_->finish();
    reclaimer_->stop();
    parts_->seen.stop_loading();
    const std::unique_lock alone(open_mutex_);
    open_ = false;
    if (finished) {
        if (auto flushed = store_->flush(true); !flushed)
            log_warn("what waits in memory could not be written to tables; the next start reads it from the log",
                     {{"why", flushed.error().message}});
    }
    const Result<void> closed = store_->close();
    return finished ? closed : finished;
}

bool RocksSpool::commit_now() {
    check(by_hand(), "commit_now beside a commit thread");
    const bool worked = committer_->turn();
    if (!committer_->poisoned()) reclaimer_->step(clock_.now());
    return worked;
}

/// What a person can do about it, where it does not say so already.
Error with_advice(Error error, const Path& directory) {
    const auto says = [&](std::string_view words) { return error.message.find(words) != std::string::npos; };
    if (says("No space left on device")) {
        error.message += ": free some on its disk and start again; what the spool holds is untouched";
    } else if (!says("hookline spool") && !says("spool.key_file")) {
        error.message += "; `hookline spool verify --spool " + directory.string() + "` says whether it is damaged";
    }
    return error;
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(SpoolOptions options, const Clock& clock, Metrics& metrics) {
    const std::string opening = "open spool " + options.directory.string();
    auto files = std::make_shared<WatchedFiles>(options.files ? options.files : rocksdb::FileSystem::Default());
    if (auto made = make_directory(options.directory); !made) return failed(opening, made.error());
    auto lock = DirectoryLock::take(files, options.directory);
    if (!lock) return failed(opening, lock.error());
    if (auto checked = check_format(*files, options.directory); !checked) return failed(opening, checked.error());
    const Path directory = options.directory;
    auto spool = std::make_unique<RocksSpool>(std::move(options), clock, std::move(files), std::move(*lock));
    if (auto loaded = spool->load(metrics); !loaded) return failed(opening, with_advice(loaded.error(), directory));
    return spool;
}

}  // namespace hookline::spool
