// Both ends of the wire: reading a request as the server does, once its bytes are there, and making a bulk's body.
// CPU time of one thread: wire_bench --benchmark_min_time=1

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "base/hash.h"
#include "logzio/gzip.h"
#include "net/input.h"
#include "net/request_reader.h"
#include "rehearse/okta_events.h"
#include "sample_delivery.h"

namespace hookline {
namespace {

void read_request(benchmark::State& state) {
    const std::string request = bench::request_of(state.range(0));
    for ([[maybe_unused]] auto _ : state) {
        net::Input input;
        input.add(request);
        net::RequestReader reader(32 * 1024, 16 * 1024 * 1024);
        auto found = reader.read(input);
        if (found == net::RequestReader::Found::head) found = reader.read(input);
        check(found == net::RequestReader::Found::whole, "it is a whole request");
        benchmark::DoNotOptimize(reader.take_body());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(request.size()));
}
BENCHMARK(read_request)->Arg(1)->Arg(10)->Unit(benchmark::kMicrosecond);

/// Events as they come: 45 types, people and places that change, ids of their own.
std::string lines_of(std::size_t bytes) {
    rehearse::OktaEventMaker maker(1, "who1a2b3c4d5e6f7g8h9");
    const WallTime now = SystemClock().wall();
    std::string lines;
    std::string uuids;
    while (lines.size() < bytes) {
        maker.append(lines, uuids, now);
        lines += '\n';
    }
    return lines;
}

void gzip_bulk(benchmark::State& state) {
    const std::string lines = lines_of(static_cast<std::size_t>(state.range(0)));
    std::size_t packed = 0;
    for ([[maybe_unused]] auto _ : state) {
        const std::string body = logzio::gzip(lines);
        packed = body.size();
        benchmark::DoNotOptimize(body.data());
    }
    state.counters["ratio"] = static_cast<double>(lines.size()) / static_cast<double>(packed);
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(lines.size()));
}
BENCHMARK(gzip_bulk)->Arg(2'500)->Arg(25'000)->Arg(3 << 20)->Unit(benchmark::kMicrosecond);

/// Of a body, and of a token or uuid; a delivery of one event is hashed once the one and five times the other way.
void hash(benchmark::State& state) {
    const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
    for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(hash128(text));
}
BENCHMARK(hash)->Arg(36)->Arg(2'400)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hookline
