// dead list, show, export, replay, discard.

#include <fstream>
#include <iostream>

#include <fmt/format.h>

#include "app/command_run.h"
#include "base/json_text.h"
#include "base/time_text.h"

namespace hookline::app {
namespace {

constexpr std::uint64_t table_rows = 100;
constexpr std::uint64_t page_letters = 500;
constexpr std::uint64_t deed_letters = 200;  // a replay or discard in one call: a progress bar moves between them

std::uint64_t number_in(const Json& row, const char* name) { return row.value(name, std::uint64_t{0}); }
std::string text_in(const Json& row, const char* name) { return row.value(name, std::string()); }

/// The conditions of a choice, without its numbers.
std::vector<std::pair<std::string, std::string>> conditions(const LetterChoice& choice) {
    std::vector<std::pair<std::string, std::string>> all;
    if (!choice.tenant.empty()) all.emplace_back("tenant", choice.tenant);
    if (!choice.reason.empty()) all.emplace_back("reason", choice.reason);
    if (!choice.kind.empty()) all.emplace_back("class", choice.kind);
    if (choice.from) all.emplace_back("from", format_rfc3339(*choice.from));
    if (choice.to) all.emplace_back("to", format_rfc3339(*choice.to));
    return all;
}

/// Calls `take` with each letter, page by page, until it says no.
template <class Take>
Result<void> each_letter(AdminDesk& desk, const LetterChoice& choice, bool with_body, Take take) {
    std::string query = fmt::format("letters?count={}{}", page_letters, with_body ? "&body=1" : "");
    for (const auto& [name, text] : conditions(choice)) query += "&" + name + "=" + percent_encoded(text);
    std::uint64_t after = 0;
    while (true) {
        const auto page = desk.ask("GET", query + "&after=" + std::to_string(after));
        if (!page) return tl::unexpected(page.error());
        for (const Json& letter : (*page)["letters"]) {
            if (!take(letter)) return {};
        }
        if (!(*page)["next"].is_number()) return {};
        after = (*page)["next"].get<std::uint64_t>();
    }
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// A letter for the outside: its bytes as text where they are text.
Json with_plain_body(Json letter) {
    const std::string encoded = text_in(letter, "body");
    const auto body = base64_decoded(encoded);
    letter.erase("body");
    if (body && is_utf8(*body)) {
        letter["body"] = *body;
    } else {
        letter["body_base64"] = encoded;
    }
    return letter;
}

/// The counts of some letters, as the API tells them.
struct Plan {
    std::vector<Json> wishes;  ///< what to ask for, each with its `upto`
    Json told = Json::object();

    void add(const Json& counts) {
        for (const char* name : {"letters", "lines", "bytes", "without_lines", "hopeless", "replayed", "discarded"}) {
            if (counts.contains(name)) told[name] = number_in(told, name) + number_in(counts, name);
        }
        if (!told.contains("by_reason")) told["by_reason"] = Json::object();
        const Json reasons = counts.value("by_reason", Json::object());
        for (const auto& [reason, count] : reasons.items()) {
            told["by_reason"][reason] = number_in(told["by_reason"], reason.c_str()) + count.get<std::uint64_t>();
        }
    }
};

Result<Plan> make_plan(AdminDesk& desk, const LetterChoice& choice, const std::string& deed) {
    std::vector<Json> wishes;
    Json filter = Json::object();
    for (const auto& [name, text] : conditions(choice)) filter[name] = text;
    if (choice.ids.empty()) wishes.push_back(choice.all ? Json{{"all", true}} : Json{{"filter", filter}});
    for (const std::uint64_t id : choice.ids) {
        filter["id"] = std::to_string(id);
        wishes.push_back(Json{{"filter", filter}});
    }
    Plan plan;
    for (Json& wish : wishes) {
        wish["dry_run"] = true;
        const auto counts = desk.ask("POST", "letters/" + deed, wish);
        if (!counts) return tl::unexpected(counts.error());
        if (!choice.ids.empty() && number_in(*counts, "letters") == 0) {
            return failed("there is no letter " + wish["filter"]["id"].get<std::string>());
        }
        plan.add(*counts);
        // What a replay condemns again becomes a new letter: it is none of those that were asked about.
        wish["upto"] = number_in(*counts, "last");
        plan.wishes.push_back(std::move(wish));
    }
    return plan;
}

std::string plan_text(const Json& told) {
    std::string text = fmt::format("{} letters, {} lines, {}", show_count(number_in(told, "letters")),
                                   show_count(number_in(told, "lines")), show_bytes(number_in(told, "bytes")));
    std::string reasons;
    const Json by_reason = told.value("by_reason", Json::object());
    for (const auto& [reason, count] : by_reason.items()) {
        reasons += (reasons.empty() ? "" : ", ") + printable(reason) + " " + show_count(count.get<std::uint64_t>());
    }
    if (!reasons.empty()) text += ": " + reasons;
    if (number_in(told, "without_lines") > 0) {
        text += fmt::format("\n{} of them hold no line and stay", show_count(number_in(told, "without_lines")));
    }
    if (number_in(told, "hopeless") > 0) {
        text += fmt::format("\n{} of them will probably be refused again: the same bytes were at fault",
                            show_count(number_in(told, "hopeless")));
    }
    return text;
}

/// Dry run, question, deed.
int treat(AdminDesk& desk, const Terminal& terminal, const LetterChoice& choice, const std::string& deed, bool dry_run,
          bool yes, bool json) {
    auto plan = make_plan(desk, choice, deed);
    if (!plan) return complain(terminal, plan.error().message);
    const std::uint64_t letters = number_in(plan->told, "letters");
    if (!json) terminal.out << (letters == 0 ? "no letter fits" : plan_text(plan->told)) << '\n' << std::flush;
    if (dry_run || letters == 0) {
        plan->told["dry_run"] = true;
        if (json) print_json(terminal, plan->told);
        return 0;
    }
    const bool replay = deed == "replay";
    const std::string question = replay ? "Put them back into their queues?" : "Delete them for good?";
    if (!confirmed(terminal, question, yes)) return 1;

    const std::string done_name = replay ? "replayed" : "discarded";
    Plan done;
    {
        Progress progress(terminal, replay ? "replaying" : "discarding", letters);
        for (Json& wish : plan->wishes) {
            wish["dry_run"] = false;
            wish["count"] = deed_letters;
            for (bool more = true; more;) {
                const auto counts = desk.ask("POST", "letters/" + deed, wish);
                if (!counts) {
                    return complain(terminal, fmt::format("{} letters were {} before this: {}",
                                                          show_count(number_in(done.told, done_name.c_str())),
                                                          done_name, counts.error().message));
                }
                done.add(*counts);
                progress.at(number_in(done.told, "letters"));
                more = counts->value("more", false);
                wish["after"] = number_in(*counts, "last");
            }
        }
    }
    done.told["dry_run"] = false;
    if (json) {
        print_json(terminal, done.told);
    } else {
        terminal.out << fmt::format("{} letters {}\n", show_count(number_in(done.told, done_name.c_str())), done_name);
    }
    return 0;
}

/// A file that has its name only once it is whole. Only its owner may read it: it holds people's events.
class OutputFile {
 public:
    explicit OutputFile(Path path) : path_(std::move(path)), partial_(path_.string() + ".partial") {
        stream_.open(partial_, std::ios::binary | std::ios::trunc);
        std::error_code ignored;
        std::filesystem::permissions(partial_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                                     ignored);
    }
    std::ostream& stream() { return stream_; }
    Result<void> finish() {
        stream_.close();
        if (!stream_) return failed("write " + partial_.string() + ": it could not be written whole");
        std::error_code fault;
        std::filesystem::rename(partial_, path_, fault);
        if (fault) return failed("rename to " + path_.string() + ": " + fault.message());
        return {};
    }

 private:
    Path path_;
    Path partial_;
    std::ofstream stream_;
};

Result<std::uint64_t> export_to(std::ostream& out, const DeadExportCommand& command, AdminDesk& desk,
                                Progress& progress) {
    std::uint64_t count = 0;
    const auto read = each_letter(desk, command.choice, true, [&](const Json& letter) {
        if (!command.lines) {
            out << with_plain_body(letter).dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
        } else if (number_in(letter, "lines") > 0) {
            const std::string lines = base64_decoded(text_in(letter, "body")).value_or("");
            out << lines << (lines.ends_with('\n') ? "" : "\n");
        }
        progress.at(++count);
        return out.good();
    });
    if (!read) return tl::unexpected(read.error());
    return count;
}

}  // namespace

int run_dead_list(const DeadListCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const std::uint64_t most = command.count != 0 ? command.count : command.json ? UINT64_MAX : table_rows;
    Json letters = Json::array();
    bool more = false;
    const auto read = each_letter(desk, command.choice, false, [&](const Json& letter) {
        more = letters.size() == most;
        if (!more) letters.push_back(letter);
        return !more;
    });
    if (!read) return complain(terminal, read.error().message);
    if (command.json) {
        print_json(terminal, letters);
        return 0;
    }
    Table table({">ID", "AT", "TENANT", "REASON", ">STATUS", ">LINES", ">BYTES", "REPLAY", "ANSWER"});
    for (const Json& letter : letters) {
        const bool helps = letter.value("replay_can_help", false);
        table.row({{std::to_string(number_in(letter, "id"))},
                   {show_instant(letter["at"])},
                   {printable(text_in(letter, "tenant"))},
                   {text_in(letter, "reason"), text_in(letter, "class") == "condemned" ? Colour::red : Colour::none},
                   {std::to_string(letter.value("status", 0))},
                   {show_count(number_in(letter, "lines"))},
                   {show_bytes(number_in(letter, "bytes"))},
                   {helps ? "can help" : "-"},
                   {one_line(text_in(letter, "answer"), 60)}});
    }
    if (table.empty()) {
        terminal.out << "no dead letters\n";
        return 0;
    }
    table.print(terminal);
    if (more) terminal.out << fmt::format("… and more: --count shows more than {}, --json all\n", most);
    return 0;
}

int run_dead_show(const DeadShowCommand& command, AdminDesk& desk, const Terminal& terminal) {
    const auto told = desk.ask("GET", fmt::format("letters?body=1&id={}", command.id));
    if (!told) return complain(terminal, told.error().message);
    if ((*told)["letters"].empty()) return complain(terminal, fmt::format("there is no letter {}", command.id));
    const Json& letter = (*told)["letters"][0];
    const std::string body = base64_decoded(text_in(letter, "body")).value_or("");
    if (command.raw) {
        terminal.out << body;
        return 0;
    }
    if (command.json) {
        print_json(terminal, with_plain_body(letter));
        return 0;
    }
    const auto line = [&](const char* what, const std::string& text) {
        if (!text.empty()) terminal.out << fmt::format("{:<9} {}\n", what, printable(text));
    };
    line("letter", std::to_string(command.id));
    line("tenant", text_in(letter, "tenant"));
    line("at", show_instant(letter["at"]));
    line("class", text_in(letter, "class"));
    line("reason", text_in(letter, "reason"));
    line("replay",
         letter.value("replay_can_help", false) ? "can help" : "would not help: the same bytes were at fault");
    line("uuid", text_in(letter, "uuid"));
    if (letter["expires_at"].is_string()) line("expires", show_instant(letter["expires_at"]));
    line("status", std::to_string(letter.value("status", 0)));
    line("answer", text_in(letter, "answer"));
    terminal.out << fmt::format("{:<9} {}, {} lines\n\n{}{}", "body", show_bytes(number_in(letter, "bytes")),
                                number_in(letter, "lines"), printable(body), body.ends_with('\n') ? "" : "\n");
    return 0;
}

int run_dead_export(const DeadExportCommand& command, AdminDesk& desk, const Terminal& terminal) {
    std::uint64_t total = 0;
    if (command.output && terminal.err_is_terminal) {  // counting reads every letter once: only where somebody watches
        LetterChoice choice = command.choice;
        choice.all = choice.empty();
        const auto plan = make_plan(desk, choice, "discard");
        if (!plan) return complain(terminal, plan.error().message);
        total = number_in(plan->told, "letters");
    }
    if (!command.output) {
        Progress progress(terminal, "exporting", 0);
        const auto count = export_to(terminal.out, command, desk, progress);
        return count ? 0 : complain(terminal, count.error().message);
    }
    OutputFile file(*command.output);
    Result<std::uint64_t> count = 0;
    {
        Progress progress(terminal, "exporting", total);
        count = export_to(file.stream(), command, desk, progress);
    }
    if (!count) return complain(terminal, count.error().message);
    if (auto finished = file.finish(); !finished) return complain(terminal, finished.error().message);
    terminal.err << fmt::format("{} letters written to {}\n", show_count(*count), command.output->string());
    return 0;
}

int run_dead_replay(const DeadReplayCommand& command, AdminDesk& desk, const Terminal& terminal) {
    return treat(desk, terminal, command.choice, "replay", command.dry_run, command.yes, command.json);
}

int run_dead_discard(const DeadDiscardCommand& command, AdminDesk& desk, const Terminal& terminal) {
    return treat(desk, terminal, command.choice, "discard", command.dry_run, command.yes, command.json);
}

}  // namespace hookline::app
