"""`hookline status --ready` and `--healthy`: what a container's health check and a probe ask."""

from harness import FlowTest


class Ready(FlowTest):
    def test_says_by_its_status_whether_deliveries_are_taken(self):
        relay = self.relay(self.listener())
        address = f"127.0.0.1:{relay.admin_port}"

        def ask(*words):
            return relay.cli("status", "--ready", "--admin", address, *words, where=False, check=False)

        told = ask()
        self.assertEqual((told.status, told.out), (0, "ready\n"))
        self.assertEqual(ask("--json").json, {"ready": True, "reasons": []})
        relay.stop()
        told = ask()
        self.assertEqual(told.status, 69)
        self.assertIn(address, told.err)

    def test_opens_no_spool_when_nobody_answers(self):
        relay = self.relay(self.listener())
        relay.stop()
        before = sorted(path.name for path in relay.spool.rglob("*"))
        told = relay.cli("status", "--ready", "--admin", f"127.0.0.1:{relay.admin_port}", "--spool", str(relay.spool),
                         where=False, check=False)
        self.assertEqual(told.status, 69)
        self.assertEqual(sorted(path.name for path in relay.spool.rglob("*")), before)

    def test_a_relay_that_takes_nothing_says_why(self):
        relay = self.relay(self.listener(), settings={"spool.free_bytes_min": "100 TiB"})
        told = relay.cli("status", "--ready", "--admin", f"127.0.0.1:{relay.admin_port}", where=False, check=False)
        self.assertEqual(told.status, 1)
        self.assertIn("not ready", told.out)
        self.assertIn("the spool takes nothing", told.out)
        # No reason to start it again: that would not make room.
        told = relay.cli("status", "--healthy", "--admin", f"127.0.0.1:{relay.admin_port}", where=False, check=False)
        self.assertEqual((told.status, told.out), (0, "healthy\n"))

    def test_nobody_is_not_healthy(self):
        relay = self.relay(self.listener())
        relay.stop()
        told = relay.cli("status", "--healthy", "--admin", f"127.0.0.1:{relay.admin_port}", where=False, check=False)
        self.assertEqual(told.status, 69)
