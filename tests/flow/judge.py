"""Judges a shipped line against the event it came from, by the text of the JSON and not by what a parser makes of it:
a number is compared digit by digit, a string after unescaping. Shares no code with the relay.
"""

import json
import re
from datetime import datetime

# What a payload cannot set, so its own value goes to hookline.original.
RESERVED = {"type", "@timestamp", "message", "token", "tags", "tenant_name", "hookEventType", "hookline"}


class Number(str):
    """A number as it stands in the text: 51.0 is not 51."""

    def __repr__(self):
        return f"Number({str(self)})"


def parse(text):
    """JSON with numbers kept as text; an object becomes a list of pairs, so that a key given twice is seen."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse, object_pairs_hook=Pairs)


def _refuse(word):
    raise ValueError(f"{word} is no JSON")


class Pairs(list):
    """An object's members, in order."""

    @property
    def keys(self):
        return [key for key, _ in self]

    def get(self, key):
        found = [value for name, value in self if name == key]
        return found[0] if found else None

    def __contains__(self, key):
        return key in self.keys


def leaves(value, path=()):
    """(path, value) of every leaf; empty objects and arrays are leaves."""
    if isinstance(value, Pairs):
        if not value:
            yield path, Pairs()
        for key, inner in value:
            yield from leaves(inner, path + (key,))
    elif isinstance(value, list):
        if not value:
            yield path, []
        for place, inner in enumerate(value):
            yield from leaves(inner, path + (place,))
    else:
        yield path, value


def differences(event_text, line_text):
    """What of the event is not in the line as it was. Reserved keys are looked for in hookline.original."""
    event, line = parse(event_text), parse(line_text)
    original = line.get("hookline").get("original") if "hookline" in line else None
    found = []
    in_line, in_event = dict(leaves(line)), dict(leaves(event))
    for path, value in in_event.items():
        if path and path[0] in RESERVED:
            if original is None or json.dumps(path[0])[1:-1] not in original:
                found.append(f"{path} was set by the event and is not in hookline.original")
        elif path not in in_line:
            found.append(f"{path} = {value!r} is missing")
        elif in_line[path] != value or type(in_line[path]) is not type(value):
            found.append(f"{path}: {value!r} became {in_line[path]!r}")
    added = {"type", "@timestamp", "message", "eventId", "eventTime", "source", "eventTypeVersion",
             "cloudEventsVersion", "contentType", "hookEventType", "tenant_name", "hookline"}
    for path in in_line:
        if path not in in_event and path[0] not in added:
            found.append(f"{path} = {in_line[path]!r} was added")
    return found


def depth(value):
    """Levels of nesting; a flat object is 1."""
    if isinstance(value, Pairs):
        return 1 + max((depth(inner) for _, inner in value), default=0)
    if isinstance(value, list):
        return 1 + max((depth(inner) for inner in value), default=0)
    return 0


def objects(value):
    if isinstance(value, Pairs):
        yield value
        for _, inner in value:
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def complaints(line_bytes, kind="okta"):
    """Why Logz.io would refuse this line or tag its document as invalid (types across documents: see TypeModel).
    `kind`: the document's `type`."""
    found = []
    if len(line_bytes) > 500_000:
        found.append("line over 500,000 bytes")
    try:
        text = line_bytes.decode("utf-8")
    except UnicodeDecodeError:
        return found + ["not UTF-8"]
    line = parse(text)
    if not isinstance(line, Pairs):
        return found + ["no object"]
    all_leaves = list(leaves(line))
    if depth(line) > 10:
        found.append(f"{depth(line)} levels")
    if len(all_leaves) > 1_000:
        found.append(f"{len(all_leaves)} fields")
    for path, value in all_leaves:
        if isinstance(value, str) and not isinstance(value, Number) and len(value) > 32_700:
            found.append(f"{path} has {len(value)} characters")
        if isinstance(value, str) and any(0xD800 <= ord(c) < 0xE000 for c in value):
            found.append(f"{path} holds a lone surrogate")
        if isinstance(value, Number) and re.fullmatch(r"-?\d+", value) and not -2**63 <= int(value) < 2**63:
            found.append(f"{path} = {value} is over 64 bits")
    for one in objects(line):
        if len(set(one.keys)) != len(one.keys):
            found.append(f"a key twice: {sorted(one.keys)}")
        for key in one.keys:
            if key == "" or "." in key:
                found.append(f"dotted or empty key {key!r}")
            if len(key) > 32_700:
                found.append("a key over 32,700 characters")
    if line.get("type") != kind:
        found.append(f"type is {line.get('type')!r}")
    if not is_instant(line.get("@timestamp")):
        found.append(f"@timestamp is {line.get('@timestamp')!r}")
    if not isinstance(line.get("message"), str) or isinstance(line.get("message"), Number):
        found.append(f"message is {line.get('message')!r}")
    return found


def is_instant(text):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)", text or "")
    if not match:
        return False
    try:
        datetime.fromisoformat(match.group(1))
    except ValueError:
        return False
    return True


class TypeModel:
    """The first value of the day fixes a path's type for the whole account; others are conflicts. Array places do not
    count as paths of their own."""

    def __init__(self):
        self.types = {}

    def conflicts(self, value, path=()):
        """Paths of this document whose type is another than an earlier document's."""
        if isinstance(value, Pairs):
            return self._note(path, "object") + sum((self.conflicts(v, path + (k,)) for k, v in value), [])
        if isinstance(value, list):
            return sum((self.conflicts(inner, path) for inner in value), [])
        if value is None:
            return []
        kind = "number" if isinstance(value, Number) else "boolean" if isinstance(value, bool) else "string"
        return self._note(path, kind)

    def _note(self, path, kind):
        if path and self.types.setdefault(path, kind) != kind:
            return [".".join(map(str, path))]
        return []
