#!/usr/bin/env python3
"""Runs each fuzzer of a clang build for some seconds: fuzz.py [--seconds N] [--build DIRECTORY] [--counts FILE] [NAME…]

New inputs stay in the build directory, so that the next run begins where this one ended; a finding is kept beside them.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(program, seconds):
    corpus = program.parent / "corpus" / program.name
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests" / "fuzz" / "corpus" / program.name.removesuffix("_fuzz")
    done = subprocess.run([str(program), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048",
                           "-print_final_stats=1", f"-artifact_prefix={corpus}-finding-", str(corpus),
                           *([str(seeds)] if seeds.is_dir() else [])],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=seconds * 4 + 120)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "asan")
    parser.add_argument("--counts", type=Path)
    options = parser.parse_args()
    programs = sorted(path for path in (options.build / "tests" / "fuzz").glob("*_fuzz")
                      if path.is_file() and os.access(path, os.X_OK) and (not options.names or path.name in options.names))
    if not programs:
        print("there is no fuzzer in", options.build)
        return 1
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for program, (status, text) in zip(programs, pool.map(lambda one: run(one, options.seconds), programs)):
            runs = [line.split()[-1] for line in text.splitlines() if "number_of_executed_units" in line]
            print(f"{program.name:24} {'failed' if status else 'passed'} {runs[0] if runs else '?'} runs", flush=True)
            if status:
                failed += 1
                print(text[-6000:], flush=True)
    if options.counts:
        with options.counts.open("a") as out:
            print(len(programs) - failed, failed, 0, file=out)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
