#!/usr/bin/env python3
"""Counts the instructions of the hot paths under callgrind, against what benchmarks/instructions.txt says.

  benchmarks/instructions.py            ends with status 1 where a path takes over 5 % more than it says there
  benchmarks/instructions.py --renew    writes what it counted there: on purpose, and with a word in the commit why

./test instructions builds the program first. A count does not depend on how busy the machine is, but on compiler and
libraries: with others than the file names nothing is judged (status 77).
"""

import argparse
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "bench" / "benchmarks" / "bench_instructions"
KEPT = ROOT / "benchmarks" / "instructions.txt"
GROWTH_PERCENT_MAX = 5
SKIPPED = 77
HEAD = """\
# Instructions of the hot paths, 20 turns each: what ./test instructions holds against. One that grows by more than 5 %
# fails. Written by benchmarks/instructions.py --renew
"""


def count(program, name):
    """Instructions inside `counted`, by callgrind's own total."""
    with tempfile.NamedTemporaryFile(prefix="hookline-callgrind-") as out:
        done = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={out.name}",
                               "--toggle-collect=hookline::bench::counted*", str(program), name],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{name} cannot be counted: {done.stderr.strip()[-800:]}")
        found = re.search(r"^(?:summary|totals): (\d+)", Path(out.name).read_text(), re.MULTILINE)
    if not found or int(found.group(1)) == 0:
        sys.exit(f"callgrind counted nothing of {name}")
    return int(found.group(1))


def count_all(program):
    names = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
    with ThreadPoolExecutor(cpu_count() or 1) as pool:
        return dict(zip(names, pool.map(lambda name: count(program, name), names)))


def first_line(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()


def tools():
    """What the counts depend on besides our own code."""
    flags = Path("/proc/cpuinfo").read_text().split()
    return f"{first_line('g++', '--version')} · {first_line('valgrind', '--version')} · " \
           f"{'with' if 'avx2' in flags else 'without'} AVX2"


def read_kept(text):
    """(tools, {name: count})"""
    counts, made_with = {}, ""
    for line in text.splitlines():
        if line.startswith("# with: "):
            made_with = line.removeprefix("# with: ")
        elif line and not line.startswith("#"):
            name, number = line.split()
            counts[name] = int(number)
    return made_with, counts


def text_of(made_with, counts):
    width = max(map(len, counts))
    rows = [f"{name.ljust(width)} {number}" for name, number in counts.items()]
    return HEAD + f"# with: {made_with}\n" + "\n".join(rows) + "\n"


def judge(kept, counted):
    """[(name, words, fits)]: every path of either side."""
    rows = []
    for name in dict.fromkeys([*kept, *counted]):
        if name not in kept:
            rows.append((name, f"{counted[name]:,} and not in the file", False))
        elif name not in counted:
            rows.append((name, "in the file, but no longer counted", False))
        else:
            growth = counted[name] / kept[name] - 1
            fits = 100 * counted[name] <= (100 + GROWTH_PERCENT_MAX) * kept[name]
            rows.append((name, f"{kept[name]:,} -> {counted[name]:,} ({growth:+.1%})", fits))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renew", action="store_true")
    parser.add_argument("--program", type=Path, default=PROGRAM)
    parser.add_argument("--kept", type=Path, default=KEPT)
    options = parser.parse_args()
    made_with, kept = ("", {}) if options.renew else read_kept(options.kept.read_text())
    here = tools()
    if not options.renew and made_with != here:
        print(f"not judged: the counts were made with {made_with}; here is {here}")
        return SKIPPED
    counted = count_all(options.program)
    if options.renew:
        options.kept.write_text(text_of(here, counted))
        print(f"{len(counted)} counts written to {options.kept}")
        return 0
    rows = judge(kept, counted)
    for name, words, fits in rows:
        print(f"{'ok    ' if fits else 'FAILED'} {name}: {words}")
    if any(100 * counted.get(name, number) < (100 - GROWTH_PERCENT_MAX) * number for name, number in kept.items()):
        print("some take less than the file says: benchmarks/instructions.py --renew keeps the gain")
    return 0 if all(fits for *_, fits in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
