"""What Logz.io makes of a Lucene query and of an alert, as far as our saved objects and alerts use them.

Only the part of the syntax is read that means the same to everybody: AND, OR and NOT are written out and not mixed without
brackets, and no value begins with a wildcard (Logz.io refuses those). Strings are keywords, so values match whole.
"""

import json
import re
from datetime import datetime, timedelta

ANALYZED = {"message", "tags"}  # no grouping, no alerts on them
TOKEN = re.compile(r'\s*(?:(?P<bracket>[()])|(?P<quoted>"(?:\\.|[^"\\])*")|(?P<word>(?:\\.|[^\s()":\\])+)(?P<colon>:)?)')


class BadQuery(Exception):
    pass


def tokens(text):
    at, found = 0, []
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise BadQuery(f"unreadable at {text[at:]!r}")
        if match["bracket"]:
            found.append((match["bracket"], None))
        elif match["quoted"]:
            found.append(("value", re.sub(r"\\(.)", r"\1", match["quoted"][1:-1])))
        elif match["colon"]:
            found.append(("field", match["word"]))
        elif match["word"] in ("AND", "OR", "NOT"):
            found.append((match["word"], None))
        else:
            found.append(("pattern", match["word"]))
        at = match.end()
    return found


class Query:
    """A query that was read. `terms` lists (field, value) pairs; a value is text, or a compiled pattern, or None for
    _exists_."""

    def __init__(self, text):
        self.terms, self._left = [], tokens(text)
        self._match = self._all(None)
        if self._left:
            raise BadQuery(f"{text!r}: too much at {self._left}")

    def matches(self, document):
        return self._match(document)

    @property
    def fields(self):
        return {field for field, _ in self.terms}

    def _peek(self):
        return self._left[0][0] if self._left else None

    def _all(self, field):
        """a AND b …, or a OR b …, up to a closing bracket."""
        parts, word = [self._one(field)], None
        while self._peek() in ("AND", "OR"):
            if word not in (None, self._peek()):
                raise BadQuery("AND and OR side by side without brackets")
            word, _ = self._left.pop(0)
            parts.append(self._one(field))
        join = any if word == "OR" else all
        return lambda document: join(part(document) for part in parts)

    def _one(self, field):
        if not self._left:
            raise BadQuery("something is missing at the end")
        kind, text = self._left.pop(0)
        if kind == "NOT":
            part = self._one(field)
            return lambda document: not part(document)
        if kind == "(":
            inside = self._all(field)
            if self._peek() != ")":
                raise BadQuery("a bracket stays open")
            self._left.pop(0)
            return inside
        if kind == "field" and field is None:
            return self._one(text)
        if kind in ("value", "pattern") and field is not None:
            return self._term(field, kind, text)
        raise BadQuery(f"{kind} {text!r} in this place")

    def _term(self, field, kind, text):
        if field == "_exists_":
            self.terms.append((text, None))
            return lambda document: bool(values(document, text))
        wanted = text if kind == "value" else pattern(text)
        self.terms.append((field, wanted))
        if isinstance(wanted, str):
            return lambda document: wanted in map(as_text, values(document, field))
        return lambda document: any(wanted.fullmatch(as_text(value)) for value in values(document, field))


def pattern(text):
    """Text, or a compiled expression where there are wildcards."""
    if text[0] in "*?":
        raise BadQuery(f"Logz.io takes no leading wildcard: {text}")
    pieces = re.findall(r"\\(.)|([*?])|([^\\*?])", text, re.S)
    if not any(wildcard for _, wildcard, _ in pieces):
        return "".join(escaped or plain for escaped, _, plain in pieces)
    made = "".join({"*": ".*", "?": "."}[wildcard] if wildcard else re.escape(escaped or plain)
                   for escaped, wildcard, plain in pieces)
    return re.compile(made, re.S)


def as_text(value):
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def values(document, path):
    """What stands under a dotted path: scalars only, those of arrays singly; null counts as nothing."""
    found = [document]
    for key in path.split("."):
        found = [below for one in flat(found) if isinstance(one, dict) and (below := one.get(key)) is not None]
    return [one for one in flat(found) if not isinstance(one, dict)]


def flat(found):
    for one in found:
        if isinstance(one, list):
            yield from flat(one)
        else:
            yield one


class Fields:
    """Which paths documents have: what kinds of value, and whether they lie within an array of objects."""

    def __init__(self, documents=()):
        self.kinds, self.in_objects_of_arrays = {}, set()
        for document in documents:
            self._walk(document, "", False)

    def _walk(self, value, path, in_array):
        if isinstance(value, dict):
            for key, below in value.items():
                below_path = f"{path}.{key}" if path else key
                self._walk(below, below_path, in_array)
        elif isinstance(value, list):
            for one in value:
                self._walk(one, path, in_array or isinstance(one, dict))
        if path and value is not None:
            kind = "object" if isinstance(value, dict) else "array" if isinstance(value, list) else type(value).__name__
            self.kinds.setdefault(path, set()).add(kind)
            if in_array:
                self.in_objects_of_arrays.add(path)

    def has(self, path):
        return path in self.kinds

    def can_be_grouped(self, path):
        """A bucket can be made of it: values of one scalar kind, not inside an array of objects, not analyzed."""
        kinds = self.kinds.get(path, set()) - {"array"}
        return (len(kinds) == 1 and kinds <= {"str", "int", "float", "bool"} and path not in self.in_objects_of_arrays
                and path not in ANALYZED)


def queries_of(saved):
    """Every query that a saved object holds."""
    source = json.loads(saved["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    yield source["query"]["query"]
    for agg in json.loads(saved["attributes"].get("visState", '{"aggs":[]}'))["aggs"]:
        for one in agg["params"].get("filters", []):
            yield one["input"]["query"]


def grouped_fields_of(saved):
    for agg in json.loads(saved["attributes"].get("visState", '{"aggs":[]}'))["aggs"]:
        if "field" in agg["params"] and agg["type"] != "date_histogram":
            yield agg["params"]["field"]


HOLDS = {"LESS_THAN": lambda a, b: a < b, "GREATER_THAN": lambda a, b: a > b, "LESS_THAN_OR_EQUALS": lambda a, b: a <= b,
         "GREATER_THAN_OR_EQUALS": lambda a, b: a >= b, "EQUALS": lambda a, b: a == b, "NOT_EQUALS": lambda a, b: a != b}
SEVERITIES = ["INFO", "LOW", "MEDIUM", "HIGH", "SEVERE"]


def instant(document):
    return datetime.fromisoformat(document["@timestamp"].replace("Z", "+00:00"))


def groups_of(part, documents):
    """{values of groupBy: number}. Without groupBy one group, which may be empty; with it only groups that have logs."""
    query, by = Query(part["queryDefinition"]["query"]), part["queryDefinition"]["groupBy"]
    found = {} if by else {(): []}
    for document in filter(query.matches, documents):
        keys = [values(document, field) for field in by]
        if all(keys):
            found.setdefault(tuple(as_text(key[0]) for key in keys), []).append(document)
    aggregation = part["queryDefinition"]["aggregation"]
    if aggregation["aggregationType"] != "UNIQUE_COUNT":
        return {key: len(group) for key, group in found.items()}
    field = aggregation["fieldToAggregateOn"]
    return {key: len({as_text(value) for one in group for value in values(one, field)}) for key, group in found.items()}


def severity_of(part, number):
    tiers = part["trigger"]["severityThresholdTiers"]
    reached = [severity for severity, threshold in tiers.items() if HOLDS[part["trigger"]["operator"]](number, threshold)]
    return max(reached, key=SEVERITIES.index, default=None)


def triggers(alert, documents):
    """{group: severity} of an alert that looks at these documents when the newest has just arrived."""
    if documents:
        begin = max(map(instant, documents)) - timedelta(minutes=alert["searchTimeFrameMinutes"])
        documents = [one for one in documents if instant(one) > begin]
    fired = [{key: severity for key, number in groups_of(part, documents).items() if (severity := severity_of(part, number))}
             for part in alert["subComponents"]]
    if len(fired) == 1:
        return fired[0]
    return {key: fired[0][key] for key in fired[0] if all(key in one for one in fired)}
