#pragma once
// The proof of a new token: a delivery of a pair that was never accepted goes to Logz.io from memory (DESIGN section
// 4). One transfer a pair; deliveries that come meanwhile wait for its verdict.
//
// `prove` may be called from any thread; all else happens on the crew's.

#include <deque>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "logzio/prover.h"
#include "ship/parts.h"

namespace hookline::ship {

class Proofs final : public logzio::Prover {
 public:
    /// `proven` is told of each pair that Logz.io accepted.
    Proofs(Parts& parts, FindUrl find_url, std::function<void(const spool::HeaderIdentity&)> proven);
    ~Proofs() override;

    void prove(logzio::ProofRequest request, Mailbox& mailbox, std::function<void(logzio::Proof)> done) override;

 private:
    using Pair = std::string;  ///< region and the token's SHA-256: no secret
    struct Waiter {
        Pair pair;
        std::size_t bytes = 0;
        TimePoint until;
        Mailbox* mailbox = nullptr;
        std::function<void(logzio::Proof)> done;
    };
    /// A transfer and the deliveries that wait for it; the first of them is the one that was sent.
    struct Trial {
        std::vector<std::uint64_t> waiters;
        std::uint64_t sent = 0;
        std::size_t bytes = 0;
    };
    struct Refusal {
        TimePoint until;
        logzio::Proof proof;
    };

    TimePoint step(TimePoint now);
    void take(logzio::ProofRequest request, Waiter waiter, TimePoint now);
    /// The answer that needs no transfer, if there is one.
    std::optional<logzio::Proof> answer_at_once(const logzio::ProofRequest& request, const Waiter& waiter,
                                                TimePoint now);
    [[nodiscard]] bool may_start(const std::string& region, TimePoint now);
    void start(logzio::ProofRequest request, Waiter waiter, const std::string& url, TimePoint now);
    void wait(Waiter waiter, Trial& trial);
    void on_verdict(const Pair& pair, const spool::HeaderIdentity& identity, const logzio::Verdict& verdict);
    void remember(const Pair& pair, const logzio::Proof& proof, TimePoint now);
    void forget_old(TimePoint now);
    void end(std::uint64_t waiter, const logzio::Proof& proof);
    void answer(Waiter waiter, logzio::Proof proof);

    Parts& parts_;
    FindUrl find_url_;
    std::function<void(const spool::HeaderIdentity&)> proven_;
    Crew::StepId step_;

    std::uint64_t last_waiter_ = 0;
    std::unordered_map<std::uint64_t, Waiter> waiters_;
    std::set<std::pair<TimePoint, std::uint64_t>> deadlines_;
    std::map<Pair, Trial> trials_;
    std::size_t bytes_ = 0;  ///< of all waiters
    std::map<Pair, Refusal> refusals_;
    std::deque<std::pair<TimePoint, Pair>> refusals_by_age_;
    std::map<std::string, std::deque<TimePoint>, std::less<>> started_;  ///< by region, in the last second
};

}  // namespace hookline::ship
