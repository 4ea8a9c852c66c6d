"""Some minutes at a quarter of the most: flushes and compactions come, and no acknowledgement may stall."""

import os
import time

import machine
from figures import Figure
from load_run import LoadRun
from part_latency import most_of

SHARE = 0.25
WINDOW_SECONDS = 30
ALONE_SECONDS = 60  # of the machine with nothing to do, before and after
STANDS_STILL_MS = 50  # a sync of 4 kB or a sleep that takes so long: the machine stood still


def run(stage, options, note):
    sink = stage.sink()
    relay = stage.relay(sink)
    try:
        relay.start()
        stage.prove(relay, 1000)
        alone = machine_alone(relay.directory, options, note)
        most = options.deliveries_a_second_max or most_of(stage, sink, relay, options, note)
        seconds = options.soak_minutes * 60
        windows = max(1, round(seconds / WINDOW_SECONDS))
        note(f"{options.soak_minutes:g} minutes at {most * SHARE:,.0f} deliveries a second")
        with machine.StandstillWatch(relay.directory) as watch:
            measured = LoadRun(stage, sink, relay, tenants=1000, rate=most * SHARE, connections=options.connections,
                               windows=windows, window_seconds=seconds / windows)
        relay.end()
        alone += machine_alone(relay.directory, options, note)
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
        Figure("soak", case, "before and after, idle: a sync of 4 kB max", "ms", alone),
        Figure("soak", case, "refused", "deliveries", [measured.report["refused"]]),
        Figure("soak", case, "CPU a delivery", "µs", measured.cpu_us_a_delivery),
        Figure("soak", case, "memory", "MiB", [measured.memory_most / 2**20]),
    ]


def machine_alone(directory, options, note):
    """The longest sync of 4 kB in each half minute in which nothing else runs, in milliseconds."""
    seconds = min(ALONE_SECONDS, options.soak_minutes * 60)
    windows = max(1, round(seconds / WINDOW_SECONDS))
    note(f"the machine alone, {seconds:.0f} seconds")
    os.sync()
    edges = [time.monotonic()]
    with machine.StandstillWatch(directory) as watch:
        for _ in range(windows):
            time.sleep(seconds / windows)
            edges.append(time.monotonic())
    return watch.longest(watch.syncs, edges)
