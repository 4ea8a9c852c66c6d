#pragma once
// Logz.io as the simulation has it: a listener for each region with good and bad times, behind the relay's HTTP client
// seam. What it does is drawn from facts about the real one (valid lines of a refused bulk are in all the same).

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "simulation/agenda.h"
#include "simulation/books.h"

namespace hookline::simulation {

enum class Mood {
    fine,
    slow,           ///< answers after seconds, sometimes after the relay gave up
    away,           ///< no connection: nothing is sent
    lossy,          ///< cut off on the way: lines are in, or not
    overloaded,     ///< 429 and 503, some with Retry-After, some after the lines were taken
    rejecting,      ///< 401 whatever the token
    puzzling,       ///< 400 with a text that tells nothing
    small,          ///< 413 for bodies over some kB
    somebody_else,  ///< 200 with an HTML page, or a redirect
};
inline constexpr int moods = 9;

class Logzio final : public net::HttpClient {
 public:
    Logzio(Agenda& agenda, Chance& chance, Books& books) : agenda_(agenda), chance_(chance), books_(books) {}

    /// Tokens that a region takes, and whose they are.
    void know(const std::string& region, const std::string& token, std::size_t tenant) {
        owners_[{region, token}] = tenant;
    }
    void set_mood(const std::string& region, Mood mood) { moods_[region] = mood; }
    void set_refused(const std::string& token, bool refused) {
        refused ? (void)refused_.insert(token) : (void)refused_.erase(token);
    }
    void heal() {
        moods_.clear();
        refused_.clear();
    }
    /// The relay's process is gone: nobody hears the answers that are on their way, and what its last bulks brought may
    /// not be known to it.
    void forget_transfers();

    void start(net::ClientRequest request, Mailbox& mailbox, std::function<void(net::ClientOutcome)> done) override;
    void cancel_all() override {}

    /// Told of each bulk and what became of it, for the trace.
    std::function<void(std::string)> on_bulk;
    std::uint64_t requests = 0;
    std::map<int, std::uint64_t> answers;  ///< by status; 0: none

 private:
    struct Arrived {
        std::vector<std::string> names;
        std::vector<std::string> lines;
    };
    struct Answer {
        int status = 200;
        std::string body;
        Duration after{};
        bool lost = false;
        bool nothing_sent = false;
        int retry_after = 0;
    };
    Answer answer_to(const std::string& region, const std::string& token, const std::vector<std::string>& lines,
                     std::size_t bytes);
    Answer honest(const std::string& region, const std::string& token, const std::vector<std::string>& lines);
    void take(const std::string& region, const std::string& token, const std::vector<std::string>& lines);
    void note_bulk(const std::string& token, std::vector<std::string> names);

    Agenda& agenda_;
    Chance& chance_;
    Books& books_;
    std::map<std::pair<std::string, std::string>, std::size_t> owners_;
    std::map<std::string, Mood> moods_;
    std::set<std::string> refused_;
    std::uint64_t generation_ = 0;  ///< of the relay's process
    /// By token: names in the last two; parts of one that are sent after it count as that one.
    std::map<std::string, std::vector<std::set<std::string>>> last_bulks_;
};

}  // namespace hookline::simulation
