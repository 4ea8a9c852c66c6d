"""What many known tenants cost while nobody sends anything."""

import time

import machine
from figures import Figure
from stage import wait_for_lines


def run(stage, options, note):
    sink = stage.sink()
    relay = stage.relay(sink)
    try:
        relay.start()
        note(f"making {options.idle_tenants:,} tenants known")
        stage.prove(relay, options.idle_tenants)
        wait_for_lines(sink, options.idle_tenants)
        relay.end()
        took = relay.start()
        note("idle")
        time.sleep(2 if options.quick else 10)  # what the start left to do is done by then
        busy, seconds = [], 5.0 if options.quick else 20.0
        for _ in range(1 if options.quick else 3):
            before, began = machine.cpu_seconds(relay.pid), time.monotonic()
            time.sleep(seconds)
            busy.append((machine.cpu_seconds(relay.pid) - before) / (time.monotonic() - began) * 100)
        memory, _ = machine.memory_bytes(relay.pid)
        relay.end()
    finally:
        relay.close()
        sink.close()
    case = f"{options.idle_tenants:,} known tenants"
    return [Figure("idle", case, "CPU", "% of a core", busy), Figure("idle", case, "memory", "MiB", [memory / 2**20]),
            Figure("idle", case, "ready after", "s", [took])]
