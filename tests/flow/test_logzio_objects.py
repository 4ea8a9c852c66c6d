"""What we offer to import at Logz.io fits what we really send: events go through the relay, and every search, panel and alert is
held against the lines that came out."""

import json
import re
import subprocess
import sys
import unittest

from harness import BINARY, ROOT, FlowTest, Raw, run_cli
from logzio_queries import (HOLDS, SEVERITIES, BadQuery, Fields, Query, grouped_fields_of, instant, queries_of, triggers, values)
from okta_stories import NEAR_MISSES, STORIES, ordinary_day

FOLDER = ROOT / "deploy" / "logzio"
GUIDE = ROOT / "docs" / "logzio-objects.md"
OBJECTS = [json.loads(line) for line in (FOLDER / "okta.ndjson").read_text().splitlines()]
ALERTS = {path.stem: json.loads(path.read_text()) for path in sorted((FOLDER / "alerts").glob("*.json"))}


def event_types():
    """{name: hook or log}"""
    lines = (ROOT / "tests" / "data" / "okta_event_types.tsv").read_text().splitlines()
    return dict(line.split("\t") for line in lines if not line.startswith("#"))


class Shipped(FlowTest):
    """Events go through the relay; what its listener gets is what Logz.io would index."""

    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)

    def shipped(self, events):
        self.logzio.forget()
        for at in range(0, len(events), 50):
            self.deliver(self.hookline, events[at:at + 50])
        distinct = len({json.dumps(one, sort_keys=True) for one in events})
        self.logzio.wait_lines(distinct)
        self.wait_drained(self.hookline)
        return [json.loads(line) for line in self.logzio.raw_lines()]


class Alerts(Shipped):
    def test_each_triggers_on_the_story_that_it_is_for(self):
        self.assertEqual(set(STORIES), set(ALERTS), "an alert without a story, or a story without an alert")
        for name, (story, wanted) in STORIES.items():
            with self.subTest(name):
                self.assertEqual(triggers(ALERTS[name], self.shipped(story())), wanted)

    def test_what_is_nearly_the_same_triggers_nothing(self):
        for name, story in NEAR_MISSES.items():
            with self.subTest(name):
                documents = self.shipped(story())
                self.assertEqual(triggers(ALERTS[name], documents), {})

    def test_an_ordinary_day_triggers_nothing(self):
        documents = self.shipped(ordinary_day())
        moments = sorted({instant(one) for one in documents})
        for moment in moments:  # as if looked at after each event
            so_far = [one for one in documents if instant(one) <= moment]
            self.assertEqual({name: fired for name, alert in ALERTS.items() if (fired := triggers(alert, so_far))}, {})


class Names(Shipped):
    def everything(self):
        """Lines of all stories, of the samples in tests/data, and of what `sim okta` makes up over all its event types."""
        events = [one for story, _ in STORIES.values() for one in story()]
        events += [Raw(line) for line in (ROOT / "tests" / "data" / "events.jsonl").read_text().splitlines()]
        for at in range(0, len(events), 50):
            self.deliver(self.hookline, events[at:at + 50])
        told = self.hookline.directory / "acknowledged"
        run_cli([BINARY, "sim", "okta", f"http://127.0.0.1:{self.hookline.port}/", "--region", "us", "--deliveries", "100",
                 "--events-min", "4", "--events-max", "4", "--rate", "0", "--connections", "4", "--json",
                 "--acknowledged", str(told)])
        self.logzio.wait_for(told.read_text().split())
        self.wait_drained(self.hookline)
        self.told = {one["uuid"] for one in events if not isinstance(one, Raw)}
        return [json.loads(line) for line in self.logzio.raw_lines()]

    def setUp(self):
        super().setUp()
        self.documents = self.everything()
        self.fields = Fields(self.documents)

    def test_no_field_is_of_our_stories_alone(self):
        """What the stories say of debugData is from Okta's documentation, and `hookline` is the relay's own; all else must be in
        events that know nothing of the stories."""
        others = Fields(one for one in self.documents if one.get("uuid") not in self.told)
        named = {field for one in OBJECTS if one["type"] != "dashboard" for text in queries_of(one) for field in Query(text).fields}
        named |= {field for one in OBJECTS for field in [*grouped_fields_of(one), *one["attributes"].get("columns", [])]}
        self.assertEqual({field for field in named if not others.has(field) and not field.startswith("hookline.")},
                         {"debugContext.debugData." + key for key in ("factor", "pushOnlyResponseType", "privilegeGranted")})

    def test_every_field_is_one_that_we_send(self):
        for one in OBJECTS:
            if one["type"] == "dashboard":
                continue
            with self.subTest(one["id"]):
                named = {field for text in queries_of(one) for field in Query(text).fields}
                named |= set(one["attributes"].get("columns", [])) | set(grouped_fields_of(one))
                self.assertEqual({field for field in named if not self.fields.has(field)}, set())
        for name, alert in ALERTS.items():
            with self.subTest(name):
                for part in alert["subComponents"]:
                    query = part["queryDefinition"]
                    named = Query(query["query"]).fields | set(query["groupBy"])
                    named |= {query["aggregation"].get("fieldToAggregateOn", "type")}
                    self.assertEqual({field for field in named if not self.fields.has(field)}, set())

    def test_what_is_grouped_by_can_be_grouped(self):
        """Of one scalar type in every document, in no array of objects, not analyzed, and there where the query matches: an alert
        never triggers on a group whose field is missing."""
        grouped = [(one["id"], list(queries_of(one))[0], field) for one in OBJECTS for field in grouped_fields_of(one)]
        for name, alert in ALERTS.items():
            for part in (part["queryDefinition"] for part in alert["subComponents"]):
                unique = part["aggregation"].get("fieldToAggregateOn")
                grouped += [(name, part["query"], field) for field in [*part["groupBy"], *([unique] if unique else [])]]
        for name, text, field in grouped:
            with self.subTest(f"{name} {field}"):
                self.assertTrue(self.fields.can_be_grouped(field), self.fields.kinds.get(field))
                query = Query(text)
                self.assertTrue(any(values(one, field) for one in self.documents if query.matches(one)))

    def test_every_query_finds_something(self):
        for one in OBJECTS:
            for text in queries_of(one):
                if one["type"] != "dashboard":
                    with self.subTest(f"{one['id']} {text}"):
                        query = Query(text)
                        self.assertTrue(any(map(query.matches, self.documents)), "no event that we ship")

    def test_the_guide_tells_which_fields_of_debug_data_it_relies_on(self):
        """Okta promises nothing about debugData."""
        named = {field for one in OBJECTS if one["type"] != "dashboard" for text in queries_of(one) for field in Query(text).fields}
        named |= {field for one in OBJECTS for field in one["attributes"].get("columns", [])}
        guide = GUIDE.read_text()
        for field in sorted(field for field in named if field.startswith("debugContext.debugData.")):
            self.assertIn("`" + field.rpartition(".")[2] + "`", guide)


class EventTypes(unittest.TestCase):
    def test_each_named_one_exists_and_is_offered_to_hooks(self):
        known = event_types()
        queries = [(one["id"], text) for one in OBJECTS if one["type"] != "dashboard" for text in queries_of(one)]
        queries += [(name, part["queryDefinition"]["query"]) for name, alert in ALERTS.items() for part in alert["subComponents"]]
        seen = 0
        for name, text in queries:
            for field, wanted in Query(text).terms:
                if field != "eventType":
                    continue
                seen += 1
                with self.subTest(f"{name} {wanted}"):
                    found = [kind for kind in known if (kind == wanted if isinstance(wanted, str) else wanted.fullmatch(kind))]
                    self.assertTrue(found, "Okta has no such event type")
                    self.assertIn("hook", {known[kind] for kind in found}, "no event hook ever carries it")
        self.assertGreater(seen, 50)

    def test_each_of_the_stories_exists(self):
        known = event_types()
        for made in [*(story for story, _ in STORIES.values()), *NEAR_MISSES.values(), ordinary_day]:
            for one in made():
                self.assertIn(one["eventType"], known)


class SavedObjects(unittest.TestCase):
    """The form that OpenSearch Dashboards imports."""

    def test_each_has_an_id_of_its_own_and_a_title_of_its_own(self):
        for key in (lambda one: (one["type"], one["id"]), lambda one: (one["type"], one["attributes"]["title"])):
            self.assertEqual(len({key(one) for one in OBJECTS}), len(OBJECTS))

    def test_they_are_of_the_kinds_that_logzio_takes(self):
        self.assertEqual({one["type"] for one in OBJECTS}, {"search", "visualization", "dashboard"})
        for one in OBJECTS:
            self.assertEqual(set(one), {"id", "type", "attributes", "references", "migrationVersion"})
            self.assertEqual(set(one["migrationVersion"]), {one["type"]})
            self.assertRegex(one["id"], r"^hookline-okta-[a-z-]+$")

    def test_references_lead_somewhere_and_each_is_used(self):
        there = {(one["type"], one["id"]) for one in OBJECTS} | {("index-pattern", "logzioCustomerIndex*")}
        for one in OBJECTS:
            with self.subTest(one["id"]):
                self.assertLessEqual({(ref["type"], ref["id"]) for ref in one["references"]}, there)
                names = [ref["name"] for ref in one["references"]]
                source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
                used = [source["indexRefName"]] if "indexRefName" in source else []
                used += [panel["panelRefName"] for panel in json.loads(one["attributes"].get("panelsJSON", "[]"))]
                self.assertEqual(sorted(names), sorted(used))

    def test_text_within_text_is_json(self):
        for one in OBJECTS:
            for key, value in [*one["attributes"].items(), *one["attributes"]["kibanaSavedObjectMeta"].items()]:
                if key.endswith("JSON") or key == "visState":
                    self.assertIsInstance(json.loads(value), (dict, list), f"{one['id']} {key}")

    def test_each_query_is_lucene_and_asks_for_okta(self):
        for one in OBJECTS:
            source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
            self.assertEqual(source["query"]["language"], "lucene")
            if one["type"] != "dashboard":
                self.assertIn(("type", "okta"), Query(source["query"]["query"]).terms, one["id"])

    def test_buckets_and_metrics_have_numbers_of_their_own(self):
        for one in (one for one in OBJECTS if one["type"] == "visualization"):
            state = json.loads(one["attributes"]["visState"])
            self.assertEqual(state["title"], one["attributes"]["title"])
            numbers = [agg["id"] for agg in state["aggs"]]
            self.assertEqual(len(set(numbers)), len(numbers), one["id"])
            ordered_by = {agg["params"]["orderBy"] for agg in state["aggs"] if agg["type"] == "terms"}
            self.assertLessEqual(ordered_by, {agg["id"] for agg in state["aggs"] if agg["schema"] == "metric"})

    def test_no_two_panels_of_the_dashboard_share_a_place(self):
        (board,) = (one for one in OBJECTS if one["type"] == "dashboard")
        taken = set()
        for place in (panel["gridData"] for panel in json.loads(board["attributes"]["panelsJSON"])):
            self.assertLessEqual(place["x"] + place["w"], 48)
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, place)
            taken |= cells
        shown = {ref["id"] for ref in board["references"]}
        self.assertLessEqual({one["id"] for one in OBJECTS if one["type"] == "visualization"}, shown, "a panel that nobody sees")

    def test_the_files_are_what_make_py_writes(self):
        done = subprocess.run([sys.executable, "-B", str(FOLDER / "make.py"), "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class AlertForm(unittest.TestCase):
    """POST /v2/alerts as Logz.io documents it."""

    def test_titles_differ_and_are_plain_text(self):
        titles = [alert["title"] for alert in ALERTS.values()]
        self.assertEqual(len(set(titles)), len(titles))
        for title in titles:
            self.assertRegex(title, r"^[ -~]{5,120}$")

    def test_keys_and_ranges(self):
        for name, alert in ALERTS.items():
            with self.subTest(name):
                self.assertLessEqual({"title", "description", "tags", "output", "searchTimeFrameMinutes", "subComponents", "enabled"},
                                     set(alert))
                self.assertLessEqual(len(alert["tags"]), 10)
                self.assertTrue(5 <= alert["searchTimeFrameMinutes"] <= 1440)
                self.assertTrue(5 <= alert["output"]["suppressNotificationsMinutes"] <= 1440)
                self.assertIn(alert["output"]["type"], ("JSON", "TABLE"))
                self.assertEqual(alert["output"]["recipients"], {"emails": [], "notificationEndpointIds": []})
                self.assertIn(len(alert["subComponents"]), (1, 2))
                self.assertTrue(alert["description"])

    def test_aggregations_go_with_their_groups(self):
        for name, alert in ALERTS.items():
            for part in alert["subComponents"]:
                query = part["queryDefinition"]
                kind, field = query["aggregation"]["aggregationType"], query["aggregation"].get("fieldToAggregateOn")
                with self.subTest(f"{name} {kind}"):
                    self.assertIn(kind, ("COUNT", "UNIQUE_COUNT", "NONE"))
                    self.assertLessEqual(len(query["groupBy"]), 3)
                    self.assertEqual(kind == "NONE", not query["groupBy"])
                    self.assertEqual(kind == "UNIQUE_COUNT", field is not None)
                    self.assertNotIn(field, query["groupBy"])
                    self.assertIn(("type", "okta"), Query(query["query"]).terms)

    def test_higher_severities_need_more(self):
        for name, alert in ALERTS.items():
            for part in alert["subComponents"]:
                tiers, operator = part["trigger"]["severityThresholdTiers"], part["trigger"]["operator"]
                with self.subTest(name):
                    self.assertIn(operator, HOLDS)
                    self.assertLessEqual(set(tiers), set(SEVERITIES))
                    self.assertTrue(tiers)
                    if len(alert["subComponents"]) > 1:
                        self.assertEqual(len(tiers), 1, "Logz.io takes one tier where there are two parts")
                    ordered = [tiers[one] for one in SEVERITIES if one in tiers]
                    self.assertEqual(ordered, sorted(set(ordered), reverse=operator.startswith("LESS")))

    def test_a_correlation_joins_what_both_group_by(self):
        for name, alert in ALERTS.items():
            with self.subTest(name):
                self.assertEqual("correlations" in alert, len(alert["subComponents"]) == 2)
                for join in alert.get("correlations", {}).get("joins", []):
                    self.assertEqual(alert["correlations"]["correlationOperators"], ["AND"])
                    for index, field in join.items():
                        self.assertIn(field, alert["subComponents"][int(index)]["queryDefinition"]["groupBy"])

    def test_the_guide_tells_of_each(self):
        guide = GUIDE.read_text()
        for name, alert in ALERTS.items():
            self.assertIn(f"`{name}`", guide)
            window = re.search(rf"`{name}` \|.*\| (\d+) min", guide)
            self.assertTrue(window, f"{name} has no row with its time")
            self.assertEqual(int(window[1]), alert["searchTimeFrameMinutes"], name)
        for one in OBJECTS:
            if one["type"] == "search":
                self.assertIn(f"*{one['attributes']['title']}*", guide)
        for kind, words in (("search", "saved searches"), ("visualization", "visualizations")):
            self.assertIn(f"{sum(one['type'] == kind for one in OBJECTS)} {words}", guide)
        self.assertIn(f"{len(ALERTS)} alerts", guide)


class ReadingQueries(unittest.TestCase):
    """The judge itself."""

    def test_values_match_whole(self):
        self.assertTrue(Query("a.b:c*e").matches({"a": {"b": "cde"}}))
        self.assertFalse(Query("a.b:c").matches({"a": {"b": "cde"}}))
        self.assertTrue(Query('a:"x y" AND NOT b:1').matches({"a": "x y", "b": 2}))
        self.assertTrue(Query("a:(x OR y)").matches({"a": ["z", "y"]}))
        self.assertFalse(Query("_exists_:a.b").matches({"a": {"b": None}}))
        self.assertTrue(Query(r"a:\{*\"V\"\:\"P\"*").matches({"a": '{"U":"N","V":"P"}'}))

    def test_what_reads_differently_to_others_is_refused(self):
        for text in ("a:*b", "a:b OR c:d AND e:f", "a:b c:d", "a:(b", "a:", "b", "a:b)", "a:b AND"):
            with self.subTest(text), self.assertRaises(BadQuery):
                Query(text)

    def test_alerts_count_by_group_within_their_time(self):
        part = {"queryDefinition": {"query": "a:1", "groupBy": ["u"], "aggregation": {"aggregationType": "COUNT"}},
                "trigger": {"operator": "GREATER_THAN", "severityThresholdTiers": {"LOW": 1, "HIGH": 2}}}
        alert = {"searchTimeFrameMinutes": 5, "subComponents": [part]}
        def line(minute, user="x"):
            return {"a": 1, "u": user, "@timestamp": f"2026-03-04T05:{minute:02}:00Z"}
        self.assertEqual(triggers(alert, [line(1), line(2)]), {("x",): "LOW"})
        self.assertEqual(triggers(alert, [line(1), line(2), line(3)]), {("x",): "HIGH"})
        self.assertEqual(triggers(alert, [line(1), line(2), line(9)]), {})
        self.assertEqual(triggers(alert, [line(1), line(2, "y")]), {})


if __name__ == "__main__":
    unittest.main()
