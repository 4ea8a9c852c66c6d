#include "app/try.h"

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "app/relay.h"
#include "app/signals.h"
#include "base/log_level.h"
#include "rehearse/try_screen.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

constexpr auto catching_up_max = 15s;  // for the last events to arrive, once the simulated Okta has stopped
constexpr int certificate_days = 7;

/// A directory under the system's temporary one that goes away with everything in it.
class TemporaryFolder {
 public:
    static Result<std::unique_ptr<TemporaryFolder>> make() {
        std::string name = (std::filesystem::temp_directory_path() / "hookline-try-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) return failed("a temporary directory cannot be made: " + name);
        return std::make_unique<TemporaryFolder>(name);
    }
    explicit TemporaryFolder(Path path) : path_(std::move(path)) {}
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const Path& path() const { return path_; }

 private:
    Path path_;
};

/// A token of the right form that nobody else has.
std::string made_up_token() {
    std::random_device chance;
    std::uniform_int_distribution<int> letter('a', 'z');
    std::string token(32, ' ');
    for (char& c : token) c = static_cast<char>(letter(chance));
    return token;
}

struct CertificateFiles {
    Path certificate;
    Path key;
};

Result<CertificateFiles> write_certificate(const Path& folder) {
    const auto made = net::make_self_signed({"localhost", "127.0.0.1"}, certificate_days);
    if (!made) return tl::unexpected(made.error());
    const CertificateFiles files{folder / "relay.crt", folder / "relay.key"};
    if (auto written = write_file_atomically(files.certificate, made->certificate_pem); !written) {
        return tl::unexpected(written.error());
    }
    if (auto written = write_file_atomically(files.key, made->key_pem); !written)
        return tl::unexpected(written.error());
    return files;
}

/// Both outside worlds and the relay between them. Used from the main thread.
class Rehearsal {
 public:
    explicit Rehearsal(const TryOptions& options) : options_(options), token_(made_up_token()) {}

    Result<void> start() {
        auto folder = TemporaryFolder::make();
        if (!folder) return tl::unexpected(folder.error());
        folder_ = std::move(*folder);
        if (auto started = start_logzio(); !started) return failed("start the emulated Logz.io", started.error());
        if (auto started = start_relay(); !started) return started;
        return start_okta();
    }

    int run() {
        rehearse::TryScreen screen(
            {[this] { return okta_->report(); }, [this] { return counts(); }, [this] { return logzio_->report(); }},
            addresses(), options_.json ? rehearse::ScreenMode::json : rehearse::ScreenMode::automatic, std::cout);
        screen.introduce();
        std::thread posting([this] { post(); });
        std::thread listening([this] { listen_for_signals(); });
        const bool endless = options_.duration == 0s;
        screen.run(stop_, endless ? never : std::chrono::steady_clock::now() + options_.duration);
        okta_->stop();
        posting.join();
        catch_up();
        stop_ = true;
        listening.join();
        if (const std::string why = failure(); !why.empty()) {
            std::cerr << "hookline try: " << why << '\n';
            return static_cast<int>(ExitStatus::failed);
        }
        const auto missing = rehearse::count_missing(acknowledged_file(), *logzio_, "us", token_);
        const int status = screen.conclude(missing.value_or(0));
        relay_->stop();
        return missing ? status : static_cast<int>(ExitStatus::failed);
    }

 private:
    Result<void> start_logzio() {
        rehearse::LogzioEmulatorOptions options;
        options.regions = {{"us", {"127.0.0.1", 0}}, {"eu", {"127.0.0.1", 0}}};
        options.tls = true;
        options.tokens = {"us:" + token_};
        options.control = net::Endpoint{"127.0.0.1", 0};
        auto started = rehearse::LogzioEmulator::start(std::move(options));
        if (!started) return tl::unexpected(started.error());
        logzio_ = std::move(*started);
        return write_file_atomically(listener_certificate(), logzio_->certificate_pem());
    }

    Result<void> start_relay() {
        const auto files = write_certificate(folder_->path());
        if (!files) return failed("make a certificate", files.error());
        ConfigSources sources;
        sources.flags = {{"receive.listen", "127.0.0.1:0"},
                         {"receive.certificate", files->certificate.string()},
                         {"receive.key", files->key.string()},
                         {"receive.connections_max", "256"},
                         {"admin.listen", "127.0.0.1:0"},
                         {"spool.directory", spool_directory().string()},
                         {"regions.us.url", logzio_->url("us")},
                         {"regions.eu.url", logzio_->url("eu")},
                         {"client.ca_file", listener_certificate().string()},
                         {"log.level", "warn"}};
        auto config = read_config(sources);
        if (!config) return failed("configure the relay: " + to_string(config.error().front()));
        // A spool that goes with this process needs no key that outlives it.
        if (!options_.spool_directory) config->spool_key = SealKey::random();
        set_up_log(config->log_level, config->log_format.value_or(fitting_log_format()));
        auto relay = Relay::start(std::move(*config),
                                  [this](const Error& error) { give_up("the disk failed: " + error.message); });
        if (!relay) return tl::unexpected(relay.error());
        relay_ = std::move(*relay);
        certificate_ = files->certificate;
        return {};
    }

    Result<void> start_okta() {
        rehearse::OktaSenderOptions options;
        options.url = hook();
        options.headers = {{"logzio_token", token_}, {"logzio_region", "us"}};
        options.ca_file = certificate_.string();
        options.rate = options_.rate;
        options.duplicate_share = 0.02;
        options.acknowledged_file = acknowledged_file();
        options.seed = std::random_device()();
        auto made = rehearse::OktaSender::make(std::move(options));
        if (!made) return failed("start the simulated Okta", made.error());
        okta_ = std::move(*made);
        return {};
    }

    void post() {
        if (auto posted = okta_->run(); !posted) {
            give_up("the simulated Okta gave up: " + posted.error().message);
        }
    }

    /// Any thread. The first reason is the one that is told.
    void give_up(std::string why) {
        {
            const std::lock_guard lock(mutex_);
            if (failure_.empty()) failure_ = std::move(why);
        }
        stop_ = true;
    }
    std::string failure() const {
        const std::lock_guard lock(mutex_);
        return failure_;
    }

    void listen_for_signals() {
        while (!stop_) {
            if (next_signal(100ms) == Signal::stop) stop_ = true;
        }
    }

    /// What was acknowledged last may still be on its way.
    void catch_up() {
        const auto until = std::chrono::steady_clock::now() + catching_up_max;
        while (counts().waiting_events > 0 && std::chrono::steady_clock::now() < until)
            std::this_thread::sleep_for(20ms);
    }

    rehearse::TryCounts counts() const {
        rehearse::TryCounts counts;
        for (const spool::TenantStatus& tenant : relay_->spool().tenants()) {
            counts.received_events += tenant.received_events;
            counts.stored_events += tenant.received_events - tenant.repeated_events;
            counts.delivered_events += tenant.delivered_events;
            counts.waiting_events += tenant.waiting_lines;
            counts.waiting_bytes += tenant.waiting_bytes;
            counts.dead_letters += tenant.condemned_letters;
        }
        const rehearse::OktaSenderReport okta = okta_->report();
        counts.received_deliveries = okta.acknowledged + okta.repeats;
        counts.acknowledgement_p50 = okta.p50;
        counts.acknowledgement_p99 = okta.p99;
        return counts;
    }

    rehearse::TryAddresses addresses() const {
        rehearse::TryAddresses addresses;
        addresses.hook = hook();
        addresses.admin = "http://" + net::to_string(relay_->admin_endpoints().front()) + "/";
        if (const auto control = logzio_->control()) addresses.control = "http://" + net::to_string(*control);
        addresses.certificate_file = certificate_.string();
        addresses.spool_directory = spool_directory().string();
        return addresses;
    }

    std::string hook() const { return "https://" + net::to_string(relay_->receive_endpoints().front()) + "/"; }
    Path spool_directory() const { return options_.spool_directory.value_or(folder_->path() / "spool"); }
    Path listener_certificate() const { return folder_->path() / "logzio.crt"; }
    Path acknowledged_file() const { return folder_->path() / "acknowledged"; }

    const TryOptions options_;
    const std::string token_;
    std::atomic<bool> stop_ = false;
    mutable std::mutex mutex_;
    std::string failure_;  // guarded by mutex_
    std::unique_ptr<TemporaryFolder> folder_;
    Path certificate_;
    std::unique_ptr<rehearse::LogzioEmulator> logzio_;
    std::unique_ptr<Relay> relay_;
    std::unique_ptr<rehearse::OktaSender> okta_;
};

}  // namespace

int run_try(const TryOptions& options) {
    take_over_signals();
    Rehearsal rehearsal(options);
    if (auto started = rehearsal.start(); !started) {
        std::cerr << "hookline try: " << started.error().message << '\n';
        return static_cast<int>(ExitStatus::failed);
    }
    return rehearsal.run();
}

}  // namespace hookline::app
