"""Kills the relay again and again under load and keeps the books: what was acknowledged, what arrived, what came twice."""

import http.client
import random
import threading
import time

import load
from harness import envelope, event, hook_headers, token, wait_until

TOKENS = [token(number) for number in range(5)]
SENDERS = 4


class Books:
    """What an observer outside knows. `lost`, `strayed` and `copies` are known after `close`."""

    def __init__(self):
        self.ledger = {}        # uuid -> token, of every event whose delivery was answered 200
        self.unanswered = []    # deliveries that Okta would offer once more
        self.in_flight = 0      # lines that the listener may hold without the relay having kept note of it
        self.kills = 0
        self.lost, self.strayed, self.copies, self.arrived = [], [], 0, 0
        self._lock = threading.Lock()

    def acknowledged(self, uuids, one):
        with self._lock:
            self.ledger.update({uuid: one for uuid in uuids})

    def not_answered(self, *delivery):
        with self._lock:
            self.unanswered.append(delivery)

    def close(self, listener):
        arrived = {}
        for raw_token, line in listener.accepted:
            arrived.setdefault(load.UUID.search(line).group(1).decode(), []).append(raw_token)
        self.arrived = len(arrived)
        self.copies = sum(len(tokens) - 1 for tokens in arrived.values())
        self.lost = [uuid for uuid in self.ledger if uuid not in arrived]
        self.strayed = [uuid for uuid, one in self.ledger.items() if uuid in arrived and set(arrived[uuid]) != {one}]

    def add(self, other):
        """Closed books of another run."""
        self.ledger.update(other.ledger)
        self.lost += other.lost
        self.strayed += other.strayed
        self.kills, self.in_flight = self.kills + other.kills, self.in_flight + other.in_flight
        self.arrived, self.copies = self.arrived + other.arrived, self.copies + other.copies

    def __str__(self):
        return (f"{self.kills} kills, {len(self.ledger)} events acknowledged, {self.arrived} arrived, "
                f"{len(self.lost)} lost, {self.copies} copies, {self.in_flight} lines in flight at the kills")


class Load:
    """Deliveries of 1 to 10 events for five tenants over four kept-alive connections, until the relay dies."""

    def __init__(self, books, port, seed):
        self.books, self.port, self._stop = books, port, threading.Event()
        again, books.unanswered = books.unanswered, []
        self.threads = [threading.Thread(target=self._work, args=(seed + which, again[which::SENDERS]))
                        for which in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self._stop.set()
        for thread in self.threads:
            thread.join()

    def _work(self, seed, again):
        chance = random.Random(seed)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        delivery = None
        try:
            for delivery in again:
                self._send(connection, *delivery)
            while not self._stop.is_set():
                made = [event() for _ in range(chance.choice((1, 1, 1, 3, 10)))]
                delivery = envelope(made), chance.choice(TOKENS), [item["uuid"] for item in made]
                self._send(connection, *delivery)
        except (OSError, http.client.HTTPException):
            if delivery is not None:
                self.books.not_answered(*delivery)
        connection.close()

    def _send(self, connection, body, one, uuids):
        connection.request("POST", "/", body, dict(hook_headers(one)))
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            self.books.acknowledged(uuids, one)


def note_kill(books, listener):
    """After a kill: the last bulk of each tenant may not be noted, nor the one before, whose settling was under way."""
    books.kills += 1
    for one in TOKENS:
        books.in_flight += sum(len(request.lines) for request in listener.requests_of(one)[-2:])
    with listener._lock:
        listener.requests.clear()


def kill_at_random(relay, listener, rounds, seed):
    """Kills at moments that are random on purpose; returns the books, closed once everything has arrived."""
    chance, books = random.Random(seed), Books()
    for number in range(rounds):
        sending = Load(books, relay.port, seed + 1000 * number)
        before = len(books.ledger)
        while len(books.ledger) == before:
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.5))
        relay.kill()
        sending.end()
        note_kill(books, listener)
        relay.start()
    settle(books, relay, listener)
    return books


def settle(books, relay, listener):
    """Closes the books once nothing waits any more: what has not arrived by then never will."""
    wait_until(lambda: relay.api("status")["totals"]["waiting_lines"] == 0, "nothing waits in the spool", 60)
    books.close(listener)
