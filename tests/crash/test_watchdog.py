"""A commit thread that stands still must not look alive: strace holds its sync for as long as the test wants."""

import json
import shutil
import tempfile
import threading
import unittest
from pathlib import Path

import load  # noqa: F401  (finds the flow tests' modules)
from harness import SLOWNESS, FlowTest, envelope, event, wait_until
from notified import Notified
from test_sync import SYNCS, Strace, can_trace

WATCHDOG_SECONDS = 2 * SLOWNESS


@unittest.skipUnless(can_trace(), "strace may not trace here")
class Watchdog(FlowTest):
    def health(self, relay, status):
        """What /healthz says, once it answers with this status."""
        answer = relay.admin_request("GET", "/healthz", authorized=False)
        return json.loads(answer.body) if answer.status == status else None

    def test_is_not_fed_while_the_commit_thread_hangs_in_its_sync(self):
        directory = Path(tempfile.mkdtemp(prefix="hookline-notify-"))
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        notified = Notified(directory)
        self.addCleanup(notified.close)
        listener = self.listener()
        relay = self.relay(listener, environment={**notified.variable,
                                                  "WATCHDOG_USEC": str(int(WATCHDOG_SECONDS * 1e6))})
        self.prove(relay, listener)
        notified.wait_count("WATCHDOG=1", 2)

        held = Strace(relay.thread("commit"), "-e", f"inject={SYNCS}:delay_enter=3600000000", follow=False)
        self.addCleanup(held.process.kill)
        sent = event()
        waiting = threading.Thread(target=lambda: self.post(relay, envelope([sent])))
        waiting.start()
        relay.wait_logged("does not take its turn", "commit")
        unhealthy = wait_until(lambda: self.health(relay, 503), "/healthz says that it hangs")
        self.assertEqual(unhealthy, {"healthy": False, "reasons": ["the thread commit does not take its turn"]})
        told = relay.cli("status", "--healthy", "--admin", f"127.0.0.1:{relay.admin_port}", where=False, check=False)
        self.assertEqual((told.status, told.out), (1, "not healthy\n  the thread commit does not take its turn\n"))
        fed = notified.count("WATCHDOG=1")
        # Nothing is to come, for longer than a supervisor would wait before it kills.
        with self.assertRaises(AssertionError):
            wait_until(lambda: notified.count("WATCHDOG=1") > fed, "a sign of life", 4)
        held.end()
        waiting.join()
        relay.wait_logged("every thread takes its turn again")
        wait_until(lambda: self.health(relay, 200), "/healthz says that it goes on")
        notified.wait_count("WATCHDOG=1", fed + 1)
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])
