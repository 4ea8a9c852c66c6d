"""A damaged spool: the start is refused and names a command; the command, run as it was told, brings back what survived."""

import re
import shlex

from harness import TOKEN, FlowTest, event, run_cli


class Damage(FlowTest):
    def damaged_relay(self):
        """A relay that was killed with a backlog, one bit of its log's middle flipped; and what it had acknowledged."""
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.go_down()
        sent = [event(displayMessage="x" * 3000) for _ in range(60)]
        for one in sent:
            self.deliver(relay, [one])
        relay.kill()
        log = max(relay.spool.glob("*.log"), key=lambda path: path.stat().st_size)
        content = bytearray(log.read_bytes())
        content[len(content) // 2] ^= 8
        log.write_bytes(content)
        return listener, relay, [one["uuid"] for one in sent]

    def test_salvage_as_the_refusal_names_it_brings_back_what_survived(self):
        listener, relay, sent = self.damaged_relay()
        relay.spawn()
        self.assertNotEqual(relay.wait(), 0)
        named = next(found for found in (re.search("`(hookline spool salvage [^`]+)`", line) for line in relay.log) if found)
        words = shlex.split(named.group(1))

        before = relay.cli("spool", "verify", check=False)
        self.assertEqual(before.status, 1)
        self.assertIn("the spool is damaged", before.out)
        told = relay.cli("spool", "verify", "--json", check=False).json
        self.assertFalse(told["fine"])
        lost = told["tenants"][0]["lost_deliveries"]
        self.assertTrue(1 <= lost <= 30, told)

        # Nobody says yes, so nothing is done.
        asked = run_cli([str(relay.binary), *words[1:]], check=False)
        self.assertEqual(asked.status, 1)
        self.assertIn("--yes", asked.err)
        self.assertEqual(relay.cli("spool", "verify", check=False).status, 1)

        done = run_cli([str(relay.binary), *words[1:], "--yes"])
        self.assertRegex(done.out, rf"lost: +{lost} deliveries")
        after = relay.cli("spool", "verify")
        self.assertIn("the spool is whole", after.out)

        listener.come_up()
        relay.start()
        self.wait_drained(relay)
        arrived = set(listener.uuids())
        self.assertEqual(arrived, arrived & set(sent))
        self.assertEqual(len(arrived), len(sent) - lost)
        # The losses are told, with the tenant and the time between which they came.
        rows = [row for row in relay.api("gaps")["gaps"] if row["kind"] == "lost"]
        self.assertEqual(rows[0]["count"], lost)
        self.assertTrue(rows[0]["tenant"].startswith("us-"))
        self.assertLessEqual(rows[0]["from"], rows[0]["to"])
        self.assertIn("lost", relay.cli("gaps").out)
        # The damaged files are kept.
        self.assertEqual(len(list(relay.spool.glob("damaged-*/*.log"))), 1)
        self.assertEqual(relay.stop(), 0)

    def test_no_token_is_shown(self):
        _, relay, _ = self.damaged_relay()
        said = [relay.cli("spool", "verify", check=False), relay.cli("spool", "verify", "--json", check=False),
                relay.cli("spool", "salvage", "--dry-run", "--json"), relay.cli("spool", "salvage", "--yes")]
        for one in said:
            self.assertNotIn(TOKEN, one.out + one.err)

    def test_a_spool_in_use_and_no_spool_at_all_are_refused(self):
        listener = self.listener()
        relay = self.relay(listener)
        for deed in ("verify", "salvage"):
            busy = run_cli([str(relay.binary), "spool", deed, "--spool", str(relay.spool)], check=False)
            self.assertEqual(busy.status, 1)
            self.assertIn("in use by another hookline process", busy.err)
            none = run_cli([str(relay.binary), "spool", deed, "--spool", str(relay.directory / "none")], check=False)
            self.assertEqual(none.status, 1)
            self.assertIn("there is no spool", none.err)
        self.assertFalse((relay.directory / "none").exists())
