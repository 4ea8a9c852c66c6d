#include "spool/committer.h"

#include <algorithm>
#include <future>

#include <pthread.h>

#include "base/log.h"

namespace hookline::spool {
namespace {

/// How often an idle commit thread looks at heartbeat, ages and the ledger.
constexpr std::chrono::seconds house_interval{1};
/// A heartbeat goes along with a commit that is written anyway if the last one is this old.
constexpr std::chrono::seconds beat_along{1};
constexpr std::size_t letters_at_once_max = 256;
/// RocksDB does not always find its way out of a full disk. When there is room and this long (some heartbeats) nothing
/// could be written, only opening it again helps, and that is what the process's end brings about.
constexpr std::chrono::seconds heal_time_max{30};

}  // namespace

void Committer::Answers::add(Mailbox& mailbox, Task task) {
    for (Letters& letters : by_mailbox_) {
        if (letters.mailbox == &mailbox) return letters.tasks.push_back(std::move(task));
    }
    by_mailbox_.push_back({&mailbox, {}});
    by_mailbox_.back().tasks.push_back(std::move(task));
}

void Committer::Answers::post() {
    for (Letters& letters : by_mailbox_) letters.mailbox->post(std::move(letters.tasks));
    by_mailbox_.clear();
}

Committer::Committer(Parts& parts, WaitingRoom& room, Options options)
    : parts_(parts),
      room_(room),
      options_(std::move(options)),
      last_beat_(parts.clock.now()),
      all_seen_read_(!parts.seen.loading()) {}

Committer::~Committer() {
    room_.close();
    if (thread_.joinable()) thread_.join();
}

Result<void> Committer::begin() {
    Changes changes = parts_.store.changes();
    Staging(parts_, changes).heartbeat(false);
    return write(changes);
}

void Committer::start() {
    if (options_.mode == CommitMode::thread) thread_ = std::thread([this] { loop(); });
}

void Committer::loop() {
    pthread_setname_np(pthread_self(), "commit");
    while (true) {
        // Asked first: nothing comes in after it, so that a turn without work is the last one.
        const bool closed = room_.is_closed();
        if (turn()) continue;
        if (closed) return;
        room_.wait(house_interval);
    }
}

bool Committer::turn() {
    Group group = room_.take();
    const TimePoint now = parts_.clock.now();
    const bool busy = !group.empty();
    if (busy) {
        Answers answers;
        if (poisoned_) {
            refuse(group, answers);
        } else {
            parts_.quotas.look_at_disk(now);
            commit(group, answers);
        }
        answers.post();
        announce_arrivals();
        // Commands write for themselves, and wait for it.
        for (const auto& command : group.commands) command();
    }
    if (!poisoned_) keep_house(now);
    if (fatal_ && !fatal_reported_) {
        fatal_reported_ = true;
        // Those who wait are told first, then the process may end.
        room_.close();
        for (Group rest = room_.take(); !rest.empty(); rest = room_.take()) {
            Answers answers;
            refuse(rest, answers);
            answers.post();
            for (const auto& command : rest.commands) command();
        }
        if (options_.on_fatal) options_.on_fatal(*fatal_);
    }
    if (parts_.seen.loading() && !poisoned_) load_seen();
    return busy || (parts_.seen.loading() && !poisoned_ && !room_.is_closed());
}

void Committer::commit(Group& group, Answers& answers) {
    if (group.settles.empty() && group.asides.empty() && group.appends.empty()) return;
    Changes changes = parts_.store.changes();
    Staging staging(parts_, changes);

    // Settles first: a place that was the end of its queue when it was handed over still is.
    std::vector<Result<void>> settled;
    settled.reserve(group.settles.size());
    for (WaitingSettle& settle : group.settles) settled.push_back(staging.settle(settle));
    for (const WaitingAside& aside : group.asides) staging.keep_aside(aside);
    std::vector<Appended> outcomes;
    outcomes.reserve(group.appends.size());
    for (WaitingAppend& append : group.appends) outcomes.push_back(staging.append(append));

    const Result<void> written = write(changes);
    if (!written) {
        for (Appended& outcome : outcomes) {
            const bool rested_on_it =
                outcome.outcome == AppendOutcome::stored || outcome.outcome == AppendOutcome::repeated;
            if (rested_on_it) outcome = {};
        }
        for (Result<void>& outcome : settled) outcome = failed("commit", written.error());
    }
    for (std::size_t at = 0; at < group.settles.size(); ++at) {
        WaitingSettle& settle = group.settles[at];
        if (settled[at]) parts_.metrics.delivered_events.add(settle.settle.delivered);
        answers.add(*settle.mailbox, [done = std::move(settle.done), outcome = settled[at]] { done(outcome); });
    }
    answer(group.appends, outcomes, answers);
}

void Committer::answer(std::vector<WaitingAppend>& appends, const std::vector<Appended>& outcomes, Answers& answers) {
    SpoolMetrics& metrics = parts_.metrics;
    std::uint64_t stored = 0;
    std::uint64_t repeated = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t delivered = 0;
    const TimePoint now = parts_.clock.now();
    for (std::size_t at = 0; at < appends.size(); ++at) {
        WaitingAppend& append = appends[at];
        const Appended& outcome = outcomes[at];
        stored += outcome.stored;
        repeated += outcome.repeated;
        conflicts += outcome.conflicts;
        delivered += delivered_before(append.append, outcome.stored);
        if (outcome.outcome == AppendOutcome::tenant_full) metrics.refused_tenant_full.add();
        if (outcome.outcome == AppendOutcome::spool_full) metrics.refused_spool_full.add();
        if (outcome.outcome == AppendOutcome::failed) metrics.refused_failed.add();
        if (outcome.outcome == AppendOutcome::spool_full || outcome.outcome == AppendOutcome::failed) {
            parts_.retries.refused(append.append.tenant, append.append.event_id, now);
        }
        parts_.directory.unpin(append.append.tenant);
        answers.add(*append.mailbox, [done = std::move(append.done), outcome] { done(outcome); });
    }
    if (appends.empty()) return;
    metrics.stored_events.add(static_cast<double>(stored));
    if (repeated > 0) metrics.repeated_events.add(static_cast<double>(repeated));
    if (conflicts > 0) metrics.conflicts.add(static_cast<double>(conflicts));
    if (delivered > 0) metrics.delivered_events.add(static_cast<double>(delivered));
    metrics.group_deliveries.observe(static_cast<double>(appends.size()));
}

void Committer::refuse(Group& group, Answers& answers) {
    for (WaitingSettle& settle : group.settles) {
        answers.add(*settle.mailbox, [done = std::move(settle.done)] { done(failed("the spool has failed")); });
    }
    answer(group.appends, std::vector<Appended>(group.appends.size()), answers);
}

Result<void> Committer::write(Changes& changes) {
    if (poisoned_) {
        parts_.withdrawn();
        return failed("the spool has failed");
    }
    const TimePoint now = parts_.clock.now();
    parts_.letters.stage(changes);
    parts_.seen.stage(changes);
    parts_.gaps->stage(changes, now);
    if (changes.empty()) {
        parts_.committed();
        return {};
    }
    if (now - last_beat_ >= beat_along) Staging(parts_, changes).heartbeat(false);

    const auto started = std::chrono::steady_clock::now();
    const auto written = parts_.store.commit(changes);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    if (written) {
        if (now - last_beat_ >= beat_along) last_beat_ = now;
        failing_ = false;
        parts_.metrics.commits.add();
        parts_.metrics.commit_seconds.observe(took.count());
        parts_.committed();
        seen_ids_ = parts_.seen.size();
        return {};
    }
    const Store::CommitFailure& failure = written.error();
    parts_.metrics.commit_failures.add();
    parts_.withdrawn();
    if (failure.fatal) {
        poison(failure.error);
    } else {
        if (!failing_)
            log_error("the disk is full; nothing is taken until there is room", {{"why", failure.error.message}});
        parts_.quotas.disk_is_full();
    }
    if (!failing_) failing_since_ = now;
    failing_ = true;
    return tl::unexpected(failure.error);
}

void Committer::poison(const Error& error) {
    poisoned_ = true;
    fatal_ = error;
    log_error("a write could not be made safe; what was not answered is not promised, and the spool stops",
              {{"why", error.message}});
}

void Committer::announce_arrivals() {
    std::vector<TenantId>& arrivals = parts_.arrivals;
    if (arrivals.empty()) return;
    std::sort(arrivals.begin(), arrivals.end());
    arrivals.erase(std::unique(arrivals.begin(), arrivals.end()), arrivals.end());
    if (arrived_) arrived_(arrivals);
    arrivals.clear();
}

bool Committer::run(const std::function<void()>& command) {
    if (options_.mode == CommitMode::by_hand) {
        if (room_.is_closed()) return false;
        command();
        announce_arrivals();
        return true;
    }
    std::promise<void> done;
    const auto outcome = room_.add([&] {
        command();
        announce_arrivals();
        done.set_value();
    });
    if (outcome != WaitingRoom::Answer::taken) return false;
    done.get_future().wait();
    return true;
}

void Committer::write_news() {
    if (!parts_.gaps->has_news()) return;
    run([this] {
        Changes changes = parts_.store.changes();
        (void)write(changes);
    });
}

void Committer::keep_house(TimePoint now) {
    if (house_kept_at_ != TimePoint::min() && now - house_kept_at_ < house_interval) return;
    house_kept_at_ = now;
    parts_.quotas.look_at_disk(now);
    parts_.seen.expire(parts_.ages.now());
    if (failing_) parts_.store.try_again();
    if (failing_ && now - failing_since_ >= heal_time_max && parts_.quotas.full_reason().empty()) {
        return poison({"the disk has room again, but the store stays closed to writes"});
    }
    expire_letters();
    carry_seen();
    const bool beat = now - last_beat_ >= options_.heartbeat;
    if (beat || parts_.gaps->has_news()) {
        Changes changes = parts_.store.changes();
        if (beat) Staging(parts_, changes).heartbeat(false);
        (void)write(changes);  // tried again at the next look
    }
    seen_ids_ = parts_.seen.size();
    publish_gauges();
}

void Committer::expire_letters() {
    const auto ids = parts_.letters.expired(parts_.ages.now(), letters_at_once_max);
    if (ids.empty() || poisoned_) return;
    Changes changes = parts_.store.changes();
    for (const std::uint64_t id : ids) {
        const auto row = read_letter(parts_.store, id);
        if (row && *row) parts_.letters.stage_remove(changes, parts_.directory, id, **row);
    }
    if (auto written = write(changes); !written)
        log_warn("expired letters stay for now", {{"why", written.error().message}});
}

void Committer::load_seen() {
    const auto read = parts_.seen.load_more(parts_.ages.now());
    if (!read) {
        log_error("what was seen before the last start cannot all be read; a repeat of it is shipped again",
                  {{"why", read.error().message}});
    }
    if (parts_.seen.loading()) return;
    seen_ids_ = parts_.seen.size();
    all_seen_read_ = read.has_value();
}

void Committer::carry_seen() {
    if (poisoned_ || !parts_.seen.wants_carry()) return;
    if (auto staged = parts_.seen.carry(parts_.store); !staged) {
        parts_.withdrawn();
        log_warn("old rows of seen ids stay for now", {{"why", staged.error().message}});
        return;
    }
    Changes changes = parts_.store.changes();
    if (auto written = write(changes); !written)
        log_warn("old rows of seen ids stay for now", {{"why", written.error().message}});
}

Result<void> Committer::finish() {
    if (thread_.joinable()) {
        thread_.join();
    } else {
        while (turn()) {
        }
    }
    if (poisoned_) return failed("the spool has failed before");
    Changes changes = parts_.store.changes();
    Staging(parts_, changes).heartbeat(true);
    last_beat_ = parts_.clock.now();  // the last of all: none goes along behind it
    return write(changes);
}

void Committer::publish_gauges() {
    SpoolMetrics& metrics = parts_.metrics;
    metrics.stored_bytes.set(static_cast<double>(parts_.quotas.stored_bytes()));
    metrics.kept_bytes.set(static_cast<double>(parts_.quotas.kept_bytes()));
    metrics.free_bytes.set(static_cast<double>(parts_.quotas.free_bytes()));
    metrics.waiting_bytes.set(static_cast<double>(room_.bytes()));
    metrics.seen_ids.set(static_cast<double>(seen_ids_.load()));
    metrics.accepting.set(failing_ || !parts_.quotas.full_reason().empty() ? 0 : 1);
}

}  // namespace hookline::spool
