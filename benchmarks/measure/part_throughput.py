"""As fast as it goes: deliveries of 1, 3, 10 and 100 events, of 1 and of 1,000 tenants."""

from figures import MORE, Figure
from load_run import LoadRun

CASES = [(1, 1), (1, 1000), (3, 1), (3, 1000), (10, 1), (10, 1000), (100, 1), (100, 1000)]
QUICK_CASES = [(1, 1), (10, 1000)]


def case_name(events, tenants):
    return f"{events} event{'s' * (events > 1)}, {tenants:,} tenant{'s' * (tenants > 1)}"


def run(stage, options, note):
    figures, stages = [], []
    for events, tenants in QUICK_CASES if options.quick else CASES:
        case = case_name(events, tenants)
        note(case)
        sink = stage.sink()
        relay = stage.relay(sink)
        try:
            relay.start()
            stage.prove(relay, tenants)
            # 256 connections, but no more than some 16 MB under way: the relay admits 64 MiB at once.
            connections = max(16, min(options.connections, 4096 // events))
            measured = LoadRun(stage, sink, relay, events=events, tenants=tenants, connections=connections,
                               windows=options.windows, window_seconds=options.window_seconds,
                               warm_seconds=options.warm_seconds)
            relay.end()
        finally:
            relay.close()
            sink.close()
        figures += figures_of("throughput", case, measured)
        stages += stages_of(case, measured)
        if events == 1 and tenants == 1:
            options.deliveries_a_second_max = figures[0].median
    return figures + stages


def figures_of(part, case, run):
    """What one closed-loop run says."""
    events = run.events
    taken = run.deliveries_a_second
    return [
        Figure(part, case, "taken", "deliveries/s", taken, MORE),
        Figure(part, case, "taken", "events/s", [rate * events for rate in taken], MORE),
        Figure(part, case, "delivered", "events/s", run.delivered_events_a_second, MORE),
        Figure(part, case, "CPU a delivery", "µs", run.cpu_us_a_delivery),
        Figure(part, case, "CPU a delivery, until all had arrived", "µs", [run.cpu_us_a_delivery_all_in]),
        Figure(part, case, "CPU of 100,000 events", "s", [run.cpu_us_a_delivery_all_in / events / 10]),
        Figure(part, case, "relay busy", "cores", run.busy),
        Figure(part, case, "ack p50", "ms", run.ack("p50")),
        Figure(part, case, "ack p99", "ms", run.ack("p99")),
        Figure(part, case, "ack p99.9", "ms", run.ack("p999")),
        Figure(part, case, "ack max", "ms", run.ack("max")),
        Figure(part, case, "sent to listener p50", "ms", [run.travelled["p50"] / 1e3]),
        Figure(part, case, "sent to listener p99", "ms", [run.travelled["p99"] / 1e3]),
        Figure(part, case, "refused", "deliveries", [run.report["refused"]]),
        Figure(part, case, "behind at the end", "s", [run.behind_seconds]),
        Figure(part, case, "memory", "MiB", [run.memory_most / 2**20]),
        Figure(part, case, "body of a delivery", "bytes", [run.report["body_bytes_mean"]]),
        Figure(part, case, "sent to the listener, an event", "bytes", [run.wire_bytes_an_event]),
    ]


def stages_of(case, run):
    """Where the CPU went, by the names of the relay's threads."""
    return [Figure("throughput by thread", case, name, "µs/event", [used])
            for name, used in sorted(run.threads_us_an_event().items(), key=lambda item: -item[1]) if used > 0.005]
