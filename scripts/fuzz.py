#!/usr/bin/env python3
"""Runs each fuzzer of a clang build for some seconds: fuzz.py [--seconds N] [--seed N] [--build DIRECTORY] [NAME…]

With a seed, a run begins at the corpus of the tree alone and makes the same inputs each time, so that CI says the same
of the same tree. Without one it looks where nobody has looked yet: new inputs stay in the build directory, and the next
such run begins where this one ended. A finding is kept beside them.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(program, seconds, seed):
    found = program.parent / "corpus" / program.name
    found.mkdir(parents=True, exist_ok=True)
    corpus = ROOT / "tests" / "fuzz" / "corpus" / program.name.removesuffix("_fuzz")
    with tempfile.TemporaryDirectory() as fresh:
        done = subprocess.run([str(program), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=2048",
                               "-print_final_stats=1", f"-artifact_prefix={found}-finding-",
                               *([f"-seed={seed}", "-reload=0", fresh] if seed else [str(found)]), str(corpus)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=seconds * 4 + 120)
    return done.returncode, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--seed", type=int)
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
        for program, (status, text) in zip(programs, pool.map(lambda one: run(one, options.seconds, options.seed), programs)):
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
