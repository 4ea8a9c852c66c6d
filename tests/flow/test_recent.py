"""A tenant's last deliveries and bulks, as its page tells them."""

from fake_listener import Reply, refuses
from harness import OTHER_TOKEN, TOKEN, FlowTest, event, hook_headers, wait_until
from test_admin import label_of


class Recent(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)

    def recent(self, token=TOKEN):
        return self.hookline.api(f"tenants/{label_of(token)}/recent")

    def bulk_with(self, result):
        return wait_until(lambda: next((bulk for bulk in self.recent()["bulks"] if bulk["result"] == result), None), result)

    def test_a_delivery_is_told_with_its_answer_by_the_id_of_the_log(self):
        sent = [event(), event()]
        self.deliver(self.hookline, sent, eventId="first")
        self.deliver(self.hookline, [*sent, event()], eventId="second")
        answer = self.post(self.hookline, b"{")
        refused, repeated, fresh = self.recent()["deliveries"][:3]
        self.assertEqual([(one["event_id"], one["status"], one["events"], one["repeated_events"]) for one in (refused, repeated, fresh)],
                         [("", 400, 0, 0), ("second", 200, 3, 2), ("first", 200, 2, 0)])
        self.assertEqual(refused["request_id"], answer.headers["X-Request-Id"])
        self.hookline.wait_logged("delivery refused", refused["request_id"])
        self.assertGreater(repeated["took_seconds"], 0)

    def test_a_bulk_is_told_by_the_number_that_trace_knows_and_each_answer_with_what_it_meant(self):
        sent = event()
        self.deliver(self.hookline, [sent])
        delivered = self.bulk_with("delivered")
        life = wait_until(lambda: next((one for one in self.hookline.api(f"trace?uuid={sent['uuid']}")["entries"] if one["bulk"]), None),
                          "its bulk is known")
        self.assertEqual(delivered["bulk"], life["bulk"]["bulk"])
        self.assertEqual((delivered["status"], delivered["lines"], delivered["answer"], delivered["hold"]), (200, 1, "", "none"))
        self.logzio.script(Reply(503, "down for maintenance"))
        self.deliver(self.hookline, [event()])
        again = self.bulk_with("retry_later")
        self.assertEqual((again["status"], again["answer"], again["hold"]), (503, "down for maintenance", "backing_off"))
        self.assertGreater(again["wait_seconds"], 0)
        self.logzio.behave()
        self.logzio.script(refuses(lambda line: b"fat" in line))
        self.deliver(self.hookline, [event(displayMessage="fat")])
        self.bulk_with("partly_accepted")
        wait_until(lambda: sum(bulk["condemned_lines"] for bulk in self.recent()["bulks"]) == 1, "one line became a dead letter")

    def test_tenants_are_told_apart_and_each_has_its_last_twenty(self):
        self.prove(self.hookline, self.logzio, OTHER_TOKEN)
        for number in range(25):
            self.deliver(self.hookline, [event()], eventId=f"number-{number}")
        self.deliver(self.hookline, [event()], hook_headers(OTHER_TOKEN), eventId="of-another")
        self.assertEqual([one["event_id"] for one in self.recent()["deliveries"]],
                         [f"number-{number}" for number in range(24, 4, -1)])
        self.assertEqual(self.recent(OTHER_TOKEN)["deliveries"][0]["event_id"], "of-another")

    def test_nothing_of_it_outlives_the_process_and_it_needs_the_token(self):
        path = f"/api/v1/tenants/{label_of(TOKEN)}/recent"
        self.assertEqual(self.hookline.admin_request("GET", path, authorized=False).status, 401)
        self.assertNotEqual(self.recent()["deliveries"], [])
        self.hookline.restart()
        told = self.recent()
        self.assertEqual((told["deliveries"], told["bulks"]), ([], []))
