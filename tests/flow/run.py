#!/usr/bin/env python3
"""Runs the flow tests: every test_*.py here, several tests at once, each in a worker process.

  tests/flow/run.py                    all of them against build/dev/hookline, or $HOOKLINE
  tests/flow/run.py letters tls        those whose name (file.Class.test) holds one of the words
  tests/flow/run.py --list             names only
  tests/flow/run.py -j 1 -v NAME       one at a time, with output also when they pass
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import signal
import sys
import time
import traceback
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import sanitizer  # noqa: E402

TEST_SECONDS_MAX = float(os.environ.get("HOOKLINE_TEST_SECONDS_MAX", 180 * sanitizer.SLOWNESS))


def find_tests(words, folder=HERE):
    loader = unittest.TestLoader()
    found = []

    def walk(suite):
        for item in suite:
            if isinstance(item, unittest.TestSuite):
                walk(item)
            else:
                found.append(item.id())

    walk(loader.discover(str(folder), pattern="test_*.py", top_level_dir=str(folder)))
    for problem in loader.errors:
        print(problem)
    if loader.errors:
        sys.exit(1)
    return [name for name in found if not words or any(word.lower() in name.lower() for word in words)]


def run_one(name):
    """(outcome, reason, seconds, output) with outcome passed, failed or skipped. What a sanitizer reports fails it."""
    with sanitizer.Reports() as reports:
        outcome, reason, took, output = run_test(name)
        if found := reports.text():
            outcome, reason = "failed", f"{reason}\na sanitizer reports:\n{found}"
    return outcome, reason, took, output


def run_test(name):
    output = io.StringIO()
    began = time.monotonic()
    result = unittest.TestResult()
    try:
        with contextlib.redirect_stdout(output):
            unittest.defaultTestLoader.loadTestsFromName(name).run(result)
    except BaseException:
        return "failed", traceback.format_exc(), time.monotonic() - began, output.getvalue()
    took = time.monotonic() - began
    if result.errors or result.failures or result.unexpectedSuccesses:
        reason = "\n".join(text for _, text in result.errors + result.failures)
        return "failed", reason or "unexpected success", took, output.getvalue()
    if result.skipped:
        return "skipped", result.skipped[0][1], took, output.getvalue()
    return "passed", "", took, output.getvalue()


def work(connection):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (name := connection.recv()) is not None:
        connection.send(run_one(name))


def kill_tree(pid):
    """A worker that is stuck goes with everything it started."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    todo, all_of_it = [pid], []
    while todo:
        one = todo.pop()
        all_of_it.append(one)
        todo += children.get(one, [])
    for one in all_of_it:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


class Worker:
    def __init__(self):
        self.connection, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=work, args=(theirs,), daemon=False)
        self.process.start()
        self.name, self.began = None, 0.0

    def give(self, name):
        self.name, self.began = name, time.monotonic()
        self.connection.send(name)

    def outcome(self):
        """Of the test at hand, or None while it runs."""
        took = time.monotonic() - self.began
        with contextlib.suppress(EOFError, ConnectionResetError):
            if self.connection.poll(0):
                return self.connection.recv()
            if self.process.is_alive() and took < TEST_SECONDS_MAX:
                return None
        kill_tree(self.process.pid)
        self.process.join()
        return "failed", f"no end after {took:.0f} s" if took >= TEST_SECONDS_MAX else "its process died", took, ""

    def end(self):
        with contextlib.suppress(OSError):
            self.connection.send(None)
        self.process.join(10)
        if self.process.is_alive():
            kill_tree(self.process.pid)


def run_all(names, workers_max, verbose):
    """{outcome: [(name, seconds, reason)]}"""
    outcomes = {"passed": [], "failed": [], "skipped": []}
    todo, workers = list(reversed(names)), []
    try:
        while todo or any(worker.name for worker in workers):
            for worker in workers:
                if worker.name and (outcome := worker.outcome()):
                    kind, reason, took, output = outcome
                    outcomes[kind].append((worker.name, took, reason))
                    if kind == "failed" or verbose:
                        print(f"{kind:7} {took:6.1f} s  {worker.name}\n{output}{reason}", flush=True)
                    elif kind == "skipped":
                        print(f"{kind:7} {worker.name}: {reason}", flush=True)
                    worker.name = None
            workers = [worker for worker in workers if worker.process.is_alive()]
            for worker in workers:
                if not worker.name and todo:
                    worker.give(todo.pop())
            while todo and len(workers) < workers_max:
                workers.append(Worker())
                workers[-1].give(todo.pop())
            time.sleep(0.01)
    except KeyboardInterrupt:
        for worker in workers:
            kill_tree(worker.process.pid)
        sys.exit(130)
    for worker in workers:
        worker.end()
    return outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("-j", "--jobs", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--folder", type=Path, default=HERE)
    parser.add_argument("--counts", type=Path, help="append 'passed failed skipped' to this file")
    options = parser.parse_args()
    sys.path.insert(0, str(options.folder.resolve()))
    names = find_tests(options.words, options.folder.resolve())
    if options.list:
        print("\n".join(names))
        return 0
    from harness import BINARY
    if not BINARY.exists():
        print(f"there is no {BINARY}: build it first (cmake --preset dev && cmake --build --preset dev)")
        return 1
    began = time.monotonic()
    outcomes = run_all(names, options.jobs, options.verbose)
    slowest = sorted(sum(outcomes.values(), []), key=lambda one: -one[1])[:5]
    print("slowest: " + ", ".join(f"{name.split('.', 1)[-1]} {took:.1f} s" for name, took, _ in slowest))
    for name, _, _ in outcomes["failed"]:
        print(f"failed  {name}")
    counts = [len(outcomes[kind]) for kind in ("passed", "failed", "skipped")]
    print(f"{counts[0]} of {len(names)} tests passed, {counts[1]} failed, {counts[2]} were skipped "
          f"in {time.monotonic() - began:.0f} s", flush=True)
    if options.counts:
        with options.counts.open("a") as out:
            print(*counts, file=out)
    return 1 if outcomes["failed"] or not outcomes["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
