// What sealing costs a delivery, against handing the same lines on as they are: packing as the spool does, then sealing
// for the disk, and opening for the way out. CPU time of one thread. Run it on an idle machine:
// seal_bench --benchmark_min_time=1

#include <random>

#include <benchmark/benchmark.h>

#include "base/check.h"
#include "spool/keyring.h"
#include "spool/packing.h"
#include "spool/sealed_rows.h"

namespace hookline::spool {
namespace {

/// Lines of about 2.5 kB whose words repeat as much as those of real events do.
std::string lines_of_about(std::size_t bytes) {
    static const char* const words[] = {"\"eventType\":\"user.session.start\",",
                                        "\"displayMessage\":\"User login to Okta\",",
                                        "\"outcome\":{\"result\":\"SUCCESS\",\"reason\":null},",
                                        "\"client\":{\"userAgent\":{\"os\":\"Mac OS X\",\"browser\":\"FIREFOX\"}},"};
    std::mt19937_64 random(7);
    std::string text;
    while (text.size() < bytes) {
        text += words[random() % std::size(words)];
        text += "\"" + std::to_string(random()) + "\":\"" + std::to_string(random()) + "\",";
        if (text.size() % 2'500 < 60) text += "\n";
    }
    return text;
}

/// Tenants take turns, so that the cipher is set up for another key each time, as it is in the relay.
struct Tenants {
    Tenants() {
        for (std::uint64_t id = 1; id <= 64; ++id) sealers.push_back(keys.new_tenant(TenantId{id}));
    }
    const Sealer& next() { return *sealers[at++ % sealers.size()]; }
    Keyring keys{SealKey::random()};
    std::vector<std::shared_ptr<const Sealer>> sealers;
    std::size_t at = 0;
};

Record record_of(const std::string& lines, const SealedLines& sealed) {
    Record record;
    record.header.codec = sealed.codec;
    record.header.line_bytes = {static_cast<std::uint32_t>(lines.size())};
    record.lines_bytes = lines.size();
    record.payload = sealed.payload;
    return record;
}

void plain(benchmark::State& state) {
    const std::string lines = lines_of_about(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        std::string packed;
        const Codec codec = pack(lines, packed);
        const std::string stored = codec == Codec::plain ? lines : packed;
        std::string out;
        check(unpack(codec, stored, lines.size(), out), "it does not unpack");
        benchmark::DoNotOptimize(out);
    }
}
BENCHMARK(plain)->Arg(2'500)->Arg(20'000)->Unit(benchmark::kMicrosecond);

void sealed(benchmark::State& state) {
    const std::string lines = lines_of_about(static_cast<std::size_t>(state.range(0)));
    Tenants tenants;
    for (auto _ : state) {
        const Sealer& sealer = tenants.next();
        const SealedLines stored = seal_lines(lines, sealer);
        std::string out;
        check(open_lines(record_of(lines, stored), sealer, out), "it does not open");
        benchmark::DoNotOptimize(out);
    }
}
BENCHMARK(sealed)->Arg(2'500)->Arg(20'000)->Unit(benchmark::kMicrosecond);

/// The cipher by itself, on a value that is not packed, by its size.
void seal_alone(benchmark::State& state) {
    const std::string lines = lines_of_about(static_cast<std::size_t>(state.range(0)));
    Tenants tenants;
    for (auto _ : state) {
        std::string sealed;
        tenants.next().seal({SealedKind::record}, lines, sealed);
        benchmark::DoNotOptimize(sealed);
    }
}
BENCHMARK(seal_alone)->Arg(500)->Arg(2'500)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

void open_alone(benchmark::State& state) {
    const std::string lines = lines_of_about(static_cast<std::size_t>(state.range(0)));
    Tenants tenants;
    std::vector<std::string> values;
    for (const auto& sealer : tenants.sealers) sealer->seal({SealedKind::record}, lines, values.emplace_back());
    for (auto _ : state) {
        const std::string& value = values[tenants.at % values.size()];
        std::string out;
        check(tenants.next().open({SealedKind::record}, value, out), "it does not open");
        benchmark::DoNotOptimize(out);
    }
}
BENCHMARK(open_alone)->Arg(500)->Arg(2'500)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

/// Once a tenant and start.
void derive(benchmark::State& state) {
    const SealKey key = SealKey::random();
    const std::string run = random_bytes(16);
    for (auto _ : state) benchmark::DoNotOptimize(key.derive(run, "a purpose"));
}
BENCHMARK(derive)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hookline::spool
