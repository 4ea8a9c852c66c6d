// The relay's two peers while it is measured, the least server in its place, and a probe of the disk; ./bench starts
// them.

#include <cstdio>

#include <CLI/CLI.hpp>

#include "peer/bare.h"
#include "peer/disk.h"
#include "peer/load.h"
#include "peer/sink.h"

namespace {

int conclude(const hookline::Result<void>& outcome) {
    if (outcome) return 0;
    std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    return 1;
}

}  // namespace

int main(int count, char** words) {
    using namespace hookline::bench;
    CLI::App app("what stands on both sides of a relay that is measured");
    app.require_subcommand(1);

    LoadOptions load;
    CLI::App* load_command = app.add_subcommand("load", "posts deliveries");
    load_command->add_option("url", load.url, "where to")->required();
    load_command->add_option("--ca-file", load.ca_file, "PEM: whom to trust");
    load_command->add_option("--secret-file", load.secret_file, "what is sent in the authorization header");
    load_command->add_option("--connections", load.connections, "at once");
    load_command->add_option("--events", load.events, "of one delivery");
    load_command->add_option("--tenants", load.tenants, "who take turns");
    load_command->add_option("--seed", load.seed, "other events, other ids");
    load_command->add_option("--rate", load.rate, "deliveries a second; 0: as the answers come");
    load_command->add_option("--deliveries", load.deliveries, "ends after so many, without windows");
    load_command->add_option("--warm-seconds", load.warm_seconds, "not measured");
    load_command->add_option("--window-seconds", load.window_seconds, "length of each window");
    load_command->add_option("--windows", load.windows, "how many");
    load_command->add_flag("--handshakes", load.handshakes, "a new connection and a GET in place of each delivery");
    load_command->add_option("--silent", load.silent, "connections that say nothing, besides");
    load_command->add_flag("--drip", load.drip, "each of those sends one byte of a head a second");

    SinkOptions sink;
    CLI::App* sink_command = app.add_subcommand("sink", "takes bulks");
    sink_command->add_option("--listen", sink.listen, "address");
    sink_command->add_option("--certificate", sink.certificate, "PEM; without one it is plain HTTP");
    sink_command->add_option("--key", sink.key, "PEM");

    BareOptions bare;
    CLI::App* bare_command = app.add_subcommand("bare", "the least server in the relay's place");
    bare_command->add_option("--certificate", bare.certificate, "PEM")->required();
    bare_command->add_option("--key", bare.key, "PEM")->required();
    bare_command->add_option("--file", bare.file, "bodies are appended to it and synced before they are answered");

    std::string directory = ".";
    double disk_seconds = 2;
    CLI::App* disk_command = app.add_subcommand("disk", "what one append and sync takes");
    disk_command->add_option("directory", directory, "on the disk in question");
    disk_command->add_option("--seconds", disk_seconds, "how long");

    CLI11_PARSE(app, count, words);
    if (*load_command) return conclude(run_load(load));
    if (*sink_command) return conclude(run_sink(sink));
    if (*bare_command) return conclude(run_bare(bare));
    const auto report = measure_disk(directory, std::chrono::duration<double>(disk_seconds));
    if (report) std::puts(report->c_str());
    return conclude(report ? hookline::Result<void>() : tl::unexpected(report.error()));
}
