"""`keep_delivered` and `hookline resend`: delivered events are kept for a while and sent once more, as they were."""

import threading
from collections import Counter

from harness import OTHER_TOKEN, TOKEN, FlowTest, event, hook_headers, wait_until
from test_admin import label_of

EVER = ("--from", "2001-01-01", "--to", "2099-01-01")


class Resend(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()

    def keeping(self, count=20, **settings):
        """A relay that keeps, and the uuids of what it has delivered."""
        relay = self.relay(self.logzio, settings={"spool.keep_delivered": "24 h", **settings})
        self.prove(relay, self.logzio)
        sent = [event() for _ in range(count)]
        for one in sent:
            self.deliver(relay, [one])
        uuids = [one["uuid"] for one in sent]
        self.logzio.wait_for(uuids)
        self.wait_drained(relay)
        return relay, uuids

    def resend(self, relay, *words, **options):
        return relay.cli("resend", "--tenant", label_of(TOKEN), *EVER, *words, **options)

    def test_tells_first_and_then_sends_the_same_bytes(self):
        relay, uuids = self.keeping()
        first = {uuid: self.logzio.raw_line(uuid) for uuid in uuids}
        self.logzio.forget()
        plan = self.resend(relay, "--dry-run").out
        self.assertIn("20 events", plan)
        self.assertIn(label_of(TOKEN), plan)
        self.assertEqual(self.resend(relay, check=False).status, 1, "nobody said yes")
        self.wait_drained(relay)
        self.assertEqual(self.logzio.uuids(), [])
        self.assertIn("20 events", self.resend(relay, "--yes").out)
        self.logzio.wait_for(uuids)
        self.wait_drained(relay)
        self.assertEqual({uuid: self.logzio.raw_line(uuid) for uuid in uuids}, first)
        self.assertEqual(Counter(self.logzio.uuids()), Counter(uuids), "each once")

    def test_the_copies_are_not_kept_again(self):
        relay, uuids = self.keeping(5)
        for _ in range(3):
            self.assertEqual(self.resend(relay, "--yes", "--json").json["events"], 5)
            self.wait_drained(relay)
        relay.restart()
        self.assertEqual(self.resend(relay, "--dry-run", "--json").json["events"], 5)
        metrics = relay.metrics()
        self.assertIn("hookline_spool_kept_bytes", metrics)
        self.assertEqual(metrics["hookline_spool_resent_events_total"], 0, "since the start")

    def test_another_tenants_events_stay_where_they_are(self):
        relay, uuids = self.keeping(3)
        self.prove(relay, self.logzio, OTHER_TOKEN)
        other = event()
        self.deliver(relay, [other], hook_headers(OTHER_TOKEN))
        self.logzio.wait_for([other["uuid"]])
        self.wait_drained(relay)
        self.logzio.forget()
        self.resend(relay, "--yes")
        self.logzio.wait_for(uuids)
        self.wait_drained(relay)
        self.assertNotIn(other["uuid"], self.logzio.uuids())

    def test_what_was_put_back_survives_a_kill_and_an_interrupted_resend_goes_on(self):
        relay, uuids = self.keeping(60)
        self.logzio.forget()
        self.logzio.go_down()
        told = self.resend(relay, "--yes", "--json").json
        self.assertEqual(told["events"], 60)
        relay.kill()
        relay.start()
        self.logzio.come_up()
        self.logzio.wait_for(uuids)
        self.wait_drained(relay)
        # From where it stopped nothing is left.
        self.assertEqual(self.resend(relay, "--dry-run", "--json", "--after", str(told["after"])).json["events"], 0)

    def test_a_relay_killed_under_a_resend_says_where_to_go_on(self):
        relay, uuids = self.keeping(1)
        # Large ones, so that a resend takes several calls and waits in between: the listener is down.
        large = [event(noise="x" * 30_000, more="y" * 30_000) for _ in range(60)]
        for start in range(0, 300, 60):
            batch = [dict(one, uuid=f"{start}-{number}") for number, one in enumerate(large)]
            self.deliver(relay, batch)
            self.logzio.wait_for([one["uuid"] for one in batch])
            uuids += [one["uuid"] for one in batch]
        self.wait_drained(relay)
        self.logzio.forget()
        self.logzio.go_down()
        outcome = []
        running = threading.Thread(target=lambda: outcome.append(self.resend(relay, "--yes", check=False)))
        running.start()
        wait_until(lambda: relay.api("status?tenants=0")["totals"]["waiting_bytes"] > 8 << 20, "the queue is as full as a resend makes it")
        relay.kill()
        running.join()
        self.assertEqual(outcome[0].status, 1)
        self.assertIn("Go on with: hookline resend --tenant " + label_of(TOKEN), outcome[0].err)
        words = outcome[0].err.split("Go on with: hookline ")[1].split()
        relay.start()
        self.logzio.come_up()
        relay.cli(*words, "--yes")
        self.logzio.wait_for(uuids)
        self.wait_drained(relay)
        seen = Counter(self.logzio.uuids())
        self.assertEqual(set(seen), set(uuids))

    def test_new_events_pass_while_a_resend_waits(self):
        relay, uuids = self.keeping(3)
        self.logzio.go_down()
        self.resend(relay, "--yes")
        new = event()
        self.deliver(relay, [new])
        self.logzio.come_up()
        self.logzio.wait_for([new["uuid"], *uuids])

    def test_refusals_say_why(self):
        relay, _ = self.keeping(1)
        unknown = relay.cli("resend", "--tenant", "nobody", *EVER, "--yes", check=False)
        self.assertEqual(unknown.status, 1)
        self.assertIn("there is no tenant nobody", unknown.err)
        early = relay.cli("resend", "--tenant", label_of(TOKEN), "--from", "2001-01-01", "--to", "2002-01-01", "--yes", check=False)
        self.assertEqual(early.status, 1)
        self.assertIn("is kept since", early.err)
        backwards = relay.cli("resend", "--tenant", label_of(TOKEN), "--from", "1 h", "--to", "2 h", "--yes", check=False)
        self.assertIn("before", backwards.err)
        relay.stop()
        self.assertEqual(self.resend(relay, "--dry-run", "--json").json["events"], 1, "a spool at rest can be asked")
        resting = self.resend(relay, "--yes", check=False)
        self.assertIn("no relay runs", resting.err)

    def test_where_nothing_is_kept_it_says_so_and_keeps_nothing(self):
        relay = self.relay(self.logzio)
        self.prove(relay, self.logzio)
        sent = event()
        self.deliver(relay, [sent])
        self.logzio.wait_for([sent["uuid"]])
        self.wait_drained(relay)
        refused = self.resend(relay, "--yes", check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn("spool.keep_delivered is off", refused.err)

    def test_forgetting_a_tenant_ends_what_is_kept_of_it(self):
        relay, _ = self.keeping(3)
        relay.cli("tenant", "forget", label_of(TOKEN), "--yes")
        refused = self.resend(relay, "--yes", check=False)
        self.assertIn("there is no tenant", refused.err)
        relay.stop()
        self.assertIn("the spool is whole", relay.cli("spool", "verify").out)
