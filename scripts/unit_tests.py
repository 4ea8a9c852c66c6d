#!/usr/bin/env python3
"""Runs unit test programs side by side and counts their tests: unit_tests.py [--counts FILE] PROGRAM…

A program that crashes, or runs longer than --seconds, counts as one failed test. What fails is shown whole.
"""

import argparse
import concurrent.futures
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(program, words, seconds):
    """(passed, failed, skipped, seconds, text)"""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hookline-unit-") as folder:
        report = Path(folder) / "report.json"
        process = subprocess.Popen([str(program), "--gtest_brief=1", f"--gtest_output=json:{report}", *words],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", start_new_session=True)
        try:
            text, _ = process.communicate(timeout=seconds)
            ended = f"ended with status {process.returncode}"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text, _ = process.communicate()
            ended = f"no end after {seconds} s"
        took = time.monotonic() - began
        try:
            counted = json.loads(report.read_text())
        except (OSError, ValueError):
            return 0, 1, 0, took, f"{text}\n{program.name}: {ended}"
        skipped = sum(test.get("result") == "SKIPPED" for suite in counted["testsuites"] for test in suite["testsuite"])
        failed = counted["failures"] + counted["errors"]
        if process.returncode != 0 and not failed:
            failed, text = 1, f"{text}\n{program.name}: {ended}"
        return counted["tests"] - counted["failures"] - skipped, failed, skipped, took, text


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs="+", type=Path)
    parser.add_argument("--counts", type=Path, help="append 'passed failed skipped' to this file")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    words = [f"--gtest_filter={options.filter}"] if options.filter else []
    total = [0, 0, 0]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        running = {pool.submit(run, program, words, options.seconds): program for program in options.programs}
        for done in concurrent.futures.as_completed(running):
            passed, failed, skipped, took, text = done.result()
            total = [total[0] + passed, total[1] + failed, total[2] + skipped]
            print(f"{running[done].name:16} {passed:5} passed {failed:3} failed {skipped:3} skipped {took:6.1f} s",
                  flush=True)
            if failed:
                print(text, flush=True)
    if options.counts:
        with options.counts.open("a") as out:
            print(*total, file=out)
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
