"""docs/openapi.json tells the admin API as it is: every call of it answers as it says, every field of every answer is in
it, and every field in it was seen."""

import json
import re
import shutil
import tempfile

from fake_listener import refuses
from harness import OTHER_TOKEN, ROOT, FlowTest, event, hook_headers, wait_until

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
TYPES = {"string": str, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def is_a(value, name):
    if name in ("integer", "number"):
        return isinstance(value, int if name == "integer" else (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Checker:
    """Holds answers against schemas, and remembers which fields it met."""

    def __init__(self):
        self.met = set()

    @staticmethod
    def resolve(schema):
        while "$ref" in schema:
            place = DOCUMENT
            for step in schema["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            schema = place
        return schema

    def faults(self, schema, value, where):
        schema = self.resolve(schema)
        if "oneOf" in schema:
            tried = [list(self.faults(one, value, where)) for one in schema["oneOf"]]
            if all(tried):
                yield from min(tried, key=len)
            return
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(is_a(value, name) for name in names):
            yield f"{where}: {value!r} is no {names}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is not among {schema['enum']}"
        if isinstance(value, list):
            for one in value:
                yield from self.faults(schema["items"], one, where + "[]")
        elif isinstance(value, dict):
            yield from self.object_faults(schema, value, where)

    def object_faults(self, schema, value, where):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in set(schema.get("required", ())) - set(value):
            yield f"{where}: {name} is missing"
        for name, one in value.items():
            if name in known:
                self.met.add((id(known), name))
                yield from self.faults(known[name], one, f"{where}.{name}")
            elif others is False:
                yield f"{where}: {name} is not described"
            else:
                yield from self.faults(others, one, f"{where}.{name}")


def fields_of(schema, checker, found):
    """Every (properties, name) of a schema and of all that it holds."""
    schema = checker.resolve(schema)
    known = schema.get("properties", {})
    for name, one in known.items():
        if (id(known), name) not in found:
            found[id(known), name] = name
            fields_of(one, checker, found)
    for one in schema.get("oneOf", []):
        fields_of(one, checker, found)
    if "items" in schema:
        fields_of(schema["items"], checker, found)


def schema_of(path, method, status="200"):
    content = Checker.resolve(DOCUMENT["paths"][path][method]["responses"][status])["content"]
    return content.get("application/json", {}).get("schema")


class OpenApi(FlowTest):
    def a_relay_with_everything(self):
        """Tenants, a letter, a gap, a traced event, a held tenant."""
        listener = self.listener()
        self.backups = tempfile.mkdtemp(prefix="hookline-backup-")
        self.addCleanup(shutil.rmtree, self.backups, ignore_errors=True)
        relay = self.relay(listener, settings={"spool.backup_directory": self.backups, "spool.keep_delivered": "1 h"})
        self.prove(relay, listener)
        listener.script(refuses(lambda line: b"fat" in line))
        self.sent, bad = event(), event(displayMessage="fat")
        self.deliver(relay, [self.sent, bad])
        wait_until(lambda: relay.api("letters")["letters"], "the letter")
        self.post(relay, b"{")
        wait_until(lambda: relay.api("gaps")["gaps"], "the gap")
        wait_until(lambda: relay.api("history")["samples"], "a sample")
        self.prove(relay, listener, OTHER_TOKEN)
        return relay

    def test_every_call_answers_as_it_says_and_every_field_is_seen(self):
        relay = self.a_relay_with_everything()
        origin = {"Origin": f"http://127.0.0.1:{relay.admin_port}"}
        tenant = next(row["id"] for row in relay.api("tenants")["tenants"] if row["condemned_letters"] == 0)
        kept = next(row["id"] for row in relay.api("tenants")["tenants"] if row["condemned_letters"] == 1)
        calls = [
            ("/healthz", "get", "/healthz", None), ("/readyz", "get", "/readyz", None), ("/metrics", "get", "/metrics", None),
            ("/session", "post", "/session", {"token": relay.admin_token}), ("/session", "delete", "/session", None),
            ("/api/v1/status", "get", "/api/v1/status", None), ("/api/v1/history", "get", "/api/v1/history", None),
            ("/api/v1/tenants", "get", "/api/v1/tenants?count=1&sort=label", None),
            ("/api/v1/letters", "get", "/api/v1/letters?body=1", None), ("/api/v1/gaps", "get", "/api/v1/gaps", None),
            ("/api/v1/trace", "get", f"/api/v1/trace?uuid={self.sent['uuid']}", None),
            ("/api/v1/log", "get", "/api/v1/log", None), ("/api/v1/log", "put", "/api/v1/log", {"level": "warn"}),
            ("/api/v1/tenants/{id}/resend", "post", f"/api/v1/tenants/{kept}/resend",
             {"from": "2001-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"}),
            ("/api/v1/backup", "post", "/api/v1/backup", {"directory": self.backups + "/monday"}),
            ("/api/v1/backup", "get", "/api/v1/backup", None),
            ("/api/v1/letters/replay", "post", "/api/v1/letters/replay", {"all": True}),
            ("/api/v1/letters/replay", "post", "/api/v1/letters/replay", {"all": True, "dry_run": False, "count": 1}),
            ("/api/v1/letters/discard", "post", "/api/v1/letters/discard", {"filter": {"class": "condemned"}, "dry_run": False}),
            ("/api/v1/tenants/{id}/rekey", "post", f"/api/v1/tenants/{tenant}/rekey", {"region": "eu"}),
            ("/api/v1/tenants/{id}/events", "get", f"/api/v1/tenants/{tenant}/events?after=0", None),
            ("/api/v1/tenants/{id}/recent", "get", f"/api/v1/tenants/{kept}/recent", None),
            ("/api/v1/tenants/{id}/test", "post", f"/api/v1/tenants/{tenant}/test", None),
            ("/api/v1/tenants/{id}", "delete", f"/api/v1/tenants/{tenant}", None),
        ]
        relay.api(f"tenants/{tenant}/events")  # the watch begins
        self.deliver(relay, [event()], hook_headers(OTHER_TOKEN))
        checker, wanted = Checker(), {}
        for path, method, target, body in calls:
            with self.subTest(call=f"{method} {target}"):
                answer = relay.admin_request(method.upper(), target, None if body is None else json.dumps(body), headers=origin)
                self.assertEqual(answer.status, 200, answer)
                schema = schema_of(path, method)
                if schema is not None:
                    fields_of(schema, checker, wanted)
                    self.assertEqual(list(checker.faults(schema, json.loads(answer.body), "answer")), [])
        told = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
        self.assertEqual({(path, method) for path, method, _, _ in calls}, told, "every call was made")
        self.assertEqual(sorted(name for key, name in wanted.items() if key not in checker.met), [], "fields nobody has seen")

    def test_refusals_are_as_it_says(self):
        relay = self.a_relay_with_everything()
        for path, methods in DOCUMENT["paths"].items():
            for method, call in methods.items():
                if call.get("security") == []:
                    continue
                with self.subTest(call=f"{method} {path}"):
                    answer = relay.admin_request(method.upper(), path.replace("{id}", "1"), authorized=False)
                    self.assertEqual(answer.status, 401)
                    self.assertEqual(list(Checker().faults(schema_of(path, method, "401"), json.loads(answer.body), "answer")), [])
        for path, method, target, status in (("/api/v1/tenants", "get", "/api/v1/tenants?id=nobody", 404),
                                             ("/api/v1/status", "get", "/api/v1/status?x=1", 400),
                                             ("/api/v1/letters/replay", "post", "/api/v1/letters/replay", 400)):
            answer = relay.admin_request(method.upper(), target)
            self.assertEqual(answer.status, status, target)
            self.assertIn(str(status), DOCUMENT["paths"][path][method]["responses"])

    def test_the_page_of_the_guide_names_the_same_calls(self):
        guide = (ROOT / "docs" / "admin-api.md").read_text()
        named = set(re.findall(r"`(GET|POST|PUT|DELETE) (/[\w/]+)", guide))
        named = {(re.sub(r"/ID\b", "/{id}", path), method.lower()) for method, path in named}
        named.add(("/api/v1/letters/discard", "post"))  # written as "and `/discard`"
        self.assertEqual(named, {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods})

    def test_unknown_parameters_are_refused_and_all_known_ones_are_told(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        for path, methods in DOCUMENT["paths"].items():
            if not path.startswith("/api/") or "get" not in methods:
                continue
            answer = relay.admin_request("GET", path.replace("{id}", "1") + "?nonsense=1")
            self.assertEqual(answer.status, 400, path)
            known = re.search(r"known here: ([\w, ]+)", answer.text).group(1).split(", ")
            told = [one["name"] for one in methods["get"]["parameters"] if one["in"] == "query"]
            self.assertEqual(sorted(set(known) - {"none"}), sorted(told), path)
