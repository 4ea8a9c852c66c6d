// Both ends of the wire: reading a request as the server does, once its bytes are there, and making a bulk's body.
// CPU time of one thread: wire_bench --benchmark_min_time=1

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "logzio/gzip.h"
#include "net/input.h"
#include "net/request_reader.h"
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

void gzip_bulk(benchmark::State& state) {
    const std::string lines = bench::lines_of(static_cast<std::size_t>(state.range(0)));
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

}  // namespace
}  // namespace hookline
