"""A tenant's events as they come: shown while somebody watches, people's names hidden until they are asked for."""

import json

from harness import OTHER_TOKEN, TOKEN, FlowTest, event, hook_headers, wait_until
from test_admin import label_of
from test_page import Session

SECRETS_OF_PEOPLE = ("kari@example.com", "Kari Nord", "192.0.2.17", "Bergen", "00u1abcd")


class LiveEvents(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)
        self.path = f"tenants/{label_of(TOKEN)}/events"

    def look(self, **parameters):
        return self.hookline.api(self.path + "?" + "&".join(f"{name}={value}" for name, value in parameters.items()))

    def test_what_comes_is_shown_once_and_only_of_this_tenant(self):
        self.prove(self.hookline, self.logzio, OTHER_TOKEN)
        self.deliver(self.hookline, [event()])
        self.assertEqual(self.look()["events"], [], "nothing is kept of what came before")
        first, second = event(), event()
        self.deliver(self.hookline, [first])
        self.deliver(self.hookline, [event()], hook_headers(OTHER_TOKEN))
        page = self.look()
        self.assertEqual([(one["uuid"], one["event_type"]) for one in page["events"]], [(first["uuid"], first["eventType"])])
        self.deliver(self.hookline, [second])
        self.assertEqual([one["uuid"] for one in self.look(after=page["last"])["events"]], [second["uuid"]])

    def test_repeats_and_refused_deliveries_are_not_shown(self):
        self.look()
        sent = event()
        self.deliver(self.hookline, [sent])
        self.deliver(self.hookline, [sent])
        self.post(self.hookline, b"{")
        self.assertEqual([one["uuid"] for one in self.look()["events"]], [sent["uuid"]])

    def test_a_test_event_is_shown(self):
        self.look()
        told = self.hookline.api(f"tenants/{label_of(TOKEN)}/test", "POST")
        self.assertEqual([one["uuid"] for one in self.look()["events"]], [told["uuid"]])

    def test_what_names_people_is_hidden_until_asked_for_and_the_asking_is_logged(self):
        self.look()
        self.deliver(self.hookline, [event(displayMessage="Kari Nord was here")])
        hidden = self.look()
        for words in SECRETS_OF_PEOPLE:
            self.assertNotIn(words, json.dumps(hidden))
        self.assertIn("•••", hidden["events"][0]["line"])
        self.assertEqual(json.loads(hidden["events"][0]["line"])["outcome"]["result"], "SUCCESS")
        self.assertFalse(self.hookline.logged("what names people"))
        whole = self.look(whole=1)
        for words in SECRETS_OF_PEOPLE:
            self.assertIn(words, whole["events"][0]["line"])
        self.hookline.wait_logged("what names people", label_of(TOKEN), "127.0.0.1", "token")
        for words in SECRETS_OF_PEOPLE:
            self.assertFalse(self.hookline.logged(words))

    def test_a_filter_searches_only_what_is_shown(self):
        self.look()
        sent = event(eventType="policy.rule.update")
        self.deliver(self.hookline, [event(), sent])
        self.assertEqual([one["uuid"] for one in self.look(filter="POLICY.rule")["events"]], [sent["uuid"]])
        self.assertEqual(self.look(filter="kari")["events"], [], "no filter tells what is hidden")
        self.assertEqual(len(self.look(filter="kari", whole=1)["events"]), 2)
        self.assertEqual(self.hookline.admin_request("GET", f"/api/v1/{self.path}?filter={'x' * 201}").status, 400)

    def test_it_needs_the_token_and_ends_with_the_session(self):
        self.assertEqual(self.hookline.admin_request("GET", "/api/v1/" + self.path, authorized=False).status, 401)
        session = Session(self.hookline)
        self.assertEqual(session.ask("GET", "/api/v1/" + self.path).status, 200)
        self.deliver(self.hookline, [event()])
        self.assertEqual(len(json.loads(session.ask("GET", "/api/v1/" + self.path).body)["events"]), 1)
        self.assertEqual(session.ask("DELETE", "/session", Origin=session.origin).status, 200)
        self.assertEqual(session.ask("GET", "/api/v1/" + self.path).status, 401)
        self.assertEqual(self.look()["events"], [], "what was kept is gone")

    def test_a_flood_is_bounded_and_says_what_was_missed(self):
        self.look()
        for _ in range(6):
            self.deliver(self.hookline, [event() for _ in range(100)])
        page = self.look()
        self.assertEqual((len(page["events"]), page["missed"], page["last"]), (500, 100, 600))
