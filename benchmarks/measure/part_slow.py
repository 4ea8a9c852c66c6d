"""Throughput beside connections that send a byte a second, against the same without them."""

from figures import MORE, Figure
from load_run import LoadRun

SLOW = 5_000


def run(stage, options, note):
    sink = stage.sink()
    # They would be closed after 10 s; here they are to stay.
    relay = stage.relay(sink, **{"receive.head_time_max": "10 min"})
    settings = {"connections": options.connections, "windows": options.windows,
                "window_seconds": options.window_seconds, "warm_seconds": options.warm_seconds}
    try:
        relay.start()
        stage.prove(relay, 1)
        note("without them")
        alone = LoadRun(stage, sink, relay, **settings)
        count = SLOW // 10 if options.quick else SLOW
        note(f"beside {count:,} of them")
        slow = stage.load(relay, connections=0, silent=count, drip=True, windows=1, window_seconds=3600)
        slow.go()
        slow.expect("warm")
        beside = LoadRun(stage, sink, relay, seed=2, **settings)
        slow.close()
        relay.end()
    finally:
        relay.close()
        sink.close()
    figures = []
    for case, measured in (("without", alone), (f"beside {count:,} slow ones", beside)):
        figures += [Figure("slow", case, "taken", "deliveries/s", measured.deliveries_a_second, MORE),
                    Figure("slow", case, "CPU a delivery", "µs", measured.cpu_us_a_delivery),
                    Figure("slow", case, "refused", "deliveries", [measured.report["refused"]]),
                    Figure("slow", case, "ack p99", "ms", measured.ack("p99"))]
    return figures
