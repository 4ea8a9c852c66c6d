"""The least that any relay must spend here: a server that answers 200 and does nothing else, in the relay's place."""

import time

import machine
from figures import MORE, Figure, differences, per_second
from stage import Peer

SIZES = [1, 10]


class Bare(Peer):
    """bench_peer bare. With `keeps`, bodies are appended to a plain file and synced before they are answered."""

    def __init__(self, stage, keeps):
        file = ["--file", stage.directory / "bare"] if keeps else []
        super().__init__(stage.relay_cores, "bare", "--certificate", stage.certificate, "--key", stage.key, *file)
        self.port = int(self.read()["address"].rpartition(":")[2])

    @property
    def pid(self):
        return self.process.pid


def run(stage, options, note):
    found = []
    for events in SIZES:
        for keeps in (False, True):
            case = f"{events} event{'s' * (events > 1)}, " + ("a plain file, synced" if keeps else "nothing kept")
            found += measure(stage, options, note, case, keeps, events=events, connections=options.connections)
    return found + measure(stage, options, note, "a full handshake and a GET", False, handshakes=True, connections=16)


def measure(stage, options, note, case, keeps, **load_settings):
    note(case)
    bare = Bare(stage, keeps)
    try:
        load = stage.load(bare, windows=options.windows, window_seconds=options.window_seconds,
                          warm_seconds=options.warm_seconds, **load_settings)
        load.go()
        looks = [look(bare, load.expect("warm"))]
        looks += [look(bare, load.expect("window")) for _ in range(options.windows)]
        load.finish()
    finally:
        bare.close()
    at, answered, cpu = zip(*looks)
    used = [spent / max(1, count) * 1e6 for spent, count in zip(differences(cpu), differences(answered))]
    return [Figure("floor", case, "answered", "a second", per_second(answered, at), MORE),
            Figure("floor", case, "CPU each", "µs", used)]


def look(bare, said):
    return time.monotonic(), said["acknowledged"], machine.cpu_seconds(bare.pid)
