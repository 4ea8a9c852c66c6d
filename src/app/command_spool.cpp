#include "app/command_spool.h"

#include <algorithm>
#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "app/command_run.h"
#include "app/spool_key.h"
#include "app/spool_owner.h"
#include "base/time_text.h"
#include "spool/rotation.h"
#include "spool/salvage.h"
#include "spool/verify.h"

namespace hookline::app {
namespace {

using spool::Survey;
using spool::SurveyedTable;
using spool::SurveyedTenant;

constexpr const char* default_spool = "./hookline-spool";

Path directory_of(const std::optional<Path>& given, const Environment& environment) {
    if (given) return *given;
    const auto found = environment.find("HOOKLINE_SPOOL_DIRECTORY");
    return found == environment.end() || found->second.empty() ? Path(default_spool) : Path(found->second);
}

/// A bar for each pass over the spool.
class PassBar {
 public:
    explicit PassBar(const Terminal& terminal) : terminal_(terminal) {}
    void at(std::uint64_t done, std::uint64_t total) {
        if (!bar_ || total != total_) {
            bar_.reset();
            bar_.emplace(terminal_, "reading", total);
            total_ = total;
        }
        bar_->at(done);
    }

 private:
    const Terminal& terminal_;
    std::optional<Progress> bar_;
    std::uint64_t total_ = 0;
};

std::string name_of(const SurveyedTenant& tenant) {
    return tenant.label.empty() ? "tenant " + std::to_string(tenant.id.number) + " (unknown)" : tenant.label;
}

Json instant_of(const std::optional<WallTime>& when) { return when ? Json(format_rfc3339(*when)) : Json(nullptr); }

Json survey_json(const Survey& found) {
    Json tables = Json::array();
    for (const SurveyedTable& table : found.tables) {
        tables.push_back({{"table", std::string(spool::table_name(table.table))},
                          {"rows", table.rows},
                          {"bytes", table.bytes},
                          {"damaged", table.damaged},
                          {"unreadable", table.unreadable}});
    }
    Json tenants = Json::array();
    for (const SurveyedTenant& tenant : found.tenants) {
        tenants.push_back({{"id", tenant.id.number},
                           {"tenant", tenant.label},
                           {"waiting_deliveries", tenant.waiting_deliveries},
                           {"waiting_lines", tenant.waiting_lines},
                           {"letters", tenant.letters},
                           {"lost_deliveries", tenant.lost_deliveries},
                           {"lost_events", tenant.lost_events},
                           {"lost_letters", tenant.lost_letters},
                           {"lost_from", instant_of(tenant.lost_from)},
                           {"lost_to", instant_of(tenant.lost_to)}});
    }
    return {{"fine", found.fine()},
            {"tables", tables},
            {"tenants", tenants},
            {"opened", found.opened},
            {"log_files", found.log_files},
            {"log_bytes", found.log_bytes},
            {"log_damaged", found.log_damaged},
            {"table_files", found.table_files},
            {"table_file_bytes", found.table_file_bytes},
            {"nameless_letters", found.nameless_letters},
            {"problem_count", found.problem_count},
            {"problems", found.problems}};
}

void print_survey(const Survey& found, const Terminal& terminal) {
    Table tables({"TABLE", ">ROWS", ">BYTES", ">DAMAGED", ">UNREADABLE"});
    const auto bad = [](std::uint64_t count) { return count > 0 ? Colour::red : Colour::none; };
    for (const SurveyedTable& table : found.tables) {
        tables.row({{std::string(spool::table_name(table.table))},
                    {show_count(table.rows)},
                    {show_bytes(table.bytes)},
                    {show_count(table.damaged), bad(table.damaged)},
                    {show_count(table.unreadable), bad(table.unreadable)}});
    }
    if (!tables.empty()) tables.print(terminal);
    terminal.out << fmt::format("{} in {} files of tables, {} in {} logs\n", show_bytes(found.table_file_bytes),
                                show_count(found.table_files), show_bytes(found.log_bytes),
                                show_count(found.log_files));
    Table tenants({"TENANT", ">WAITING", ">LINES", ">LETTERS", ">LOST", ">LOST LETTERS", "LOST AFTER", "LOST BEFORE"});
    for (const SurveyedTenant& tenant : found.tenants) {
        tenants.row({{printable(name_of(tenant)), tenant.label.empty() ? Colour::red : Colour::none},
                     {show_count(tenant.waiting_deliveries)},
                     {show_count(tenant.waiting_lines)},
                     {show_count(tenant.letters)},
                     {show_count(tenant.lost_deliveries), bad(tenant.lost_deliveries)},
                     {show_count(tenant.lost_letters), bad(tenant.lost_letters)},
                     {show_instant(instant_of(tenant.lost_from))},
                     {show_instant(instant_of(tenant.lost_to))}});
    }
    if (!tenants.empty()) {
        terminal.out << '\n';
        tenants.print(terminal);
    }
    if (!found.opened) {
        terminal.out << "\nThe key of the spool was not found: what is sealed was not looked into "
                        "(--spool-key-file, $HOOKLINE_SPOOL_KEY).\n";
    }
    if (found.fine()) return;
    terminal.out << '\n';
    for (const std::string& problem : found.problems)
        terminal.out << painted(terminal, Colour::red, printable(problem)) << '\n';
    if (found.problem_count > found.problems.size())
        terminal.out << fmt::format("… and {} more\n", show_count(found.problem_count - found.problems.size()));
}

int list_keys(const Path& directory, bool json, const Terminal& terminal) {
    const auto listed = spool::list_keys(directory, [&](spool::Table table, std::string_view key) {
        std::string digits;
        for (const char c : key) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
        const std::string name(spool::table_name(table));
        if (json) {
            print_json(terminal, {{"table", name}, {"key", digits}});
        } else {
            terminal.out << fmt::format("{:<8} {}\n", name, digits);
        }
    });
    return listed ? 0 : complain(terminal, listed.error().message);
}

std::string plan_text(const spool::SalvageReport& planned) {
    std::uint64_t deliveries = 0;
    std::uint64_t lines = 0;
    std::uint64_t letters = 0;
    std::uint64_t lost_letters = planned.survey.nameless_letters;
    std::uint64_t orphaned = 0;
    for (const SurveyedTenant& tenant : planned.survey.tenants) {
        letters += tenant.letters;
        lost_letters += tenant.lost_letters;
        if (tenant.label.empty()) {
            orphaned += tenant.waiting_deliveries;
        } else {
            deliveries += tenant.waiting_deliveries;
            lines += tenant.waiting_lines;
        }
    }
    std::string text = fmt::format("saved: {} waiting deliveries with {} lines, {} letters\n", show_count(deliveries),
                                   show_count(lines), show_count(letters));
    text += fmt::format("lost:  {} deliveries, {} letters\n", show_count(planned.survey.lost_deliveries()),
                        show_count(lost_letters));
    if (orphaned > 0) {
        text += fmt::format("not sent: {} deliveries of tenants of which it is no longer known who they are\n",
                            show_count(orphaned));
    }
    if (planned.survey.log_damaged) {
        text += "The log is damaged in its middle: what stood there at the end of a queue cannot be counted.\n";
    }
    if (planned.rebuilt) {
        text += "The list of files was made anew: what was settled or discarded may come back.\n";
    }
    return text;
}

int finish_salvage(const spool::SalvageReport& done, const Path& directory, bool json, const Terminal& terminal) {
    if (json) {
        Json told = survey_json(done.survey);
        told["old_files"] = done.old_files;
        told["rebuilt"] = done.rebuilt;
        told["continued"] = done.continued;
        told["dry_run"] = false;
        print_json(terminal, told);
    } else if (done.continued) {
        terminal.out << fmt::format("the salvage that was interrupted is done; the old files are in {}\n",
                                    (directory / done.old_files).string());
    } else {
        terminal.out << fmt::format(
            "done: hookline can be started again; `hookline gaps` lists what was lost, and the "
            "old files are in {}\n",
            (directory / done.old_files).string());
    }
    return 0;
}

}  // namespace

int run_spool_verify(const SpoolVerifyCommand& command, const Terminal& terminal, const Environment& environment) {
    const Path directory = directory_of(command.spool, environment);
    if (command.keys) return list_keys(directory, command.json, terminal);
    const auto key = find_spool_key(command.key_file, environment);
    if (!key) return complain(terminal, key.error().message);
    Result<Survey> found = Survey{};
    {
        PassBar bar(terminal);
        found = spool::verify(
            directory, [&](std::uint64_t done, std::uint64_t total) { bar.at(done, total); }, *key);
    }
    if (!found) return complain(terminal, found.error().message);
    if (command.json) {
        print_json(terminal, survey_json(*found));
    } else {
        print_survey(*found, terminal);
        terminal.out << '\n'
                     << (found->fine() ? painted(terminal, Colour::green, "the spool is whole")
                                       : painted(terminal, Colour::red, "the spool is damaged") +
                                             fmt::format(": `hookline spool salvage --spool {}` saves what can be read",
                                                         directory.string()))
                     << '\n';
    }
    return found->fine() ? 0 : 1;
}

int run_spool_salvage(const SpoolSalvageCommand& command, const Terminal& terminal, const Environment& environment,
                      WallTime now) {
    spool::SalvageOptions options;
    options.directory = directory_of(command.spool, environment);
    if (auto may = may_write_as_this_user(options.directory); !may) return complain(terminal, may.error().message);
    auto key = find_spool_key(command.key_file, environment);
    if (!key) return complain(terminal, key.error().message);
    options.key = std::move(*key);
    options.dry_run = true;
    options.now = now;
    std::optional<PassBar> bar;
    options.progress = [&bar](std::uint64_t done, std::uint64_t total) {
        if (bar) bar->at(done, total);
    };
    bar.emplace(terminal);
    const auto planned = spool::salvage(options);
    bar.reset();
    if (!planned) return complain(terminal, planned.error().message);
    const bool nothing_to_do = planned->survey.fine() && !planned->continued;
    if (!command.json) {
        if (planned->continued) {
            terminal.out << "a salvage was interrupted while files changed places; it can be ended\n";
        } else if (nothing_to_do) {
            terminal.out << "the spool is whole: there is nothing to salvage\n";
        } else {
            print_survey(planned->survey, terminal);
            terminal.out << '\n' << plan_text(*planned) << std::flush;
        }
    }
    if (command.dry_run || nothing_to_do) {
        if (command.json) {
            Json told = survey_json(planned->survey);
            told["dry_run"] = true;
            told["rebuilt"] = planned->rebuilt;
            told["continued"] = planned->continued;
            print_json(terminal, told);
        }
        return 0;
    }
    const std::string question = "Put what can be read in the place of the damaged files? Those are kept.";
    if (!confirmed(terminal, question, command.yes)) return 1;
    options.dry_run = false;
    bar.emplace(terminal);
    const auto done = spool::salvage(options);
    bar.reset();
    if (!done) return complain(terminal, done.error().message);
    return finish_salvage(*done, options.directory, command.json, terminal);
}

int run_spool_rotate_key(const SpoolRotateKeyCommand& command, const Terminal& terminal,
                         const Environment& environment) {
    spool::RotationOptions options;
    options.directory = directory_of(command.spool, environment);
    if (auto may = may_write_as_this_user(options.directory); !may) return complain(terminal, may.error().message);
    auto key = find_spool_key(command.key_file, environment);
    if (!key) return complain(terminal, key.error().message);
    options.key = std::move(*key);
    if (command.new_key_file) {
        auto new_key = read_spool_key(*command.new_key_file);
        if (!new_key) return complain(terminal, new_key.error().message);
        options.new_key = *new_key;
        options.new_key_file = *command.new_key_file;
    }
    const std::string question = "Seal " + options.directory.string() + " with another key? Backups keep the old one.";
    if (!confirmed(terminal, question, command.yes)) return 1;
    const auto done = spool::rotate_key(options);
    if (!done) return complain(terminal, done.error().message);
    if (command.json) {
        print_json(terminal, {{"old_key", done->old_id},
                              {"new_key", done->new_id},
                              {"tenants", done->tenants},
                              {"made", done->made},
                              {"copies", done->copies}});
        return 0;
    }
    terminal.out << fmt::format("done: key {} in place of {}, for {} tenants\n", done->new_id, done->old_id,
                                show_count(done->tenants));
    for (const std::string& copy : done->copies) {
        terminal.out << fmt::format(
            "the old key still opens {}, which a salvage left: remove it when it is not needed\n",
            printable((options.directory / copy).string()));
    }
    if (!done->made) {
        terminal.out << fmt::format("start hookline with spool.key_file = \"{}\" from now on\n",
                                    command.new_key_file->string());
    }
    return 0;
}

}  // namespace hookline::app
