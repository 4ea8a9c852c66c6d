"""A backlog drains, while new deliveries go on beside it."""

import threading
import time

import machine
from figures import MORE, Figure
from stage import wait_for_lines

TENANTS = 100
EVENTS = 10
RATE_BESIDE = 200  # deliveries a second of one event while it drains
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
    relay = stage.relay(sink, **HELD)
    try:
        relay.start()
        stage.prove(relay, TENANTS)
        before = wait_for_lines(sink, TENANTS)
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
               *[Figure("backlog", case, *rest) for rest in figures]]
    return figures


def drain(stage, sink, relay, lines_wanted, lines_held):
    """`lines_held` were counted when they came, and are answered only now: they are taken off the rate."""
    beside = stage.load(relay, connections=32, rate=RATE_BESIDE, seed=3, windows=1, window_seconds=3600)
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
    times = report["windows"][0]["ack"]
    events = lines_wanted - lines_held
    return [
        ("drained", "events/s", [events / took], MORE),
        ("CPU of 100,000 events", "s", [cpu / events * 1e5]),
        ("relay busy", "cores", [cpu / took]),
        ("memory, the most", "MiB", [memory.stop() / 2**20]),
        (f"ack p50 of {RATE_BESIDE} new deliveries/s beside it", "ms", [times["p50"] / 1e3]),
        (f"ack p99 of {RATE_BESIDE} new deliveries/s beside it", "ms", [times["p99"] / 1e3]),
        (f"ack max of {RATE_BESIDE} new deliveries/s beside it", "ms", [times["max"] / 1e3]),
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
