"""The listener is away for a while: Okta sees only 200s, and everything arrives after, once. (`./test --long outage` is
the same for ten minutes at 300 deliveries a second.)"""

import threading

from harness import FlowTest, hook_headers, token, wait_until
from load import Sender, percentile


class Outage(FlowTest):
    def test_only_200s_and_all_of_it_arrives_once(self):
        listener = self.listener()
        relay = self.relay(listener)
        tokens = [token(number) for number in range(4)]
        for one in tokens:
            self.prove(relay, listener, one)
        listener.go_down()
        sender = Sender(relay.port, tokens, rate=100, connections=4)
        running = threading.Thread(target=sender.run, args=(6,))
        running.start()
        running.join()
        listener.come_up()
        self.assertEqual(set(sender.answers), {200}, sender.answers)
        uuids = [uuid.decode() for uuid, _, _ in sender.acknowledged]
        listener.wait_for(uuids, patience=60)
        self.wait_drained(relay)
        arrived = listener.uuids()
        self.assertEqual(len(arrived), len(uuids))
        self.assertEqual(sorted(arrived), sorted(uuids))
        took = [took for _, _, took in sender.acknowledged]
        print(f"{len(uuids)} deliveries while the listener was away: p50 {percentile(took, .5) * 1e3:.1f} ms, "
              f"p99 {percentile(took, .99) * 1e3:.1f} ms")
