"""Load and measurements for the crash tests and the long checks. Senders and listener live in processes of their own,
so that their work does not disturb what is measured."""

import http.client
import json
import multiprocessing
import os
import re
import signal
import sys
import threading
import time
import uuid as uuids
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flow"))

from fake_listener import FakeListener, Reply  # noqa: E402
from harness import envelope, event, hook_headers  # noqa: E402

UUID = re.compile(rb'"uuid":"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"')


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


class CountingListener(FakeListener):
    """Takes everything and remembers only when each uuid came first, and how often it came again."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.first_seen, self.copies, self.lines_taken = {}, 0, 0

    def hang(self):
        """From now on nothing is answered."""
        self.script(Reply(503, hang=threading.Event()))

    def reject(self, token):
        self.script(Reply(401, "Logging token is not valid"), token=token)

    def slow_down(self, token):
        """This token's bulks are answered 503: its backlog stays."""
        self.script(Reply(503), token=token)

    def _honest(self, request):
        if self.tokens is not None and request.token not in self.tokens:
            return Reply(401, "Logging token is not valid")
        now = time.monotonic()
        found = [match.group(1) for match in map(UUID.search, request.lines) if match]
        with self._lock:
            self.requests.clear()
            self.lines_taken += len(found)
            for uuid in found:
                if uuid in self.first_seen:
                    self.copies += 1
                else:
                    self.first_seen[uuid] = now
        return Reply(200)


# In life senders and listeners are on machines of their own. Here they share the relay's cores, and a kernel lets a
# program that computes go on for some milliseconds before one that was woken. Where times are measured that must not be
# taken for the relay's doing: what is measured runs at once, what floods when a core is free.
BEFORE_OTHERS, AFTER_OTHERS = "before others", "after others"


def take_turn(turn, thread=0):
    try:
        if turn == BEFORE_OTHERS:
            os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(1))
        elif turn == AFTER_OTHERS:
            os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
    except PermissionError:
        print("  without the right to real-time priority: these times hold what the kernel lets others do first", flush=True)


def let_go_first(relay):
    """The relay's threads that receive, commit and send; not those for large bodies and bulks, nor the store's own: how
    the relay shares its cores among its tenants is what is measured."""
    for task in Path(f"/proc/{relay.process.pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        if name in ("commit", "crew", "http-client") or name.startswith("receive-"):
            take_turn(BEFORE_OTHERS, int(task.name))


class ListenerProcess:
    """A CountingListener in a process of its own; calls travel over a pipe."""

    def __init__(self, turn=None, **settings):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=_serve_listener, args=(theirs, turn, settings), daemon=True)
        self.process.start()
        self.url = self.pipe.recv()

    def ask(self, name, *words):
        self.pipe.send((name, words))
        return self.pipe.recv()

    def close(self):
        try:
            self.pipe.send(("end", ()))
            self.process.join(5)
        finally:
            self.process.kill()


def _serve_listener(pipe, turn, settings):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    take_turn(turn)
    listener = CountingListener(**settings)
    pipe.send(listener.url)
    while True:
        name, words = pipe.recv()
        if name == "end":
            return
        if name == "counts":
            with listener._lock:
                pipe.send((len(listener.first_seen), listener.copies, listener.lines_taken))
        elif name == "first_seen":
            with listener._lock:
                pipe.send(dict(listener.first_seen))
        else:
            getattr(listener, name)(*words)
            pipe.send(None)


class Sender:
    """Posts deliveries at a rate over kept-alive connections, from threads, and keeps what was answered.

    `acknowledged` holds (uuid, time of the answer, seconds it took); `answers` counts statuses (0: no answer)."""

    def __init__(self, port, tokens, rate, events=1, connections=8, path="/"):
        self.port, self.tokens, self.rate, self.events = port, tokens, rate, events
        self.connections, self.path = connections, path
        self.acknowledged, self.answers = [], {}
        self._lock, self._stop, self._next = threading.Lock(), threading.Event(), 0
        self._began = None

    def run(self, seconds):
        self._began = time.monotonic()
        threads = [threading.Thread(target=self._work, args=(seconds,)) for _ in range(self.connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self

    def stop(self):
        self._stop.set()

    def _work(self, seconds):
        connection = None
        while not self._stop.is_set():
            with self._lock:
                number = self._next
                self._next += 1
            due = self._began + number / self.rate if self.rate else time.monotonic()
            if due - self._began >= seconds or time.monotonic() - self._began >= seconds + 5:
                break
            time.sleep(max(0.0, due - time.monotonic()))
            made = [event() for _ in range(self.events)]
            body, headers = envelope(made), dict(hook_headers(self.tokens[number % len(self.tokens)]))
            began = time.monotonic()
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("POST", self.path, body, headers)
                response = connection.getresponse()
                response.read()
                status = response.status
            except (OSError, http.client.HTTPException):
                status, connection = 0, None
            ended = time.monotonic()
            with self._lock:
                self.answers[status] = self.answers.get(status, 0) + 1
                if status == 200:
                    self.acknowledged += [(one["uuid"].encode(), ended, ended - began) for one in made]


def _run_sender(pipe, turn, arguments, seconds):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    take_turn(turn)
    sender = Sender(**arguments).run(seconds)
    pipe.send((sender.acknowledged, sender.answers))


class SenderProcess:
    def __init__(self, seconds, turn=None, **arguments):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=_run_sender, args=(theirs, turn, arguments, seconds), daemon=True)
        self.process.start()

    def result(self):
        """(acknowledged, answers), when it is done."""
        result = self.pipe.recv()
        self.process.join()
        return result

    def kill(self):
        self.process.kill()


def quick_bodies(events, template=None):
    """An endless supply of bodies with `events` events each, made fast: only the uuids differ."""
    one = json.dumps(event(uuid="UUID"), separators=(",", ":"))
    frame = envelope([], eventId="EVENT-ID").decode()
    while True:
        mine = [str(uuids.uuid4()) for _ in range(events)]
        body = frame.replace('"events":[]', '"events":[' + ",".join(one.replace("UUID", uuid) for uuid in mine) + "]")
        yield mine, body.replace("EVENT-ID", mine[0]).encode()
