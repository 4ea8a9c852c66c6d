#include "app/relay.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include <pthread.h>
#include <sys/resource.h>

#include "app/health.h"
#include "app/log_shipping.h"
#include "app/open_files.h"
#include "app/reload_guard.h"
#include "app/spool_owner.h"
#include "base/lane.h"
#include "base/log_level.h"
#include "base/time_text.h"
#include "status/admin_api.h"
#include "status/backup_desk.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

/// The configuration in force. Any thread.
class ConfigInForce {
 public:
    explicit ConfigInForce(Config first) : current_(std::make_shared<const Config>(std::move(first))) {}
    [[nodiscard]] std::shared_ptr<const Config> get() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }
    void set(Config next) {
        auto made = std::make_shared<const Config>(std::move(next));
        const std::lock_guard lock(mutex_);
        current_ = std::move(made);
    }

 private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Config> current_;
};

/// The type of what is sent to a tenant, for the URL. Where only the relay's own warnings go that is theirs.
std::string type_toward(const Config& config, const std::string& tenant) {
    constexpr const char* events = "okta";
    if (tenant != config.log_ship_to) return events;  // asked for each bulk: hooks are thousands
    const auto& hooks = config.entrances.hooks;
    const bool has_hook =
        std::any_of(hooks.begin(), hooks.end(), [&](const auto& hook) { return hook.second.tenant == tenant; });
    return has_hook ? events : "hookline";
}

/// Where a tenant's lines go under this configuration; nothing when it does not say.
std::optional<ship::Destination> destination_of(const Config& config, const spool::Identity& identity) {
    ship::Destination destination;
    if (const auto* by_header = std::get_if<spool::HeaderIdentity>(&identity)) {
        destination.region = by_header->region;
        destination.token = by_header->token;
    } else {
        const auto found = config.tenants.find(std::get<spool::NamedIdentity>(identity).name);
        if (found == config.tenants.end()) return {};
        destination.region = found->second.region;
        destination.token = found->second.token;
        destination.type = type_toward(config, found->first);
    }
    const auto url = config.regions.url(destination.region);
    if (!url) return {};
    destination.url = *url;
    return destination;
}

unsigned loops_of(const Config& config) {
    return config.loops != 0 ? config.loops : std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
}

/// Where cores are few, this thread's milliseconds do not stand before the microseconds of those that answer and send.
void give_way() {
    constexpr int nice_level = 5;  // a third of their share, when everybody wants to run
    if (::setpriority(PRIO_PROCESS, 0, nice_level) != 0) log_debug("the thread's priority could not be lowered");
}

class WiredRelay final : public Relay {
 public:
    WiredRelay(Config config, PassedSockets sockets)
        : config_(std::move(config)),
          config_at_start_(config_.get()),
          spool_directory_(config_.get()->spool_directory),
          sockets_(std::move(sockets)),
          entrances_(std::make_shared<const receive::Entrances>(config_.get()->entrances)),
          crew_(clock_) {}

    ~WiredRelay() override { stop(); }

    Result<void> begin(std::function<void(const Error&)> on_fatal) {
        const auto config = config_.get();
        if (auto opened = open_spool(*config, std::move(on_fatal)); !opened) return opened;
        if (auto shipping = begin_shipping(*config); !shipping) return shipping;
        log_shipping_.emplace(*spool_, tail_, clock_, metrics_, log_ring());
        ship_log(*config);
        if (auto receiving = begin_receiving(*config); !receiving) return receiving;
        return begin_admin(*config);
    }

    Result<void> reload(Config next) override {
        const auto before = config_.get();
        if (auto allowed = may_replace(*before, next, spool_->tenants(), spool_->status().ids_read, clock_.wall());
            !allowed)
            return allowed;
        carry_uses(*before, next);
        auto token = admin_ ? admin_token_of(next) : Result<Secret>(Secret());
        if (!token) return failed("take up the admin token", token.error());
        if (tls_ && next.tls) {
            const auto renewed = tls_->reload(next.certificate, next.key);
            if (!renewed) return failed("take up the certificate", renewed.error());
        }
        if (admin_tls_ && !next.admin_certificate.empty()) {
            const auto renewed = admin_tls_->reload(next.admin_certificate, next.admin_key);
            if (!renewed) return failed("take up the admin certificate", renewed.error());
        }
        if (admin_) admin_->admit(std::move(*token), next.admin_host_names);
        warn_of_restart(*config_at_start_, next);
        for (const std::string& warning : next.warnings) log_warn(warning);
        change_log_level(next.log_level, "reload");
        set_up_log(next.log_level, next.log_format.value_or(fitting_log_format()));
        ship_log(next);
        entrances_.set(std::make_shared<const receive::Entrances>(next.entrances));
        config_.set(std::move(next));
        shipping_->destinations_changed();
        log_info("configuration taken up");
        return {};
    }

    void look_after() override {
        for (net::TlsServer* const tls : {tls_.get(), admin_tls_.get()}) {
            if (tls == nullptr) continue;
            const auto renewed = tls->reload_if_changed();
            if (!renewed) {
                log_error("the new certificate is refused, the old one stays in use",
                          {{"reason", renewed.error().message}});
            } else if (*renewed) {
                log_info("certificate taken up", {{"expires_at", format_rfc3339_seconds(tls->expires_at())}});
            }
        }
        tell_certificate();
        log_shipping_->step(clock_.now());
    }

    void watch(Pulse& pulse) override {
        const unsigned loops = loops_of(*config_at_start_);
        pulse.watch("receive", [this, loops](const Task& answered) {
            const auto missing = std::make_shared<std::atomic<unsigned>>(loops);
            server_->on_each_loop([missing, answered](net::HttpHandler&) {
                if (missing->fetch_sub(1) == 1) answered();
            });
        });
        pulse.watch("commit", [this](Task answered) { spool_->at_next_turn(std::move(answered)); });
        pulse.watch("crew", [this](Task answered) { crew_.post(std::move(answered)); });
        pulse.watch("lane", [this](Task answered) { lane_.post(std::move(answered)); });
        pulse.watch("bulks", [this](Task answered) { bulk_lane_.post(std::move(answered)); });
    }

    void tell_health(TimePoint now, const Pulse& pulse) override {
        health_.tell(now, pulse.patience(), pulse.hanging(now));
    }

    std::string summary() const override {
        const spool::SpoolStatus spool = spool_->status();
        std::string text = spool.accepting ? "taking deliveries" : "refusing deliveries: " + spool.reason;
        const std::size_t waiting = spool_->tenants_with_lines().size();
        text += waiting == 0 ? "; nothing waits" : fmt::format("; events of {} tenants wait", waiting);
        std::size_t held = 0;
        for (const ship::ShipperStatus& shipper : shipping_->status()) {
            if (shipper.hold != ship::HoldReason::none) ++held;
        }
        if (held > 0) text += fmt::format("; {} held, see hookline status", held);
        return text;
    }

    void stop() override {
        if (stopped_) return;
        stopped_ = true;
        health_.stopping();
        const TimePoint began = clock_.now();
        const auto patience = config_.get()->stop_time_max;
        // Half for the bulks in flight, while deliveries are still taken, so that Okta waits, or finds nobody, for the
        // shorter part alone: a third for what was read, and the rest to commit and close.
        if (shipping_ && crew_thread_.joinable()) {
            const auto quiet = std::make_shared<std::promise<void>>();
            shipping_->drain([quiet] { quiet->set_value(); });
            if (quiet->get_future().wait_for(patience / 2) != std::future_status::ready) {
                log_warn("bulks in flight did not end in time; they are sent again at the next start");
            }
        }
        if (server_) server_->drain(patience / 3);
        if (lane_thread_.joinable()) {
            lane_.stop();
            lane_thread_.join();
        }
        if (bulk_lane_thread_.joinable()) {
            bulk_lane_.stop();
            bulk_lane_thread_.join();
        }
        if (client_) client_->cancel_all();
        if (admin_) admin_->stop();
        if (backups_) backups_->stop();
        if (crew_thread_.joinable()) {
            crew_.stop();
            crew_thread_.join();
        }
        if (log_shipping_) log_shipping_->finish();
        if (spool_) {
            if (auto closed = spool_->close(); !closed) {
                log_error("the spool did not close cleanly", {{"reason", closed.error().message}});
            }
        }
        // Last: proofs and commits hand their answers to the loops' letter boxes.
        server_.reset();
        log_info("stopped", {{"took", format_duration(clock_.now() - began)}});
    }

    std::vector<net::Endpoint> receive_endpoints() const override { return server_->endpoints(); }
    std::vector<net::Endpoint> admin_endpoints() const override {
        return admin_ ? admin_->endpoints() : std::vector<net::Endpoint>{};
    }
    const spool::Spool& spool() const override { return *spool_; }
    const Metrics& metrics() const override { return metrics_; }
    std::vector<ship::ShipperStatus> shippers() const override { return shipping_->status(); }

 private:
    static std::string format_rfc3339_seconds(WallTime when) {
        return format_rfc3339(std::chrono::floor<std::chrono::seconds>(when));
    }

    Result<void> open_spool(const Config& config, std::function<void(const Error&)> on_fatal) {
        if (auto may = may_write_as_this_user(config.spool_directory); !may) return failed("start relay", may.error());
        spool::SpoolOptions options;
        options.directory = config.spool_directory;
        options.key = config.spool_key;
        options.limits = config.spool;
        options.on_fatal = std::move(on_fatal);
        auto opened = spool::Spool::open(std::move(options), clock_, metrics_);
        if (!opened) return failed("start relay", opened.error());
        spool_ = std::move(*opened);
        if (!config.spool_key) {
            log_warn(
                "the key of the spool lies beside it: whoever copies the whole directory has both, and can read the "
                "events and tokens in it; name a key that lies elsewhere with spool.key_file",
                {{"key", (config.spool_directory / "spool.key").string()}});
        }
        return {};
    }

    Result<void> begin_shipping(const Config& config) {
        auto client = net::make_http_client(config.client);
        if (!client) return failed("start relay", client.error());
        client_ = std::move(*client);
        listener_.emplace(*client_, config.listener, &bulk_lane_.ahead());
        shipping_ = ship::Shipping::make(
            *spool_, *listener_, [this](TenantId tenant) { return find_destination(tenant); },
            [this](std::string_view region) { return config_.get()->regions.url(region); }, config.shipping, crew_,
            clock_, metrics_, std::random_device()(), &bulk_lane_, &recent_bulks_);
        spool_->on_arrival([this](const std::vector<TenantId>& tenants) { shipping_->arrived(tenants); });
        shipping_->begin();
        bulk_lane_thread_ = std::thread([this] {
            pthread_setname_np(pthread_self(), "bulks");
            give_way();
            bulk_lane_.run();
        });
        crew_thread_ = std::thread([this] {
            pthread_setname_np(pthread_self(), "crew");
            crew_.run();
        });
        return {};
    }

    void ship_log(const Config& config) {
        if (config.log_ship_to.empty()) {
            log_shipping_->finish();
        } else {
            log_shipping_->begin(config.log_ship_to, config.log_ship_level);
        }
    }

    Result<void> begin_receiving(const Config& config) {
        if (config.tls) {
            auto tls = net::TlsServer::open(config.certificate, config.key, clock_);
            if (!tls) return failed("start relay", tls.error());
            tls_ = std::move(*tls);
        }
        tell_certificate();
        net::HttpServerOptions options;
        options.listen = config.listen;
        options.sockets = sockets_.receive;
        options.tls = tls_;
        options.proxy_protocol = config.proxy_protocol;
        options.trusted = config.trusted_proxies;
        options.loops = loops_of(config);
        options.limits = config.http;
        options.limits.connections_max = connections_max(config);
        options.name = "receive";
        receive::EndpointParts parts{entrances_, *spool_,      shipping_->prover(), clock_,
                                     metrics_,   config.shape, config.line_limits,  config.endpoint};
        parts.lane = &lane_;
        parts.tail = &tail_;
        parts.recent = &recent_deliveries_;
        auto server = net::HttpServer::start(
            std::move(options), [&parts](unsigned) { return receive::make_endpoint(parts); }, metrics_);
        if (!server) return failed("start relay", server.error());
        server_ = std::move(*server);
        lane_thread_ = std::thread([this] {
            pthread_setname_np(pthread_self(), "lane");
            give_way();
            lane_.run();
        });
        announce("receive", server_->endpoints(), config.tls, !sockets_.receive.empty());
        return {};
    }

    void tell_certificate() {
        WallTime end = tls_ ? tls_->expires_at() : WallTime{};
        if (admin_tls_) end = tls_ ? std::min(end, admin_tls_->expires_at()) : admin_tls_->expires_at();
        certificate_end_.set(std::chrono::duration<double>(end.time_since_epoch()).count());
    }

    Result<void> begin_admin(const Config& config) {
        if (!config.admin) return {};
        auto token = admin_token_of(config);
        if (!token) return failed("start relay", token.error());
        net::HttpServerOptions options;
        options.listen = {*config.admin};
        options.sockets = sockets_.admin;
        options.name = "admin";
        if (!config.admin_certificate.empty()) {
            auto tls = net::TlsServer::open(config.admin_certificate, config.admin_key, clock_);
            if (!tls) return failed("start relay", tls.error());
            options.tls = admin_tls_ = std::move(*tls);
            tell_certificate();
        }
        options.limits.body_bytes_max = 1024 * 1024;
        options.limits.connections_max = 256;
        status::AdminParts parts{*spool_, clock_, metrics_, {}, {}, {}, {}, {}, {}};
        parts.shippers = [this] { return shipper_rows(); };
        parts.not_ready = [this] { return not_ready(); };
        parts.not_healthy = [this] { return health_.faults(clock_.now()); };
        parts.destination_changed = [this](TenantId) { shipping_->destinations_changed(); };
        parts.region_known = [this](std::string_view region) { return config_.get()->regions.url(region).has_value(); };
        parts.listeners = [this] { return listener_rows(); };
        parts.host_names = config.admin_host_names;
        parts.limits = config.spool;
        backups_.emplace(*spool_, clock_, [allowed = config.backup_directory](const std::string& asked) {
            return status::place_within(allowed, asked);
        });
        parts.backups = &*backups_;
        parts.shape = config.shape;
        parts.line_limits = config.line_limits;
        parts.tail = &tail_;
        parts.recent_deliveries = &recent_deliveries_;
        parts.recent_bulks = &recent_bulks_;
        auto admin = status::AdminServer::start(std::move(options), parts, std::move(*token), metrics_);
        if (!admin) return failed("start relay", admin.error());
        admin_ = std::move(*admin);
        announce("admin", admin_->endpoints(), admin_tls_ != nullptr, !sockets_.admin.empty());
        return {};
    }

    static std::size_t connections_max(const Config& config) {
        const std::size_t open_files_max = raise_open_files();
        const std::size_t fitting = connections_that_fit(config.http.connections_max, open_files_max);
        if (fitting < config.http.connections_max) {
            log_warn(
                "fewer connections are taken than configured: this process may open too few files; raise its limit",
                {{"receive.connections_max", config.http.connections_max},
                 {"connections_taken_max", fitting},
                 {"open_files_max", open_files_max}});
        }
        return fitting;
    }

    static void announce(std::string_view name, const std::vector<net::Endpoint>& endpoints, bool tls, bool passed) {
        for (const net::Endpoint& endpoint : endpoints) {
            log_info("listening", {{"name", name},
                                   {"address", net::to_string(endpoint)},
                                   {"tls", tls ? "on" : "off"},
                                   {"socket", passed ? "passed" : "own"}});
        }
    }

    /// Asked on the crew's thread before each bulk.
    std::optional<ship::Destination> find_destination(TenantId tenant) const {
        const auto identity = spool_->identity(tenant);
        if (!identity) return {};
        return destination_of(*config_.get(), *identity);
    }

    std::vector<status::ShipperRow> shipper_rows() const {
        std::vector<status::ShipperRow> rows;
        for (const ship::ShipperStatus& shipper : shipping_->status()) {
            const auto destination = find_destination(shipper.tenant);
            rows.push_back({shipper.tenant, std::string(ship::hold_name(shipper.hold)), shipper.detail, shipper.since,
                            shipper.next_try, shipper.in_flight, shipper.last_status, shipper.last_answer,
                            shipper.last_took, destination ? destination->region : ""});
        }
        return rows;
    }

    std::vector<status::ListenerRow> listener_rows() const {
        const auto config = config_.get();
        std::vector<status::ListenerRow> rows;
        for (const std::string& region : config->regions.codes()) {
            rows.push_back({region, config->regions.url(region).value_or("")});
        }
        return rows;
    }

    std::vector<std::string> not_ready() const {
        const spool::SpoolStatus status = spool_->status();
        if (status.accepting) return {};
        return {"the spool takes nothing: " + status.reason};
    }

    /// Until there is one: each time.
    static void warn_of_restart(const Config& at_start, const Config& next) {
        for (const std::string& key : keys_for_the_next_start(at_start, next)) {
            log_warn("a changed setting takes effect at the next start", {{"key", key}});
        }
    }

    /// The configured one, else the one that lies in the spool's directory, which no reload changes.
    Result<Secret> admin_token_of(const Config& config) const {
        return config.admin_token ? Result<Secret>(*config.admin_token) : status::admin_token(spool_directory_);
    }

    SystemClock clock_;
    Health health_;
    Metrics metrics_;
    Gauge certificate_end_ =
        metrics_.gauge("hookline_certificate_end_timestamp_seconds",
                       "When the certificate in use expires, the earlier of two, in seconds since 1970; 0: no TLS");
    ConfigInForce config_;
    const std::shared_ptr<const Config> config_at_start_;
    const Path spool_directory_;  ///< the one in use, whatever a reload says
    const PassedSockets sockets_;
    receive::EntrancesInForce entrances_;
    std::unique_ptr<spool::Spool> spool_;
    spool::Tail tail_;
    spool::RecentDeliveries recent_deliveries_;
    spool::RecentBulks recent_bulks_;
    Crew crew_;
    std::unique_ptr<net::HttpClient> client_;
    std::optional<logzio::Listener> listener_;
    std::unique_ptr<ship::Shipping> shipping_;
    std::optional<LogShipping> log_shipping_;
    std::shared_ptr<net::TlsServer> tls_;
    std::shared_ptr<net::TlsServer> admin_tls_;
    std::unique_ptr<net::HttpServer> server_;
    std::optional<status::BackupDesk> backups_;
    std::unique_ptr<status::AdminServer> admin_;
    std::thread crew_thread_;
    Lane lane_;  ///< where large deliveries are read
    std::thread lane_thread_;
    Lane bulk_lane_;  ///< where large bulks are read and compressed
    std::thread bulk_lane_thread_;
    bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Relay>> Relay::start(Config config, std::function<void(const Error&)> on_fatal,
                                            PassedSockets sockets) {
    auto relay = std::make_unique<WiredRelay>(std::move(config), std::move(sockets));
    if (auto begun = relay->begin(std::move(on_fatal)); !begun) return tl::unexpected(begun.error());
    return relay;
}

}  // namespace hookline::app
