// status, tenant, gaps, trace: what the API tells, for people.

#include <iostream>
#include <thread>

#include <fmt/format.h>

#include "app/command_run.h"
#include "base/time_text.h"

namespace hookline::app {
namespace {

std::uint64_t number_in(const Json& row, const char* name) { return row.value(name, std::uint64_t{0}); }
std::string text_in(const Json& row, const char* name) {
    const auto found = row.find(name);
    return found != row.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// "3 min 2 s" between two instants of the API; empty when one of them is missing.
std::string time_between(const Json& from, const Json& to) {
    if (!from.is_string() || !to.is_string()) return "";
    const auto begin = parse_rfc3339(from.get<std::string>());
    const auto end = parse_rfc3339(to.get<std::string>());
    if (!begin || !end || *end < *begin) return "";
    return format_duration(std::chrono::floor<std::chrono::seconds>(*end - *begin));
}

/// A tenant's state in a few words.
Table::Cell state_of(const Json& tenant, const Json& now) {
    const std::string hold = text_in(tenant, "hold");
    if (hold.empty()) return {"-", Colour::dim};
    if (hold == "none") return {tenant.value("in_flight", false) ? "sending" : "ok", Colour::green};
    const std::string wait = time_between(now, tenant["next_try"]);
    const std::string tail = wait.empty() ? "" : ", next try in " + wait;
    if (hold == "backing_off") return {"backing off" + tail, Colour::yellow};
    return {"held: " + hold + tail, Colour::red};
}

void print_tenants(const Json& tenants, const Json& now, const Terminal& terminal) {
    Table table({"TENANT", ">WAITING", ">BYTES", "OLDEST", "STATE", ">DELIVERED", ">LETTERS"});
    for (const Json& tenant : tenants) {
        table.row({{printable(text_in(tenant, "label"))},
                   {show_count(number_in(tenant, "waiting_lines"))},
                   {show_bytes(number_in(tenant, "waiting_bytes"))},
                   {time_between(tenant["oldest_waiting"], now)},
                   state_of(tenant, now),
                   {show_count(number_in(tenant, "delivered_events"))},
                   {show_count(number_in(tenant, "condemned_letters")),
                    number_in(tenant, "condemned_letters") > 0 ? Colour::yellow : Colour::none}});
    }
    if (!table.empty()) table.print(terminal);
    for (const Json& tenant : tenants) {
        const std::string hold = text_in(tenant, "hold");
        const std::string detail = text_in(tenant, "detail");
        if (hold.empty() || hold == "none" || detail.empty()) continue;
        terminal.out << "  " << printable(text_in(tenant, "label")) << ": " << one_line(detail, 300) << '\n';
    }
}

Result<Json> find_tenant(AdminDesk& desk, const std::string& name) {
    auto told = desk.ask("GET", "tenants");
    if (!told) return told;
    for (const Json& tenant : (*told)["tenants"]) {
        if (text_in(tenant, "label") == name || std::to_string(number_in(tenant, "id")) == name) return tenant;
    }
    return failed("there is no tenant " + name + "; hookline tenant list shows them");
}

Result<Secret> read_new_token(const Path& file, const Terminal& terminal) {
    if (file != "-") return read_secret_file(file);
    std::string line;
    std::getline(terminal.in, line);
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) return failed("no token came on stdin");
    return Secret(std::move(line));
}

void print_life(const Json& entry, const Terminal& terminal) {
    const auto line = [&](const char* what, const std::string& text) {
        terminal.out << fmt::format("  {:<9} {}\n", what, text);
    };
    terminal.out << painted(terminal, Colour::bold, printable(text_in(entry, "tenant"))) << '\n';
    line("received", show_instant(entry["received_at"]));
    if (entry.value("conflict", false))
        line("conflict", "came with a known uuid and other content; shipped as well, and marked");
    const std::uint64_t sequence = number_in(entry, "sequence");
    if (sequence == 0) {
        line("stored", "never: Logz.io took it while the token was being proven");
    } else {
        line("stored", fmt::format("record {}, line {}", sequence, number_in(entry, "line")));
    }
    const Json& bulk = entry["bulk"];
    if (bulk.is_object()) {
        line("sent", fmt::format("{} in bulk {} of {} lines", show_instant(bulk["sent_at"]), number_in(bulk, "bulk"),
                                 number_in(bulk, "lines")));
        line("answered", fmt::format("{} with {}", show_instant(bulk["answered_at"]), bulk.value("status", 0)));
    }
    if (entry["letter"].is_number()) {
        line("now",
             painted(terminal, Colour::red,
                     fmt::format("dead letter {0}: hookline dead show {0}", entry["letter"].get<std::uint64_t>())));
    } else if (entry.value("settled", false) || sequence == 0) {
        const int status = bulk.is_object() ? bulk.value("status", 0) : 0;
        if (sequence == 0 || status / 100 == 2) {
            line("now", painted(terminal, Colour::green, "delivered"));
        } else if (bulk.is_object()) {
            // With 400 some lines of a bulk are taken; a letter for several of them names none.
            line("now", painted(terminal, Colour::yellow,
                                fmt::format("no longer waits: its bulk was answered {}; hookline dead list tells what "
                                            "was not taken",
                                            status)));
        } else {
            line("now", "no longer waits; which bulk took it is not known any more");
        }
    } else {
        line("now", painted(terminal, Colour::yellow, "waits for Logz.io"));
    }
}

/// Nothing more will happen to it.
bool is_over(const Json& entry) { return entry.value("settled", false) || entry["letter"].is_number(); }

bool is_delivered(const Json& entry) {
    const int status = entry["bulk"].is_object() ? entry["bulk"].value("status", 0) : 0;
    return entry.value("settled", false) && !entry["letter"].is_number() && status / 100 == 2;
}

/// The life of an event that was just stored, once it is over or this has waited long enough.
Result<Json> follow(AdminDesk& desk, const std::string& uuid, std::chrono::milliseconds wait) {
    constexpr auto pause = std::chrono::milliseconds(200);
    const auto until = std::chrono::steady_clock::now() + wait;
    while (true) {
        const auto told = desk.ask("GET", "trace?uuid=" + percent_encoded(uuid));
        if (!told) return tl::unexpected(told.error());
        const Json& entries = (*told)["entries"];
        if (entries.empty()) return failed("the relay does not know of " + uuid + " any more");
        if (is_over(entries.front()) || std::chrono::steady_clock::now() >= until) return entries.front();
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace

int run_probe(const StatusCommand& command, const Terminal& terminal, const Environment& environment) {
    const std::string name = probe_name(*command.probe);
    const auto told = ask_probe(*command.probe, command.target, environment);
    if (!told) {
        complain(terminal, told.error().message);
        return status_unavailable;
    }
    const bool holds = told->value(name, false);
    if (command.json) {
        print_json(terminal, *told);
    } else {
        terminal.out << (holds ? "" : "not ") << name << '\n';
        for (const Json& reason : told->value("reasons", Json::array()))
            if (reason.is_string()) terminal.out << "  " << printable(reason.get<std::string>()) << '\n';
    }
    return holds ? 0 : 1;
}

int run_status(const StatusCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto told = desk.ask("GET", "status");
    if (!told) return complain(terminal, told.error().message);
    if (command.json) {
        print_json(terminal, *told);
        return 0;
    }
    const Json& relay = (*told)["relay"];
    const Json& spool = (*told)["spool"];
    const Json& totals = (*told)["totals"];
    const bool running = relay.value("running", false);
    const bool ready = relay.value("ready", false);
    terminal.out << desk.name() << ", hookline " << text_in(*told, "version");
    if (running)
        terminal.out << ", " << painted(terminal, ready ? Colour::green : Colour::red, ready ? "ready" : "not ready");
    terminal.out << '\n';
    for (const Json& reason : relay["not_ready"]) terminal.out << "  " << printable(reason.get<std::string>()) << '\n';
    terminal.out << fmt::format("spool    {} stored, {} on disk, {} free (nothing new below {})\n",
                                show_bytes(number_in(spool, "stored_bytes")),
                                show_bytes(number_in(spool, "disk_bytes")), show_bytes(number_in(spool, "free_bytes")),
                                show_bytes(number_in(spool, "free_bytes_min")));
    if (const std::uint64_t kept = number_in(totals, "kept_bytes"); kept > 0)
        terminal.out << fmt::format("kept     {} of delivered events\n", show_bytes(kept));
    if (!spool.value("accepting", true)) {
        terminal.out << "  " << painted(terminal, Colour::red, "takes nothing: " + printable(text_in(spool, "reason")))
                     << '\n';
    }
    terminal.out << fmt::format(
        "waiting  {} lines of {} tenants, {} held\n", show_count(number_in(totals, "waiting_lines")),
        show_count(number_in(totals, "tenants")), show_count(number_in(totals, "held_tenants")));
    terminal.out << fmt::format("letters  {} condemned, {} kept aside\n\n",
                                show_count(number_in(totals, "condemned_letters")),
                                show_count(number_in(totals, "aside_letters")));
    print_tenants((*told)["tenants"], (*told)["time"], terminal);
    return 0;
}

int run_tenant_list(const TenantListCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto told = desk.ask("GET", "tenants");
    if (!told) return complain(terminal, told.error().message);
    if (command.json) {
        print_json(terminal, (*told)["tenants"]);
        return 0;
    }
    Table table({">ID", "TENANT", "KIND", "REGION", ">WAITING", ">STORED", ">LETTERS", "FIRST SEEN", "LAST RECEIVED"});
    for (const Json& tenant : (*told)["tenants"]) {
        const char* kind = tenant.value("named", false)    ? "named"
                           : tenant.value("proven", false) ? "header"
                                                           : "header, unproven";
        table.row({{std::to_string(number_in(tenant, "id"))},
                   {printable(text_in(tenant, "label"))},
                   {kind},
                   {printable(text_in(tenant, "region"))},
                   {show_count(number_in(tenant, "waiting_lines"))},
                   {show_bytes(number_in(tenant, "stored_bytes"))},
                   {show_count(number_in(tenant, "condemned_letters") + number_in(tenant, "aside_letters"))},
                   {show_instant(tenant["first_seen"])},
                   {show_instant(tenant["last_received"])}});
    }
    if (table.empty()) {
        terminal.out << "no tenant yet\n";
    } else {
        table.print(terminal);
    }
    return 0;
}

int run_tenant_rekey(const TenantRekeyCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto tenant = find_tenant(desk, command.tenant);
    if (!tenant) return complain(terminal, tenant.error().message);
    Json wish = Json::object();
    if (!command.region.empty()) wish["region"] = command.region;
    if (command.token_of) {
        const auto token = read_new_token(*command.token_of, terminal);
        if (!token) return complain(terminal, token.error().message);
        wish["token"] = std::string(token->reveal());
    }
    // It can be taken back, so a script need not say --yes.
    const std::string question =
        fmt::format("{}: its {} waiting lines go to the new destination. Go on?", printable(text_in(*tenant, "label")),
                    show_count(number_in(*tenant, "waiting_lines")));
    if (terminal.in_is_terminal && command.token_of != Path("-") && !confirmed(terminal, question, command.yes))
        return 1;
    const auto told = desk.ask("POST", "tenants/" + std::to_string(number_in(*tenant, "id")) + "/rekey", wish);
    if (!told) return complain(terminal, told.error().message);
    if (command.json) {
        print_json(terminal, *told);
    } else {
        terminal.out << fmt::format("{} is now {}\n", printable(text_in(*told, "before")),
                                    printable(text_in(*told, "label")));
    }
    return 0;
}

int run_tenant_forget(const TenantForgetCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto tenant = find_tenant(desk, command.tenant);
    if (!tenant) return complain(terminal, tenant.error().message);
    const std::string question =
        fmt::format("{}: {} waiting lines and {} letters will be gone for good. Forget it?",
                    printable(text_in(*tenant, "label")), show_count(number_in(*tenant, "waiting_lines")),
                    show_count(number_in(*tenant, "condemned_letters") + number_in(*tenant, "aside_letters")));
    if (!confirmed(terminal, question, command.yes)) return 1;
    const auto told = desk.ask("DELETE", "tenants/" + std::to_string(number_in(*tenant, "id")));
    if (!told) return complain(terminal, told.error().message);
    if (command.json) {
        print_json(terminal, *told);
    } else {
        terminal.out << "forgotten: " << printable(text_in(*told, "label")) << '\n';
    }
    return 0;
}

int run_tenant_test(const TenantTestCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto tenant = find_tenant(desk, command.tenant);
    if (!tenant) return complain(terminal, tenant.error().message);
    const std::string id = std::to_string(number_in(*tenant, "id"));
    const auto sent = desk.ask("POST", "tenants/" + id + "/test");
    if (!sent) return complain(terminal, sent.error().message);
    const auto life = follow(desk, text_in(*sent, "uuid"), command.wait);
    if (!life) return complain(terminal, life.error().message);
    const bool delivered = is_delivered(*life);
    if (command.json) {
        print_json(terminal,
                   Json{{"uuid", (*sent)["uuid"]}, {"delivered", delivered}, {"entries", Json::array({*life})}});
        return delivered ? 0 : 1;
    }
    terminal.out << "test event " << printable(text_in(*sent, "uuid")) << '\n';
    print_life(*life, terminal);
    if (delivered || is_over(*life)) return delivered ? 0 : 1;
    const auto now = find_tenant(desk, id);
    const std::string detail = now ? text_in(*now, "detail") : "";
    return complain(terminal, detail.empty() ? "Logz.io has not answered yet; hookline trace follows it"
                                             : "it waits behind this: " + one_line(detail, 300));
}

int run_gaps(const GapsCommand& command, AdminDesk& desk, const Terminal& terminal) {
    std::string target = "gaps?count=" + std::to_string(command.count);
    if (command.from) target += "&from=" + percent_encoded(format_rfc3339(*command.from));
    const auto told = desk.ask("GET", target);
    if (!told) return complain(terminal, told.error().message);
    if (command.json) {
        print_json(terminal, (*told)["gaps"]);
        return 0;
    }
    Table table({"FROM", "TO", "WHAT", "TENANT", ">DELIVERIES", ">EVENTS", "EVENT ID", "REASON"});
    for (const Json& gap : (*told)["gaps"]) {
        const std::string kind = text_in(gap, "kind");
        const bool down = kind == "down";
        const bool refused = kind == "refused";
        table.row({{show_instant(gap["from"])},
                   {show_instant(gap["to"])},
                   {refused ? fmt::format("refused {}", gap.value("status", 0)) : printable(kind),
                    refused ? Colour::yellow : Colour::red},
                   {printable(text_in(gap, "tenant"))},
                   {down ? "" : show_count(number_in(gap, "count"))},
                   {down ? "" : show_count(number_in(gap, "events"))},
                   {one_line(text_in(gap, "event_id"), 40)},
                   {one_line(text_in(gap, "reason"), 80)}});
    }
    if (table.empty()) {
        terminal.out << "no gaps: nothing was refused or lost, and the relay was not down\n";
    } else {
        table.print(terminal);
    }
    return 0;
}

int run_trace(const TraceCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto told = desk.ask("GET", "trace?uuid=" + percent_encoded(command.uuid));
    if (!told) return complain(terminal, told.error().message);
    const Json& entries = (*told)["entries"];
    if (command.json) print_json(terminal, *told);
    if (entries.empty()) {
        return command.json
                   ? 1
                   : complain(terminal, "nothing is known of this uuid: it did not come, or its id is no longer kept");
    }
    if (command.json) return 0;
    for (const Json& entry : entries) print_life(entry, terminal);
    return 0;
}

}  // namespace hookline::app
