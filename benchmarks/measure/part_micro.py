"""The micro benchmarks: each stage of a delivery by itself, on the relay's core."""

import json
import subprocess

from figures import Figure
from stage import PEER, Trouble, pinned

UNITS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def run(stage, options, note):
    figures = []
    for program in sorted(PEER.parent.glob("*_bench")):
        note(program.name)
        done = subprocess.run(
            [str(program), "--benchmark_format=json", f"--benchmark_repetitions={1 if options.quick else 3}",
             f"--benchmark_min_time={0.05 if options.quick else 0.3}"],
            capture_output=True, text=True, preexec_fn=pinned(stage.relay_cores))
        if done.returncode != 0:
            raise Trouble(f"{program.name} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
        figures += figures_of(program.name.removesuffix("_bench"), json.loads(done.stdout)["benchmarks"])
    return figures


def figures_of(program, rows):
    """A figure for each benchmark: CPU time a turn, and what it counts by itself."""
    found = {}
    for row in rows:
        if row["run_type"] != "iteration":
            continue
        name = row["name"].removesuffix("/real_time").replace("/iterations:1", "")
        for counter, unit, value in readings(row):
            key = (name, counter)
            found.setdefault(key, Figure("micro", f"{program}: {name}", counter, unit, [])).values.append(value)
    return list(found.values())


def readings(row):
    """(name, unit, value) of what a benchmark measured; its own counters say more than the time of a turn."""
    own = {"ns_per_event": ("CPU an event", 1e-3), "cpu_us_a_delivery": ("CPU a delivery", 1.0),
           "cpu_us_an_event": ("CPU an event", 1.0)}
    for counter, (name, factor) in own.items():
        if counter in row:
            yield name, "µs", row[counter] * factor
    if not any(counter in row for counter in own):
        yield "CPU a turn", "µs", row["cpu_time"] * UNITS[row["time_unit"]]
