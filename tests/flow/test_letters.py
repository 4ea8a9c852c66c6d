"""Dead letters by command: list, show, export, replay, discard; beside a running relay and on a spool at rest."""

import json

from fake_listener import Reply
from harness import TOKEN, FlowTest, envelope, event, hook_headers, wait_until
from test_admin import label_of
from test_page import Session


def takes_none(request):
    """A listener that takes no line of this bulk, and says so."""
    return Reply(400, json.dumps({"malformedLines": len(request.lines), "successfulLines": 0, "why": "too big"}))


class Letters(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)
        self.logzio.script(lambda request: takes_none(request) if b"fat" in request.body else None)
        self.fat = [event(displayMessage=f"fat {number}") for number in range(3)]
        self.deliver(self.hookline, self.fat)
        self.post(self.hookline, b'{"no":"delivery"}')
        wait_until(lambda: len(self.letters(self.hookline)) == 4, "three condemned and one kept aside")

    def listed(self, *words):
        return self.hookline.cli("dead", "list", "--json", *words).json

    def test_list(self):
        text = self.hookline.cli("dead", "list").out
        for words in ("line_refused", "body_refused", label_of(TOKEN)):
            self.assertIn(words, text)
        self.assertEqual({one["reason"] for one in self.listed()}, {"line_refused", "body_refused"})

    def test_list_by_tenant_reason_class_and_time(self):
        self.assertEqual(len(self.listed("--reason", "line_refused")), 3)
        self.assertEqual(len(self.listed("--class", "kept_aside")), 1)
        self.assertEqual(len(self.listed("--tenant", label_of(TOKEN))), 4)
        self.assertEqual(len(self.listed("--to", "2001-01-01T00:00:00Z")), 0)
        self.assertEqual(len(self.listed("--from", "2001-01-01T00:00:00Z")), 4)

    def test_show(self):
        letter = next(one for one in self.letters(self.hookline) if one["reason"] == "line_refused")
        text = self.hookline.cli("dead", "show", str(letter["id"])).out
        for words in ("line_refused", "400", "too big", letter["uuid"], "fat"):
            self.assertIn(words, text)

    def test_whoever_reads_documents_is_told_of_in_the_log(self):
        self.hookline.wait_logged("letters are read", "letters=4 ")  # by the look that ended the wait for them
        since = len(self.hookline.log)
        self.hookline.api("letters")
        self.hookline.api("letters?body=1&reason=too_old")
        session = Session(self.hookline)
        first = json.loads(session.ask("GET", "/api/v1/letters?body=1&count=1").body)["letters"][0]["id"]
        self.hookline.wait_logged("letters are read", f"letters=1 first={first} last={first} ", "peer=127.0.0.1", "by=session", since=since)
        self.assertEqual(sum("letters are read" in line for line in self.hookline.log[since:]), 1,
                         "before, no document was asked for, or there was none")
        self.hookline.cli("dead", "export", "--reason", "line_refused")
        self.hookline.wait_logged("letters are read", "letters=3 ", "by=token", since=since)
        self.assertFalse(self.hookline.logged("kari@example.com"), "what was read is not in the log")

    def test_export_is_ndjson(self):
        out = self.hookline.cli("dead", "export", "--reason", "line_refused").out
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual({row["uuid"] for row in rows}, {one["uuid"] for one in self.fat})

    def test_replay_tries_dry_first_and_then_sends(self):
        self.logzio.behave()
        dry = self.hookline.cli("dead", "replay", "--reason", "line_refused", "--dry-run").out
        self.assertIn("3", dry)
        self.assertEqual(len(self.letters(self.hookline)), 4)
        self.hookline.cli("dead", "replay", "--reason", "line_refused", "--yes")
        self.logzio.wait_for([one["uuid"] for one in self.fat])
        self.assertEqual([one["reason"] for one in self.letters(self.hookline)], ["body_refused"])

    def test_replay_one(self):
        self.logzio.behave()
        letter = next(one for one in self.letters(self.hookline) if one["reason"] == "line_refused")
        self.hookline.cli("dead", "replay", str(letter["id"]), "--yes")
        self.logzio.wait_for([letter["uuid"]])
        self.assertEqual(len(self.letters(self.hookline)), 3)

    def test_what_is_replayed_and_refused_again_is_a_letter_again(self):
        before = {one["id"] for one in self.letters(self.hookline)}
        self.hookline.cli("dead", "replay", "--reason", "line_refused", "--yes")
        back = wait_until(lambda: [one for one in self.letters(self.hookline)
                                   if one["id"] not in before and one["reason"] == "line_refused"][2:] and
                          self.letters(self.hookline), "they are back")
        self.assertEqual(len(back), 4)

    def test_replay_of_nothing_in_particular_is_refused(self):
        self.assertNotEqual(self.hookline.cli("dead", "replay", "--yes", check=False).status, 0)
        self.assertEqual(len(self.letters(self.hookline)), 4)

    def test_discard_asks_first(self):
        refused = self.hookline.cli("dead", "discard", "--reason", "body_refused", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertEqual(len(self.letters(self.hookline)), 4)
        self.hookline.cli("dead", "discard", "--reason", "body_refused", "--yes")
        self.assertEqual({one["reason"] for one in self.letters(self.hookline)}, {"line_refused"})

    def test_letters_survive_a_restart_and_can_be_read_from_a_spool_at_rest(self):
        before = self.listed()
        self.hookline.stop()
        self.assertEqual(self.listed(), before)
        self.hookline.cli("dead", "discard", "--reason", "body_refused", "--yes")
        self.hookline.start()
        self.assertEqual({one["reason"] for one in self.letters(self.hookline)}, {"line_refused"})

    def test_an_unknown_reason_names_the_known(self):
        wrong = self.hookline.cli("dead", "list", "--reason", "nonsense", check=False)
        self.assertNotEqual(wrong.status, 0)
        self.assertIn("nonsense", wrong.err + wrong.out)


class FullLetters(FlowTest):
    def test_when_the_condemned_quota_is_full_the_tenant_is_held(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"spool.condemned_tenant_bytes_max": "1MiB"})
        self.prove(relay, listener)
        listener.script(takes_none)
        from test_okta_answers import random_text
        for _ in range(60):
            self.deliver(relay, [event(noise=random_text(30_000))])
        wait_until(lambda: relay.api("status")["tenants"][0]["hold"] == "letters_full", "the tenant is held")
        kept = len(self.letters(relay))
        self.assertGreater(kept, 20)
        status = relay.api("status")["tenants"][0]
        self.assertEqual(kept + status["waiting_lines"], 60, "each event is a letter or waits")

    def test_the_ring_of_what_is_kept_aside_holds_nothing(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"spool.aside_tenant_bytes_max": "1MiB"})
        self.prove(relay, listener)
        from test_okta_answers import random_text
        for number in range(60):
            self.assertEqual(self.post(relay, f'{{"number":{number},"noise":"{random_text(30_000)}"}}'.encode()).status, 400)
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])
        kept = wait_until(lambda: [json.loads(one["body"])["number"] for one in self.letters(relay)], "letters")
        self.assertLess(len(kept), 60)
        self.assertEqual(kept, sorted(kept))
        self.assertIn(59, kept, "the oldest go, not the newest")
