"""What the log says: levels that change while the relay runs, ids of requests, few lines for a flood."""

from harness import FlowTest, envelope, event, hook_headers

OKTA_ID = "XOZfPkReFFZ10KWyGkzAMwAAADA"


class Level(FlowTest):
    def set_level(self, relay, level):
        return relay.api("log", "PUT", {"level": level})

    def test_it_is_changed_while_it_runs_and_the_change_is_logged(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        self.assertFalse(relay.logged("delivery acknowledged"))
        self.assertEqual(relay.api("log"), {"level": "info"})
        self.assertEqual(self.set_level(relay, "debug"), {"before": "info", "level": "debug"})
        relay.wait_logged("log level changed", "from=info", "to=debug", "admin API")
        self.deliver(relay, [event(), event()], hook_headers() + [("X-Okta-Request-Id", OKTA_ID)])
        relay.wait_logged("delivery acknowledged", f"request_id={OKTA_ID}", "events=2")
        self.set_level(relay, "error")
        relay.wait_logged("to=error")
        marker = len(relay.log)
        self.assertEqual(self.post(relay, b"{").status, 400)
        self.set_level(relay, "info")
        relay.wait_logged("to=info")
        self.assertFalse(relay.logged("delivery refused", since=marker), "below the level")

    def test_a_reload_sets_it_as_configured_and_says_so(self):
        relay = self.relay(self.listener(), config="")
        self.set_level(relay, "debug")
        relay.reload('[log]\nlevel = "warn"\n')
        relay.wait_logged("log level changed", "from=debug", "to=warn", "by=reload")
        self.assertEqual(relay.api("log"), {"level": "warn"})

    def test_only_who_may_changes_it_and_only_to_what_there_is(self):
        relay = self.relay(self.listener())
        self.assertEqual(relay.admin_request("PUT", "/api/v1/log", '{"level":"loud"}').status, 400)
        self.assertEqual(relay.admin_request("PUT", "/api/v1/log", '{"level":"debug"}', authorized=False).status, 401)
        self.assertEqual(relay.api("log"), {"level": "info"})


class RequestIds(FlowTest):
    def test_every_answer_and_line_has_one(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        taken = self.post(relay, envelope([event()]), hook_headers() + [("x-okta-request-id", OKTA_ID)])
        self.assertEqual((taken.status, taken.body, taken.headers["X-Request-Id"]), (200, b"", OKTA_ID))
        refused = self.post(relay, b"no delivery")
        made = refused.headers["X-Request-Id"]
        self.assertRegex(made, "^[0-9a-z]{13}$")
        relay.wait_logged("delivery refused", f"request_id={made}")
        verified = relay.request("GET", "/", headers=hook_headers() + [("x-okta-verification-challenge", "c")])
        relay.wait_logged("a hook was verified", f"request_id={verified.headers['X-Request-Id']}")

    def test_a_flood_of_refusals_writes_few_lines_and_counts_the_rest(self):
        relay = self.relay(self.listener())
        for _ in range(30):
            self.post(relay, b"no delivery")
        relay.wait_logged("delivery refused")
        lines = [line for line in relay.log if "delivery refused" in line]
        # One a loop in ten seconds, and each tells how many it stands for.
        self.assertLess(len(lines), 15, lines)
        self.assertTrue(all("not_logged_before=" in line for line in lines))
