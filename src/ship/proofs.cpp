#include "ship/proofs.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace hookline::ship {
namespace {

using logzio::Proof;
using logzio::ProofOutcome;

// A transfer ends this long before its delivery's time is up, so that a verdict that comes late is not taken for none:
// lines that are stored then are sent again.
constexpr std::chrono::milliseconds verdict_margin{20};
constexpr std::size_t refusals_max = 10'000;  // remembered; the oldest go first

std::string pair_of(const logzio::ProofRequest& request) {
    return request.region + ' ' + hex(sha256(request.token.reveal()));
}

Proof proof_of(const logzio::Verdict& verdict) {
    if (std::holds_alternative<logzio::Delivered>(verdict.meaning)) return {ProofOutcome::accepted, verdict.status, ""};
    if (const auto* counts = std::get_if<logzio::PartlyAccepted>(&verdict.meaning); counts && counts->bad() == 0) {
        return {ProofOutcome::accepted, verdict.status, ""};
    }
    if (std::holds_alternative<logzio::TokenRejected>(verdict.meaning)) {
        Sentence sentence = sentence_of(verdict);
        return {ProofOutcome::refused, sentence.status, std::move(sentence.answer)};
    }
    return {ProofOutcome::undecided, verdict.status, ""};
}

}  // namespace

Proofs::Proofs(Parts& parts, FindUrl find_url, std::function<void(const spool::HeaderIdentity&)> proven)
    : parts_(parts),
      find_url_(std::move(find_url)),
      proven_(std::move(proven)),
      step_(parts.crew.add([this](TimePoint now) { return step(now); })) {}

Proofs::~Proofs() { parts_.crew.remove(step_); }

void Proofs::prove(logzio::ProofRequest request, Mailbox& mailbox, std::function<void(Proof)> done) {
    parts_.crew.post([this, request = std::move(request), &mailbox, done = std::move(done)] {
        Waiter waiter{pair_of(request), request.lines->size(), request.until, &mailbox, done};
        take(request, std::move(waiter), parts_.clock.now());
    });
}

void Proofs::take(logzio::ProofRequest request, Waiter waiter, TimePoint now) {
    forget_old(now);
    if (auto proof = answer_at_once(request, waiter, now)) return answer(std::move(waiter), std::move(*proof));

    if (const auto trial = trials_.find(waiter.pair); trial != trials_.end())
        return wait(std::move(waiter), trial->second);
    const auto url = find_url_(request.region);
    if (!url) return answer(std::move(waiter), {ProofOutcome::undecided, 0, ""});
    if (!may_start(request.region, now)) return answer(std::move(waiter), {ProofOutcome::crowded, 0, ""});
    start(std::move(request), std::move(waiter), *url, now);
}

std::optional<Proof> Proofs::answer_at_once(const logzio::ProofRequest& request, const Waiter& waiter, TimePoint now) {
    if (const auto refusal = refusals_.find(waiter.pair); refusal != refusals_.end()) return refusal->second.proof;
    if (parts_.draining || request.until < now + proof_useful_time_min) {
        // Undecided is stored: a stranger who takes the time to be too late must not be stored more often than others.
        if (!may_start(request.region, now)) return Proof{ProofOutcome::crowded, 0, ""};
        started_[request.region].push_back(now);
        return Proof{ProofOutcome::undecided, 0, ""};
    }
    const auto trial = trials_.find(waiter.pair);
    const std::size_t of_pair = waiter.bytes + (trial == trials_.end() ? 0 : trial->second.bytes);
    const bool fits =
        of_pair <= parts_.limits.proof_pair_bytes_max && bytes_ + waiter.bytes <= parts_.limits.proof_bytes_max;
    if (!fits) return Proof{ProofOutcome::crowded, 0, ""};
    return {};
}

bool Proofs::may_start(const std::string& region, TimePoint now) {
    auto& started = started_[region];
    while (!started.empty() && now - started.front() >= std::chrono::seconds(1)) started.pop_front();
    return trials_.size() < parts_.limits.proofs_max && started.size() < parts_.limits.proofs_region_second_max;
}

void Proofs::start(logzio::ProofRequest request, Waiter waiter, const std::string& url, TimePoint now) {
    started_[request.region].push_back(now);
    const Pair pair = waiter.pair;
    Trial& trial = trials_.emplace(pair, Trial{std::move(request), url}).first->second;
    trial.sent = last_waiter_ + 1;
    wait(std::move(waiter), trial);
    send(pair, trial, trial.request.lines, trial.request.count, now);
}

void Proofs::send(const Pair& pair, const Trial& trial, std::shared_ptr<const std::string> lines, std::size_t count,
                  TimePoint now) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(trial.request.until - now);
    parts_.begin_work();
    parts_.listener.start(trial.url, trial.request.token, {std::move(lines), count}, left - verdict_margin, parts_.crew,
                          [this, pair](const logzio::Verdict& verdict) { on_verdict(pair, verdict); });
}

void Proofs::wait(Waiter waiter, Trial& trial) {
    const std::uint64_t number = ++last_waiter_;
    trial.waiters.push_back(number);
    trial.bytes += waiter.bytes;
    bytes_ += waiter.bytes;
    deadlines_.insert({waiter.until, number});
    waiters_.emplace(number, std::move(waiter));
    parts_.crew.wake(step_);
}

void Proofs::on_verdict(const Pair& pair, const logzio::Verdict& verdict) {
    Trial& trial = trials_.at(pair);
    const auto* counts = std::get_if<logzio::PartlyAccepted>(&verdict.meaning);
    if (trial.hunt) {
        answered(*trial.hunt, verdict);
    } else if (counts != nullptr && counts->accepted > 0 && counts->bad() > 0) {
        trial.hunt.emplace(hunt_of(trial, *counts, verdict));
    }
    const TimePoint now = parts_.clock.now();
    if (!trial.hunt) {
        conclude(pair, proof_of(verdict));
    } else if (may_ask(trial, now)) {
        ask(pair, trial, now);
    } else {
        conclude(pair, found_out(*std::exchange(trial.hunt, {})));
    }
    parts_.end_work();
}

void Proofs::conclude(const Pair& pair, const Proof& proof) {
    auto trial = trials_.extract(pair);
    if (proof.outcome == ProofOutcome::refused) remember(pair, proof, parts_.clock.now());
    for (const std::uint64_t waiter : trial.mapped().waiters) {
        const bool was_sent = waiter == trial.mapped().sent;
        // The others' lines were not sent: they are stored as a proven tenant's are.
        const bool is_theirs = was_sent || proof.outcome != ProofOutcome::accepted;
        end(waiter, is_theirs ? proof : Proof{ProofOutcome::undecided, proof.status, ""});
    }
    const logzio::ProofRequest& request = trial.mapped().request;
    if (proof.outcome == ProofOutcome::accepted) proven_({request.region, request.token});
}

void Proofs::remember(const Pair& pair, const Proof& proof, TimePoint now) {
    const TimePoint until = now + parts_.limits.refusal_memory;
    refusals_[pair] = {until, proof};
    refusals_by_age_.emplace_back(until, pair);
    forget_old(now);
}

void Proofs::forget_old(TimePoint now) {
    while (!refusals_by_age_.empty() &&
           (refusals_by_age_.front().first <= now || refusals_by_age_.size() > refusals_max)) {
        const auto refusal = refusals_.find(refusals_by_age_.front().second);
        if (refusal != refusals_.end() && refusal->second.until == refusals_by_age_.front().first) {
            refusals_.erase(refusal);
        }
        refusals_by_age_.pop_front();
    }
}

/// Those whose time is up without a verdict.
TimePoint Proofs::step(TimePoint now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        end(deadlines_.begin()->second, {ProofOutcome::undecided, 0, ""});
    }
    return deadlines_.empty() ? never : deadlines_.begin()->first;
}

void Proofs::end(std::uint64_t number, const Proof& proof) {
    auto node = waiters_.extract(number);
    if (node.empty()) return;
    Waiter& waiter = node.mapped();
    deadlines_.erase({waiter.until, number});
    bytes_ -= waiter.bytes;
    if (const auto trial = trials_.find(waiter.pair); trial != trials_.end()) trial->second.bytes -= waiter.bytes;
    answer(std::move(waiter), proof);
}

void Proofs::answer(Waiter waiter, Proof proof) {
    parts_.metrics.proof_ended(proof.outcome);
    waiter.mailbox->post([done = std::move(waiter.done), proof = std::move(proof)] { done(proof); });
}

}  // namespace hookline::ship
