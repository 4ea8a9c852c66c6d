"""How long the relay takes to be ready on a large spool: after it was stopped, and after a kill -9."""

import signal

import machine
from figures import Figure
from part_backlog import HELD, TENANTS, fill

TIMES = 3


def run(stage, options, note):
    sink = stage.sink()
    relay = stage.relay(sink, **HELD)
    try:
        relay.start()
        stage.prove(relay, TENANTS)
        wanted, stored, seed = options.start_gigabytes * 1e9, 0, 10
        note(f"filling a spool of {options.start_gigabytes:g} GB")
        while (size := machine.bytes_under(relay.spool)) < wanted:
            # Single events lie on the disk as they are, some 2 to 3 kB each.
            count, _ = fill(stage, relay, sink, min(500_000, max(10_000, int((wanted - size) / 2_500))), events=1,
                            seed=seed)
            stored, seed = stored + count, seed + 1
        note("starting on it")
        stopped, killed = [], []
        for _ in range(1 if options.quick else TIMES):
            relay.end()
            stopped.append(relay.start())
            relay.end(signal.SIGKILL)
            killed.append(relay.start())
        size, (memory, _) = machine.bytes_under(relay.spool), machine.memory_bytes(relay.pid)
        relay.end(signal.SIGKILL)
    finally:
        relay.close()
        sink.close()
    case = f"{size / 1e9:.1f} GB, {stored:,} events"
    return [Figure("start", case, "ready after a stop", "s", stopped),
            Figure("start", case, "ready after a kill", "s", killed),
            Figure("start", case, "memory when ready", "MiB", [memory / 2**20])]
