#!/usr/bin/env python3
"""Measures hookline on this machine; ./bench builds everything and calls this. See ./bench --help."""

import argparse
import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

import figures
import machine
import part_backlog
import part_floor
import part_handshakes
import part_idle
import part_latency
import part_micro
import part_slow
import part_soak
import part_start
import part_throughput
import tables
from stage import ROOT, Stage, Trouble

PARTS = {
    "throughput": part_throughput, "latency": part_latency, "backlog": part_backlog, "start": part_start,
    "idle": part_idle, "handshakes": part_handshakes, "floor": part_floor, "slow": part_slow,
    "micro": part_micro, "soak": part_soak,
}
UNASKED = [part for part in PARTS if part != "soak"]  # that one takes as long as all others


def parse(words):
    parser = argparse.ArgumentParser(prog="./bench", add_help=False)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--compare", type=Path)
    parser.add_argument("--directory", type=Path, default=ROOT / "build" / "bench")
    parser.add_argument("--windows", type=int)
    parser.add_argument("--window-seconds", type=float)
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--backlog-events", type=int)
    parser.add_argument("--start-gigabytes", type=float)
    parser.add_argument("--idle-tenants", type=int)
    parser.add_argument("--soak-minutes", type=float)
    options = parser.parse_args(words)
    if unknown := [part for part in options.parts if part not in PARTS]:
        parser.error(f"unknown part {unknown[0]}; there are {', '.join(PARTS)}")
    options.windows = options.windows or (3 if options.quick else 5)
    options.window_seconds = options.window_seconds or (1.0 if options.quick else 4.0)
    options.warm_seconds = 1.0 if options.quick else 3.0
    options.backlog_events = options.backlog_events or (100_000 if options.quick else 1_000_000)
    options.start_gigabytes = options.start_gigabytes or (0.1 if options.quick else 2.0)
    options.idle_tenants = options.idle_tenants or (1_000 if options.quick else 10_000)
    options.soak_minutes = options.soak_minutes or (0.2 if options.quick else 10.0)
    options.deliveries_a_second_max = None
    if options.compare:
        options.earlier = read_run(options.compare)  # before anything is measured: a wrong name is told at once
    return options


def read_run(path):
    try:
        report = json.loads(path.read_text())
        return report, [figures.Figure.from_json(row) for row in report["figures"]]
    except (OSError, ValueError, KeyError) as problem:
        sys.exit(f"{path} is no run that ./bench saved: {problem}")


def commit():
    done = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def note(text):
    print(f"   {text}", file=sys.stderr, flush=True)


def show(found):
    for part in dict.fromkeys(figure.part for figure in found):
        print(f"\n== {part}\n\n{tables.of_figures([figure for figure in found if figure.part == part])}", flush=True)


def tell_of_others(part, cores, report):
    report["other_work_cores"][part] = round(cores, 3)
    if cores > 0.05:
        print(f"\nother work took {cores:.2f} cores of this machine meanwhile: times are worse than they would be alone",
              flush=True)


def main(words):
    options = parse(words)
    began, found, troubles = time.monotonic(), [], []
    stage = Stage(options.directory)
    report = {"format": 1, "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "commit": commit(), "other_work_cores": {}, "command": " ".join(["./bench", *words]), "machine": machine.describe()}
    print(f"hookline {report['commit']} on {report['machine']['cpu']}, {report['machine']['cores']} cores, "
          f"{report['machine']['system']}\nrelay on core {stage.relay_cores}, generator and listener on "
          f"{stage.peer_cores}", flush=True)
    try:
        for name in options.parts or UNASKED:
            print(f"-- {name}", file=sys.stderr, flush=True)
            others = machine.Disturbance()
            try:
                measured = PARTS[name].run(stage, options, note)
            except Trouble as trouble:
                troubles.append(f"{name}: {trouble}")
                print(f"{name} could not be measured: {trouble}", file=sys.stderr, flush=True)
                continue
            found += measured
            show(measured)
            tell_of_others(name, others.cores(), report)
    finally:
        stage.close()
    report["figures"] = [figure.to_json() for figure in found]
    report["troubles"] = troubles
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    if options.compare:
        show_comparison(options.earlier, report, found)
    print(f"\n{len(found)} figures in {(time.monotonic() - began) / 60:.1f} min")
    return 1 if troubles else 0


def show_comparison(earlier, report, found):
    before_report, before = earlier
    changes, _ = figures.compare(before, found)
    print(f"\n== against {before_report['commit']} of {before_report['at']}\n")
    if before_report["machine"]["cpu"] != report["machine"]["cpu"]:
        print("measured on another machine: the ratios say little\n")
    print(tables.of_changes(changes) if changes else "no figure in common")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
