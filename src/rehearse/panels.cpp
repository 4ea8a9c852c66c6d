#include "rehearse/panels.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "rehearse/report_json.h"

namespace hookline::rehearse {
namespace {

using nlohmann::json;

constexpr std::size_t label_width = 18;
constexpr std::size_t count_width = 13;
constexpr std::size_t bars_width = 30;

Span label(std::string_view text) { return {"  " + padded(std::string(text), label_width), Tone::dim}; }
Span count(std::uint64_t value, Tone tone = Tone::plain) {
    return {padded_left(with_commas(value), count_width), tone};
}
Span note(std::string text) { return {"   " + std::move(text), Tone::dim}; }
Tone bad_if(bool is) { return is ? Tone::bad : Tone::plain; }
Tone warn_if(bool is) { return is ? Tone::warn : Tone::plain; }

std::string share_text(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return "";
    // 99.97 must not look like all of it.
    const double percent = std::min(100.0, 100.0 * static_cast<double>(part) / static_cast<double>(whole));
    return part >= whole ? "100 %" : fmt::format("{:.1f} %", std::min(percent, 99.9));
}

double share_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string rate_text(const Rate& rate) {
    return fmt::format("{:.{}f} a second", rate.per_second(), rate.per_second() < 10 ? 1 : 0);
}

/// Whole seconds: the tenths of a clock that jumps four times a second are noise.
std::string since_text(Duration since) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    return seconds.count() < 60 ? fmt::format("{} s", seconds.count()) : format_duration(seconds);
}

PanelLine title(std::string_view name, const std::string& where, Duration since) {
    return {{fmt::format("  {}", name), Tone::title}, {"  " + where + "   " + since_text(since), Tone::dim}};
}

std::string with_seconds(const std::string& object, Duration since) {
    const auto seconds = std::chrono::duration<double>(since).count();
    return fmt::format(R"({{"seconds":{:.3f},{})", seconds, object.substr(1));
}

std::string answers_text(const LogzioEmulatorReport& report) {
    std::string text;
    for (const auto& [status, times] : report.answers) {
        text += fmt::format("{}{} × {}", text.empty() ? "" : " · ", status == 0 ? "none" : std::to_string(status),
                            with_commas(times));
    }
    return text.empty() ? "none yet" : text;
}

std::string tags_text(const LogzioEmulatorReport& report) {
    std::string text;
    for (const auto& [tag, times] : report.tags)
        text += fmt::format("{}{} × {}", text.empty() ? "" : " · ", tag, times);
    return text;
}

std::string text_at(const json& document, std::initializer_list<const char*> path) {
    const json* value = &document;
    for (const char* key : path) {
        if (!value->is_object() || !value->contains(key)) return "";
        value = &(*value)[key];
    }
    return value->is_string() ? value->get<std::string>() : "";
}

std::string acknowledged_within(const OktaSenderReport& report) {
    if (report.max.count() == 0) return "nothing acknowledged yet";
    return fmt::format("half within {}, 99 % within {}, all within {}", format_duration(report.p50),
                       format_duration(report.p99), format_duration(report.max));
}

}  // namespace

Span verdict_on(const OktaSenderReport& report) {
    const bool one = report.lost_events == 1;
    return {fmt::format("Okta would have lost {} event{}", with_commas(report.lost_events), one ? "" : "s"),
            report.lost_events == 0 ? Tone::good : Tone::bad};
}

std::string digest_of(const std::string& line) {
    const json document = json::parse(line, nullptr, false);
    if (!document.is_object()) return harmless(line);
    const std::string when = text_at(document, {"@timestamp"});
    std::string text = when.size() >= 19 ? when.substr(11, 8) : "        ";
    text += "  " + padded(text_at(document, {"eventType"}), 36);
    text += " " + padded(text_at(document, {"displayMessage"}), 38);
    text += " " + text_at(document, {"actor", "displayName"});
    return harmless(text);
}

Panel OktaView::look(const OktaSenderReport& report, TimePoint now) {
    const Duration since = now - began_;
    rate_.add(report.deliveries, now);
    const std::uint64_t decided = report.deliveries - report.in_flight;
    Panel panel;
    auto& lines = panel.lines;
    lines.push_back(title("sim okta", "→ " + url_, since));
    if (verifies_) {
        lines.push_back({label("hook"), report.verified ? Span{"   has passed Okta's verification", Tone::good}
                                                        : Span{"   not verified yet", Tone::warn}});
    }
    lines.push_back({label("offered"),
                     count(report.deliveries),
                     {"   " + rate_.bars(bars_width), Tone::good},
                     note(rate_text(rate_))});
    lines.push_back({label("with events"), count(report.events), note(bytes_text(report.bytes))});
    lines.push_back({label("acknowledged"),
                     count(report.acknowledged),
                     note(padded(share_text(report.acknowledged, decided), 8)),
                     {bar(share_of(report.acknowledged, decided), 20), Tone::good}});
    lines.push_back({label("under way"), count(report.in_flight),
                     note(report.behind.count() > 100 ? "behind the rate by " + format_duration(report.behind) : "")});
    lines.push_back(
        {label("tried again"), count(report.retried, warn_if(report.retried > 0)),
         note(fmt::format("after a 5xx {}, no answer in time {}, no connection {}", with_commas(report.failed_5xx),
                          with_commas(report.timed_out), with_commas(report.unreachable)))});
    lines.push_back(
        {label("refused"), count(report.refused_4xx, bad_if(report.refused_4xx > 0)), note("a 4xx is final for Okta")});
    lines.push_back({label("offered again"), count(report.repeats),
                     note(fmt::format("though acknowledged; {} connections made", with_commas(report.connections)))});
    const bool slow = report.p99 > time_max_ / 2;
    lines.push_back({label("acknowledgement"), {"   " + acknowledged_within(report), slow ? Tone::warn : Tone::plain}});
    lines.push_back({label("of Okta's time"),
                     {"   " + bar(share_of(static_cast<std::uint64_t>(report.p99.count()),
                                           static_cast<std::uint64_t>(time_max_.count()) * 1'000),
                                  20),
                      slow ? Tone::warn : Tone::good},
                     note(fmt::format("99 % of {}", format_duration(time_max_)))});
    if (!report.last_problem.empty()) {
        lines.push_back({label("last problem"), {"   " + harmless(report.last_problem), Tone::warn}});
    }
    Span verdict = verdict_on(report);
    panel.plain = fmt::format(
        "{}: offered {} deliveries with {} events, acknowledged {}, under way {}, tried again {}, "
        "refused {}; {}; {}",
        since_text(since), report.deliveries, report.events, report.acknowledged, report.in_flight, report.retried,
        report.refused_4xx, acknowledged_within(report), verdict.text);
    panel.json = with_seconds(to_json(report), since);
    lines.push_back({{"  " + verdict.text, verdict.tone}});
    return panel;
}

Panel LogzioView::look(const LogzioEmulatorReport& report, TimePoint now) {
    const Duration since = now - began_;
    rate_.add(report.lines, now);
    Panel panel;
    auto& lines = panel.lines;
    lines.push_back(title("sim logzio", addresses_, since));
    lines.push_back(
        {label("lines"), count(report.lines), {"   " + rate_.bars(bars_width), Tone::good}, note(rate_text(rate_))});
    lines.push_back({label("bulks"), count(report.requests),
                     note(fmt::format("{} on the wire, {} of text, largest {}", bytes_text(report.bytes_on_wire),
                                      bytes_text(report.bytes_inflated), bytes_text(report.bulk_bytes_max)))});
    lines.push_back({label("connections"), count(report.connections_open),
                     note(fmt::format("open, {} so far", with_commas(report.connections)))});
    lines.push_back({label("answers"), {"   " + answers_text(report)}});
    lines.push_back({label("distinct events"), count(report.distinct_uuids),
                     note(fmt::format("and {} copies", with_commas(report.duplicates)))});
    const std::uint64_t bad = report.malformed_lines + report.oversized_lines + report.empty_lines;
    lines.push_back({label("refused lines"), count(bad, bad_if(bad > 0)),
                     note(fmt::format("malformed {}, over 500,000 bytes {}, blank {}", report.malformed_lines,
                                      report.oversized_lines, report.empty_lines))});
    lines.push_back({label("would be tagged"), count(report.invalid_documents, bad_if(report.invalid_documents > 0)),
                     note(report.invalid_documents > 0 ? tags_text(report) : "as invalid by Logz.io")});
    for (const auto& [what, times] : report.conflicts) {
        lines.push_back({label(""), {fmt::format("   {} ({} ×)", harmless(what), times), Tone::warn}});
        if (lines.size() > 16) break;
    }
    for (const auto& [kind, times] : report.faults) {
        lines.push_back(
            {label("fault"), {fmt::format("   {} has struck {} times", kind, with_commas(times)), Tone::warn}});
    }
    if (!report.problem.empty()) lines.push_back({label("problem"), {"   " + report.problem, Tone::bad}});
    lines.push_back({label("newest")});
    for (const std::string& line : report.last_lines) lines.push_back({{"    " + digest_of(line), Tone::plain}});
    panel.plain = fmt::format(
        "{}: {} lines in {} bulks ({} on the wire), {} distinct events, {} copies, {} refused lines, "
        "{} would be tagged invalid; answers {}",
        since_text(since), report.lines, report.requests, bytes_text(report.bytes_on_wire), report.distinct_uuids,
        report.duplicates, bad, report.invalid_documents, answers_text(report));
    panel.json = with_seconds(to_json(report), since);
    return panel;
}

Panel TryView::look(const OktaSenderReport& okta, const TryCounts& relay, const LogzioEmulatorReport& logzio,
                    TimePoint now) {
    const Duration since = now - began_;
    in_.add(okta.events, now);
    stored_.add(relay.stored_events, now);
    out_.add(logzio.lines, now);
    Panel panel;
    auto& lines = panel.lines;
    const auto stage = [&](std::string_view name, std::uint64_t events, const Rate& rate, std::string more) {
        lines.push_back({label(name),
                         count(events),
                         {"   " + rate.bars(bars_width), Tone::good},
                         note(fmt::format("{}{}", rate_text(rate), more.empty() ? "" : ", " + more))});
    };
    lines.push_back(title("hookline try", "Okta → hookline → Logz.io", since));
    lines.push_back({});
    stage("Okta sent", okta.events, in_, fmt::format("{} deliveries", with_commas(okta.deliveries)));
    stage("safe on disk", relay.stored_events, stored_, "");
    stage("Logz.io has", logzio.distinct_uuids, out_, fmt::format("{} bulks", with_commas(logzio.requests)));
    lines.push_back({});
    lines.push_back({label("acknowledged"), count(okta.acknowledged_events),
                     note(acknowledged_within(okta) + ", as Okta sees it")});
    if (relay.acknowledgement_p99.count() > 0) {
        lines.push_back({label(""),
                         {padded("", count_width)},
                         note(fmt::format("half within {}, 99 % within {}, as the relay sees it",
                                          format_duration(relay.acknowledgement_p50),
                                          format_duration(relay.acknowledgement_p99)))});
    }
    lines.push_back(
        {label("waiting"), count(relay.waiting_events), note(bytes_text(relay.waiting_bytes) + " to be shipped")});
    lines.push_back({label("dead letters"), count(relay.dead_letters, bad_if(relay.dead_letters > 0))});
    lines.push_back({label("copies"), count(logzio.duplicates), note("at Logz.io, of events it had already")});
    lines.push_back({label("would be tagged"), count(logzio.invalid_documents, bad_if(logzio.invalid_documents > 0)),
                     note(logzio.invalid_documents > 0 ? tags_text(logzio) : "as invalid by Logz.io")});
    if (!okta.last_problem.empty()) {
        lines.push_back({label("last problem"), {"   " + harmless(okta.last_problem), Tone::warn}});
    }
    lines.push_back({});
    const std::size_t some = std::min<std::size_t>(4, logzio.last_lines.size());
    for (std::size_t at = logzio.last_lines.size() - some; at < logzio.last_lines.size(); ++at) {
        lines.push_back({{"    " + digest_of(logzio.last_lines[at]), Tone::dim}});
    }
    Span verdict = verdict_on(okta);
    panel.plain =
        fmt::format("{}: Okta sent {} events, {} acknowledged, {} safe on disk, Logz.io has {}, {} waiting; {}; {}",
                    since_text(since), okta.events, okta.acknowledged_events, relay.stored_events,
                    logzio.distinct_uuids, relay.waiting_events, acknowledged_within(okta), verdict.text);
    panel.json = with_seconds(
        fmt::format(R"({{"okta":{},"relay":{{"received_deliveries":{},"received_events":{},"stored_events":{},)"
                    R"("delivered_events":{},"waiting_events":{},"waiting_bytes":{},"dead_letters":{},"p50_us":{},)"
                    R"("p99_us":{}}},"logzio":{}}})",
                    to_json(okta), relay.received_deliveries, relay.received_events, relay.stored_events,
                    relay.delivered_events, relay.waiting_events, relay.waiting_bytes, relay.dead_letters,
                    relay.acknowledgement_p50.count(), relay.acknowledgement_p99.count(), to_json(logzio)),
        since);
    lines.push_back({{"  " + verdict.text, verdict.tone}});
    return panel;
}

}  // namespace hookline::rehearse
