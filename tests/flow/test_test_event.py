"""A test event that an operator sends: it goes the way of a delivery, says of itself what it is, and is guarded and logged."""

from harness import TOKEN, FlowTest, event, wait_until
from test_admin import label_of
from test_page import Session


class TestEvent(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)
        self.tenant = self.hookline.api("tenants")["tenants"][0]["id"]

    def trace(self, uuid):
        return self.hookline.api(f"trace?uuid={uuid}")["entries"]

    def test_it_arrives_marked_and_its_life_is_told(self):
        told = self.hookline.api(f"tenants/{self.tenant}/test", "POST")
        self.assertEqual((told["tenant"], told["tenant_id"]), (label_of(TOKEN), self.tenant))
        self.logzio.wait_for([told["uuid"]])
        line = self.logzio.line(told["uuid"])
        self.assertEqual((line["eventType"], line["hookline"]["via"], line["type"]), ("hookline.test_event", "test", "okta"))
        self.assertIn("Test event", line["message"])
        life = wait_until(lambda: self.trace(told["uuid"])[0]["settled"] and self.trace(told["uuid"]), "it is delivered")
        self.assertEqual(life[0]["bulk"]["status"], 200)
        self.hookline.wait_logged("a test event was asked for", label_of(TOKEN), told["uuid"], "127.0.0.1", "token")

    def test_a_session_sends_one_only_from_our_own_page_and_not_too_often(self):
        session = Session(self.hookline)
        path = f"/api/v1/tenants/{self.tenant}/test"
        self.assertEqual(self.hookline.admin_request("POST", path, authorized=False).status, 401)
        self.assertEqual(session.ask("POST", path).status, 403)
        self.assertEqual(session.ask("POST", path, Origin="https://evil.example").status, 403)
        self.assertFalse(self.hookline.logged("a test event was asked for"))
        self.assertEqual(session.ask("POST", path, Origin=session.origin).status, 200)
        self.hookline.wait_logged("a test event was asked for", "session")
        again = session.ask("POST", path, Origin=session.origin)
        self.assertEqual(again.status, 429)
        self.assertIn("Retry-After", again.headers)
        self.assertEqual(self.hookline.admin_request("GET", path).status, 405)
        self.assertEqual(self.hookline.admin_request("POST", "/api/v1/tenants/nobody/test").status, 404)

    def test_the_command_follows_it_or_says_what_it_waits_for(self):
        done = self.hookline.cli("tenant", "test", label_of(TOKEN))
        self.assertEqual(done.status, 0)
        self.assertIn("delivered", done.out)

    def test_the_command_says_what_it_waits_behind(self):
        self.logzio.script(401)
        self.deliver(self.hookline, [event()])
        wait_until(lambda: self.hookline.api("tenants")["tenants"][0]["hold"] == "token_rejected", "it is held")
        waiting = self.hookline.cli("tenant", "test", str(self.tenant), "--wait", "1s", check=False)
        self.assertEqual(waiting.status, 1)
        self.assertIn("waits for Logz.io", waiting.out)
        self.assertIn("401", waiting.err)
        self.logzio.behave()
        uuid = waiting.out.split()[2]
        self.logzio.wait_for([uuid])

    def test_without_a_relay_nothing_is_sent(self):
        self.hookline.stop()
        done = self.hookline.cli("tenant", "test", str(self.tenant), check=False)
        self.assertEqual(done.status, 1)
        self.assertIn("no relay runs", done.err)
        self.hookline.start()

    def test_changes_leave_a_line_and_dry_runs_do_not(self):
        self.hookline.api("letters/discard", "POST", {"all": True})
        self.hookline.api("letters/replay", "POST", {"all": True, "dry_run": False})
        self.hookline.wait_logged("changed through the admin API", "letters/replay", "127.0.0.1", "token")
        self.assertFalse(self.hookline.logged("changed through the admin API", "discard"))
