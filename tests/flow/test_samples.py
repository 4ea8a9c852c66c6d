"""Sample events, wrapped into deliveries of 1, 3 and 50: each arrives exactly once and each leaf equals its input.

tests/data holds events written for this purpose. Where a folder with further events lies at ../shared/data (or at
$HOOKLINE_SAMPLES), they are put through the same."""

import json
import os
import unittest
from pathlib import Path

from harness import ROOT, FlowTest, Raw, event
from judge import TypeModel, complaints, differences, parse

OWN = ROOT / "tests" / "data"
FURTHER = Path(os.environ.get("HOOKLINE_SAMPLES", ROOT.parent / "shared" / "data"))


class Samples(FlowTest):
    def check(self, texts, per_delivery):
        """Delivers events, given as JSON texts; each must arrive once (a repeat of a uuid with other content marked)."""
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        for at in range(0, len(texts), per_delivery):
            self.deliver(relay, [Raw(text) for text in texts[at:at + per_delivery]])
        expected = self.distinct(texts)
        listener.wait_lines(len(expected))
        self.wait_drained(relay)
        self.judge(expected, listener.raw_lines())
        self.assertEqual([one for one in self.letters(relay) if one["class"] == "condemned"], [])

    def distinct(self, texts):
        """Texts that are no repeat of an earlier one."""
        seen, kept = set(), []
        for text in texts:
            uuid = uuid_of(text)
            if uuid is None or (uuid, text) not in seen:
                kept.append(text)
            seen.add((uuid, text))
        return kept

    def judge(self, texts, lines):
        self.assertEqual(len(lines), len(texts), "each event exactly once")
        known = set()
        conflicts_of_input, conflicts_of_output = TypeModel(), TypeModel()
        for text, line in zip(texts, lines):
            self.assertEqual(differences(text, line), [], text[:300])
            self.assertEqual(complaints(line), [], line[:300])
            own, document = json.loads(text), json.loads(line)
            if "eventType" in own:
                self.assertEqual(document["eventType"], own["eventType"])
            uuid = uuid_of(text)
            self.assertEqual(document["hookline"].get("uuid_conflict", False), uuid is not None and uuid in known, text[:200])
            known.add(uuid)
            allowed = set(conflicts_of_input.conflicts(parse(text)))
            found = set(conflicts_of_output.conflicts(parse(line)))
            self.assertLessEqual(found, allowed, "a type conflict that the input does not hold")


def uuid_of(text):
    """What repeats are known by; an event without one is never a repeat of another delivery's."""
    uuid = json.loads(text).get("uuid")
    return uuid if isinstance(uuid, str) and uuid else None


def lines_of(path):
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


class OwnSamples(Samples):
    def test_one_a_delivery(self):
        self.check(lines_of(OWN / "events.jsonl"), 1)

    def test_three_a_delivery(self):
        self.check(lines_of(OWN / "events.jsonl"), 3)

    def test_fifty_a_delivery(self):
        texts = lines_of(OWN / "events.jsonl")
        more = []
        for number in range(120):
            more.append(json.dumps(event(displayMessage=f"number {number}"), separators=(",", ":")))
        self.check(texts + more, 50)

    def test_whole_deliveries(self):
        self.check_bodies(lines_of(OWN / "deliveries.jsonl"))

    def check_bodies(self, bodies):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        texts = []
        for body in bodies:
            answer = self.post(relay, body.encode())
            self.assertEqual((answer.status, answer.body), (200, b""), body[:200])
            texts += slices_of_events(body)
        expected = self.distinct(texts)
        listener.wait_lines(len(expected))
        self.wait_drained(relay)
        self.judge(expected, listener.raw_lines())


def slices_of_events(body):
    """The events of a delivery as they stand in its text: found by a scanner of brackets, not by parsing."""
    start = body.index('"events"')
    start = body.index("[", start) + 1
    found, level, begin, quoted, escaped = [], 0, None, False, False
    for at in range(start, len(body)):
        c = body[at]
        if quoted:
            escaped, quoted = (not escaped and c == "\\"), not (c == '"' and not escaped)
        elif c == '"':
            quoted = True
        elif c in "{[":
            if level == 0:
                begin = at
            level += 1
        elif c in "}]":
            if level == 0:
                break
            level -= 1
            if level == 0:
                found.append(body[begin:at + 1])
    return found


@unittest.skipUnless((FURTHER / "okta-events.jsonl").exists(), f"no further samples in {FURTHER}")
class FurtherSamples(OwnSamples):
    def test_one_a_delivery(self):
        self.check(lines_of(FURTHER / "okta-events.jsonl"), 1)

    def test_three_a_delivery(self):
        self.check(lines_of(FURTHER / "okta-events.jsonl"), 3)

    def test_fifty_a_delivery(self):
        self.check(lines_of(FURTHER / "okta-events.jsonl"), 50)

    def test_whole_deliveries(self):
        self.check_bodies(lines_of(FURTHER / "okta-hook-deliveries.jsonl"))
