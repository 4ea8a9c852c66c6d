"""Hostile senders: slow, many, endless, lying about who they are. Honest deliveries are answered all the while.

The long forms, with ten thousand connections and a million tokens, are in tests/crash/hostile.py.
"""

import random
import select
import shutil
import socket
import ssl
import subprocess
import time
import unittest

from harness import TOKEN, FlowTest, envelope, event, hook_headers, token
from sanitizer import MEMORY
from test_smuggling import TOKENS
from test_tls import make_certificate


def request_of(body, extra=b"", one=TOKEN):
    return (b"POST / HTTP/1.1\r\nHost: x\r\nlogzio_token: %s\r\nlogzio_region: us\r\n%sContent-Length: %d\r\n\r\n"
            % (one.encode(), extra, len(body)) + body)


def half(sock, data):
    """Sends what the other side takes; a connection that was closed meanwhile is no failure of the sender."""
    try:
        sock.sendall(data)
        return True
    except OSError:
        return False


class Hostile(FlowTest):
    def start(self, **settings):
        listener = self.listener()
        relay = self.relay(listener, **settings)
        self.prove(relay, listener)
        return listener, relay

    def open_many(self, relay, count, data):
        made = []
        for _ in range(count):
            sock = socket.create_connection(("127.0.0.1", relay.port), timeout=10)
            self.addCleanup(sock.close)
            half(sock, data)
            made.append(sock)
        return made

    def deliver_with_patience(self, relay, sent, tries_max=200):
        """As a sender does who asks again; how often it had to."""
        for tries in range(tries_max):
            try:
                if self.post(relay, envelope(sent)).status == 200:
                    return tries
            except OSError:
                pass
            time.sleep(0.02)
        self.fail(f"not taken in {tries_max} tries")


class Slow(Hostile):
    def test_slow_heads_and_bodies_keep_nobody_waiting(self):
        listener, relay = self.start()
        body = envelope([event()])
        slow = self.open_many(relay, 150, b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        slow += self.open_many(relay, 150, request_of(body)[:-len(body) // 2])
        kept, sent = relay.connect(), []
        for turn in range(40):
            for sock in slow[turn::40]:
                half(sock, b"x")
            sent.append(event())
            self.deliver(relay, [sent[-1]], connection=kept if turn % 2 else None)
        listener.wait_for([one["uuid"] for one in sent])
        kept.close()

    def test_half_sent_bodies_that_fill_the_memory_make_room(self):
        listener, relay = self.start(settings={"receive.bodies_bytes_max": "1 MiB", "receive.body_bytes_max": "1 MiB",
                                               "receive.body_time_max": "10min"})
        slow = self.open_many(relay, 40, request_of(b"x" * 65_000)[:-4_000])
        sent = [event(displayMessage="y" * 20_000) for _ in range(5)]
        for one in sent:
            self.deliver(relay, [one])
        listener.wait_for([one["uuid"] for one in sent])
        heard, _, _ = select.select(slow, [], [], 10)
        self.assertTrue(heard, "nobody was told why")
        for sock in heard:
            self.assertIn(b" 503 ", sock.recv(1000).split(b"\r\n")[0])


class Floods(Hostile):
    def test_more_connections_than_there_may_be_make_room_for_whole_requests(self):
        listener, relay = self.start(settings={"receive.connections_max": 50, "receive.head_time_max": "10min",
                                               "receive.body_time_max": "10min"})
        self.open_many(relay, 100, b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        tries = []
        for _ in range(5):
            sent = event()
            tries.append(self.deliver_with_patience(relay, [sent]))
            listener.wait_for([sent["uuid"]])
        print(f"tries beyond the first while 100 half requests held 50 connections: {tries}")

    def test_connections_leave_the_spool_its_files(self):
        listener, relay = self.start(wrapper=["bash", "-c", 'ulimit -n 240; exec "$@"', "--"])
        relay.wait_logged("warn", "fewer connections", "open_files_max")
        self.open_many(relay, 300, b"")
        for _ in range(5):
            sent = event()
            self.deliver_with_patience(relay, [sent])
            listener.wait_for([sent["uuid"]])
        self.assertFalse(relay.logged("no file descriptors"), relay.tail())


class Endless(Hostile):
    """None of these is read to its end, which it does not have."""

    def assert_cut_off(self, relay, head, piece, statuses, sent_max=40 << 20):
        """Sends `piece` again and again until the other side has enough; the status it gave."""
        with socket.create_connection(("127.0.0.1", relay.port), timeout=20) as sock:
            sock.settimeout(20)
            sent = len(head)
            alive = half(sock, head)
            while alive and sent < sent_max:
                alive = half(sock, piece)
                sent += len(piece)
            self.assertLess(sent, sent_max, "it goes on reading")
            try:
                status = sock.recv(1000).split(b" ")[1:2]
            except ConnectionResetError:
                return sent  # far more was on its way than is read behind a refusal
            self.assertIn(status, [[one] for one in statuses])
        return sent

    def test_everything_endless_is_cut_off_and_memory_stays(self):
        listener, relay = self.start()
        chunked = b"POST / HTTP/1.1\r\nHost: x\r\n" + TOKENS + b"Transfer-Encoding: chunked\r\n\r\n"
        before, rest = relay.rss_bytes(), b"x" * 60_000
        for name, head, piece, statuses in (
                ("request line", b"POST /", rest, [b"431"]),
                ("method", b"", rest, [b"431", b"400"]),
                ("header value", b"POST / HTTP/1.1\r\nHost: x\r\nX-Long: ", rest, [b"431"]),
                ("header name", b"POST / HTTP/1.1\r\nHost: x\r\n", rest, [b"431"]),
                ("headers", b"POST / HTTP/1.1\r\nHost: x\r\n", b"X-More: y\r\n" * 1000, [b"431"]),
                ("body", chunked, b"ea60\r\n" + rest + b"\r\n", [b"413"]),
                ("chunk extension", chunked + b"5;", rest, [b"400"]),
                ("chunk extensions", chunked, b"1;" + b"e" * 4000 + b"\r\nx\r\n", [b"400"]),
                ("chunk size", chunked, b"0" * 60_000, [b"400"]),
                ("trailer", chunked + b"0\r\nX-Trailer: ", rest, [b"400"]),
                ("trailers", chunked + b"0\r\n", b"X-Trailer: y\r\n" * 1000, [b"400"]),
                ("empty lines", b"", b"\r\n" * 30_000, [])):
            with self.subTest(name):
                if statuses:
                    self.assert_cut_off(relay, head, piece, statuses)
        self.deliver(relay, [event()])
        self.assertLess(relay.rss_bytes() - before, (64 << 20) * MEMORY)

    def test_empty_lines_without_end_are_ended_by_the_deadline_of_an_idle_connection(self):
        listener, relay = self.start(settings={"receive.idle_time_max": "1s"})
        with socket.create_connection(("127.0.0.1", relay.port), timeout=20) as sock:
            while half(sock, b"\r\n" * 100):
                time.sleep(0.01)
        self.deliver(relay, [event()])


class Pipelined(Hostile):
    def test_a_smuggling_shape_in_a_pipeline_ends_it_there(self):
        listener, relay = self.start()
        before, behind = [event() for _ in range(5)], [event() for _ in range(3)]
        for shape in (b"Content-Length: 0\r\nContent-Length: 0\r\n", b"Transfer-Encoding: xchunked\r\n",
                      b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"X: y\r\n folded\r\nContent-Length: 0\r\n",
                      b"Content-Length : 0\r\n", b"X: y\nContent-Length: 0\r\n", b"Content-Length: +0\r\n"):
            with self.subTest(shape):
                pipeline = b"".join(request_of(envelope([one])) for one in before)
                pipeline += b"POST / HTTP/1.1\r\nHost: x\r\n" + TOKENS + shape + b"\r\n"
                pipeline += b"".join(request_of(envelope([one])) for one in behind)
                received = relay.raw(pipeline)
                statuses = [line.split(b" ")[1] for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
                self.assertEqual(statuses, [b"200"] * 5 + [b"400"])
        listener.wait_for([one["uuid"] for one in before])
        self.assertFalse(set(listener.uuids()) & {one["uuid"] for one in behind})

    def test_a_deep_pipeline_of_one_does_not_keep_others_waiting(self):
        listener, relay = self.start()
        greedy = socket.create_connection(("127.0.0.1", relay.port), timeout=20)
        self.addCleanup(greedy.close)
        many = [event() for _ in range(400)]
        half(greedy, b"".join(request_of(envelope([one])) for one in many))
        self.deliver(relay, [event()])
        listener.wait_for([one["uuid"] for one in many])


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class TlsRubbish(Hostile):
    def start_tls(self):
        listener = self.listener()
        relay = self.relay(listener, start=False, tls=True, settings={"receive.head_time_max": "1s"})
        make_certificate(relay.directory)
        relay.start()
        self.prove(relay, listener)
        return listener, relay

    def test_rubbish_and_half_handshakes_harm_nobody(self):
        listener, relay = self.start_tls()
        chance = random.Random(20)
        hello = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = context.wrap_bio(*hello)
        with self.assertRaises(ssl.SSLWantReadError):
            client.do_handshake()
        whole = hello[1].read()
        rubbish = [chance.randbytes(chance.randint(1, 3000)) for _ in range(40)]
        rubbish += [whole[:cut] for cut in range(1, len(whole), 40)]                    # half a ClientHello
        rubbish += [whole[:at] + bytes([whole[at] ^ 0xff]) + whole[at + 1:] for at in range(5, len(whole), 40)]
        rubbish += [whole + whole, whole + chance.randbytes(500), b"\x16\x03\x01\xff\xff" + b"\x01" * 70_000,
                    b"\x15\x03\x01\x00\x02\x02\x28" * 100, b"\x80\x2e\x01\x00\x02" + bytes(60), b"\x17\x03\x03\x00\x10" + bytes(16)]
        open_now = []
        for one in rubbish:
            sock = socket.create_connection(("127.0.0.1", relay.port), timeout=20)
            self.addCleanup(sock.close)
            half(sock, one)
            open_now.append(sock)
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])
        for sock in open_now:  # each is closed, by failure or by its deadline
            try:
                while sock.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        failed = relay.metrics()['hookline_tls_handshakes_failed_total{server="receive"}']
        print(f"{len(rubbish)} kinds of rubbish, {failed:.0f} handshakes failed at once, the others by their deadline")
        self.assertGreater(failed, 20)

    def test_renegotiation_is_refused(self):
        listener, relay = self.start_tls()
        client = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{relay.port}", "-tls1_2"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        out, _ = client.communicate(b"R\n", timeout=30)
        self.assertIn(b"RENEGOTIATING", out)
        self.assertTrue(b"no renegotiation" in out or b"handshake failure" in out, out[-500:])
        self.deliver(relay, [event()])


class Strangers(Hostile):
    def test_thousands_of_unproven_tokens_leave_nothing_behind(self):
        listener = self.listener(tokens=[TOKEN])
        relay = self.relay(listener)
        self.prove(relay, listener)
        series, memory, stored = len(relay.metrics()), relay.rss_bytes(), relay.spool_bytes()
        count, body, statuses = 3000, envelope([event()]), {}
        began = time.monotonic()
        connection = relay.connect()
        for number in range(count):
            status = relay.request("POST", "/", body, hook_headers(token(number)), connection).status
            statuses[status] = statuses.get(status, 0) + 1
        took = time.monotonic() - began
        connection.close()
        asked = len(listener.requests)
        print(f"{count} tokens in {took:.1f} s: answers {statuses}, {asked} proofs asked, memory "
              f"{(relay.rss_bytes() - memory) >> 10:+} KiB, spool {(relay.spool_bytes() - stored) >> 10:+} KiB")
        self.assertEqual(set(statuses), {401, 503})
        self.assertEqual(statuses[401], asked, "each refusal is Logz.io's own")
        self.assertLessEqual(asked, 5 * (int(took) + 2))
        self.assertLessEqual(len(relay.metrics()) - series, 6, "no series of its own for any token")
        self.assertEqual(len(relay.api("tenants")["tenants"]), 1)
        self.assertLess(relay.rss_bytes() - memory, (48 << 20) * MEMORY)
        self.assertLess(relay.spool_bytes() - stored, 8 << 20)
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])

    def test_who_is_too_late_to_be_asked_about_is_not_stored_more_often(self):
        """The proof ends half a second before the answer is due; then there is no time to ask, and events are stored
        unproven. That must not be a way to store as often as one likes."""
        listener = self.listener(tokens=[TOKEN])
        relay = self.relay(listener, settings={"receive.answer_time_max": "2500ms", "receive.proof_reserve": "2s"})
        self.prove(relay, listener)
        body, socks = envelope([event()]), []
        for number in range(60):
            request = request_of(body, one=token(number))
            sock = socket.create_connection(("127.0.0.1", relay.port), timeout=20)
            self.addCleanup(sock.close)
            sock.sendall(request[:-10])
            socks.append((sock, request[-10:]))
        time.sleep(0.6)  # not for luck: the senders are slow on purpose
        began = time.monotonic()
        for sock, rest in socks:
            half(sock, rest)
        statuses = [sock.recv(1000).split(b" ")[1] for sock, _ in socks]
        took = time.monotonic() - began
        print(f"answers: { {one.decode(): statuses.count(one) for one in set(statuses)} } in {took:.1f} s")
        self.assertLessEqual(statuses.count(b"200"), 5 * (int(took) + 2))
        self.assertLessEqual(len(relay.api("tenants")["tenants"]), 1 + 5 * (int(took) + 2))
