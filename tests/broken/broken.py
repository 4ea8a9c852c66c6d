#!/usr/bin/env python3
"""Breaks the relay on purpose, once for each row of breakages.py, and sees that the checks notice: broken.py [WORD…]

A copy of the sources under build/broken is changed, built and checked; the tree itself stays as it is. Each check must pass on the
relay as it is, and fail on the one that is broken. With words, only breakages whose title holds one of them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from breakages import ALL, Crash, Flow, Fuzz, Unit  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
COPY = ROOT / "build" / "broken"
CHECK_SECONDS_MAX = 300  # a broken relay may hang


def copy_sources():
    """Files that are the same keep their times, so that only what differs is built again."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        source, target = ROOT / name, COPY / name
        if target.is_file() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for old in (COPY / "src").rglob("*"):
        if old.is_file() and str(old.relative_to(COPY)) not in names:
            old.unlink()


def build(preset, targets):
    environment = {**os.environ, "CCACHE_BASEDIR": str(COPY), "CCACHE_NOHASHDIR": "1"}
    commands = [] if (COPY / "build" / preset / "build.ninja").exists() else [["cmake", "--preset", preset]]
    for command in [*commands, ["ninja", "-C", f"build/{preset}", *targets]]:
        done = subprocess.run(command, cwd=COPY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}")


def command_of(check):
    """(preset, targets, command, environment) of one check."""
    flow = [sys.executable, "tests/flow/run.py"]
    hookline = {"HOOKLINE": str(COPY / "build" / "dev" / "hookline")}
    match check:
        case Unit():
            return "dev", [check.program], [f"build/dev/tests/{check.program}", f"--gtest_filter={check.filter}"], \
                dict(check.environment)
        case Flow():
            return "dev", ["hookline"], [*flow, check.words], hookline
        case Crash():
            return "dev", ["hookline"], [*flow, "--folder", "tests/crash", "-j", "1", check.words], \
                {**hookline, **dict(check.environment)}
        case Fuzz():
            return "asan", [check.program], \
                [sys.executable, "scripts/fuzz.py", "--build", str(COPY / "build" / "asan"), "--seed", "1", "--seconds",
                 str(check.seconds), check.program], {}


def fails(check):
    """(whether the check fails, the end of what it said)."""
    preset, targets, command, environment = command_of(check)
    build(preset, targets)
    with tempfile.TemporaryDirectory() as home:
        try:
            done = subprocess.run(command, cwd=COPY, env={**os.environ, "TMPDIR": home, **environment},
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  timeout=CHECK_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return True, "it hangs"
    return done.returncode != 0, "\n".join(done.stdout.splitlines()[-12:])


def name_of(check):
    match check:
        case Unit():
            return f"{check.program} {check.filter}"
        case Flow():
            return f"flow {check.words}"
        case Crash():
            return f"crash {check.words}"
        case Fuzz():
            return check.program


def edit(breakage):
    for name, text, instead in breakage.edits:
        path = COPY / name
        whole = path.read_text()
        if whole.count(text) != 1:
            sys.exit(f"'{breakage.title}' no longer fits {name}: its text stands there {whole.count(text)} times; "
                     "change tests/broken/breakages.py")
        path.write_text(whole.replace(text, instead))


def shown(word, began, check, text=""):
    print(f"  {word:12} {time.monotonic() - began:4.0f} s  {name_of(check)}"
          + "".join(f"\n    {line}" for line in text.splitlines()), flush=True)


def passes_as_it_is(checks):
    copy_sources()
    print("as it is", flush=True)
    sound = True
    for check in checks:
        began = time.monotonic()
        failed, text = fails(check)
        shown("FAILED" if failed else "passed", began, check, text if failed else "")
        sound = sound and not failed
    return sound


def try_one(breakage):
    """How many checks do not notice."""
    copy_sources()
    edit(breakage)
    print(breakage.title, flush=True)
    unnoticed = 0
    for check in breakage.watched_by:
        began = time.monotonic()
        noticed, text = fails(check)
        unnoticed += not noticed
        shown("noticed" if noticed else "NOT NOTICED", began, check, "" if noticed else text)
    return unnoticed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--list", action="store_true", help="titles only")
    parser.add_argument("--counts", type=Path)
    options = parser.parse_args()
    chosen = [one for one in ALL if not options.words or any(word in one.title for word in options.words)]
    if options.list:
        return print("\n".join(one.title for one in chosen))
    if not passes_as_it_is(dict.fromkeys(check for one in chosen for check in one.watched_by)):
        print("a check fails on the relay as it is, so its failing says nothing")
        return 1
    checks = unnoticed = 0
    for breakage in chosen:
        checks += len(breakage.watched_by)
        unnoticed += try_one(breakage)
    copy_sources()
    print(f"{len(chosen)} breakages, {checks} checks that should notice: {unnoticed} did not")
    if options.counts:
        with options.counts.open("a") as out:
            print(checks - unnoticed, unnoticed, 0, file=out)
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
