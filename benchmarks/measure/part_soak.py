"""Some minutes at a quarter of the most: flushes and compactions come, and no acknowledgement may stall."""

import time

import machine
from figures import Figure
from load_run import LoadRun
from part_latency import most_of

SHARE = 0.25
QUIET_SECONDS = 60  # of the machine alone, before
STANDS_STILL_MS = 50  # a sync of 4 kB or a sleep that takes so long: the machine stood still


def run(stage, options, note):
    sink = stage.sink()
    relay = stage.relay(sink)
    try:
        relay.start()
        stage.prove(relay, 1000)
        quiet_seconds = min(QUIET_SECONDS, options.soak_minutes * 60)
        note(f"the machine alone, {quiet_seconds:.0f} seconds")
        quiet_edges = [time.monotonic()]
        with machine.StandstillWatch(relay.directory) as quiet:
            time.sleep(quiet_seconds)
        quiet_edges.append(time.monotonic())
        most = options.deliveries_a_second_max or most_of(stage, sink, relay, options, note)
        windows = max(1, round(options.soak_minutes * 2))
        note(f"{options.soak_minutes:g} minutes at {most * SHARE:,.0f} deliveries a second")
        with machine.StandstillWatch(relay.directory) as watch:
            measured = LoadRun(stage, sink, relay, tenants=1000, rate=most * SHARE, connections=options.connections,
                               windows=windows, window_seconds=options.soak_minutes * 60 / windows)
        relay.end()
    finally:
        relay.close()
        sink.close()
    edges = [look.at for look in measured.looks]
    late_sleeps, late_syncs = (watch.longest(taken, edges) for taken in (watch.sleeps, watch.syncs))
    own = [ack for ack, *late in zip(measured.ack("max"), late_sleeps, late_syncs) if max(late) < STANDS_STILL_MS]
    case = f"{options.soak_minutes:g} min, {most * SHARE:,.0f} deliveries/s, 1,000 tenants"
    return [Figure("soak", case, f"ack {name}", "ms", measured.ack(key))
            for name, key in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"), ("max", "max"))] + [
        *([Figure("soak", case, f"ack max where nothing beside it took {STANDS_STILL_MS} ms", "ms", own)] if own else []),
        Figure("soak", case, "generator late max", "ms", measured.late("max")),
        Figure("soak", case, "beside it: a sleep late max", "ms", late_sleeps),
        Figure("soak", case, "beside it: a sync of 4 kB max", "ms", late_syncs),
        Figure("soak", case, "before it, idle: a sync of 4 kB max", "ms", quiet.longest(quiet.syncs, quiet_edges)),
        Figure("soak", case, "refused", "deliveries", [measured.report["refused"]]),
        Figure("soak", case, "CPU a delivery", "µs", measured.cpu_us_a_delivery),
        Figure("soak", case, "memory", "MiB", [measured.memory_most / 2**20]),
    ]
