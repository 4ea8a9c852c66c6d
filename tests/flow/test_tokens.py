"""The proof of a new token: whoever sets a hook up sees at once, and each time, whether Logz.io takes it."""

import hashlib
import threading
import time

from fake_listener import Reply
from harness import OTHER_TOKEN, TOKEN, FlowTest, envelope, event, hook_headers, token, wait_until

FINGERPRINT = hashlib.sha256(TOKEN.encode()).hexdigest()[:8]


class Proof(FlowTest):
    def assert_stored_without_asking(self, relay, listener):
        """A listener that hangs keeps an unproven token's delivery waiting for 1.5 s, a proven one's not at all."""
        release = threading.Event()
        self.addCleanup(release.set)
        listener.behave()
        listener.script(Reply(200, take="all", hang=release))
        sent = event()
        answer = self.deliver(relay, [sent])
        self.assertLess(answer.took, 1.2, "it was stored at once")
        release.set()
        listener.wait_for([sent["uuid"]])

    def test_the_first_delivery_reaches_logzio_before_it_is_answered(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent = event()
        self.deliver(relay, [sent])
        self.assertEqual(listener.uuids(), [sent["uuid"]], "accepted by Logz.io before the answer")

    def test_once_proven_a_delivery_does_not_wait_for_logzio(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        release = threading.Event()
        self.addCleanup(release.set)
        listener.script(Reply(200, take="all", hang=release))
        answer = self.deliver(relay, [event()])
        self.assertEqual(listener.raw_lines(), [])

    def test_a_wrong_token_is_refused_each_time_and_the_right_one_accepted_at_once(self):
        listener = self.listener(tokens=[OTHER_TOKEN])
        relay = self.relay(listener)
        body = envelope([event()])
        for number in range(5):
            answer = self.post(relay, body)
            self.assertEqual(answer.status, 401, f"attempt {number}: {answer}")
            for words in (FINGERPRINT, "us"):
                self.assertIn(words, answer.text)
        relay.restart()
        for _ in range(2):
            self.assertEqual(self.post(relay, body).status, 401)
        answer = self.post(relay, body, hook_headers(OTHER_TOKEN))
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(len(listener.raw_lines(OTHER_TOKEN)), 1)
        self.assertEqual(listener.raw_lines(TOKEN), [])

    def test_nothing_of_a_refused_delivery_is_stored_or_marked_as_seen(self):
        listener = self.listener(tokens=[])
        relay = self.relay(listener)
        sent = event()
        self.assertEqual(self.post(relay, envelope([sent])).status, 401)
        listener.tokens = {TOKEN}  # the token was enabled at Logz.io
        wait_until(lambda: self.post(relay, envelope([sent])).status == 200, "the token is asked about again")
        self.assertEqual(listener.uuids(), [sent["uuid"]])
        self.assertEqual(self.letters(relay), [])

    def test_a_refusal_is_repeated_from_memory(self):
        listener = self.listener(tokens=[])
        relay = self.relay(listener, settings={"ship.refusal_memory": "60s"})
        for _ in range(10):
            self.assertEqual(self.post(relay, envelope([event()])).status, 401)
        self.assertEqual(len(listener.requests), 1)

    def test_the_right_token_in_the_wrong_region_is_refused(self):
        us, eu = self.listener(tokens=[TOKEN]), self.listener(tokens=[])
        relay = self.relay(listeners={"us": us.url, "eu": eu.url})
        answer = self.post(relay, envelope([event()]), hook_headers(region="eu"))
        self.assertEqual(answer.status, 401)
        self.assertIn("eu", answer.text)
        self.deliver(relay, [event()], hook_headers(region="us"))

    def test_proof_is_kept_across_a_restart(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        relay.restart()
        self.assert_stored_without_asking(relay, listener)

    def test_without_a_verdict_in_time_it_is_stored(self):
        listener = self.listener()
        release = threading.Event()
        self.addCleanup(release.set)
        listener.script(Reply(200, take="all", hang=release), times=1)
        relay = self.relay(listener)
        sent = event()
        answer = self.deliver(relay, [sent])
        self.assertLess(answer.took, 2.5)
        release.set()
        listener.wait_for([sent["uuid"]])

    def test_stored_then_refused_becomes_a_dead_letter(self):
        listener = self.listener(tokens=[])
        listener.go_down()
        relay = self.relay(listener)
        sent = event()
        self.deliver(relay, [sent])
        listener.come_up()
        letters = wait_until(lambda: self.letters(relay), "the event becomes a dead letter")
        self.assertEqual([(one["uuid"], one["reason"], one["status"]) for one in letters],
                         [(sent["uuid"], "token_refused", 401)])

    def test_a_proven_token_that_is_refused_later_loses_nothing(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.tokens = set()
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_requests(2)
        self.assertEqual(self.letters(relay), [])
        listener.tokens = {TOKEN}
        listener.wait_for([sent["uuid"]])

    def test_a_400_that_accepted_lines_is_a_proof(self):
        from fake_listener import refuses
        listener = self.listener()
        listener.script(refuses(lambda line: b"poison" in line))
        relay = self.relay(listener)
        good, bad = event(), event(displayMessage="poison")
        self.deliver(relay, [good, bad])
        listener.wait_for([good["uuid"]])
        wait_until(lambda: [one["uuid"] for one in self.letters(relay)] == [bad["uuid"]], "the bad one is buried")
        self.assert_stored_without_asking(relay, listener)

    def test_a_proof_with_bad_lines_ships_nothing_once_more(self):
        from fake_listener import refuses
        listener = self.listener()
        listener.script(refuses(lambda line: b"poison" in line))
        relay = self.relay(listener)
        sent = [event(displayMessage="poison" if number == 11 else "fine") for number in range(30)]
        self.deliver(relay, sent)
        good = [one["uuid"] for one in sent if one["displayMessage"] == "fine"]
        self.assertEqual(set(listener.uuids()), set(good), "all of it was at Logz.io before the answer")
        self.assertEqual([(one["uuid"], one["reason"], one["status"]) for one in self.letters(relay)],
                         [(sent[11]["uuid"], "line_refused", 400)])
        for one in sent:
            sends = sum(request.body.count(one["uuid"].encode()) for request in listener.requests)
            self.assertLessEqual(sends, 3, "no line is sent more than three times")
        requests = len(listener.requests)
        later = event()
        self.deliver(relay, [later])
        listener.wait_for([later["uuid"]])
        self.assertEqual([request.uuids for request in listener.requests[requests:]], [[later["uuid"]]],
                         "nothing of it is sent later")

    def test_deliveries_that_wait_for_one_proof_all_arrive(self):
        listener = self.listener()
        listener.script(lambda request: time.sleep(0.3))
        relay = self.relay(listener)
        sent = [event() for _ in range(12)]
        answers = []
        threads = [threading.Thread(target=lambda one=one: answers.append(self.post(relay, envelope([one])).status))
                   for one in sent]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200] * 12)
        listener.wait_for([one["uuid"] for one in sent])
        self.wait_drained(relay)
        self.assertEqual(sorted(listener.uuids()), sorted(one["uuid"] for one in sent))

    def test_strangers_have_a_pool_of_their_own(self):
        """Thousands of made-up tokens neither reach Logz.io all at once nor harm a proven tenant."""
        listener = self.listener(tokens=[TOKEN])
        relay = self.relay(listener, settings={"ship.proofs_region_second_max": 2})
        self.prove(relay, listener)
        statuses = set()
        for number in range(12):
            statuses.add(self.post(relay, envelope([event()]), hook_headers(token(number))).status)
        self.assertIn(503, statuses)
        self.assertLessEqual(statuses, {401, 503})
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])

    def test_allow_listed_tokens_are_asked_about_too(self):
        listener = self.listener(tokens=[])
        relay = self.relay(listener, settings={"access.tokens_allowed": TOKEN})
        self.assertEqual(self.post(relay, envelope([event()])).status, 401)
