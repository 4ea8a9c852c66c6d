#!/usr/bin/env python3
"""Whether a build was hardened, read off what was built: check_hardening.py [BUILD_DIRECTORY]

The program: position-independent, relocations and bindings resolved at start and then read-only (full RELRO), no
executable stack, nothing both writable and executable, no search path of its own for libraries. Our rooms' archives,
whose objects the program consists of: stack protector, fortified calls, and on x86 marks for indirect branches and
the shadow stack (CET). The program itself carries the CET mark only where every library in it does, which Debian's
static libraries do not: so the objects are looked at.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def said_by(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def judge_program(path):
    """(property, whether it holds) of the linked program."""
    header, segments, dynamic = (said_by("readelf", "-W", word, str(path)) for word in ("-h", "-l", "-d"))
    stack = re.search(r"^\s*GNU_STACK\s+(?:0x\w+\s+){5}([RWE ]+?)\s+0x", segments, re.M)
    loaded = re.findall(r"^\s*LOAD\s+(?:0x\w+\s+){5}([RWE ]+?)\s+0x", segments, re.M)
    yield "position-independent (PIE)", "DYN" in header and "INTERP" in segments and re.search(r"FLAGS_1.*PIE", dynamic)
    yield "relocations read-only (RELRO)", "GNU_RELRO" in segments
    yield "bound at start (full RELRO)", re.search(r"FLAGS_1.*NOW", dynamic) or "BIND_NOW" in dynamic
    yield "no executable stack", stack and "E" not in stack.group(1)
    yield "nothing writable and executable", loaded and not any("W" in one and "E" in one for one in loaded)
    yield "no relocations in code", "TEXTREL" not in dynamic
    yield "no search path of its own", "RPATH" not in dynamic and "RUNPATH" not in dynamic


def judge_archives(archives):
    """The same of our own objects. An archive without a call that could be fortified is no fault, all of them are."""
    fortified = 0
    for archive in archives:
        symbols = said_by("nm", "--undefined-only", str(archive))
        fortified += len(re.findall(r"U __(?!stack)\w+_chk$", symbols, re.M))
        yield f"{archive.name}: stack protector", "__stack_chk_fail" in symbols
    yield f"calls are fortified ({fortified} places)", fortified > 0
    if said_by("uname", "-m").strip() == "x86_64":
        for archive in archives:
            members = said_by("ar", "t", str(archive)).split()
            marked = said_by("readelf", "-nW", str(archive)).count("x86 feature: IBT, SHSTK")
            yield f"{archive.name}: CET ({marked} of {len(members)} objects)", marked == len(members)


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "release")
    program, archives = folder / "hookline", sorted(folder.glob("lib*.a"))
    if not program.exists() or not archives:
        print(f"there is nothing to look at in {folder}: build it first", file=sys.stderr)
        return 1
    judged = [*judge_program(program), *judge_archives(archives)]
    for name, holds in judged:
        if not holds:
            print(f"missing: {name}")
    missing = sum(not holds for _, holds in judged)
    print(f"hardening of {folder.name}: {len(judged) - missing} of {len(judged)} properties hold")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
