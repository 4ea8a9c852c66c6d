#pragma once
// The posts of the simulated Okta, one after another over a number of connections: each offer is tried within its time,
// and handed back with what came of it. It knows nothing of retries and schedules. Belongs to the sender's thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rehearse/client_tls.h"
#include "rehearse/okta_deliveries.h"
#include "rehearse/okta_sender.h"
#include "rehearse/post_connection.h"
#include "rehearse/socket.h"

namespace hookline::rehearse {

/// A request on its way, with what it is.
struct OktaOffer {
    std::string request;
    OktaBody body;
    unsigned tries = 0;
    bool repeat = false;  ///< it was acknowledged before
    TimePoint began;      ///< this try
};

/// What came of a try.
struct OktaOutcome {
    enum class Kind { answered, timed_out, unreachable } kind = Kind::answered;
    int status = 0;       ///< when answered
    std::string body;     ///< its beginning
    std::string problem;  ///< when unreachable: one sentence
    Duration took{0};
};

class OktaOffers {
 public:
    using Done = std::function<void(std::unique_ptr<OktaOffer> offer, const OktaOutcome& outcome)>;

    static Result<std::unique_ptr<OktaOffers>> make(const OktaSenderOptions& options, Done done);
    ~OktaOffers();
    OktaOffers(const OktaOffers&) = delete;
    OktaOffers& operator=(const OktaOffers&) = delete;

    [[nodiscard]] bool has_room() const { return !free_.empty(); }
    [[nodiscard]] std::size_t under_way() const { return lines_.size() - free_.size(); }
    [[nodiscard]] std::uint64_t connections() const { return connections_; }
    [[nodiscard]] const HookUrl& url() const { return address_.url; }

    /// Only while there is room.
    void begin(std::unique_ptr<OktaOffer> offer, TimePoint now);
    /// Lets things happen until `until` at most; returns early when something did, or when woken.
    void wait(TimePoint until);
    /// Ends `wait` from any thread.
    void wake() { wake_.ring(); }

 private:
    enum class Step { none, connect, begin_tls, send };
    /// A connection and what happens on it.
    struct Line {
        Line(const HookAddress& address, const ClientTls* tls) : connection(address, tls) {}
        PostConnection connection;
        std::unique_ptr<OktaOffer> offer;
        Step next = Step::none;     ///< taken at `next_at`
        TimePoint next_at = never;  ///< a round trip later, when Okta is far away
        TimePoint deadline = never;
        bool watches_write = false;
    };

    OktaOffers(const OktaSenderOptions& options, HookAddress address, std::unique_ptr<ClientTls> tls, Done done);
    void schedule(std::size_t which, Step step, TimePoint now);
    void take_step(std::size_t which);
    void advance(std::size_t which, PostConnection::Progress progress);
    void watch(std::size_t which, bool write, bool fresh);
    void look_at_clocks(TimePoint now);
    void finish(std::size_t which, OktaOutcome outcome);

    const OktaSenderOptions& options_;
    HookAddress address_;
    std::unique_ptr<ClientTls> tls_;
    Done done_;
    int epoll_;
    Wake wake_;
    std::vector<std::unique_ptr<Line>> lines_;
    std::vector<std::size_t> free_;  ///< the one used last is used first
    std::uint64_t connections_ = 0;
    std::size_t address_turn_ = 0;
    TimePoint clocks_due_ = TimePoint::min();
};

}  // namespace hookline::rehearse
