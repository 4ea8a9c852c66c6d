// resend.

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "app/command_run.h"
#include "base/time_text.h"

namespace hookline::app {
namespace {

using namespace std::chrono_literals;

constexpr auto wait_interval = 200ms;  // while enough waits to be sent

std::uint64_t number_in(const Json& value, const char* name) { return value.value(name, std::uint64_t{0}); }

/// What the calls of one resend told, added up.
struct Sum {
    Json told{{"deliveries", 0}, {"events", 0}, {"bytes", 0}, {"unreadable", 0}, {"first", nullptr}, {"last", nullptr}};

    void add(const Json& page) {
        for (const char* name : {"deliveries", "events", "bytes", "unreadable"})
            told[name] = number_in(told, name) + number_in(page, name);
        for (const char* name : {"tenant", "kept_since", "upto", "after", "dry_run"}) told[name] = page[name];
        if (!page["first"].is_string()) return;
        // Instants of one form compare as texts.
        if (told["first"].is_null() || page["first"] < told["first"]) told["first"] = page["first"];
        if (told["last"].is_null() || told["last"] < page["last"]) told["last"] = page["last"];
    }
};

/// Asks one page after the other; `page_done` hears of each.
template <class PageDone>
Result<void> each_page(AdminDesk& desk, const std::string& target, Json wish, Sum& sum, const PageDone& page_done) {
    for (bool more = true; more;) {
        const auto page = desk.ask("POST", target, wish);
        if (!page) return tl::unexpected(page.error());
        sum.add(*page);
        wish["after"] = number_in(*page, "after");
        wish["upto"] = number_in(*page, "upto");
        more = page->value("more", false);
        page_done();
        if (page->value("waits", false)) std::this_thread::sleep_for(wait_interval);
    }
    return {};
}

std::string plan_text(const Json& told, const Json& from) {
    std::string text =
        fmt::format("{}: {} events of {} deliveries, {}, received from {} to {}\n", printable(told.value("tenant", "")),
                    show_count(number_in(told, "events")), show_count(number_in(told, "deliveries")),
                    show_bytes(number_in(told, "bytes")), show_instant(told["first"]), show_instant(told["last"]));
    if (told["kept_since"].is_string() && from < told["kept_since"]) {
        text += fmt::format("What came before {} is not kept any more.\n", show_instant(told["kept_since"]));
    }
    if (number_in(told, "unreadable") > 0) {
        text += fmt::format("{} deliveries are damaged on disk and cannot be sent again.\n",
                            show_count(number_in(told, "unreadable")));
    }
    return text;
}

/// How to go on with what was interrupted.
std::string continuation(const ResendCommand& command, const Json& wish, std::uint64_t after) {
    return fmt::format("hookline resend --tenant {} --from {} --to {} --after {}", printable(command.tenant),
                       wish["from"].get<std::string>(), wish["to"].get<std::string>(), after);
}

}  // namespace

int run_resend(const ResendCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const std::string target = "tenants/" + percent_encoded(command.tenant) + "/resend";
    Json wish{{"from", format_rfc3339(*command.from)},
              {"to", format_rfc3339(*command.to)},
              {"dry_run", true},
              {"after", command.after}};
    Sum plan;
    if (auto planned = each_page(desk, target, wish, plan, [] {}); !planned)
        return complain(terminal, planned.error().message);
    const std::uint64_t events = number_in(plan.told, "events");
    if (!command.json) {
        terminal.out << (events == 0 ? "nothing that was delivered in that time is kept\n"
                                     : plan_text(plan.told, wish["from"]))
                     << std::flush;
    }
    if (command.dry_run || events == 0) {
        if (command.json) print_json(terminal, plan.told);
        return 0;
    }
    if (!confirmed(terminal, "Send them to Logz.io once more?", command.yes)) return 1;

    wish["dry_run"] = false;
    wish["upto"] = plan.told["upto"];  // the copies themselves are none of what was asked for
    Sum done;
    done.told["after"] = command.after;
    Result<void> sent;
    {
        Progress progress(terminal, "sending again", events);
        sent = each_page(desk, target, wish, done, [&] { progress.at(number_in(done.told, "events")); });
    }
    if (!sent) {
        const std::string put_back = show_count(number_in(done.told, "events"));
        const std::string go_on = continuation(command, wish, number_in(done.told, "after"));
        return complain(terminal, fmt::format("{} events were put back before this: {}\nGo on with: {}", put_back,
                                              sent.error().message, go_on));
    }
    if (command.json) {
        print_json(terminal, done.told);
    } else {
        terminal.out << fmt::format("{} events are in the queue again; they are sent as Logz.io takes them\n",
                                    show_count(number_in(done.told, "events")));
    }
    return 0;
}

}  // namespace hookline::app
