"""Full TLS 1.3 handshakes (ECDSA P-256), one GET on each connection; and what a silent connection holds."""

import machine
from figures import MORE, Figure
from load_run import LoadRun

SILENT = 2_000


def run(stage, options, note):
    sink = stage.sink()
    relay = stage.relay(sink)
    try:
        relay.start()
        note("a connection for each request")
        measured = HandshakeRun(stage, sink, relay, options)
        note(f"{SILENT:,} silent connections")
        empty, _ = machine.memory_bytes(relay.pid)
        silent = stage.load(relay, connections=1, silent=SILENT)
        held, _ = machine.memory_bytes(relay.pid)
        silent.close()
        relay.end()
    finally:
        relay.close()
        sink.close()
    case = "ECDSA P-256, full"
    cpu = measured.cpu_us_a_delivery
    return [
        Figure("handshakes", case, "made", "connections/s", measured.deliveries_a_second, MORE),
        Figure("handshakes", case, "CPU a connection", "µs", cpu),
        Figure("handshakes", case, "so a core of the relay could make", "connections/s", [1e6 / used for used in cpu],
               MORE),
        Figure("handshakes", case, "memory of a silent connection", "kB", [(held - empty) / SILENT / 1e3]),
    ]


class HandshakeRun(LoadRun):
    """The same windows; nothing of it reaches the listener."""

    def __init__(self, stage, sink, relay, options):
        super().__init__(stage, sink, relay, events=0, handshakes=True, connections=16, windows=options.windows,
                         window_seconds=options.window_seconds, warm_seconds=options.warm_seconds)
