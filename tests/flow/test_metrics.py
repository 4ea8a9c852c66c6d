"""What /metrics gives and what docs/metrics.md says of it are the same."""

import re

from fake_listener import refuses
from harness import ROOT, OTHER_TOKEN, FlowTest, event, hook_headers

ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|([^|]+)\| (\d+)[^|]*\|$", re.MULTILINE)


class Family:
    def __init__(self):
        self.kind, self.help, self.labels, self.series = None, "", set(), set()


def families(text):
    """{name: Family} of a page in the text format 0.0.4."""
    found = {}
    for line in text.splitlines():
        if line.startswith("# "):
            _, what, name, rest = (line + " ").split(" ", 3)
            family = found.setdefault(name, Family())
            if what == "TYPE":
                family.kind = rest.strip()
            else:
                family.help = rest.strip()
        elif line:
            name, labels = re.match(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? \S+$", line).groups()
            base = re.sub("_(bucket|sum|count)$", "", name)
            family = found[base if base in found and found[base].kind == "histogram" else name]
            pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
            pairs.pop("le", None)
            family.labels |= set(pairs)
            family.series.add(tuple(sorted(pairs.items())))
    return found


class Metrics(FlowTest):
    def page(self):
        """After something of every kind has happened."""
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.script(refuses(lambda line: b"fat" in line))
        self.deliver(relay, [event(), event(displayMessage="fat")])
        self.post(relay, b"{")
        self.post(relay, b"{}", hook_headers("no-token"))
        self.post(relay, b"{}", hook_headers(OTHER_TOKEN, "nowhere"))
        self.wait_drained(relay)
        answer = relay.admin_request("GET", "/metrics", authorized=False)
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return families(answer.text)

    def test_the_page_and_its_description_agree(self):
        given = self.page()
        told = {name: (kind, set(re.findall(r"`(\w+)`", labels)), int(bound))
                for name, kind, labels, _, bound in ROW.findall((ROOT / "docs" / "metrics.md").read_text())}
        self.assertEqual(sorted(given), sorted(told), "every metric has its row, and every row its metric")
        for name, family in given.items():
            with self.subTest(name=name):
                kind, labels, bound = told[name]
                self.assertEqual((family.kind, family.labels), (kind, labels))
                self.assertLessEqual(len(family.series), bound)

    def test_names_follow_the_conventions(self):
        for name, family in self.page().items():
            with self.subTest(name=name):
                self.assertTrue(name.startswith("hookline_") and name.islower())
                self.assertEqual(name.endswith("_total"), family.kind == "counter", "counters, and only they, end so")
                self.assertTrue(family.help)


class Alerts(FlowTest):
    """The rules themselves are tried by promtool (deploy/prometheus/hookline.rules.test.yml)."""

    rules = (ROOT / "deploy" / "prometheus" / "hookline.rules.yml").read_text()

    def test_each_has_its_section_in_the_runbook_and_the_reverse(self):
        alerts = re.findall(r"- alert: (\w+)", self.rules)
        self.assertEqual(re.findall(r"runbook: docs/runbook\.md#(\w+)", self.rules), [name.lower() for name in alerts])
        self.assertEqual(re.findall(r"^## (\w+)", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE), alerts)

    def test_each_rests_on_metrics_that_there_are(self):
        told = {name for name, *_ in ROW.findall((ROOT / "docs" / "metrics.md").read_text())}
        used = {re.sub("_bucket$", "", name) for name in re.findall(r"\bhookline_\w+", self.rules)}
        self.assertEqual(used - told, set())
