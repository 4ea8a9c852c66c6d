#include "rehearse/logzio_emulator.h"

#include <algorithm>

#include "base/check.h"
#include "rehearse/control.h"
#include "rehearse/door.h"
#include "rehearse/emulator_tls.h"
#include "rehearse/faults.h"
#include "rehearse/intake.h"
#include "rehearse/listener_session.h"
#include "rehearse/record.h"

namespace hookline::rehearse {
namespace {

Result<void> check_options(const LogzioEmulatorOptions& options) {
    if (options.regions.empty()) return failed("the emulator needs at least one region");
    if (options.size_reading != "wire" && options.size_reading != "inflated" && options.size_reading != "either") {
        return failed("what the 10 MB count is \"wire\", \"inflated\" or \"either\", not \"" + options.size_reading +
                      "\"");
    }
    if (options.blank_status != 200 && options.blank_status != 400) {
        return failed("bodies of blank lines are answered 200 or 400");
    }
    for (const std::string& token : options.tokens) {
        const std::string region = token.substr(0, token.find(':'));
        // The rest is a secret and stays out of the sentence.
        if (options.regions.count(region) == 0)
            return failed("a token is written region:token, for a region that is there");
    }
    return {};
}

class Emulator final : public LogzioEmulator, private EmulatorControls {
 public:
    explicit Emulator(LogzioEmulatorOptions options, std::unique_ptr<LinesFile> file)
        : options_(std::move(options)),
          faults_(options_.seed),
          record_(options_, std::move(file)),
          intake_(options_, record_) {}

    Result<void> open() {
        if (options_.tls) {
            auto tls = EmulatorTls::make(options_.certificate_names, options_.certificate_days, options_.tls_1_2_only);
            if (!tls) return tl::unexpected(tls.error());
            tls_ = std::move(*tls);
        }
        for (const auto& [name, at] : options_.regions) {
            auto& region = regions_[name];
            region.shared.reset(new ListenerRegion{name, options_, faults_, record_, intake_, accounts_, 0, 0});
            auto door = Door::open(at, [this, shared = region.shared.get()](Socket& socket, std::uint64_t connection) {
                ListenerSession(socket, connection, *shared, tls_ ? tls_->context() : nullptr).run();
            });
            if (!door) return failed("region " + name, door.error());
            region.door = std::move(*door);
        }
        if (!options_.control) return {};
        auto control = Control::open(*options_.control, *this);
        if (!control) return failed("the emulator's control address", control.error());
        control_ = std::move(*control);
        return {};
    }

    // Stalled requests must see their fault go before their threads are waited for.
    ~Emulator() override { faults_.clear(); }

    [[nodiscard]] std::string url(const std::string& region) const override {
        const auto found = regions_.find(region);
        check(found != regions_.end(), "the emulator has no such region");
        return (tls_ ? "https://" : "http://") + net::to_string(found->second.door->endpoint());
    }
    [[nodiscard]] std::optional<net::Endpoint> control() const override {
        return control_ ? std::optional(control_->endpoint()) : std::nullopt;
    }
    [[nodiscard]] std::string certificate_pem() const override { return tls_ ? tls_->certificate_pem() : ""; }

    std::uint64_t add_fault(Fault fault) override { return try_fault(std::move(fault)).value_or(0); }
    void remove_fault(std::uint64_t id) override {
        faults_.remove(id);
        open_and_close_ports();
    }
    void clear_faults() override {
        faults_.clear();
        open_and_close_ports();
    }

    [[nodiscard]] LogzioEmulatorReport report() const override {
        LogzioEmulatorReport report = record_.report();
        for (const auto& fault : faults_.all()) report.faults[fault->fault.kind] += fault->hits;
        for (const auto& [name, region] : regions_) report.connections_open += region.door->connections();
        return report;
    }
    void flush() override { record_.flush(); }
    [[nodiscard]] std::uint64_t times_seen(const std::string& region, const std::string& token,
                                           const std::string& uuid) const override {
        return record_.times(document_name(uuid, accounts_.find(region, token).number));
    }

 private:
    struct Region {
        std::unique_ptr<ListenerRegion> shared;
        std::unique_ptr<Door> door;
    };

    Result<std::uint64_t> try_fault(Fault fault) override {
        auto added = faults_.add(std::move(fault));
        if (added) open_and_close_ports();
        return added;
    }
    void drop_fault(std::uint64_t id) override { remove_fault(id); }
    void drop_faults() override { clear_faults(); }
    [[nodiscard]] std::vector<std::shared_ptr<const ActiveFault>> faults() const override { return faults_.all(); }
    [[nodiscard]] LogzioEmulatorReport counts() const override { return report(); }
    Record& record() override { return record_; }
    [[nodiscard]] std::string fingerprint_of(std::string_view token) const override {
        return Secret(std::string(token)).fingerprint();
    }
    [[nodiscard]] std::chrono::milliseconds search_delay() const override { return options_.search_delay; }

    /// A port that refuses for all is closed; a share of connections, or some of them by number, meet a reset instead.
    void open_and_close_ports() {
        const std::lock_guard lock(ports_mutex_);
        const auto all = faults_.all();
        for (auto& [name, region] : regions_) {
            const auto closes = [&name = name](const auto& fault) {
                return fault->kind == FaultKind::refuse_connect && fault->fault.probability >= 1 &&
                       fault->fault.first_request == 0 && fault->fault.last_request == UINT64_MAX &&
                       (fault->fault.region.empty() || fault->fault.region == name);
            };
            const bool closed = std::any_of(all.begin(), all.end(), closes);
            region.door->refuse(closed);
            const bool keep_existing = std::any_of(all.begin(), all.end(), [&](const auto& fault) {
                return closes(fault) && fault->text("existing") == "keep";
            });
            if (closed && !keep_existing) region.door->break_connections();
        }
    }

    LogzioEmulatorOptions options_;
    FaultBook faults_;
    Record record_;
    Intake intake_;
    mutable Accounts accounts_;
    std::unique_ptr<EmulatorTls> tls_;
    std::mutex ports_mutex_;
    std::map<std::string, Region> regions_;
    std::unique_ptr<Control> control_;
};

}  // namespace

Result<std::unique_ptr<LogzioEmulator>> LogzioEmulator::start(LogzioEmulatorOptions options) {
    constexpr std::string_view trying = "start the Logz.io emulator";
    if (auto checked = check_options(options); !checked) return failed(trying, checked.error());
    std::unique_ptr<LinesFile> file;
    if (options.lines_file) {
        auto opened = LinesFile::open(*options.lines_file);
        if (!opened) return failed(trying, opened.error());
        file = std::move(*opened);
    }
    auto emulator = std::make_unique<Emulator>(std::move(options), std::move(file));
    if (auto opened = emulator->open(); !opened) return failed(trying, opened.error());
    return emulator;
}

}  // namespace hookline::rehearse
