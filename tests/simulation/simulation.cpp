#include "simulation/simulation.h"

#include <fmt/format.h>

#include "simulation/logzio.h"
#include "simulation/okta.h"
#include "support/temp_directory.h"

namespace hookline::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t organisations_max = 5;
constexpr Duration heals_within = 24h * 7;
constexpr Duration service_restarts_in = 2s;  // RestartSec= of the systemd unit
constexpr unsigned starts_in_vain_max = 20;

class Simulation {
 public:
    explicit Simulation(std::uint64_t seed) : chance_(seed) {
        setup_.directory = directory_ / "spool";
        setup_.seed = seed;
        if (seed % 8 == 0) setup_.kept_age = std::chrono::hours(1 + seed / 8 % 24);
        setup_.reads_few_ids = seed % 3 == 0;
    }
    Outcome run();

 private:
    void settle_in();
    void begin_traffic(std::size_t organisation);
    void begin_moods(const std::string& region);
    void begin_refusals();
    void begin_rotations();
    void begin_restarts();
    void begin_disk_troubles();
    void begin_jumps();
    void begin_resends();
    void resend(TenantId tenant);
    /// Does `task` again and again, after waits between these, until the troubles end.
    void again(Duration least, Duration most, std::function<void()> task);

    void start();
    void stop_in_order();
    void kill(bool power_cut);
    void note(std::string_view what) {
        outcome_.trace += fmt::format("{} {}\n", (clock_.now().time_since_epoch() - 24h) / 1ms, what);
    }

    void run_until(TimePoint end, const std::function<bool()>& is_over);
    bool all_settled();
    void heal();
    void collect();
    std::string new_token(std::size_t tenant) { return fmt::format("T{:03}N{:027}", tenant, ++last_token_); }

    const test::TempDirectory directory_;
    test::FakeClock clock_;
    Chance chance_;
    Agenda agenda_{clock_};
    Books books_;
    Logzio logzio_{agenda_, chance_, books_};
    RelaySetup setup_;
    Relay relay_{setup_, clock_, logzio_};
    Okta okta_{agenda_, chance_, books_, relay_, clock_};
    std::vector<Organisation> organisations_;
    std::uint64_t last_token_ = 0;
    TimePoint commit_due_ = never;
    TimePoint disk_slow_until_ = TimePoint::min();
    bool troubles_ = true;
    unsigned starts_in_vain_ = 0;
    Outcome outcome_;
};

void Simulation::settle_in() {
    logzio_.on_bulk = [this](const std::string& what) { note(what); };
    setup_.entrances.regions = {"us", "eu"};
    setup_.entrances.header_mode.enabled = true;
    for (std::size_t number = 0; number < organisations_max; ++number) {
        Organisation organisation;
        organisation.tenant = number;
        organisation.region = number % 2 == 0 ? "us" : "eu";
        organisation.token = new_token(number);
        if (number >= 3) {
            organisation.hook = fmt::format("hook{}", number);
            const std::string tenant = fmt::format("tenant{}", number);
            setup_.entrances.hooks[organisation.hook] = {tenant, {Secret(organisation.hook + " secret")}};
            setup_.tenants[tenant] = {organisation.region, organisation.token};
        }
        logzio_.know(organisation.region, organisation.token, number);
        organisations_.push_back(organisation);
    }
}

void Simulation::again(Duration least, Duration most, std::function<void()> task) {
    agenda_.in(chance_.between(least, most), [this, least, most, task = std::move(task)] {
        if (!troubles_) return;
        task();
        again(least, most, task);
    });
}

void Simulation::begin_traffic(std::size_t organisation) {
    // Bursts and silences: waits are spread over six orders of two.
    const Duration wait = chance_.between(100ms, 200ms) * (1U << chance_.below(17));
    agenda_.in(wait, [this, organisation] {
        if (!troubles_) return;
        okta_.deliver(organisations_[organisation]);
        begin_traffic(organisation);
    });
}

void Simulation::begin_moods(const std::string& region) {
    again(1min, 4h, [this, region] {
        const Mood mood = chance_.one_in(2) ? Mood::fine : static_cast<Mood>(chance_.below(moods));
        note(fmt::format("{} is in mood {}", region, static_cast<int>(mood)));
        logzio_.set_mood(region, mood);
    });
}

void Simulation::begin_refusals() {
    again(1h, 10h, [this] {
        const std::string token = organisations_[chance_.below(organisations_.size())].token;
        note("a token is refused");
        logzio_.set_refused(token, true);
        agenda_.in(chance_.between(1min, 3h), [this, token] { logzio_.set_refused(token, false); });
    });
}

void Simulation::begin_rotations() {
    again(2h, 20h, [this] {
        Organisation& organisation = organisations_[chance_.below(organisations_.size())];
        const std::string old = organisation.token;
        organisation.token = new_token(organisation.tenant);
        logzio_.know(organisation.region, organisation.token, organisation.tenant);
        note(fmt::format("tenant {} rotates its token", organisation.tenant));
        if (organisation.hook.empty()) return;
        setup_.tenants[fmt::format("tenant{}", organisation.tenant)].token = organisation.token;
        logzio_.set_refused(old, true);
        if (relay_.runs()) relay_.destinations_changed();
    });
}

void Simulation::begin_restarts() {
    again(20min, 10h, [this] {
        if (!relay_.accepts()) return;
        switch (chance_.below(3)) {
            case 0:
                return stop_in_order();
            case 1:
                return kill(false);
            default:
                return kill(true);
        }
    });
}

void Simulation::begin_disk_troubles() {
    again(30min, 8h, [this] {
        if (!relay_.accepts()) return;
        const auto heal_in = [this](Duration least, Duration most) {
            agenda_.in(chance_.between(least, most), [this] {
                relay_.files().heal();
                relay_.files().set_free_bytes({});
            });
        };
        switch (chance_.below(4)) {
            case 0:
                note("a sync will fail");
                relay_.files().fail(test::FileKind::log, test::FileOperation::sync,
                                    rocksdb::IOStatus::IOError("input/output error"));
                break;
            case 1:
                note("a write will find no space");
                relay_.files().fail(test::FileKind::log, test::FileOperation::append, rocksdb::IOStatus::NoSpace());
                heal_in(100ms, 5min);
                break;
            case 2:
                note("the disk is full");
                relay_.files().set_free_bytes(0);
                heal_in(1s, 1h);
                break;
            default:
                note("the disk is slow");
                disk_slow_until_ = clock_.now() + chance_.between(1s, 10min);
        }
        // So that a delivery meets it, and not only a heartbeat.
        for (const Organisation& organisation : organisations_) okta_.deliver(organisation);
    });
}

void Simulation::begin_jumps() {
    again(2h, 20h, [this] {
        const Duration by = chance_.between(1s, 24h * 30);
        note("the calendar jumps");
        if (chance_.one_in(2)) {
            clock_.jump_wall(by);
        } else {
            clock_.jump_wall(-by);
        }
    });
}

void Simulation::begin_resends() {
    if (setup_.kept_age == 0h) return;
    again(1h, 10h, [this] {
        if (!relay_.accepts()) return;
        note("what was delivered is sent again");
        for (const spool::TenantStatus& tenant : relay_.spool().tenants()) resend(tenant.id);
    });
}

void Simulation::resend(TenantId tenant) {
    spool::Resend wish;
    wish.tenant = tenant;
    wish.from = WallTime::min();
    wish.to = WallTime::max();
    wish.dry_run = false;
    const auto told = relay_.spool().resend(wish);
    if (!told) return;  // the disk, which has its own consequences
    outcome_.resent += told->events;
    // Any of the tenant's events may have been among them.
    const auto identity = relay_.spool().identity(tenant);
    if (!identity || told->events == 0) return;
    const auto* by_header = std::get_if<spool::HeaderIdentity>(&*identity);
    const std::string token = by_header != nullptr
                                  ? std::string(by_header->token.reveal())
                                  : setup_.tenants.at(std::get<spool::NamedIdentity>(*identity).name).token;
    books_.sent_again(std::stoull(token.substr(1, 3)));
}

void Simulation::start() {
    if (relay_.runs()) return;
    note("start");
    if (const auto problem = relay_.start()) {
        if (relay_.files().is_faulty()) {
            note("it does not start, for the disk");
            if (++starts_in_vain_ % starts_in_vain_max == 0) relay_.files().heal();  // somebody looked after it
            return agenda_.in(service_restarts_in, [this] { start(); });
        }
        books_.violation("it does not start: " + *problem);
        troubles_ = false;
    }
    commit_due_ = clock_.now();
}

void Simulation::stop_in_order() {
    note("stop in order");
    ++outcome_.stops;
    relay_.close_entrance();
    const auto end = [this](bool drained) {
        if (!drained) logzio_.forget_transfers();
        okta_.connections_break();
        relay_.end();
        agenda_.in(chance_.between(100ms, 10min), [this] { start(); });
    };
    const auto ended = std::make_shared<bool>(false);
    agenda_.in(3s, [this, end, ended] {
        if (!relay_.runs() || *ended) return;
        relay_.drain([this, end, ended] {
            // Not from within the crew's own turn.
            agenda_.in(0s, [end, ended] {
                if (!std::exchange(*ended, true)) end(true);
            });
        });
    });
    agenda_.in(10s, [this, end, ended] {
        if (relay_.runs() && !std::exchange(*ended, true)) end(false);
    });
}

void Simulation::kill(bool power_cut) {
    note(power_cut ? "power cut" : "kill");
    ++(power_cut ? outcome_.power_cuts : outcome_.kills);
    okta_.connections_break();
    logzio_.forget_transfers();
    relay_.kill(power_cut, chance_.below(6'000));
    agenda_.in(chance_.between(100ms, 10min), [this] { start(); });
}

void Simulation::run_until(TimePoint end, const std::function<bool()>& is_over) {
    while (clock_.now() < end && !is_over()) {
        TimePoint next = never;
        if (relay_.runs()) next = relay_.run_due(clock_.now());
        if (agenda_.run_one()) {
            const Duration commit_takes =
                clock_.now() < disk_slow_until_ ? chance_.between(0s, 4s) : chance_.between(200us, 6ms);
            commit_due_ = std::min(commit_due_, clock_.now() + commit_takes);
            continue;
        }
        if (relay_.runs() && commit_due_ <= clock_.now()) {
            const bool worked = relay_.commit();
            commit_due_ = clock_.now() + (worked ? chance_.between(200us, 6ms) : chance_.between(1s, 5min));
            if (relay_.failed()) {
                note("the disk failed");
                ++outcome_.failures;
                kill(chance_.one_in(2));  // what was written and not synced may be there, or not
            }
            continue;
        }
        next = std::min(next, agenda_.next());
        if (relay_.runs()) next = std::min(next, commit_due_);
        if (next > clock_.now()) clock_.advance(std::min(next, end) - clock_.now());
    }
}

bool Simulation::all_settled() {
    if (!relay_.runs()) return false;
    for (const spool::TenantStatus& tenant : relay_.spool().tenants()) {
        if (tenant.waiting_lines > 0) return false;
    }
    return true;
}

void Simulation::heal() {
    note("all is well again");
    troubles_ = false;
    disk_slow_until_ = TimePoint::min();
    logzio_.heal();
    relay_.files().heal();
    relay_.files().set_free_bytes({});
}

void Simulation::collect() {
    if (!relay_.runs()) return;
    std::uint64_t after = 0;
    while (true) {
        const auto letters = relay_.spool().letters({}, after, 1'000);
        if (!letters) return books_.violation("letters: " + letters.error().message);
        if (letters->empty()) break;
        for (const spool::Letter& letter : *letters) {
            after = letter.id;
            ++outcome_.letters;
            std::string_view body = letter.draft.body;
            while (!body.empty()) {
                const std::string_view line = body.substr(0, body.find('\n'));
                const std::string name = name_in(line);
                if (books_.knows(name)) books_.of(name).in_letter = true;
                body.remove_prefix(std::min(body.size(), line.size() + 1));
            }
        }
    }
}

Outcome Simulation::run() {
    settle_in();
    start();
    for (std::size_t number = 0; number < organisations_.size(); ++number) begin_traffic(number);
    for (const char* region : {"us", "eu"}) begin_moods(region);
    begin_refusals();
    begin_rotations();
    begin_restarts();
    begin_disk_troubles();
    begin_jumps();
    begin_resends();
    run_until(clock_.now() + chance_.between(1h, 30h), [] { return false; });

    heal();
    // What Okta still offers comes within three hours; what waits goes at the next probe.
    run_until(clock_.now() + 3h, [] { return false; });
    if (!relay_.runs()) start();
    run_until(clock_.now() + heals_within, [this] { return all_settled(); });
    if (!all_settled()) {
        books_.violation("lines still wait a week after all is well");
        for (const auto& shipper : relay_.runs() ? relay_.shippers() : std::vector<ship::ShipperStatus>{}) {
            note(fmt::format("tenant {}: {} {}", shipper.tenant.number, ship::hold_name(shipper.hold), shipper.detail));
        }
    }
    collect();
    books_.judge();

    outcome_.violations = books_.violations();
    outcome_.hours = static_cast<std::uint64_t>((clock_.now().time_since_epoch() - 24h) / 1h);
    outcome_.deliveries = okta_.deliveries;
    outcome_.bulks = logzio_.requests;
    for (const auto& [name, event] : books_.events()) {
        outcome_.acknowledged += event.acknowledged ? 1U : 0U;
        outcome_.arrived += event.arrivals > 0 ? 1U : 0U;
        outcome_.copies += event.arrivals > 1 ? event.arrivals - 1 : 0;
        outcome_.trace += fmt::format("{} {}{} {}\n", name, event.acknowledged ? "acknowledged " : "",
                                      event.in_letter ? "letter" : "", event.arrivals);
    }
    if (relay_.runs()) relay_.end();
    return std::move(outcome_);
}

}  // namespace

Outcome simulate(std::uint64_t seed) { return Simulation(seed).run(); }

}  // namespace hookline::simulation
