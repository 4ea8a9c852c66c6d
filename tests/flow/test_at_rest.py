"""Secrets at rest: after a run with waiting events and letters nothing of them is found in any file of the spool; the
key decides who opens it; every file is its owner's alone."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from fake_listener import refuses
from harness import FlowTest, event, hook_headers, run_cli, wait_until

CANARY = "CanaryTokenAtRestCanaryTokenAt05"
WORDS = "canary-words-of-an-event"


def files_of(spool):
    return [path for path in spool.rglob("*") if path.is_file()]


def new_key(directory, name):
    path = directory / name
    digits = os.urandom(32).hex()
    path.write_text(digits + "\n")
    path.chmod(0o600)
    return path, digits


class AtRest(FlowTest):
    def leave_events_and_letters(self, **settings):
        """A relay whose spool holds waiting lines, a packed delivery, and letters of both classes."""
        listener = self.listener(tokens=[CANARY])
        relay = self.relay(listener, **settings)
        headers = hook_headers(CANARY)
        self.deliver(relay, [event(displayMessage=WORDS)], headers)
        listener.script(refuses(lambda line: b"poison" in line))
        poisoned = event(displayMessage=WORDS + " poison")
        self.deliver(relay, [event(displayMessage=WORDS), poisoned], headers)
        self.assertEqual(self.post(relay, b'{"broken": "' + WORDS.encode(), headers).status, 400)
        wait_until(lambda: len(relay.api("letters?count=10")["letters"]) >= 2, "the letters are written")
        listener.go_down()
        waiting = [event(displayMessage=WORDS) for _ in range(30)]
        self.deliver(relay, waiting[:1], headers)
        self.deliver(relay, waiting[1:], headers)
        return listener, relay, waiting, poisoned

    def assert_nothing_plain(self, relay, poisoned):
        digest = hashlib.sha256(CANARY.encode())
        hidden = [CANARY.encode(), WORDS.encode(), b"kari@example.com", b"user.session.start", poisoned["uuid"].encode(),
                  digest.digest(), digest.hexdigest().encode(), digest.hexdigest().upper().encode()]
        found = files_of(relay.spool)
        self.assertTrue(any(path.suffix == ".sst" for path in found) or any(path.suffix == ".log" for path in found))
        for path in found:
            content = path.read_bytes()
            for secret in hidden:
                self.assertNotIn(secret, content, f"{secret} in {path.name}")

    def test_nothing_of_events_and_tokens_is_found_in_any_file(self):
        listener, relay, waiting, poisoned = self.leave_events_and_letters()
        self.assert_nothing_plain(relay, poisoned)  # while it runs: in the log
        self.assertEqual(relay.stop(), 0)
        self.assert_nothing_plain(relay, poisoned)  # and after it: in tables

        # It is all there for those who have the key.
        relay.start()
        relay.wait_logged("the key of the spool lies beside it")
        self.assertEqual(sorted(letter["class"] for letter in self.letters(relay)), ["condemned", "kept_aside"])
        self.assertIn(poisoned["uuid"], [letter["uuid"] for letter in self.letters(relay)])
        listener.behave()
        listener.come_up()
        listener.wait_for([one["uuid"] for one in waiting])

        # A forgotten tenant's key is gone.
        self.assertEqual(relay.stop(), 0)
        told = relay.cli("tenant", "list", "--json").json
        relay.cli("tenant", "forget", str(told[0]["id"]), "--yes")
        self.assertEqual(relay.cli("tenant", "list", "--json").json, [])
        self.assert_nothing_plain(relay, poisoned)

    def test_a_key_of_ones_own_opens_and_another_is_refused(self):
        own, digits = new_key(self.directory(), "own.key")
        _, relay, _, poisoned = self.leave_events_and_letters(settings={"spool.key_file": str(own)})
        self.assertFalse((relay.spool / "spool.key").exists())
        self.assertFalse(relay.logged("lies beside it"))
        self.assertEqual(relay.stop(), 0)
        self.assert_nothing_plain(relay, poisoned)
        for path in files_of(relay.spool):
            self.assertNotIn(bytes.fromhex(digits), path.read_bytes(), path)

        other, other_digits = new_key(relay.directory, "other.key")
        relay.environment["HOOKLINE_SPOOL_KEY_FILE"] = str(other)
        since = len(relay.log)
        relay.spawn()
        self.assertNotEqual(relay.wait(), 0)
        self.assertTrue(relay.logged("is sealed with key", "to change keys", "hookline spool rotate-key", since=since), relay.tail())
        del relay.environment["HOOKLINE_SPOOL_KEY_FILE"]
        since = len(relay.log)
        relay.spawn()
        self.assertNotEqual(relay.wait(), 0)
        self.assertTrue(relay.logged("is sealed with key", "put that file back", since=since), relay.tail())
        self.assertFalse(relay.logged("spool verify", since=since), "a lost key is no damage: " + relay.tail())
        self.assertFalse((relay.spool / "spool.key").exists(), "a key is never made for a sealed spool")

        # Commands find the key in the same ways.
        refused = relay.cli("status", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn("is sealed with key", refused.err)
        for words, environment in ((["--spool-key-file", str(own)], {}), ([], {"HOOKLINE_SPOOL_KEY": digits}),
                                   ([], {"HOOKLINE_SPOOL_KEY_FILE": str(own)})):
            self.assertEqual(len(relay.cli("status", "--json", *words, environment=environment).json["tenants"]), 1)
        letters = relay.cli("dead", "export", "--spool-key-file", str(own)).out
        self.assertIn(poisoned["uuid"], letters)

        # Another key, and the old one opens it no longer.
        done = relay.cli("spool", "rotate-key", "--new-key-file", str(other), "--yes", "--json", environment={"HOOKLINE_SPOOL_KEY": digits})
        self.assertEqual(done.json["tenants"], 1)
        self.assertNotEqual(relay.cli("status", check=False, environment={"HOOKLINE_SPOOL_KEY": digits}).status, 0)
        relay.environment["HOOKLINE_SPOOL_KEY"] = other_digits
        relay.start()
        everything = "\n".join(relay.log)
        for secret in (digits, other_digits, CANARY, WORDS):
            self.assertNotIn(secret, everything)

    def test_a_made_key_is_changed_by_a_command(self):
        listener, relay, waiting, _ = self.leave_events_and_letters()
        before = (relay.spool / "spool.key").read_text()
        refused = run_cli([str(relay.binary), "spool", "rotate-key", "--spool", str(relay.spool), "--yes"], check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn("in use by another hookline process", refused.err)
        self.assertEqual(relay.stop(), 0)
        self.assertEqual(relay.cli("spool", "rotate-key", check=False).status, 1, "nobody said yes")
        self.assertEqual((relay.spool / "spool.key").read_text(), before)
        relay.cli("spool", "rotate-key", "--yes")
        self.assertNotEqual((relay.spool / "spool.key").read_text(), before)
        self.assertIn("the spool is whole", relay.cli("spool", "verify").out)
        listener.behave()
        listener.come_up()
        relay.start()
        listener.wait_for([one["uuid"] for one in waiting])

    def test_verify_tells_what_a_key_alone_can_show(self):
        own, digits = new_key(self.directory(), "own.key")
        _, relay, _, _ = self.leave_events_and_letters(settings={"spool.key": digits})
        self.assertEqual(relay.stop(), 0)
        without = relay.cli("spool", "verify", "--json").json
        self.assertTrue(without["fine"])
        self.assertFalse(without["opened"])
        with_key = relay.cli("spool", "verify", "--json", "--spool-key-file", str(own)).json
        self.assertTrue(with_key["fine"])
        self.assertTrue(with_key["opened"])

    def test_every_file_is_its_owners_alone_whatever_the_umask(self):
        _, relay, _, _ = self.leave_events_and_letters(wrapper=("sh", "-c", 'umask 000; exec "$@"', "sh"))
        self.assertEqual(relay.stop(), 0)
        relay.start()
        self.assertEqual(relay.stop(), 0)
        self.assertEqual(stat.S_IMODE(relay.spool.stat().st_mode), 0o700)
        for path in relay.spool.rglob("*"):
            wanted = 0o700 if path.is_dir() else 0o600
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), wanted, path)

    def directory(self):
        made = tempfile.TemporaryDirectory(prefix="hookline-key-")
        self.addCleanup(made.cleanup)
        return Path(made.name)
