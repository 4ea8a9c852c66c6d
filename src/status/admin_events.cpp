// Gaps and traces.

#include "base/time_text.h"
#include "status/admin_answers.h"

namespace hookline::status {
namespace {

constexpr std::uint64_t gaps_at_once = 1'000;
constexpr std::uint64_t gaps_at_once_max = 100'000;
constexpr std::size_t uuid_bytes_max = 512;

const char* kind_name(spool::Gap::Kind kind) {
    switch (kind) {
        case spool::Gap::Kind::down:
            return "down";
        case spool::Gap::Kind::lost:
            return "lost";
        case spool::Gap::Kind::refused:
            break;
    }
    return "refused";
}

Json gap_json(const spool::Gap& gap) {
    return {
        {"kind", kind_name(gap.kind)}, {"from", instant(gap.from)},  {"to", instant(gap.to)},
        {"status", gap.status},        {"tenant", gap.tenant_label}, {"event_id", gap.event_id},
        {"reason", gap.reason},        {"count", gap.count},         {"events", gap.events},
    };
}

Json trace_json(const spool::Trace& trace) {
    Json entry{
        {"tenant", trace.tenant_label},
        {"tenant_id", trace.tenant.number},
        {"received_at", instant(trace.received_at)},
        {"sequence", trace.position.sequence.number},
        {"line", trace.position.line},
        {"settled", trace.settled},
        {"conflict", trace.conflict},
        {"bulk", nullptr},
        {"letter", trace.letter ? Json(*trace.letter) : Json(nullptr)},
    };
    if (trace.bulk) {
        entry["bulk"] = Json{
            {"bulk", trace.bulk->bulk},
            {"sent_at", instant(trace.bulk->sent_at)},
            {"answered_at", instant(trace.bulk->answered_at)},
            {"status", trace.bulk->status},
            {"lines", trace.bulk->lines},
        };
    }
    return entry;
}

}  // namespace

net::HttpResponse list_gaps(const AdminParts& parts, const Target& target) {
    if (auto known = only(target, {"from", "count"}); !known) return refuse(400, known.error().message);
    const auto count = number(target, "count", 1, gaps_at_once_max, gaps_at_once);
    if (!count) return refuse(400, count.error().message);
    std::optional<WallTime> from;
    if (target.parameters.contains("from")) {
        from = parse_rfc3339(target.parameter("from"));
        if (!from) return refuse(400, "from is an instant such as 2026-11-22T15:46:09Z");
    }
    const auto gaps = parts.spool.gaps(from, *count);
    if (!gaps) return refuse(500, gaps.error().message);
    Json rows = Json::array();
    for (const spool::Gap& gap : *gaps) rows.push_back(gap_json(gap));
    return answer(Json{{"gaps", std::move(rows)}});
}

net::HttpResponse trace_event(const AdminParts& parts, const Target& target) {
    if (auto known = only(target, {"uuid"}); !known) return refuse(400, known.error().message);
    const std::string uuid = target.parameter("uuid");
    if (uuid.empty() || uuid.size() > uuid_bytes_max) return refuse(400, "expected uuid=… of an event");
    const auto traces = parts.spool.trace(uuid);
    if (!traces) return refuse(500, traces.error().message);
    Json entries = Json::array();
    for (const spool::Trace& trace : *traces) entries.push_back(trace_json(trace));
    return answer(Json{{"uuid", uuid}, {"entries", std::move(entries)}});
}

}  // namespace hookline::status
