#include "rehearse/try_screen.h"

#include <fstream>
#include <memory>
#include <ostream>
#include <thread>

#include <fmt/format.h>

#include "rehearse/panels.h"

namespace hookline::rehearse {
namespace {

TimePoint now() { return std::chrono::steady_clock::now(); }

}  // namespace

TryScreen::TryScreen(Sources sources, TryAddresses addresses, ScreenMode mode, std::ostream& out)
    : sources_(std::move(sources)), addresses_(std::move(addresses)), screen_(mode, out), began_(now()) {
    auto view = std::make_shared<TryView>(began_);
    look_ = [this, view](TimePoint when) {
        return view->look(sources_.okta(), sources_.relay(), sources_.logzio(), when);
    };
}

void TryScreen::introduce() {
    const auto tell = [&](std::string text, Tone tone = Tone::plain) { screen_.say({{"  " + std::move(text), tone}}); };
    const auto name = [&](std::string_view what, const std::string& where) {
        if (!where.empty()) screen_.say({{"    " + padded(std::string(what), 22), Tone::dim}, {where}});
    };
    tell("");
    tell("The real relay runs here, over real TLS, between a simulated Okta and an emulated Logz.io.", Tone::title);
    tell("");
    name("the hook", addresses_.hook);
    name("the relay's own page", addresses_.admin);
    name("the emulated Logz.io", addresses_.control);
    name("its certificate", addresses_.certificate_file);
    name("events on disk", addresses_.spool_directory);
    tell("");
    tell("What to look at", Tone::title);
    tell("  An acknowledged event is on disk first: \"safe on disk\" is never behind \"acknowledged\".");
    tell("  Stop the emulated Logz.io with a fault and watch \"waiting\" grow while Okta notices nothing:");
    if (!addresses_.control.empty()) {
        tell(fmt::format("    curl -d '{{\"kind\":\"refuse_connect\"}}' {}/faults", addresses_.control), Tone::dim);
        tell(fmt::format("    curl -X DELETE {}/faults          and it catches up", addresses_.control), Tone::dim);
    }
    tell("");
    tell("To point a real Okta hook at it", Tone::title);
    tell("  1. Okta calls public https addresses with a public certificate only: put a tunnel or your proxy before");
    tell(fmt::format("     {}", addresses_.hook));
    tell("  2. Okta admin console: Workflow > Event Hooks > Create Event Hook; the URL is the public one.");
    tell(
        "  3. Custom header fields: logzio_token and logzio_region (or use /hooks/<name> with an authentication "
        "secret).");
    tell("  4. Choose event types, save, Verify: the answer to that one GET must be quick and right, and is.");
    tell("  5. Sign in to your org: the event shows below some ten seconds later.");
    tell("");
}

void TryScreen::show(TimePoint when) { screen_.show(look_(when)); }

void TryScreen::run(const std::atomic<bool>& stop, TimePoint end) {
    constexpr auto look = std::chrono::milliseconds(50);  // how soon `stop` is seen
    TimePoint next = now();
    while (!stop && now() < end) {
        if (now() >= next) {
            show(now());
            next = now() + screen_.pause();
        }
        std::this_thread::sleep_for(look);
    }
}

int TryScreen::conclude(std::uint64_t missing) {
    show(now());
    const OktaSenderReport okta = sources_.okta();
    const std::uint64_t acknowledged = okta.acknowledged_events;
    screen_.say({});
    screen_.say({{"  "}, verdict_on(okta)});
    screen_.say(
        {{missing == 0 ? fmt::format("  All {} acknowledged events arrived at Logz.io", with_commas(acknowledged))
                       : fmt::format("  {} of {} acknowledged events did not arrive at Logz.io", with_commas(missing),
                                     with_commas(acknowledged)),
          missing == 0 ? Tone::good : Tone::bad}});
    return missing == 0 && okta.lost_events == 0 ? 0 : 1;
}

Result<std::uint64_t> count_missing(const Path& acknowledged_file, const LogzioEmulator& emulator,
                                    const std::string& region, const std::string& token) {
    std::ifstream file(acknowledged_file);
    if (!file) return failed("read the acknowledged uuids in " + acknowledged_file.string());
    std::uint64_t missing = 0;
    for (std::string uuid; std::getline(file, uuid);)
        missing += emulator.times_seen(region, token, uuid) == 0 ? 1U : 0U;
    return missing;
}

}  // namespace hookline::rehearse
