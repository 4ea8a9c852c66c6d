"""A spool is written by its own user alone: what root left in it would keep the relay from starting."""

import os
import unittest

from harness import FlowTest, event

NOBODY = 65534


@unittest.skipUnless(os.geteuid() == 0, "only root may give a spool to another user")
class Owner(FlowTest):
    def test_root_is_told_as_whom_to_run(self):
        relay = self.relay(self.listener())
        self.deliver(relay, [event()])
        relay.stop()
        for path in [relay.spool, *relay.spool.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        before = sorted(path.name for path in relay.spool.rglob("*"))
        for words in (["dead", "list"], ["gaps"], ["spool", "salvage", "--dry-run"], ["spool", "rotate-key", "--yes"]):
            told = relay.cli(*words, check=False)
            self.assertNotEqual(told.status, 0, words)
            self.assertIn("runuser -u nobody", told.err, words)
        relay.spawn()
        self.assertEqual(relay.wait(), 1)
        self.assertTrue(relay.logged("runuser -u nobody"), relay.tail())
        self.assertEqual(sorted(path.name for path in relay.spool.rglob("*")), before, "and nothing was touched")
