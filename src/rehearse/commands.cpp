#include "rehearse/commands.h"

#include <iostream>
#include <thread>

#include <fmt/format.h>

#include "base/json_text.h"
#include "rehearse/panels.h"

namespace hookline::rehearse {
namespace {

constexpr auto stop_looked_at = std::chrono::milliseconds(50);

TimePoint now() { return std::chrono::steady_clock::now(); }

/// Shows panels until `done` says so.
template <class Done, class Look>
void show_until(Screen& screen, const Done& done, const Look& look) {
    TimePoint next = now();
    while (!done()) {
        if (now() >= next) {
            screen.show(look());
            next = now() + screen.pause();
        }
        std::this_thread::sleep_for(stop_looked_at);
    }
    screen.show(look());
}

int cannot_start(std::ostream& err, const Error& error) {
    err << "hookline: " << error.message << '\n';
    return 1;
}

void tell_addresses(Screen& screen, const LogzioEmulatorOptions& options, const LogzioEmulator& emulator) {
    std::string serve = "hookline serve";
    std::string regions;
    for (const auto& [region, address] : options.regions) {
        serve += " --listener " + region + "=" + emulator.url(region);
        regions += (regions.empty() ? "" : ",") + json_string(region) + ":" + json_string(emulator.url(region));
    }
    const std::string url = emulator.control() ? "http://" + net::to_string(*emulator.control()) : "";
    screen.say_json(fmt::format(R"({{"regions":{{{}}},"control":{}}})", regions, json_string(url)));
    screen.say({{"  To ship here:  ", Tone::dim}, {serve}});
    if (!url.empty()) {
        screen.say({{"  Faults:        ", Tone::dim},
                    {fmt::format("curl -d '{{\"kind\":\"status\",\"status\":503}}' {}/faults", url)}});
        screen.say({{"                 ", Tone::dim}, {fmt::format("curl -X DELETE {}/faults", url)}});
        screen.say({{"  Counts:        ", Tone::dim}, {fmt::format("curl {}/report", url)}});
        screen.say({{"  Newest lines:  ", Tone::dim}, {fmt::format("curl '{}/lines?last=5'", url)}});
    }
    screen.say({});
}

}  // namespace

int run_sim_okta(const OktaSenderOptions& options, ScreenMode mode, const std::atomic<bool>& stop, std::ostream& out,
                 std::ostream& err) {
    auto sender = OktaSender::make(options);
    if (!sender) return cannot_start(err, sender.error());
    Screen screen(mode, out);
    OktaView view(options, now());

    Result<OktaSenderReport> outcome;
    std::atomic<bool> done{false};
    std::thread running([&] {
        outcome = (*sender)->run();
        done = true;
    });
    bool told = false;
    show_until(
        screen,
        [&] {
            if (stop && !told) (*sender)->stop();
            told = told || stop;
            return done.load();
        },
        [&] { return view.look((*sender)->report(), now()); });
    running.join();

    if (!outcome) return cannot_start(err, outcome.error());
    if (screen.mode() == ScreenMode::plain) screen.say({verdict_on(*outcome)});
    return outcome->lost_events == 0 ? 0 : 1;
}

int run_sim_okta(const OktaSenderOptions& options, ScreenMode mode, const std::atomic<bool>& stop) {
    return run_sim_okta(options, mode, stop, std::cout, std::cerr);
}

int run_sim_logzio(const LogzioEmulatorOptions& options, ScreenMode mode, const std::atomic<bool>& stop,
                   const std::optional<Path>& certificate_file, std::ostream& out, std::ostream& err) {
    const auto emulator = LogzioEmulator::start(options);
    if (!emulator) return cannot_start(err, emulator.error());
    if (certificate_file) {
        auto written = write_file_atomically(*certificate_file, (*emulator)->certificate_pem());
        if (!written) return cannot_start(err, written.error());
    }
    Screen screen(mode, out);
    tell_addresses(screen, options, **emulator);
    std::string addresses;
    for (const auto& [region, address] : options.regions) {
        addresses += (addresses.empty() ? "" : "  ") + region + " " + (*emulator)->url(region);
    }
    LogzioView view(addresses, now());
    show_until(
        screen, [&] { return stop.load(); }, [&] { return view.look((*emulator)->report(), now()); });
    return 0;
}

int run_sim_logzio(const LogzioEmulatorOptions& options, ScreenMode mode, const std::atomic<bool>& stop,
                   const std::optional<Path>& certificate_file) {
    return run_sim_logzio(options, mode, stop, certificate_file, std::cout, std::cerr);
}

}  // namespace hookline::rehearse
