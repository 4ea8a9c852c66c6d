"""The admin side: health, metrics, the API and who may ask it, gaps and traces, tenants."""

import hashlib
import http.client
import json
import time

from fake_listener import Reply, refuses
from harness import OTHER_TOKEN, TOKEN, Answer, FlowTest, envelope, event, hook_headers, wait_until


def label_of(token, region="us"):
    return f"{region}-{hashlib.sha256(token.encode()).hexdigest()[:8]}"


class Health(FlowTest):
    def test_healthz_and_readyz(self):
        relay = self.relay(self.listener())
        for path in ("/healthz", "/readyz"):
            self.assertEqual(relay.admin_request("GET", path, authorized=False).status, 200, path)

    def test_metrics_count_what_happens(self):
        listener = self.listener()
        relay = self.relay(listener)
        before = relay.metrics()
        self.prove(relay, listener)
        sent = [event() for _ in range(7)]
        self.deliver(relay, sent)
        self.post(relay, b"{")
        listener.wait_for([one["uuid"] for one in sent])
        self.wait_drained(relay)
        expected = (("answers_total", "200"), ("answers_total", "400"), ("acknowledgement_seconds",),
                    ("events_received",), ("spool_commits",), ("lines_delivered",), ("bulks_total",))

        def not_grown():
            grown = {name for name, value in relay.metrics().items() if value > before.get(name, 0)}
            return [words for words in expected if not any(all(word in name for word in words) for name in grown)]
        wait_until(lambda: not not_grown(), f"these have grown: {expected}")
        self.assertTrue(all(name.startswith(("hookline_", "process_")) for name in relay.metrics()))


class WhoMayAsk(FlowTest):
    def setUp(self):
        super().setUp()
        self.hookline = self.relay(self.listener())

    def test_the_api_needs_the_token(self):
        for path in ("status", "tenants", "letters", "gaps", "trace?uuid=x"):
            self.assertEqual(self.hookline.admin_request("GET", "/api/v1/" + path, authorized=False).status, 401, path)
            wrong = self.hookline.admin_request("GET", "/api/v1/" + path, authorized=False,
                                                headers={"Authorization": "Bearer wrong"})
            self.assertEqual(wrong.status, 401)
        self.assertEqual(self.hookline.admin_request("GET", "/api/v1/status").status, 200)

    def test_a_foreign_origin_or_host_is_refused(self):
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"},
                        {"Host": f"evil.example:{self.hookline.admin_port}"}):
            with self.subTest(headers=headers):
                self.assertEqual(self.hookline.admin_request("GET", "/api/v1/status", headers=headers).status, 403)

    def test_the_admin_token_is_readable_by_its_owner_only(self):
        self.assertEqual((self.hookline.spool / "admin-token").stat().st_mode & 0o777, 0o600)

    def test_the_receiving_address_has_no_admin_api(self):
        for path in ("/api/v1/status", "/metrics", "/healthz"):
            answer = self.hookline.request("GET", path, headers=[
                ("Authorization", f"Bearer {self.hookline.admin_token}")])
            self.assertEqual(answer.status, 404, path)


class Status(FlowTest):
    def test_tells_of_spool_and_tenants(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.script(503)
        self.deliver(relay, [event(), event()])
        status = relay.api("status")
        self.assertTrue(status["spool"]["accepting"])
        row = status["tenants"][0]
        self.assertEqual((row["label"], row["waiting_lines"], row["proven"]), (label_of(TOKEN), 2, True))
        self.assertEqual(relay.cli("status", "--json").json["tenants"][0]["label"], label_of(TOKEN))
        self.assertIn(label_of(TOKEN), relay.cli("status").out)


class Gaps(FlowTest):
    def test_refused_deliveries_are_listed(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"access.tokens_allowed": TOKEN})
        self.prove(relay, listener)
        body = envelope([event(), event()], eventId="the-refused-one")
        self.assertEqual(self.post(relay, body, hook_headers(OTHER_TOKEN)).status, 403)
        self.assertEqual(self.post(relay, b"{nonsense").status, 400)
        self.deliver(relay, [event()])
        gaps = wait_until(lambda: len(relay.api("gaps")["gaps"]) >= 2 and relay.api("gaps")["gaps"], "both are in the ledger")
        by_status = {gap["status"]: gap for gap in gaps if gap["kind"] == "refused"}
        self.assertIn(403, by_status)
        self.assertIn(400, by_status)
        self.assertEqual(by_status[400]["tenant"], label_of(TOKEN))
        self.assertIn("403", relay.cli("gaps").out)
        self.assertGreaterEqual(len(relay.cli("gaps", "--json").json), 2)

    def test_a_503_names_the_delivery(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"spool.tenant_bytes_max": "1MiB"})
        self.prove(relay, listener)
        listener.script(503)
        from test_okta_answers import random_text
        number = 0
        while True:
            number += 1
            body = envelope([event(noise=random_text(30_000))], eventId=f"delivery-{number}")
            if self.post(relay, body).status == 503:
                break
            self.assertLess(number, 200)
        listener.behave()
        gap = wait_until(lambda: [gap for gap in relay.api("gaps")["gaps"] if gap["status"] == 503], "it is in the ledger")
        self.assertEqual((gap[0]["event_id"], gap[0]["events"]), (f"delivery-{number}", 1))

    def test_times_of_absence_are_listed(self):
        relay = self.relay(self.listener(), settings={"spool.heartbeat": "1s"})
        relay.kill()
        time.sleep(2.5)  # the absence itself: longer than a heartbeat
        relay.start()
        down = [gap for gap in relay.api("gaps")["gaps"] if gap["kind"] == "down"]
        self.assertEqual(len(down), 1, down)
        self.assertLess(down[0]["from"], down[0]["to"])
        self.assertIn("down", relay.cli("gaps").out)


class Trace(FlowTest):
    def trace(self, relay, uuid):
        return relay.api(f"trace?uuid={uuid}")["entries"]

    def test_an_events_life(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.script(503)
        sent = event()
        self.deliver(relay, [sent])
        waiting = self.trace(relay, sent["uuid"])
        self.assertEqual([(one["settled"], one["tenant"]) for one in waiting], [(False, label_of(TOKEN))])
        listener.behave()
        listener.wait_for([sent["uuid"]])
        settled = wait_until(lambda: self.trace(relay, sent["uuid"])[0]["settled"] and self.trace(relay, sent["uuid"]),
                             "it is settled")
        self.assertEqual((settled[0]["bulk"]["status"], settled[0]["letter"]), (200, None))
        told = relay.cli("trace", sent["uuid"]).out
        for words in (label_of(TOKEN), "200", "delivered"):
            self.assertIn(words, told)

    def test_an_event_that_became_a_letter(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.script(refuses(lambda line: b"fat" in line))
        sent = event(displayMessage="fat")
        self.deliver(relay, [sent])
        letters = wait_until(lambda: self.letters(relay), "the letter")
        self.assertEqual(self.trace(relay, sent["uuid"])[0]["letter"], letters[0]["id"])

        # Nobody is told that it was delivered, also when its letter is gone.
        relay.cli("dead", "discard", "--all", "--yes")
        told = relay.cli("trace", sent["uuid"]).out
        self.assertNotIn("delivered", told)
        self.assertIn("its bulk was answered 400", told)

    def test_a_conflict_shows_both(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        sent = event()
        self.deliver(relay, [sent])
        self.deliver(relay, [dict(sent, displayMessage="other")])
        self.assertEqual([one["conflict"] for one in self.trace(relay, sent["uuid"])], [False, True])

    def test_an_unknown_uuid(self):
        relay = self.relay(self.listener())
        self.assertEqual(self.trace(relay, "no-such-uuid"), [])
        self.assertNotEqual(relay.cli("trace", "no-such-uuid", check=False).status, 0)


class Tenants(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener(tokens=[TOKEN])
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)

    def test_list(self):
        self.assertIn(label_of(TOKEN), self.hookline.cli("tenant", "list").out)
        rows = self.hookline.cli("tenant", "list", "--json").json
        self.assertEqual([row["label"] for row in rows], [label_of(TOKEN)])

    def test_rekey_gives_the_backlog_to_another_token(self):
        self.logzio.tokens = {OTHER_TOKEN}  # the old one was disabled at Logz.io
        sent = event()
        self.deliver(self.hookline, [sent])
        self.logzio.wait_requests(1)
        self.hookline.api(f"tenants/{label_of(TOKEN)}/rekey", "POST", {"token": OTHER_TOKEN})
        self.logzio.wait_for([sent["uuid"]], token=OTHER_TOKEN)
        self.assertEqual([row["label"] for row in self.hookline.api("tenants")["tenants"]], [label_of(OTHER_TOKEN)])

    def test_rekey_by_command_reads_the_token_from_its_input(self):
        self.logzio.tokens = {OTHER_TOKEN}
        sent = event()
        self.deliver(self.hookline, [sent])
        self.hookline.cli("tenant", "rekey", label_of(TOKEN), "--token-file", "-", "--yes", input=OTHER_TOKEN + "\n")
        self.logzio.wait_for([sent["uuid"]], token=OTHER_TOKEN)

    def test_forget_takes_everything_away(self):
        self.logzio.script(503)
        self.deliver(self.hookline, [event()])
        refused = self.hookline.cli("tenant", "forget", label_of(TOKEN), check=False)
        self.assertNotEqual(refused.status, 0, "it asks first")
        self.hookline.cli("tenant", "forget", label_of(TOKEN), "--yes")
        self.assertEqual(self.hookline.api("tenants")["tenants"], [])
        self.hookline.restart()
        self.assertEqual(self.hookline.api("tenants")["tenants"], [])
