"""What /metrics gives and what docs/metrics.md says of it are the same."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from fake_listener import refuses
from harness import OTHER_TOKEN, PATIENCE, ROOT, FlowTest, event, hook_headers, wait_until

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


OPENMETRICS = "application/openmetrics-text"
DEBIANS_MODULES = "/usr/lib/python3/dist-packages"  # also for a python3 that is not Debian's own


class Traffic(FlowTest):
    def a_relay_with_traffic(self):
        """After something of every kind has happened."""
        listener = self.listener()
        relay = self.relay(listener, config="[tenants.acme]\nregion = \"us\"\n[hooks.acme]\n[access]\nheader_mode = \"on\"\n",
                           settings={"tenants.acme.token": OTHER_TOKEN, "hooks.acme.secret": "a secret of the hook"})
        self.prove(relay, listener)
        listener.script(refuses(lambda line: b"fat" in line))
        self.deliver(relay, [event(), event(displayMessage="fat")])
        self.deliver(relay, [event()], [("Authorization", "a secret of the hook"), ("X-Okta-Request-Id", "okta-request-1")],
                     "/hooks/acme")
        self.post(relay, b"{")
        self.post(relay, b"{}", hook_headers("no-token"))
        self.post(relay, b"{}", hook_headers(OTHER_TOKEN, "nowhere"))
        self.wait_drained(relay)
        return relay

    def text_of(self, relay, accept=""):
        answer = relay.admin_request("GET", "/metrics", authorized=False, headers={"Accept": accept} if accept else {})
        self.assertEqual(answer.status, 200)
        wanted = "application/openmetrics-text; version=1.0.0" if accept else "text/plain; version=0.0.4"
        self.assertEqual(answer.headers["Content-Type"], wanted + "; charset=utf-8")
        return answer.text


class Metrics(Traffic):
    def page(self):
        return families(self.text_of(self.a_relay_with_traffic()))

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
                self.assertTrue(name.startswith(("hookline_", "process_")) and name.islower())
                self.assertEqual(name.endswith("_total"), family.kind == "counter", "counters, and only they, end so")
                self.assertTrue(family.help)


class OpenMetrics(Traffic):
    """As the client library of the format's own makers reads it."""

    def setUp(self):
        super().setUp()
        if DEBIANS_MODULES not in sys.path:
            sys.path.append(DEBIANS_MODULES)
        try:
            from prometheus_client import parser
            from prometheus_client.openmetrics import parser as openmetrics_parser
        except ImportError:
            self.skipTest("there is no prometheus_client (Debian: python3-prometheus-client)")
        self.text_parser, self.openmetrics_parser = parser, openmetrics_parser

    def test_it_is_well_formed_and_names_requests_and_bulks(self):
        relay = self.a_relay_with_traffic()
        found = {family.name: family for family in
                 self.openmetrics_parser.text_string_to_metric_families(self.text_of(relay, OPENMETRICS))}
        self.assertEqual(found["hookline_answers"].type, "counter")
        self.assertEqual(found["hookline_build"].type, "info")
        self.assertEqual(found["hookline_acknowledgement_seconds"].unit, "seconds")
        self.assertEqual(found["hookline_bulk_bytes"].unit, "bytes")

        def exemplars(name, label):
            return [sample.exemplar.labels[label] for sample in found[name].samples if sample.exemplar]

        self.assertIn("okta-request-1", exemplars("hookline_acknowledgement_seconds", "request_id"))
        bulks = exemplars("hookline_bulk_seconds", "bulk")
        self.assertTrue(bulks and all(bulk.isdigit() for bulk in bulks), bulks)

    def test_it_says_the_same_as_the_text_format(self):
        relay = self.a_relay_with_traffic()
        own = re.compile("hookline_http|process_")  # what asking changes, and what time does

        def samples(families_of_it):
            return {(sample.name, tuple(sorted((name, value if name != "le" else str(float(value)))
                                               for name, value in sample.labels.items()))): sample.value
                    for family in families_of_it for sample in family.samples if not own.match(sample.name)}

        def looked_at_twice():
            """Between two looks nothing moved, not even the gauges that are set every ten seconds."""
            before = self.text_of(relay)
            openmetrics = self.text_of(relay, OPENMETRICS)
            text, again = (samples(self.text_parser.text_string_to_metric_families(one)) for one in (before, self.text_of(relay)))
            return (text, samples(self.openmetrics_parser.text_string_to_metric_families(openmetrics))) if text == again else None

        text, openmetrics = wait_until(looked_at_twice, "two pages that are the same")
        self.assertEqual(text, openmetrics)

    def test_whoever_names_no_form_gets_the_text_format(self):
        relay = self.relay(self.listener())
        self.assertNotIn("# EOF", self.text_of(relay))
        everything = relay.admin_request("GET", "/metrics", authorized=False, headers={"Accept": "*/*"})
        self.assertTrue(everything.headers["Content-Type"].startswith("text/plain"))


PROMETHEUS = ROOT / "deploy" / "prometheus"


def find_promtool():
    own = ROOT / "build" / "tools" / "promtool"  # where ./test puts it
    return str(own) if own.exists() else shutil.which("promtool")


class Promtool(Traffic):
    """Prometheus' own judge."""

    def setUp(self):
        super().setUp()
        self.promtool = find_promtool()
        if not self.promtool:
            self.skipTest("there is no promtool (./test fetches it, unless it is told --no-install)")

    def judge(self, *words, text=None, where=PROMETHEUS):
        done = subprocess.run([self.promtool, *words], input=text, capture_output=True, text=True, cwd=where, timeout=PATIENCE * 3)
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def test_the_rules_are_well_formed_and_fire_when_they_should(self):
        self.assertIn(f"{len(re.findall('- alert:', Alerts.rules))} rules found", self.judge("check", "rules", "hookline.rules.yml"))
        tests = sorted(path.name for path in PROMETHEUS.glob("*.test.yml"))
        self.assertEqual(self.judge("test", "rules", *tests).count("SUCCESS"), len(tests))
        tried = set(re.findall(r"alertname: (\w+)\n +exp_alerts", "".join((PROMETHEUS / name).read_text() for name in tests)))
        self.assertEqual(set(re.findall(r"- alert: (\w+)", Alerts.rules)) - tried, set(), "each was seen to be raised")

    def test_it_has_nothing_to_say_against_the_metrics(self):
        self.assertEqual(self.judge("check", "metrics", text=self.text_of(self.a_relay_with_traffic())), "")

    def test_the_scrape_configurations_of_the_documents_are_ones(self):
        page = (ROOT / "docs" / "metrics.md").read_text()
        collectors = (ROOT / "docs" / "decisions" / "0010-metrics-and-opentelemetry.md").read_text()
        configs = [re.search(r"```yaml\n(scrape_configs:.*?)```", page, re.DOTALL).group(1),
                   textwrap.dedent(re.search(r"^    config:\n((?: {6}.*\n)+)", collectors, re.MULTILINE).group(1))]
        with tempfile.TemporaryDirectory() as directory:
            for number, config in enumerate(configs):
                (Path(directory) / f"{number}.yml").write_text(config)
                self.judge("check", "config", "--lint-fatal", f"{number}.yml", where=directory)

    def test_the_dashboards_queries_are_ones(self):
        """As recording rules, since these are what it judges."""
        rules = "".join(f"      - {{record: query:{number}, expr: {json.dumps(query)}}}\n"
                        for number, query in enumerate(Dashboard.plain_queries()))
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "rules.yml").write_text("groups:\n  - name: dashboard\n    rules:\n" + rules)
            self.judge("check", "rules", "rules.yml", where=directory)


class Alerts(FlowTest):
    """The rules themselves are tried by promtool (deploy/prometheus/*.test.yml)."""

    rules = (ROOT / "deploy" / "prometheus" / "hookline.rules.yml").read_text()

    def test_each_has_its_section_in_the_runbook_and_the_reverse(self):
        alerts = re.findall(r"- alert: (\w+)", self.rules)
        self.assertEqual(re.findall(r"runbook: docs/runbook\.md#(\w+)", self.rules), [name.lower() for name in alerts])
        self.assertEqual(re.findall(r"^## (\w+)", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE), alerts)

    def test_each_rests_on_metrics_and_labels_that_there_are(self):
        used = names_in(re.findall(r"expr: (?:>-\n)?((?:.|\n {10,})+)", self.rules))
        self.assertGreaterEqual(len(used), 8)
        self.assertEqual(faults_of(used), [])


def described():
    """{metric: (kind, labels)} of docs/metrics.md."""
    return {name: (kind, set(re.findall(r"`(\w+)`", labels)))
            for name, kind, labels, *_ in ROW.findall((ROOT / "docs" / "metrics.md").read_text())}


def names_in(queries):
    """{metric: labels} that PromQL selects, groups or sums by."""
    used = {}
    for query in queries:
        plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)
        names = re.findall(r"\b((?:hookline|process)_\w+)(?:\{([^}]*)\})?", plain)
        grouped = {label.strip() for group in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", plain) for label in group.split(",")}
        for name, selected in names:
            used.setdefault(name, set()).update(grouped, re.findall(r"(\w+)\s*[!=]", selected))
    return used


def faults_of(used):
    """What is used and not described: a metric, or a label that none of a query's metrics has."""
    known, faults = described(), []
    for name, labels in used.items():
        base = re.sub("_(bucket|sum|count)$", "", name)
        base = base if known.get(base, ("", ()))[0] == "histogram" else name
        if base not in known:
            faults.append(f"there is no metric {name}")
            continue
        kind, own = known[base]
        if kind == "histogram" and base == name:
            faults.append(f"{name} is a histogram: _bucket, _sum or _count")
        given_by_prometheus = {"instance", "job"} | ({"le"} if name.endswith("_bucket") else set())
        faults += [f"{name} has no label {label}" for label in labels - own - given_by_prometheus]
    return faults


class Dashboard(FlowTest):
    """deploy/grafana/hookline.json; that its queries are PromQL is promtool's to say."""

    board = json.loads((ROOT / "deploy" / "grafana" / "hookline.json").read_text())

    @classmethod
    def panels(cls):
        for panel in cls.board["panels"]:
            yield panel
            yield from panel.get("panels", [])

    @classmethod
    def queries(cls):
        return [target["expr"] for panel in cls.panels() for target in panel.get("targets", [])]

    @classmethod
    def plain_queries(cls):
        """With Grafana's variables filled in."""
        filled = {"$__rate_interval": "5m", "$__range": "1h", "$__interval": "1m", "$instance": ".*", "$tenant": ".*"}
        plain = []
        for query in cls.queries():
            for name, value in filled.items():
                query = query.replace(name, value)
            if "$" in query:
                raise AssertionError(f"an unknown variable in {query}")
            plain.append(query)
        return plain

    def test_its_queries_rest_on_metrics_and_labels_that_there_are(self):
        self.assertGreater(len(self.queries()), 30)
        self.assertEqual(faults_of(names_in(self.plain_queries())), [])
        variables = {one["name"]: one for one in self.board["templating"]["list"]}
        for name in ("instance", "tenant"):
            metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variables[name]["query"]["query"]).groups()
            self.assertEqual(faults_of({metric: {label}}), [])

    def test_a_name_that_there_is_not_would_be_seen(self):
        self.assertEqual(faults_of(names_in(["sum by (region) (rate(hookline_bulks_total{result=\"x\"}[5m]))"])), [])
        self.assertEqual(len(faults_of(names_in(["sum by (color) (hookline_bulks_total{result=\"x\"})"]))), 1)
        self.assertEqual(len(faults_of(names_in(["hookline_bulks_total{colour=~\"x\"} > hookline_nothing"]))), 2)
        self.assertEqual(len(faults_of(names_in(["rate(hookline_bulk_seconds[5m])"]))), 1)

    def test_every_metric_is_on_it(self):
        used = {re.sub("_(bucket|sum|count)$", "", name) for name in names_in(self.plain_queries())}
        self.assertEqual(sorted(set(described()) - used), [], "what is measured can be looked at")

    def test_it_can_be_imported_anywhere(self):
        panels = [panel for panel in self.panels() if panel["type"] != "row"]
        self.assertIsNone(self.board["id"])
        self.assertEqual(len({panel["id"] for panel in self.panels()}), len(list(self.panels())))
        for panel in panels:
            with self.subTest(panel=panel["title"]):
                self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "${datasource}"})
                self.assertTrue(panel["description"])
                where = panel["gridPos"]
                self.assertLessEqual(where["x"] + where["w"], 24)
        squares = [(x, y) for panel in self.board["panels"] for where in [panel["gridPos"]]
                   for x in range(where["x"], where["x"] + where["w"]) for y in range(where["y"], where["y"] + where["h"])]
        self.assertEqual(len(squares), len(set(squares)), "no panel lies over another")
