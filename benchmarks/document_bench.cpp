// What it costs to turn a delivery into lines, and what the parser would cost on simdjson instead
// (docs/decisions/0008-one-json-reader.md). Run it pinned: taskset -c 1 document_bench.

#include <string>

#include <benchmark/benchmark.h>
#include <simdjson.h>

#include "base/json_scanner.h"
#include "logzio/line.h"
#include "okta/delivery.h"
#include "sample_delivery.h"

namespace hookline {
namespace {

using bench::delivery_of;
using bench::event;

void per_event(benchmark::State& state, const std::string& body) {
    const auto bodies = static_cast<double>(state.iterations());
    state.counters["ns_per_event"] = benchmark::Counter(bodies * static_cast<double>(state.range(0)) * 1e-9,
                                                        benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

logzio::LineSource source_of(const okta::Envelope& envelope) {
    logzio::LineSource source;
    for (const okta::Member& member : envelope.known) source.envelope.push_back({member.key, member.raw});
    for (const okta::Member& member : envelope.others) source.envelope_other.push_back({member.key, member.raw});
    source.envelope_event_time = envelope.event_time;
    source.source = envelope.source;
    source.received_at = WallTime(std::chrono::seconds(1'773'480'423));
    return source;
}

/// The whole way: body to lines.
void parse_and_document(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    okta::DeliveryParser parser;
    logzio::LineBuilder builder(logzio::Shape::hookline, {});
    std::string lines;
    for ([[maybe_unused]] auto _ : state) {
        lines.clear();
        const auto delivery = parser.parse(body);
        logzio::LineSource source = source_of(delivery->envelope);
        for (const okta::Event& each : delivery->events) {
            source.event = each.raw;
            benchmark::DoNotOptimize(builder.build(source, lines));
        }
        benchmark::DoNotOptimize(lines.data());
    }
    per_event(state, body);
}
BENCHMARK(parse_and_document)->Arg(1)->Arg(5)->Arg(50);

void parse_only(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    okta::DeliveryParser parser;
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(parser.parse(body));
    per_event(state, body);
}
BENCHMARK(parse_only)->Arg(1)->Arg(5)->Arg(50);

/// An event that goes through the guards: a lone surrogate keeps it off the fast way.
void document_with_guards(benchmark::State& state) {
    std::string guarded(event);
    guarded.insert(1, R"("note":"\ud800",)");
    logzio::LineSource source;
    source.event = guarded;
    logzio::LineBuilder builder(logzio::Shape::hookline, {});
    std::string lines;
    for ([[maybe_unused]] auto _ : state) {
        lines.clear();
        benchmark::DoNotOptimize(builder.build(source, lines));
    }
}
BENCHMARK(document_with_guards);

void validate_by_scanner(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(is_json(body));
    per_event(state, body);
}
BENCHMARK(validate_by_scanner)->Arg(1)->Arg(50);

/// The other design: simdjson's DOM validates, its On-Demand cuts the slices.
void validate_and_slice_by_simdjson(benchmark::State& state) {
    const std::string body = delivery_of(state.range(0));
    simdjson::dom::parser dom;
    simdjson::ondemand::parser on_demand;
    for ([[maybe_unused]] auto _ : state) {
        if (dom.parse(body.data(), body.size(), false).error() != simdjson::SUCCESS) state.SkipWithError("refused");
        simdjson::ondemand::document document;
        if (on_demand.iterate(body.data(), body.size(), body.capacity()).get(document) != simdjson::SUCCESS) return;
        for (auto element : document["data"]["events"]) {
            simdjson::ondemand::object object;
            std::string_view raw;
            if (element.get_object().get(object) != simdjson::SUCCESS) return;
            if (object.raw_json().get(raw) != simdjson::SUCCESS) return;
            benchmark::DoNotOptimize(raw);
        }
    }
    per_event(state, body);
}
BENCHMARK(validate_and_slice_by_simdjson)->Arg(1)->Arg(50);

}  // namespace
}  // namespace hookline
