"""kill -9 under load, again and again: every acknowledged event arrives, and copies are at most the lines in flight.
(`./test --long kills` is the same with a thousand kills.)"""

import itertools
import os
import random
import unittest

from kills import TOKENS, Books, Load, kill_at_random, note_kill, settle
from harness import PATIENCE, FlowTest
from test_sync import Strace, can_trace

ROUNDS = int(os.environ.get("HOOKLINE_KILLS", "30"))
MOMENTS = int(os.environ.get("HOOKLINE_MOMENTS", "10"))
# Of the commit thread. Killed on entering the n-th of them, all calls before are done and this one is not: so these are
# the moments before and after each write of the log, and after each sync but before anybody hears of it.
CALLS = ("write", "fdatasync", "futex")


class Kill(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        for one in TOKENS:
            self.prove(self.hookline, self.logzio, one)

    def judge(self, books):
        self.assertEqual(books.lost, [], "acknowledged and lost")
        self.assertEqual(books.strayed, [], "at another tenant's")
        self.assertLessEqual(books.copies, books.in_flight)

    def test_at_random_moments_every_acknowledged_event_arrives(self):
        seed = random.randrange(1 << 30)
        books = kill_at_random(self.hookline, self.logzio, ROUNDS, seed)
        print(f"seed {seed}: {books}")
        self.judge(books)
        self.assertGreater(len(books.ledger), ROUNDS * 5)

    @unittest.skipUnless(can_trace(), "strace may not trace here")
    def test_around_each_write_and_sync_every_acknowledged_event_arrives(self):
        seed, books = random.randrange(1 << 30), Books()
        for call, moment in itertools.product(CALLS, range(1, MOMENTS + 1)):
            traced = Strace(self.hookline.thread("commit"), "-e", f"trace={','.join(CALLS)}",
                            "-e", f"inject={call}:signal=KILL:when={moment}", follow=False)
            self.addCleanup(traced.process.kill)
            sending = Load(books, self.hookline.port, seed + 1000 * books.kills)
            self.hookline.process.wait(PATIENCE)
            sending.end()
            last = [line for line in traced.end() if "(" in line][-1]
            self.assertIn(f" {call}(", last)
            self.hookline.kill()
            note_kill(books, self.logzio)
            self.hookline.start()
        settle(books, self.hookline, self.logzio)
        print(f"seed {seed}: {books}; {MOMENTS} each on entering {', '.join(CALLS)}")
        self.judge(books)
