// What the spool costs, on a real disk: CPU microseconds a delivery (of all threads, RocksDB's too), and what a read
// and a settle cost. Run it on an idle machine: spool_bench --benchmark_min_time=2
//
// An append's CPU is the figure to trust; rates depend on what the disk calls a sync.

#include <random>

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include "../tests/support/temp_directory.h"
#include "base/check.h"
#include "spool/spool.h"

namespace hookline::spool {
namespace {

class Inbox final : public Mailbox {
 public:
    using Mailbox::post;
    void post(std::vector<Task> tasks) override {
        for (const Task& task : tasks) task();
    }
};

double cpu_microseconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto micros = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
    };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

/// Lines of about 2.4 kB whose words repeat as much as those of real events do.
std::vector<std::string> sample_lines() {
    static const char* const words[] = {"\"eventType\":\"user.session.start\",",
                                        "\"displayMessage\":\"User login to Okta\",",
                                        "\"outcome\":{\"result\":\"SUCCESS\",\"reason\":null},",
                                        "\"debugContext\":{\"debugData\":{\"requestUri\":\"/api/v1/authn\"}},",
                                        "\"client\":{\"userAgent\":{\"os\":\"Mac OS X\",\"browser\":\"FIREFOX\"}},"};
    std::mt19937_64 random(7);
    std::vector<std::string> lines;
    for (int line = 0; line < 512; ++line) {
        std::string text = "{\"type\":\"okta\",";
        while (text.size() < 2'380) {
            text += words[random() % std::size(words)];
            text += "\"" + std::to_string(random()) + "\":\"" + std::to_string(random()) + "\",";
        }
        text += "\"end\":1}\n";
        lines.push_back(std::move(text));
    }
    return lines;
}

struct Bench {
    explicit Bench(std::uint64_t seen_max = 1'000'000) {
        SpoolOptions options;
        options.directory = directory / "spool";
        options.commit_mode = CommitMode::by_hand;
        options.limits.free_bytes_min = 1;
        options.limits.seen_max = seen_max;
        auto opened = Spool::open(std::move(options), clock, metrics);
        check(opened.has_value(), "the spool does not open");
        spool = std::move(*opened);
        for (int tenant = 0; tenant < 1'000; ++tenant) {
            tenants.push_back(
                spool->introduce(HeaderIdentity{"us", Secret(std::string(28, 't') + std::to_string(1'000 + tenant))}));
        }
    }
    Append delivery(std::size_t events) {
        Append append;
        append.tenant = tenants[next % tenants.size()];
        append.received_at = clock.wall();
        append.event_id = "0123456789abcdef0123456789abcdef";
        for (std::size_t event = 0; event < events; ++event) {
            const std::string& text = lines[next++ % lines.size()];
            AppendLine line;
            line.offset = static_cast<std::uint32_t>(append.lines.size());
            line.length = static_cast<std::uint32_t>(text.size());
            std::memcpy(line.id.bytes.data(), &next, sizeof next);
            line.content = line.id;
            append.lines += text;
            append.events.push_back(line);
        }
        return append;
    }
    test::TempDirectory directory;
    SystemClock clock;
    Metrics metrics;
    Inbox inbox;
    std::unique_ptr<Spool> spool;
    std::vector<TenantId> tenants;
    std::vector<std::string> lines = sample_lines();
    std::size_t next = 1;
};

void report(benchmark::State& state, double cpu, double deliveries, std::size_t events) {
    state.counters["cpu_us_a_delivery"] = cpu / deliveries;
    state.counters["cpu_us_an_event"] = cpu / deliveries / static_cast<double>(events);
    state.counters["deliveries_a_second"] = benchmark::Counter(deliveries, benchmark::Counter::kIsRate);
}

/// Groups of so many deliveries of so many events each, synced; nothing is read, so all of it goes to tables.
void append_and_commit(benchmark::State& state) {
    Bench bench;
    const auto group = static_cast<std::size_t>(state.range(0));
    const auto events = static_cast<std::size_t>(state.range(1));
    double deliveries = 0;
    double cpu = 0;
    for (auto _ : state) {
        state.PauseTiming();
        std::vector<Append> appends;
        for (std::size_t count = 0; count < group; ++count) appends.push_back(bench.delivery(events));
        state.ResumeTiming();
        const double before = cpu_microseconds();
        for (Append& append : appends) bench.spool->append(std::move(append), bench.inbox, [](const Appended&) {});
        bench.spool->commit_now();
        cpu += cpu_microseconds() - before;
        deliveries += static_cast<double>(group);
    }
    report(state, cpu, deliveries, events);
}
BENCHMARK(append_and_commit)->ArgsProduct({{1, 16, 64, 256}, {1}})->ArgsProduct({{64}, {10}})->UseRealTime();

/// The same, with each tenant's lines read and settled at once, as when a healthy listener takes them.
void append_read_and_settle(benchmark::State& state) {
    Bench bench;
    const auto group = static_cast<std::size_t>(state.range(0));
    const auto events = static_cast<std::size_t>(state.range(1));
    double deliveries = 0;
    double cpu = 0;
    std::vector<TenantId> arrived;
    bench.spool->on_arrival([&](const std::vector<TenantId>& tenants) { arrived = tenants; });
    for (auto _ : state) {
        state.PauseTiming();
        std::vector<Append> appends;
        for (std::size_t count = 0; count < group; ++count) appends.push_back(bench.delivery(events));
        state.ResumeTiming();
        const double before = cpu_microseconds();
        for (Append& append : appends) bench.spool->append(std::move(append), bench.inbox, [](const Appended&) {});
        bench.spool->commit_now();
        for (const TenantId tenant : arrived) {
            const auto batch = bench.spool->read(tenant, bench.spool->cursor(tenant), 3 << 20, 20'000);
            check(batch.has_value(), "read failed");
            Settle settle;
            settle.tenant = tenant;
            settle.upto = batch->end;
            settle.delivered = static_cast<std::uint32_t>(batch->lines.size());
            settle.note = BulkNote{};
            bench.spool->settle(std::move(settle), bench.inbox, [](const Result<void>&) {});
        }
        cpu += cpu_microseconds() - before;
        deliveries += static_cast<double>(group);
    }
    report(state, cpu, deliveries, events);
}
BENCHMARK(append_read_and_settle)->ArgsProduct({{1, 16, 64, 256}, {1}})->ArgsProduct({{64}, {10}})->UseRealTime();

/// A backlog of 200,000 events of 100 tenants, read and settled in bulks of 3 MiB.
void drain(benchmark::State& state) {
    double events = 0;
    double cpu = 0;
    for (auto _ : state) {
        state.PauseTiming();
        Bench bench;
        bench.tenants.resize(100);
        for (int group = 0; group < 200; ++group) {
            for (int count = 0; count < 1'000; ++count) {
                bench.spool->append(bench.delivery(1), bench.inbox, [](const Appended&) {});
                if (count % 250 == 249) bench.spool->commit_now();
            }
        }
        state.ResumeTiming();
        const double before = cpu_microseconds();
        for (const TenantId tenant : bench.tenants) {
            for (bool more = true; more;) {
                const auto batch = bench.spool->read(tenant, bench.spool->cursor(tenant), 3 << 20, 20'000);
                check(batch.has_value(), "read failed");
                events += static_cast<double>(batch->lines.size());
                more = batch->more;
                Settle settle;
                settle.tenant = tenant;
                settle.upto = batch->end;
                bench.spool->settle(std::move(settle), bench.inbox, [](const Result<void>&) {});
                bench.spool->commit_now();
            }
        }
        cpu += cpu_microseconds() - before;
    }
    state.counters["cpu_us_an_event"] = cpu / events;
    state.counters["events_a_second"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}
BENCHMARK(drain)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hookline::spool
