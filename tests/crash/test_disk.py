"""A hostile disk under the real program: what Okta is answered, what is kept, how it recovers, what the log says. strace
brings the faults about; tests/unit/spool has the same at the file-system seam, in more shapes."""

import shutil
import unittest

import load  # noqa: F401  (finds the flow tests' modules)
from harness import PATIENCE, FlowTest, envelope, event, wait_until
from test_sync import Strace, can_trace

WRITES = "write,pwrite64"


@unittest.skipUnless(can_trace(), "strace may not trace here")
class Disk(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)
        # What was acknowledged before the trouble, and waits.
        self.logzio.go_down()
        self.before = [event() for _ in range(3)]
        self.deliver(self.hookline, self.before)

    def fail(self, calls, error):
        """Every such call of the commit thread fails from now on, until `end` of what is returned."""
        traced = Strace(self.hookline.thread("commit"), "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}",
                        follow=False)
        self.addCleanup(traced.process.kill)
        return traced

    def all_arrives_once(self, *more):
        self.logzio.come_up()
        sent = [one["uuid"] for one in [*self.before, *more]]
        self.logzio.wait_for(sent)
        self.wait_drained(self.hookline)
        self.assertEqual(sorted(self.logzio.uuids()), sorted(sent))

    def test_no_space_is_503_until_there_is_room_and_the_process_lives_on(self):
        full = self.fail(WRITES, "ENOSPC")
        refused = event()
        body = envelope([refused])
        self.assertEqual(self.post(self.hookline, body).status, 503)
        # The thread's log lines are writes too, and fail with the others: the status must do.
        self.assertFalse(self.hookline.api("status")["spool"]["accepting"])
        full.end()
        # Okta's one retry, or a later delivery: there is room again.
        wait_until(lambda: self.post(self.hookline, body).status == 200, "the spool takes deliveries again", 60)
        self.all_arrives_once(refused)

    def test_a_write_that_fails_is_503_and_the_process_starts_again_from_what_the_disk_holds(self):
        broken = self.fail(WRITES, "EIO")
        refused = event()
        body = envelope([refused])
        self.assertEqual(self.post(self.hookline, body).status, 503)
        self.assertEqual(self.hookline.process.wait(PATIENCE), 74)
        broken.end()
        self.hookline.wait()
        self.hookline.start()
        self.assertEqual(self.post(self.hookline, body).status, 200)
        self.all_arrives_once(refused)

    def test_a_directory_that_vanishes_takes_no_delivery_with_it(self):
        kept = self.hookline.spool.with_name("moved away")
        self.hookline.spool.rename(kept)
        refused = event()
        body = envelope([refused])
        self.assertEqual(self.post(self.hookline, body).status, 503, "it would be written to nowhere")
        self.assertEqual(self.hookline.process.wait(PATIENCE), 74)
        self.hookline.wait_logged("removed or replaced")
        self.hookline.wait()
        if self.hookline.spool.exists():
            shutil.rmtree(self.hookline.spool)
        kept.rename(self.hookline.spool)
        self.hookline.start()
        self.assertEqual(self.post(self.hookline, body).status, 200)
        self.all_arrives_once(refused)


@unittest.skipUnless(can_trace(), "strace may not trace here")
class ReadOnly(FlowTest):
    def test_a_read_only_file_system_refuses_the_start_and_says_so(self):
        relay = self.relay(self.listener())
        relay.stop()
        relay.wrapper = ["strace", "-f", "-o", "/dev/null", "-P", str(relay.spool / "hookline.lock"),
                         "-e", "trace=openat", "-e", "inject=openat:error=EROFS"]
        relay.spawn()
        self.assertNotEqual(relay.process.wait(PATIENCE), 0)
        relay.wait()
        self.assertTrue(relay.logged(str(relay.spool), "Read-only file system"), relay.tail())
        relay.wrapper = []
        relay.start()
