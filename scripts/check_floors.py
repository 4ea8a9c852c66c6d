#!/usr/bin/env python3
"""Checks that every include goes down the house: a file includes only from rooms on floors below its own.

Prints each include that climbs or crosses, and ends with status 1 if there is one.
"""
import pathlib
import re
import sys

FLOORS = {
    "base": 0,
    "net": 1,
    "spool": 2, "okta": 2, "logzio": 2,
    "receive": 3, "ship": 3, "status": 3, "rehearse": 3,
    "app": 4,
}
# The rehearsal is the other side: it must not read as the relay reads.
FORBIDDEN = {"rehearse": {"okta", "logzio", "spool"}}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z_]+)/')


def main() -> int:
    source = pathlib.Path(__file__).resolve().parent.parent / "src"
    wrong = 0
    for path in sorted(source.rglob("*")):
        if path.suffix not in (".h", ".cpp"):
            continue
        room = path.relative_to(source).parts[0]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found or found[1] == room:
                continue
            other = found[1]
            climbs = FLOORS.get(other, 99) >= FLOORS[room]
            if climbs or other in FORBIDDEN.get(room, ()):
                wrong += 1
                print(f"{path.relative_to(source.parent)}:{number}: {room} may not include from {other}")
    if not wrong:
        print("every include goes down the house")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
