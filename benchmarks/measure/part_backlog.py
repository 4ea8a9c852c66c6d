"""A backlog drains, while new deliveries go on beside it."""

import threading
import time

import machine
from figures import MORE, Figure
from stage import wait_for_lines

TENANTS = 100
EVENTS = 10
RATE_BESIDE = 200  # deliveries a second of one event while it drains
ALONE_SECONDS = 15  # of the same rate with nothing else to do, before
HELD = {"listener.answer_time_max": "10 min"}  # the listener answers nothing while the backlog grows


def fill(stage, relay, sink, events_wanted, events=EVENTS, seed=2, tenants=TENANTS):
    """A backlog of at least so many events; how many it became, and how fast."""
    sink.ask("hold")
    deliveries = -(-events_wanted // events)
    load = stage.load(relay, connections=64, tenants=tenants, events=events, deliveries=deliveries, seed=seed)
    load.go()
    load.expect("window")
    report = load.finish()
    stored = report["acknowledged"] * events
    return stored, stored / (report["last_answer"] - report["began"]) * 1e6


def run(stage, options, note):
    sink = stage.sink()
    # It will have a core full of work, which is the generator's too: what is timed goes first.
    sink.step_back()
    relay = stage.relay(sink, **HELD)
    try:
        relay.start()
        stage.prove(relay, TENANTS)
        note(f"{RATE_BESIDE} deliveries a second with no backlog")
        alone = few_deliveries(stage, relay, seed=4, window_seconds=3 if options.quick else ALONE_SECONDS)
        alone.go()
        alone.expect("warm")
        alone.expect("window")
        alone = alone.finish()
        before = wait_for_lines(sink, TENANTS + alone["acknowledged"])
        note(f"filling: {options.backlog_events:,} events of {TENANTS} tenants")
        count, filled_rate = fill(stage, relay, sink, options.backlog_events)
        held = sink.ask()
        spool_bytes = machine.bytes_under(relay.spool)
        note("draining, with new deliveries beside it")
        figures = drain(stage, sink, relay, before["lines"] + count, held["lines"])
        relay.end()
    finally:
        relay.close()
        sink.close()
    case = f"{count:,} events, {TENANTS} tenants"
    figures = [Figure("backlog", case, "filled", "events/s", [filled_rate], MORE),
               Figure("backlog", case, "on disk, an event", "bytes", [spool_bytes / count]),
               *[Figure("backlog", case, *rest) for rest in times_of(alone, "with no backlog") + figures]]
    return figures


def few_deliveries(stage, relay, seed, window_seconds):
    return stage.load(relay, connections=32, rate=RATE_BESIDE, seed=seed, windows=1, window_seconds=window_seconds)


def times_of(report, when):
    times = report["windows"][0]["ack"]
    return [(f"ack {name} of {RATE_BESIDE} new deliveries/s {when}", "ms", [times[name] / 1e3])
            for name in ("p50", "p99", "max")]


def drain(stage, sink, relay, lines_wanted, lines_held):
    """`lines_held` were counted when they came, and are answered only now: they are taken off the rate."""
    beside = few_deliveries(stage, relay, seed=3, window_seconds=3600)
    memory = MemoryWatch(relay.pid)
    cpu, began = machine.cpu_seconds(relay.pid), time.monotonic()
    beside.go()
    beside.expect("warm")
    sink.ask("take")
    wait_for_lines(sink, lines_wanted, patience=3600, every=0.05)
    took = time.monotonic() - began
    cpu = machine.cpu_seconds(relay.pid) - cpu
    beside.say("stop")
    beside.expect("window")
    report = beside.finish()
    wait_for_lines(sink, lines_wanted + report["acknowledged"])
    events = lines_wanted - lines_held
    return [
        ("drained", "events/s", [events / took], MORE),
        ("CPU of 100,000 events", "s", [cpu / events * 1e5]),
        ("relay busy", "cores", [cpu / took]),
        ("memory, the most", "MiB", [memory.stop() / 2**20]),
        *times_of(report, "beside it"),
    ]


class MemoryWatch:
    """The most that a process held while it was watched."""

    def __init__(self, pid):
        self.pid, self.most, self.done = pid, 0, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while not self.done.wait(0.05):
            self.most = max(self.most, machine.memory_bytes(self.pid)[0])

    def stop(self):
        self.done.set()
        self.thread.join()
        return self.most
