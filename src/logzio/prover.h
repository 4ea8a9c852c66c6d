#pragma once
// The proof of a new token: what a receiver needs from whoever can ask Logz.io (DESIGN section 4). A seam: the endpoint
// does not know the shipper, and both need not run in one process.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mailbox.h"
#include "base/secret.h"

namespace hookline::logzio {

enum class ProofOutcome {
    accepted,   ///< the token is good and every line taken or condemned: commit ids and proof, store nothing
    refused,    ///< 401 or 403: store nothing
    undecided,  ///< no verdict that settles it in time: store the events
    crowded,    ///< the pools for unproven pairs are full: 503
};
/// Lines of a proof that Logz.io refused while it took others: each set becomes one dead letter.
struct CondemnedLines {
    std::vector<std::uint32_t> lines;  ///< by their places among those sent
    bool in_doubt = false;             ///< some of them are at Logz.io, and nobody knows which
    std::string answer;                ///< what to say in the letter; never holds the token
};
struct Proof {
    ProofOutcome outcome = ProofOutcome::undecided;
    int status = 0;      ///< the listener's
    std::string answer;  ///< its exact text, when refused; never holds the token
    std::vector<CondemnedLines> condemned{};
};

struct ProofRequest {
    std::string region;
    Secret token;
    std::shared_ptr<const std::string> lines;  ///< newline-ended
    std::size_t count = 0;
    TimePoint until;  ///< `done` is posted at the latest now
};

class Prover {
 public:
    virtual ~Prover() = default;
    /// Sends the lines to Logz.io from memory, or waits for a proof of the same pair that is under way. `done` is
    /// posted to `mailbox` exactly once. A refusal is repeated from memory for 10 s. When several deliveries wait for
    /// one proof and it is accepted, the one that was sent gets `accepted`, the others `undecided`: they are stored as
    /// for a proven tenant. Any thread.
    virtual void prove(ProofRequest request, Mailbox& mailbox, std::function<void(Proof)> done) = 0;
};

}  // namespace hookline::logzio
