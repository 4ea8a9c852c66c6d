#pragma once
// The relay's rooms, wired as in app/relay.cpp, but on one thread and in the simulation's time: no sockets, no commit
// thread; real spool, real endpoint, real shipping. It can be stopped in order, killed, or lose its power.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/crew.h"
#include "base/metrics.h"
#include "receive/endpoint.h"
#include "ship/shipping.h"
#include "simulation/agenda.h"
#include "spool/spool.h"
#include "support/fault_files.h"

namespace hookline::simulation {

/// What the configuration says of named tenants; read by the relay at every bulk.
struct NamedTenant {
    std::string region;
    std::string token;
};

struct RelaySetup {
    std::filesystem::path directory;
    receive::Entrances entrances;
    std::map<std::string, NamedTenant> tenants;
    std::uint64_t seed = 0;
    std::chrono::hours kept_age{0};  ///< how long delivered events are kept
    bool reads_few_ids = false;      ///< before a start is ready; the older ones come with the commits after it
};

/// Tasks for the one loop there is.
class LoopMailbox final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override {
        for (Task& task : tasks) tasks_.push_back(std::move(task));
    }
    bool run();

 private:
    std::vector<Task> tasks_;
};

class Relay {
 public:
    Relay(RelaySetup& setup, test::FakeClock& clock, net::HttpClient& client);

    /// Opens the spool and begins; the reason if it does not open.
    std::optional<std::string> start();
    [[nodiscard]] bool runs() const { return process_ != nullptr; }
    /// No new requests: the first thing of an orderly stop.
    void close_entrance() { open_ = false; }
    [[nodiscard]] bool accepts() const { return runs() && open_; }
    /// True once a write failed for good: the process would end with status 74.
    [[nodiscard]] bool failed() const { return runs() && process_->failed; }
    /// As `kill -9`: what was written stays. With `power_cut` only what was synced, and some bytes behind.
    void kill(bool power_cut, std::uint64_t torn_bytes = 0);
    /// As SIGTERM: `done` when no bulk is in flight; `end` then closes the spool.
    void drain(std::function<void()> done) { process_->shipping->drain(std::move(done)); }
    void end();

    /// A request whose body has come; `responder` hears the answer.
    void request(const net::RequestHead& head, std::string body, const std::shared_ptr<net::Responder::Target>& target);
    [[nodiscard]] Mailbox& loop_mailbox() { return process_->mailbox; }
    void entrances_changed() { process_->entrances.set(std::make_shared<const receive::Entrances>(setup_.entrances)); }
    void destinations_changed() { process_->shipping->destinations_changed(); }

    /// One turn of the commit thread.
    bool commit() { return process_->spool->commit_now(); }
    /// Everything that can be done now; when the crew wants its next turn.
    TimePoint run_due(TimePoint now);

    [[nodiscard]] spool::Spool& spool() { return *process_->spool; }
    /// Whether Logz.io has taken something with this header mode's token before.
    [[nodiscard]] bool is_proven(const std::string& region, const std::string& token) const;
    [[nodiscard]] std::vector<ship::ShipperStatus> shippers() const { return process_->shipping->status(); }
    test::FaultFiles& files() { return *files_; }

 private:
    struct Process {
        Process(const receive::Entrances& chosen, const Clock& clock)
            : entrances(std::make_shared<const receive::Entrances>(chosen)), crew(clock) {}
        Metrics metrics;
        LoopMailbox mailbox;
        receive::EntrancesInForce entrances;
        std::unique_ptr<spool::Spool> spool;
        Crew crew;
        std::optional<logzio::Listener> listener;
        std::unique_ptr<ship::Shipping> shipping;
        std::unique_ptr<net::HttpHandler> endpoint;
        bool failed = false;
    };
    [[nodiscard]] std::optional<ship::Destination> destination_of(TenantId tenant) const;

    RelaySetup& setup_;
    test::FakeClock& clock_;
    net::HttpClient& client_;
    const std::shared_ptr<test::FaultFiles> files_ = std::make_shared<test::FaultFiles>();
    std::unique_ptr<Process> process_;
    bool open_ = true;
};

}  // namespace hookline::simulation
