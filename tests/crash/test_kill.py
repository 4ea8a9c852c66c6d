"""kill -9 under load, again and again: every acknowledged event arrives, and copies are at most the lines in flight."""

import http.client
import os
import random
import threading
import time

import load  # noqa: F401  (finds the flow tests' modules)
from harness import FlowTest, envelope, event, hook_headers, token

ROUNDS = int(os.environ.get("HOOKLINE_KILLS", "20"))
TOKENS = [token(number) for number in range(5)]


class Kill(FlowTest):
    def test_every_acknowledged_event_arrives(self):
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        listener = self.listener()
        relay = self.relay(listener)
        for one in TOKENS:
            self.prove(relay, listener, one)
        ledger = {}        # uuid -> token, of every event whose delivery was answered 200
        unanswered = []    # deliveries that Okta would offer once more
        in_flight_lines, lock = 0, threading.Lock()

        for number in range(ROUNDS):
            stop = threading.Event()

            def send(connection, body, one, uuids):
                connection.request("POST", "/", body, dict(hook_headers(one)))
                response = connection.getresponse()
                response.read()
                if response.status == 200:
                    with lock:
                        ledger.update({uuid: one for uuid in uuids})

            def work(which, port, again):
                rng = random.Random(seed + which + 1000 * number)
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                body = None
                try:
                    for body, one, uuids in again:
                        send(connection, body, one, uuids)
                    while not stop.is_set():
                        made = [event() for _ in range(rng.choice((1, 1, 1, 3, 10)))]
                        body, one, uuids = envelope(made), rng.choice(TOKENS), [item["uuid"] for item in made]
                        send(connection, body, one, uuids)
                except (OSError, http.client.HTTPException):
                    if body is not None:
                        with lock:
                            unanswered.append((body, one, uuids))
                connection.close()

            again, unanswered = unanswered, []
            threads = [threading.Thread(target=work, args=(which, relay.port, again[which::4])) for which in range(4)]
            acknowledged = len(ledger)
            for thread in threads:
                thread.start()
            while len(ledger) == acknowledged:
                time.sleep(0.001)
            time.sleep(chance.uniform(0.0, 0.5))  # the moment is random on purpose
            relay.kill()
            stop.set()
            for thread in threads:
                thread.join()
            # What the listener may have taken without the relay keeping note of it: the last bulk of each tenant, and
            # the one before whose settling was not on disk yet.
            for one in TOKENS:
                in_flight_lines += sum(len(request.lines) for request in listener.requests_of(one)[-2:])
            relay.start()

        listener.wait_for(ledger, patience=60)
        self.wait_drained(relay)
        arrived = {}
        for raw_token, line in listener.accepted:
            uuid = load.UUID.search(line).group(1).decode()
            arrived.setdefault(uuid, []).append(raw_token)
        copies = sum(len(tokens) - 1 for tokens in arrived.values())
        print(f"seed {seed}: {ROUNDS} kills, {len(ledger)} events acknowledged, {len(arrived)} arrived, "
              f"{copies} copies, {in_flight_lines} lines in flight at the kills")
        self.assertEqual([uuid for uuid in ledger if uuid not in arrived], [], "acknowledged and lost")
        self.assertEqual([uuid for uuid, one in ledger.items() if set(arrived[uuid]) != {one}], [], "at another tenant's")
        self.assertLessEqual(copies, in_flight_lines)
        self.assertGreater(len(ledger), ROUNDS * 5)
