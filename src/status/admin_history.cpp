// The last hour and the last day.

#include "base/time_text.h"
#include "status/admin_answers.h"
#include "status/watch.h"

namespace hookline::status {
namespace {

Json seconds_or_null(const std::optional<double>& seconds) { return seconds ? Json(*seconds) : Json(nullptr); }

Json sample_json(const Sample& sample) {
    return {
        {"at", instant(sample.at)},
        {"received_events", sample.received_events},
        {"delivered_events", sample.delivered_events},
        {"refused_requests", sample.refused_requests},
        {"waiting_lines", sample.waiting_lines},
        {"oldest_waiting_seconds", sample.oldest_waiting},
        {"stored_bytes", sample.stored_bytes},
        {"acknowledgement_p50_seconds", seconds_or_null(sample.acknowledgement_p50)},
        {"acknowledgement_p99_seconds", seconds_or_null(sample.acknowledgement_p99)},
        {"bulk_p50_seconds", seconds_or_null(sample.bulk_p50)},
        {"bulk_p99_seconds", seconds_or_null(sample.bulk_p99)},
    };
}

}  // namespace

net::HttpResponse list_history(const Watch* watch, const Target& target) {
    if (auto known = only(target, {"span", "from"}); !known) return refuse(400, known.error().message);
    const std::string name = target.parameter("span");
    if (!name.empty() && name != "hour" && name != "day") return refuse(400, "span is hour or day");
    const Span span = name == "day" ? Span::day : Span::hour;
    WallTime from{};
    if (target.parameters.contains("from")) {
        const auto given = parse_rfc3339(target.parameter("from"));
        if (!given) return refuse(400, "from is an instant such as 2026-11-22T15:46:09Z");
        from = *given;
    }
    Json samples = Json::array();
    if (watch != nullptr) {
        for (const Sample& sample : watch->samples(span)) {
            if (sample.at >= from) samples.push_back(sample_json(sample));
        }
    }
    const auto step = span == Span::day ? Watch::day_step : Watch::hour_step;
    return answer(Json{
        {"span", span == Span::day ? "day" : "hour"}, {"step_seconds", step.count()}, {"samples", std::move(samples)}});
}

}  // namespace hookline::status
