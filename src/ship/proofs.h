#pragma once
// The proof of a new token: a delivery of a pair that was never accepted goes to Logz.io from memory (DESIGN section
// 4). One transfer a pair; deliveries that come meanwhile wait for its verdict.
//
// `prove` may be called from any thread; all else happens on the crew's.

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "logzio/prover.h"
#include "ship/letters.h"
#include "ship/narrowing.h"
#include "ship/parts.h"

namespace hookline::ship {

/// Less is no time to ask in.
inline constexpr std::chrono::milliseconds proof_useful_time_min{50};

class Proofs final : public logzio::Prover {
 public:
    /// `proven` is told of each pair that Logz.io accepted.
    Proofs(Parts& parts, FindUrl find_url, std::function<void(const spool::HeaderIdentity&)> proven);
    ~Proofs() override;

    void prove(logzio::ProofRequest request, Mailbox& mailbox, std::function<void(logzio::Proof)> done) override;

 private:
    using Proof = logzio::Proof;
    using Pair = std::string;  ///< region and the token's SHA-256: no secret
    struct Waiter {
        Pair pair;
        std::size_t bytes = 0;
        TimePoint until;
        Mailbox* mailbox = nullptr;
        std::function<void(logzio::Proof)> done;
    };
    /// Some lines of the delivery that was sent were refused, while it is found out which.
    struct Hunt {
        std::vector<std::string_view> lines;  ///< point into the request
        Narrowing narrowing;
        Sentence sentence;  ///< the answer to all of them
        std::size_t sends = 0;
        std::vector<logzio::CondemnedLines> found{};
    };
    /// A transfer and the deliveries that wait for it; the first of them is the one that was sent.
    struct Trial {
        logzio::ProofRequest request;
        std::string url;
        std::vector<std::uint64_t> waiters{};
        std::uint64_t sent = 0;
        std::size_t bytes = 0;
        std::optional<Hunt> hunt{};
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
    void send(const Pair& pair, const Trial& trial, std::shared_ptr<const std::string> lines, std::size_t count,
              TimePoint now);
    void on_verdict(const Pair& pair, const logzio::Verdict& verdict);
    void conclude(const Pair& pair, const Proof& proof);
    // Lines that were refused (proofs_hunt.cpp).
    [[nodiscard]] Hunt hunt_of(const Trial& trial, const logzio::PartlyAccepted& counts,
                               const logzio::Verdict& verdict) const;
    static void answered(Hunt& hunt, const logzio::Verdict& verdict);
    static void note_found(Hunt& hunt, const logzio::Verdict& verdict);
    [[nodiscard]] bool may_ask(const Trial& trial, TimePoint now) const;
    void ask(const Pair& pair, Trial& trial, TimePoint now);
    static Proof found_out(Hunt hunt);
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
