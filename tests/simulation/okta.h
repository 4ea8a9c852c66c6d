#pragma once
// Okta as the simulation has it: deliveries from several organisations, offered once more after a 5xx or three seconds
// of silence, never after a 4xx; now and then a delivery comes twice although it was taken, or with other content.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "simulation/agenda.h"
#include "simulation/books.h"
#include "simulation/relay.h"

namespace hookline::simulation {

/// One destination of one organisation, and how its hook is set up.
struct Organisation {
    std::size_t tenant = 0;
    std::string region;
    std::string token;  ///< sent in the header; with a named hook the relay has it
    std::string hook;   ///< empty: header mode
};

class Okta {
 public:
    Okta(Agenda& agenda, Chance& chance, Books& books, Relay& relay, const test::FakeClock& clock)
        : agenda_(agenda), chance_(chance), books_(books), relay_(relay), clock_(clock) {}

    /// One to ten new events, now; `poisoned` ones the listener will not take.
    void deliver(const Organisation& organisation);
    /// The relay's process is gone: its connections break.
    void connections_break();

    std::map<int, std::uint64_t> answers;  ///< by status; 0: none in time
    std::uint64_t deliveries = 0;
    std::uint64_t given_up = 0;

 private:
    struct Delivery {
        Organisation organisation;
        std::vector<std::string> names;
        std::string body;
        unsigned offers = 0;
        bool may_prove = false;  ///< its token was not proven when it was offered
    };
    class Exchange;

    void offer(const std::shared_ptr<Delivery>& delivery);
    void answered(const std::shared_ptr<Delivery>& delivery, int status, TimePoint began);
    std::string make_event(const Organisation& organisation, std::vector<std::string>& names);

    Agenda& agenda_;
    Chance& chance_;
    Books& books_;
    Relay& relay_;
    const test::FakeClock& clock_;
    std::uint64_t last_event_ = 0;
    std::map<std::size_t, std::string> last_uuid_;  ///< by tenant; empty once it came with other content
    std::set<std::shared_ptr<Exchange>> open_;
};

}  // namespace hookline::simulation
