"""Acknowledgement times at fixed rates, waiting counted from when a delivery was due, beside the disk's own sync."""

from figures import Figure
from load_run import LoadRun

SHARES = (0.10, 0.25, 0.50, 0.70)


def run(stage, options, note):
    sink = stage.sink()
    relay = stage.relay(sink)
    figures = []
    try:
        relay.start()
        stage.prove(relay, 1)
        most = options.deliveries_a_second_max or most_of(stage, sink, relay, options, note)
        disk = stage.disk(options.window_seconds)
        figures.append(Figure("latency", "the disk alone", "p50", "ms", [disk["p50"] / 1e3]))
        figures.append(Figure("latency", "the disk alone", "p99", "ms", [disk["p99"] / 1e3]))
        for share in SHARES:
            rate = most * share
            case = f"{share * 100:.0f} % of the most"
            note(f"{case}: {rate:,.0f} deliveries a second")
            measured = LoadRun(stage, sink, relay, rate=rate, connections=options.connections, windows=options.windows,
                               window_seconds=options.window_seconds, warm_seconds=options.warm_seconds)
            figures += figures_of(case, measured, rate, disk)
        disk = stage.disk(options.window_seconds)
        figures.append(Figure("latency", "the disk alone, afterwards", "p50", "ms", [disk["p50"] / 1e3]))
        figures.append(Figure("latency", "the disk alone, afterwards", "p99", "ms", [disk["p99"] / 1e3]))
        relay.end()
    finally:
        relay.close()
        sink.close()
    return figures


def most_of(stage, sink, relay, options, note):
    """Deliveries a second of one event, as fast as it goes."""
    note("first, as fast as it goes")
    measured = LoadRun(stage, sink, relay, connections=options.connections, windows=3, window_seconds=2.0)
    return sorted(measured.deliveries_a_second)[1]


def figures_of(case, run, rate, disk):
    def times(name):
        return run.ack(name)

    return [
        Figure("latency", case, "p50", "ms", times("p50")),
        Figure("latency", case, "p99", "ms", times("p99")),
        Figure("latency", case, "p99.9", "ms", times("p999")),
        Figure("latency", case, "max", "ms", times("max")),
        Figure("latency", case, "p50 / sync p50", "", [time * 1e3 / disk["p50"] for time in times("p50")]),
        Figure("latency", case, "p99 / sync p50", "", [time * 1e3 / disk["p50"] for time in times("p99")]),
        Figure("latency", case, "refused", "deliveries", [run.report["refused"]]),
        Figure("latency", case, "generator late p99", "ms", run.late("p99")),
        Figure("latency", case, "CPU a delivery", "µs", run.cpu_us_a_delivery),
        Figure("latency", case, "sent to listener p50", "ms", [run.travelled["p50"] / 1e3]),
    ]
