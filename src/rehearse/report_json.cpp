#include "rehearse/report_json.h"

#include <nlohmann/json.hpp>

namespace hookline::rehearse {
namespace {

using nlohmann::json;

/// Text from outside may be no UTF-8; a report shows U+FFFD there.
std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

std::string to_json(const OktaSenderReport& report) {
    return dump({{"deliveries", report.deliveries},
                 {"events", report.events},
                 {"acknowledged", report.acknowledged},
                 {"acknowledged_events", report.acknowledged_events},
                 {"in_flight", report.in_flight},
                 {"retried", report.retried},
                 {"timed_out", report.timed_out},
                 {"refused_4xx", report.refused_4xx},
                 {"failed_5xx", report.failed_5xx},
                 {"unreachable", report.unreachable},
                 {"lost_events", report.lost_events},
                 {"repeats", report.repeats},
                 {"repeats_refused", report.repeats_refused},
                 {"previews", report.previews},
                 {"connections", report.connections},
                 {"bytes", report.bytes},
                 {"answers_with_body", report.answers_with_body},
                 {"p50_us", report.p50.count()},
                 {"p99_us", report.p99.count()},
                 {"max_us", report.max.count()},
                 {"behind_ms", report.behind.count()},
                 {"verified", report.verified},
                 {"finished", report.finished},
                 {"last_problem", report.last_problem}});
}

std::string to_json(const LogzioEmulatorReport& report) {
    json answers = json::object();
    for (const auto& [status, count] : report.answers) answers[std::to_string(status)] = count;
    return dump({{"requests", report.requests},
                 {"lines", report.lines},
                 {"bytes_on_wire", report.bytes_on_wire},
                 {"bytes_inflated", report.bytes_inflated},
                 {"distinct_uuids", report.distinct_uuids},
                 {"duplicates", report.duplicates},
                 {"invalid_documents", report.invalid_documents},
                 {"tags", report.tags},
                 {"answers", answers},
                 {"malformed_lines", report.malformed_lines},
                 {"oversized_lines", report.oversized_lines},
                 {"empty_lines", report.empty_lines},
                 {"type_differs", report.type_differs},
                 {"not_remembered", report.not_remembered},
                 {"conflicts", report.conflicts},
                 {"regions", report.regions},
                 {"accounts", report.accounts},
                 {"types", report.types},
                 {"faults", report.faults},
                 {"connections", report.connections},
                 {"connections_open", report.connections_open},
                 {"bulk_bytes_max", report.bulk_bytes_max},
                 {"line_bytes_max", report.line_bytes_max},
                 {"problem", report.problem}});
}

}  // namespace hookline::rehearse
