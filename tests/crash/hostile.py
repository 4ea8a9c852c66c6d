"""The hostile sender, long: ten thousand slow connections, a flood of connections, a million tokens, guessed secrets.

Called by long.py: `./test --long hostile`. The short forms are in tests/flow/test_hostile.py.
"""

import math
import multiprocessing
import random
import resource
import selectors
import socket
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import Relay, envelope, event, hook_headers, token  # noqa: E402
from load import ListenerProcess, SenderProcess, percentile, quick_bodies  # noqa: E402

MIB = 1 << 20
SECRET = "the-authorization-secret-that-is-guessed"


def milliseconds(seconds):
    return f"{seconds * 1e3:.1f} ms"


def drip(port, count, stop, opened):
    """`count` connections, half of them in a head and half in a body, each sent one byte a second; those that are closed
    are opened again at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    body = next(quick_bodies(1))[1]
    head = (b"POST / HTTP/1.1\r\nHost: x\r\nlogzio_token: %s\r\nlogzio_region: us\r\n" % token(1).encode())
    starts = [head + b"X-Slow: ", head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:100]]
    socks = [None] * count

    def open_one(number):
        sock = socket.socket()
        sock.setblocking(False)
        try:
            sock.connect(("127.0.0.1", port))
        except BlockingIOError:
            pass
        socks[number] = (sock, False)

    def say_more(number):
        """Whether it is open and has taken one byte more."""
        sock, begun = socks[number]
        try:
            sock.send(b"x" if begun else starts[number % 2])
            socks[number] = (sock, True)
            return True
        except BlockingIOError:
            return False
        except OSError:
            sock.close()
            socks[number] = None
            return False

    turn = 0
    while not stop.is_set():
        began, alive = time.monotonic(), 0
        for number in range(count):
            if socks[number] is None:
                open_one(number)
            if say_more(number):
                alive += 1
            elif socks[number] is None:  # its time was over: the next one comes at once
                open_one(number)
                alive += say_more(number)
            if number % 2_000 == 1_999:
                time.sleep(0.05)  # a burst of all of them would measure this process
        opened.value = alive
        turn += 1
        time.sleep(max(0.05, 1.0 - (time.monotonic() - began)))


def honest(port, seconds):
    """Deliveries at 50 a second over 8 kept connections: (answers, p50, p99)."""
    acknowledged, answers = SenderProcess(seconds, port=port, tokens=[token(1)], rate=50, connections=8).result()
    took = [one[2] for one in acknowledged]
    return answers, percentile(took, .5), percentile(took, .99)


def prove(port):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/", next(quick_bodies(1))[1], dict(hook_headers(token(1))))
    assert connection.getresponse().status == 200
    connection.close()


def slow(checks, scale):
    count, seconds = int(10_000 * scale), max(5, 30 * scale)
    listener = ListenerProcess()
    relay = Relay(listeners={"us": listener.url}).start()
    stop, opened = multiprocessing.Event(), multiprocessing.Value("i", 0)
    dripping = multiprocessing.Process(target=drip, args=(relay.port, count, stop, opened), daemon=True)
    try:
        prove(relay.port)
        answers, p50, p99 = honest(relay.port, seconds)
        print(f"  alone: {answers}, p50 {milliseconds(p50)}, p99 {milliseconds(p99)}, RSS {relay.rss_bytes() // MIB} MiB")
        before = relay.rss_bytes()
        dripping.start()
        deadline = time.monotonic() + 60
        while opened.value < count * 0.9 and time.monotonic() < deadline:
            time.sleep(0.2)
        answers, p50_slow, p99_slow = honest(relay.port, seconds)
        print(f"  beside {opened.value} slow connections: {answers}, p50 {milliseconds(p50_slow)}, p99 "
              f"{milliseconds(p99_slow)}, RSS {relay.rss_bytes() // MIB} MiB "
              f"({(relay.rss_bytes() - before) / max(1, opened.value) / 1024:.1f} KiB a connection)")
        checks.expect(opened.value >= count * 0.8, f"{opened.value} of {count} slow connections are open")
        checks.expect(set(answers) == {200}, "every honest delivery is answered 200")
        checks.expect(p99_slow < 1.0, f"and in time: p99 {milliseconds(p99_slow)}")
        checks.expect(relay.rss_bytes() - before < 400 * MIB, "memory is bounded")
    finally:
        stop.set()
        if dripping.is_alive():
            dripping.join(10)
            dripping.kill()
        relay.close()
        listener.close()


def flood(checks, scale):
    """Four times as many half requests as there may be connections."""
    listener = ListenerProcess()
    most = int(1_000 * max(scale, .1))
    relay = Relay(listeners={"us": listener.url}, settings={"receive.connections_max": most}).start()
    stop, opened = multiprocessing.Event(), multiprocessing.Value("i", 0)
    flooding = multiprocessing.Process(target=drip, args=(relay.port, 4 * most, stop, opened), daemon=True)
    try:
        prove(relay.port)
        flooding.start()
        time.sleep(3)
        import http.client
        tries, taken, began = [], 0, time.monotonic()
        while time.monotonic() - began < max(5, 20 * scale):
            once, give_up = 0, time.monotonic() + 10
            while time.monotonic() < give_up:
                once += 1
                connection = http.client.HTTPConnection("127.0.0.1", relay.port, timeout=10)
                try:
                    connection.request("POST", "/", next(quick_bodies(1))[1], dict(hook_headers(token(1))))
                    if connection.getresponse().status == 200:
                        taken += 1
                        break
                except (OSError, http.client.HTTPException):
                    pass
                finally:
                    connection.close()
                time.sleep(0.02)  # who has just begun is spared for a second, hostile or not
            tries.append(once)
        refused = relay.metrics()['hookline_http_connections_refused_total{server="receive"}']
        print(f"  {4 * most} half requests at {most} connections: {taken} honest deliveries on fresh connections, tries "
              f"p50 {percentile(tries, .5)}, p99 {percentile(tries, .99)}; {refused:.0f} connections were turned away")
        checks.expect(taken == len(tries), "every honest delivery got in")
        checks.expect(percentile(tries, .5) <= 2, "as a rule within Okta's two tries")
    finally:
        stop.set()
        flooding.join(10)
        flooding.kill()
        relay.close()
        listener.close()


def tokens(checks, scale):
    """Distinct well-formed tokens that Logz.io refuses, pipelined as fast as they are answered."""
    count, depth, width = int(1_000_000 * scale), 64, 8
    listener = ListenerProcess(tokens=[token(1)])
    relay = Relay(listeners={"us": listener.url}).start()
    try:
        prove(relay.port)
        body = envelope([event()])
        front = b"POST / HTTP/1.1\r\nHost: x\r\nlogzio_token: "
        rest = b"\r\nlogzio_region: us\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        series, memory, stored = len(relay.metrics()), relay.rss_bytes(), relay.spool_bytes()
        sent = answered = 0
        most, statuses, began = memory, {}, time.monotonic()
        chooser = selectors.DefaultSelector()
        for _ in range(width):
            sock = socket.create_connection(("127.0.0.1", relay.port), timeout=30)
            chooser.register(sock, selectors.EVENT_READ, [0, b""])

        def send_more(sock, state):
            nonlocal sent
            batch = min(depth, count - sent)
            if batch > 0:
                sock.sendall(b"".join(front + token(10_000_000 + number).encode()[-32:] + rest
                                      for number in range(sent, sent + batch)))
                sent += batch
                state[0] += batch

        for key in list(chooser.get_map().values()):
            send_more(key.fileobj, key.data)
        while answered < count:
            for key, _ in chooser.select(30):
                data = key.data[1] + key.fileobj.recv(1 << 18)
                pieces = data.split(b"HTTP/1.1 ")
                got = 0
                for piece in pieces[1:]:
                    if b"}\n" not in piece:
                        break
                    status = piece[:3].decode()
                    statuses[status] = statuses.get(status, 0) + 1
                    got += 1
                key.data[1] = b"HTTP/1.1 " + pieces[-1] if got < len(pieces) - 1 else b""
                key.data[0] -= got
                answered += got
                if key.data[0] == 0:
                    send_more(key.fileobj, key.data)
            if answered % 4096 < depth:
                most = max(most, relay.rss_bytes())
        took = time.monotonic() - began
        _, _, lines = listener.ask("counts")
        print(f"  {count} tokens in {took:.0f} s ({count / took:.0f}/s): answers {statuses}, RSS at most "
              f"{most // MIB} MiB ({(most - memory) / MIB:+.1f}), spool {(relay.spool_bytes() - stored) / MIB:+.1f} MiB, "
              f"{len(relay.metrics()) - series:+d} metric series")
        checks.expect(set(statuses) <= {"401", "503"}, "each is refused")
        checks.expect(statuses.get("401", 0) <= 5 * (took + 2), "no more than 5 a second were asked about")
        checks.expect(most - memory < 96 * MIB, "memory is bounded")
        checks.expect(relay.spool_bytes() - stored < 32 * MIB, "disk is bounded")
        checks.expect(len(relay.metrics()) - series <= 6, "metrics have no series for any token")
        checks.expect(len(relay.api("tenants")["tenants"]) == 1, "no tenant came of them")
    finally:
        relay.close()
        listener.close()


def welch(one, other):
    """Welch's t of two samples."""
    spread = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.fmean(one) - statistics.fmean(other)) / math.sqrt(spread) if spread else 0.0


def secrets(checks, scale):
    """Whether an answer's delay tells how much of a guessed secret is right: the first byte, all but the last byte, or
    nothing, in random order. A |t| that stays above 4.5 with more samples would say so. A figure: no machine is quiet
    enough to pass or fail by it."""
    count = int(40_000 * scale)
    listener = ListenerProcess()
    relay = Relay(listeners={"us": listener.url}, environment={"HOOKLINE_ACCESS_SECRET": SECRET}).start()
    try:
        wrong = "".join(chr(ord(c) ^ 1) if c != "-" else "+" for c in SECRET)
        guesses = {"nothing right": wrong, "first half right": SECRET[:20] + wrong[20:],
                   "all but the last byte right": SECRET[:-1] + wrong[-1], "half as long": SECRET[:20]}
        body = b"{}"
        requests = {name: b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: 2\r\n\r\n%s" % (one.encode(), body)
                    for name, one in guesses.items()}
        took = {name: [] for name in guesses}
        sock = socket.create_connection(("127.0.0.1", relay.port), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        chance = random.Random(7)
        names = list(guesses)
        for _ in range(count):
            name = chance.choice(names)
            began = time.perf_counter_ns()
            sock.sendall(requests[name])
            answer = sock.recv(4096)
            took[name].append(time.perf_counter_ns() - began)
            assert answer.startswith(b"HTTP/1.1 401"), answer
        base = took["nothing right"]
        for name in names:
            cut = statistics.quantiles(took[name], n=10)[8]
            print(f"  {name}: {len(took[name])} guesses, median {statistics.median(took[name]) / 1e3:.1f} µs, 90 % within "
                  f"{cut / 1e3:.1f} µs")
        for name in names[1:]:
            # The slowest tenth is the machine's own noise.
            limit = statistics.quantiles(base, n=10)[8]
            t = welch([one for one in base if one <= limit], [one for one in took[name] if one <= limit])
            print(f"  Welch's t, nothing right against {name}: {t:+.2f}")
        checks.expect(all(took.values()), "every guess was answered 401")
        sock.close()
    finally:
        relay.close()
        listener.close()


def hostile(checks, scale):
    for part in (slow, flood, tokens, secrets):
        print(f"  -- {part.__name__}", flush=True)
        part(checks, scale)
