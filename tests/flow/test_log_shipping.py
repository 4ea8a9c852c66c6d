"""The relay's own warnings as log lines of a tenant of the operator: they arrive, they never feed themselves, and none
is lost without a word."""

import json
import re
import threading
from collections import Counter

from fake_listener import Reply
from harness import FlowTest, event, token, wait_until
from judge import complaints

OPS, ACME, BETA = token(1), token(2), token(3)
TENANTS = """
[tenants.acme]
region = "us"
[tenants.beta]
region = "us"
[tenants.ops]
region = "eu"
[hooks.acme]
[hooks.beta]
"""
SHIPPED = TENANTS + '[log]\nship_to = "ops"\n'
SECRETS = {"tenants.acme.token": ACME, "tenants.beta.token": BETA, "tenants.ops.token": OPS,
           "hooks.acme.secret": "a secret of the hook", "hooks.beta.secret": "a secret of the hook"}
LOGGED = re.compile(r"^\S+ (warn |error) (.*)$")


class LogShipping(FlowTest):
    def setUp(self):
        super().setUp()
        self.okta_side, self.ops_side = self.listener(), self.listener()

    def a_relay(self, config=SHIPPED, **settings):
        settings["settings"] = {**SECRETS, **settings.get("settings", {})}
        return self.relay(listeners={"us": self.okta_side.url, "eu": self.ops_side.url}, config=config, **settings)

    def deliver_to(self, relay, name):
        self.deliver(relay, [event()], [("Authorization", "a secret of the hook")], f"/hooks/{name}")

    def shipped(self):
        return self.ops_side.lines(OPS)

    def wait_shipped(self, *words, patience=None):
        """The first document that says all of these."""
        def found():
            return next((line for line in self.shipped() if all(word in json.dumps(line) for word in words)), None)
        return wait_until(found, f"a shipped warning with {words}", patience)

    def logged(self, relay):
        """{message: how often} of what the log says, but about the tenant that gets it."""
        said = [LOGGED.match(line) for line in relay.log]
        about_others = [match.group(2) for match in said if match and "tenant=ops" not in match.group(2)]
        return Counter(re.split(r" [a-z_.]+=", line)[0] for line in about_others)

    def test_a_rejected_token_of_one_tenant_is_read_in_the_tenant_of_the_operator(self):
        self.okta_side.script(401, token=ACME)
        relay = self.a_relay()
        self.deliver_to(relay, "acme")
        line = self.wait_shipped("delivery is held", "acme")
        self.assertEqual((line["type"], line["level"], line["tenant"]), ("hookline", "error", "acme"))
        self.assertTrue(line["hostname"])
        self.assertIn("detail", line)
        for raw in self.ops_side.raw_lines(OPS):
            self.assertEqual(complaints(raw, kind="hookline"), [])
        self.assertEqual({request.query["type"] for request in self.ops_side.requests_of(OPS)}, {"hookline"})
        self.assertFalse([line for line in self.okta_side.lines() if line["type"] == "hookline"])

        relay.wait_logged(line["message"], "tenant=acme")
        self.assertEqual(relay.cli("trace", line["uuid"], "--json").json["entries"][0]["tenant"], "ops")
        self.assertEqual(relay.metrics()['hookline_events_received_total{kind="new"}'], 1, "only what Okta sent")
        self.wait_counted(relay, len(self.shipped()))

    def test_warnings_wait_for_the_listener_of_the_operator_and_never_feed_themselves(self):
        self.ops_side.go_down()
        self.okta_side.script(401)
        relay = self.a_relay()
        self.deliver_to(relay, "acme")
        relay.wait_logged("delivery is held", "tenant=acme")
        relay.wait_logged("tenant=ops")  # it is in trouble as well, which nobody tells it
        self.deliver_to(relay, "beta")
        relay.wait_logged("delivery is held", "tenant=beta")
        self.ops_side.come_up()
        self.wait_shipped("delivery is held", "beta")
        self.okta_side.behave()
        self.wait_drained(relay)
        wait_until(lambda: Counter(line["message"] for line in self.shipped()) == self.logged(relay),
                   "what the log said is shipped, once each")
        self.assertFalse([line for line in self.shipped() if line.get("tenant") == "ops"])

    def test_a_rejected_token_of_the_operator_is_no_loop(self):
        self.ops_side.script(401, token=OPS)
        relay = self.a_relay()
        self.deliver_to(relay, "acme")
        relay.wait_logged("delivery is held", "tenant=ops")
        self.ops_side.wait_requests(4, OPS)  # probes, each refused
        self.ops_side.behave()
        self.wait_drained(relay)
        self.assertFalse([line for line in self.shipped() if line.get("tenant") == "ops"])
        self.wait_counted(relay, len(self.shipped()))

    def test_a_flood_is_bounded_and_what_was_left_out_is_told(self):
        names = [f"t{number:04d}" for number in range(1500)]  # a warning for each: nothing leads to it
        config = SHIPPED + "".join(f'[tenants.{name}]\nregion = "us"\n' for name in names)
        secrets = {f"tenants.{name}.token": token(100 + number) for number, name in enumerate(names)}
        relay = self.a_relay(config, settings=secrets)
        told = self.wait_shipped("were not shipped")
        logged = self.logged(relay)
        self.assertEqual(sum(count for message, count in logged.items() if "no hook leads" in message), 1500,
                         "the log itself says it all")
        wait_until(lambda: len(self.shipped()) - 1 + told["lines"] == logged.total(), "every line is shipped or counted")
        self.assertLessEqual(len(self.shipped()), 601)
        relay.wait_logged("were not shipped", f"lines={told['lines']}")
        self.deliver_to(relay, "acme")  # and nobody is kept waiting

    def test_the_last_warnings_before_the_end_are_shipped_after_the_next_start(self):
        hang = threading.Event()
        self.addCleanup(hang.set)
        self.okta_side.script(Reply(200, hang=hang), token=ACME, times=1)
        relay = self.a_relay(settings={"relay.stop_time_max": "500ms"})
        self.deliver_to(relay, "acme")
        self.okta_side.wait_requests(1, ACME)
        relay.stop()
        self.assertTrue(relay.logged("bulks in flight did not end in time"))
        hang.set()
        relay.start()
        self.wait_shipped("bulks in flight did not end in time")

    def test_a_reload_turns_it_on_and_off_and_refuses_a_tenant_that_is_not_there(self):
        relay = self.a_relay(TENANTS)
        relay.reload(TENANTS + '[log]\nship_to = "opps"\n')
        relay.wait_logged("there is no [tenants.opps]", "did you mean", "ops")
        relay.wait_logged("the new configuration is refused")
        self.assertEqual(self.shipped(), [])
        relay.reload(SHIPPED + 'ship_level = "error"\n')
        relay.wait_logged("configuration taken up")
        relay.admin_request("GET", "/api/v1/status", authorized=False, headers={"Authorization": "Bearer wrong"})
        relay.wait_logged("warn", "a wrong admin token was given")
        relay.reload(SHIPPED + "nonsense = 1\n")
        self.wait_shipped("the new configuration is refused")
        self.assertEqual({line["level"] for line in self.shipped()}, {"error"})

        marker = len(relay.log)
        relay.reload(TENANTS)
        relay.wait_logged("configuration taken up", since=marker)
        relay.reload(TENANTS + "[nonsense]\n")
        relay.wait_logged("unknown section", since=marker)
        marker = len(relay.log)
        relay.reload(SHIPPED)
        relay.wait_logged("configuration taken up", since=marker)
        relay.reload(SHIPPED + "nonsense = 2\n")
        wait_until(lambda: sum("log.nonsense" in line["message"] for line in self.shipped()) == 2, "it is on again")
        self.assertFalse([line for line in self.shipped() if "unknown section" in line["message"]], "it was off")

    def wait_counted(self, relay, lines):
        """Until so many of its own lines are said to be in the spool; never more than were shipped."""
        def counted():
            return relay.metrics()['hookline_own_log_lines_total{result="stored"}']
        wait_until(lambda: counted() >= lines, f"{lines} lines are counted")
        self.assertEqual(counted(), lines)
