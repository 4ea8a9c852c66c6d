"""No 200 before the sync of its commit has returned. strace watches, delays and fails the sync of the real program."""

import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import load  # noqa: F401  (finds the flow tests' modules)
from harness import PATIENCE, FlowTest, envelope, event, wait_until

SYNCS = "fdatasync,fsync"


def can_trace():
    if not shutil.which("strace"):
        return False
    sleeper = subprocess.Popen(["sleep", "10"])
    try:
        traced = subprocess.run(["timeout", "3", "strace", "-f", "-p", str(sleeper.pid)], capture_output=True, text=True)
        return "attached" in traced.stderr
    finally:
        sleeper.kill()
        sleeper.wait()


class Strace:
    """Attached to all threads of a process (or, without `follow`, to one) from the moment this is made until `end`."""

    def __init__(self, pid, *words, follow=True):
        self.out = Path(tempfile.mkstemp(prefix="hookline-strace-")[1])
        self.process = subprocess.Popen(["strace", *(["-f"] if follow else []), "-ttt", "-T", "-o", str(self.out), "-e", f"trace={SYNCS}", *words,
                                         "-p", str(pid)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "attached" in line:
                break
        if follow:  # each thread is attached by itself
            wait_until(lambda: self._attached(pid), "strace holds every thread")

    @staticmethod
    def _attached(pid):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return all("TracerPid:\t0" not in (task / "status").read_text() for task in tasks)

    def end(self):
        """What was seen: the lines of the trace."""
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        lines = self.out.read_text().splitlines()
        self.out.unlink()
        return lines


def syncs_of(lines):
    """(begin, end) of every sync that returned 0, by the wall clock."""
    begun, found = {}, []
    for line in lines:
        match = re.match(r"(\d+)\s+([\d.]+) (.*)", line)
        if not match:
            continue
        thread, at, what = match.group(1), float(match.group(2)), match.group(3)
        if what.startswith(("fdatasync(", "fsync(")):
            if "unfinished" in what:
                begun[thread] = at
            elif (done := re.search(r"= 0.*<([\d.]+)>", what)):
                found.append((at, at + float(done.group(1))))
        elif "resumed>" in what and thread in begun and " = 0" in what:
            found.append((begun.pop(thread), at))
    return found


@unittest.skipUnless(can_trace(), "strace may not trace here")
class Sync(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        # Nothing else may sync while a test looks.
        self.hookline = self.relay(self.logzio, settings={"spool.heartbeat": "10min"})
        self.prove(self.hookline, self.logzio)
        self.wait_drained(self.hookline)

    def trace(self, *words):
        traced = Strace(self.hookline.process.pid, *words)
        self.addCleanup(traced.process.kill)
        return traced

    def test_every_200_has_a_whole_sync_between_request_and_answer(self):
        traced = self.trace()
        answered, lock = [], threading.Lock()

        def load():
            connection = self.hookline.connect()
            for _ in range(25):
                sent_at = time.time()
                answer = self.post(self.hookline, envelope([event(), event()]), connection=connection)
                with lock:
                    answered.append((sent_at, time.time(), answer.status))
            connection.close()

        threads = [threading.Thread(target=load) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        syncs = syncs_of(traced.end())
        self.assertEqual({status for _, _, status in answered}, {200})
        self.assertGreater(len(syncs), 5)
        without = [one for one in answered
                   if not any(one[0] <= begin and end <= one[1] for begin, end in syncs)]
        print(f"{len(answered)} answers, {len(syncs)} syncs")
        self.assertEqual(without, [], "answered without a sync of its own time")

    def test_an_answer_waits_for_a_slow_sync(self):
        traced = self.trace("-e", f"inject={SYNCS}:delay_enter=500000")
        for _ in range(4):
            answer = self.post(self.hookline, envelope([event()]))
            self.assertEqual(answer.status, 200)
            self.assertGreater(answer.took, 0.49)
        self.assertGreater(len(traced.end()), 3)

    def test_a_redelivery_during_a_sync_of_5_s_is_not_answered_before_it(self):
        sent = event()
        body = envelope([sent])
        traced = self.trace("-e", f"inject={SYNCS}:delay_enter=5000000:when=1")
        answers = {}

        def post(name):
            answers[name] = self.post(self.hookline, body)

        first, second = (threading.Thread(target=post, args=(name,)) for name in ("first", "second"))
        first.start()
        time.sleep(0.5)  # into the sync; had it not begun, the answers asked for would be the same
        second.start()
        first.join()
        second.join()
        self.assertEqual({name: answer.status for name, answer in answers.items()}, {"first": 503, "second": 503})
        for answer in answers.values():
            self.assertLess(answer.took, 2.9, "Okta waits 3 s")
        wait_until(lambda: self.post(self.hookline, body).status == 200, "the sync is over")
        traced.end()
        self.logzio.wait_for([sent["uuid"]])
        self.wait_drained(self.hookline)
        self.assertEqual(self.logzio.uuids(), [sent["uuid"]])

    def test_when_the_sync_fails_nothing_is_200_and_the_process_ends_with_74(self):
        before = event()
        self.deliver(self.hookline, [before])
        self.logzio.wait_for([before["uuid"]])
        self.wait_drained(self.hookline)
        traced = self.trace("-e", f"inject={SYNCS}:error=EIO:delay_enter=300000")
        statuses, lock = [], threading.Lock()

        def post(body):
            try:
                status = self.post(self.hookline, body).status
            except OSError:
                status = 0
            with lock:
                statuses.append(status)

        same = envelope([event()])  # a delivery, and its redelivery while the sync is under way
        bodies = [same, same] + [envelope([event()]) for _ in range(6)]
        threads = [threading.Thread(target=post, args=(body,)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.hookline.process.wait(PATIENCE), 74)
        traced.end()
        self.hookline.wait()
        self.assertNotIn(200, statuses)
        self.assertIn(503, statuses)
        # A supervisor starts it again; it goes on with what the disk holds.
        self.hookline.start()
        sent = event()
        self.deliver(self.hookline, [sent])
        self.logzio.wait_for([sent["uuid"]])
        self.assertEqual(self.post(self.hookline, same).status, 200)

    def test_a_proof_is_synced_before_its_answer_too(self):
        """The first delivery of a token is not stored, but its ids and the proof are."""
        from harness import OTHER_TOKEN, hook_headers
        traced = self.trace("-e", f"inject={SYNCS}:delay_enter=400000")
        answer = self.post(self.hookline, envelope([event()]), hook_headers(OTHER_TOKEN))
        traced.end()
        self.assertEqual(answer.status, 200)
        self.assertGreater(answer.took, 0.39)
