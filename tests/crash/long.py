#!/usr/bin/env python3
"""The long checks: figures that take minutes to see. `./test --long kills powercut simulation outage isolation drain hostile listener fuzz broken`.

  kills      kill -9 under load at 1,000 random moments: nothing acknowledged is lost, copies are at most what was in flight
  powercut   power cuts at 6,000 moments of a spool's life, each as a disk might hold it, and 6,000 flipped bits
             (tests/powercut)
  simulation 10,000 seeds of a whole relay's troubled days under a fake clock (tests/simulation)
  outage     the listener is away for ten minutes at 300 deliveries a second: only 200s, p99 under 50 ms, all arrive once
  isolation  a rejected token, a hanging listener, one flooding, one with a backlog of a million; 100 healthy tenants'
             p99 of acknowledgement and of delivery, against what they are alone
  listener   every fault of the emulated listener alone, then five minutes of mixtures by chance, a new seed each half minute
  drain      a backlog of 1,000,000 events drains with RSS under 200 MiB, and the spool is under 200 MiB a minute after
  hostile    10,000 slow connections and a flood of them beside honest deliveries, a million unproven tokens, guessed secrets
  fuzz       each fuzzer five minutes from where its last such run ended, under the address and undefined-behaviour sanitizers
  broken     the relay is broken on purpose in twenty ways, and each check that should notice must fail (tests/broken); by name only

--scale 0.1 makes everything a tenth, for a first look.
"""

import argparse
import concurrent.futures
import http.client
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import load  # noqa: E402
from fake_listener import FakeListener  # noqa: E402
from harness import QUICK, ROOT, Relay, hook_headers, token, wait_until  # noqa: E402
from hostile import hostile  # noqa: E402
from hostile_listener import each_alone, mixture  # noqa: E402
from kills import TOKENS as KILL_TOKENS, Books, kill_at_random  # noqa: E402
from load import AFTER_OTHERS, BEFORE_OTHERS, ListenerProcess, SenderProcess, let_go_first, percentile, \
    quick_bodies, take_turn  # noqa: E402

MIB = 1 << 20


class Checks:
    """What was promised and what was seen."""

    def __init__(self):
        self.passed = self.failed = 0

    def expect(self, holds, text):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(f"  {'ok    ' if holds else 'FAILED'} {text}", flush=True)


def kills(checks, scale):
    batch, seed, total = 50, random.randrange(1 << 30), Books()
    rounds = max(1, int(1000 * scale))
    for number in range(0, rounds, batch):
        listener = FakeListener()  # a fresh one a batch: it remembers every line
        relay = relay_for({"us": listener.url, "eu": listener.url})
        try:
            prove(relay, KILL_TOKENS)
            wait_empty(relay, 30)
            listener.forget()
            books = kill_at_random(relay, listener, min(batch, rounds - number), seed + number)
        finally:
            relay.close()
            listener.close()
        total.add(books)
        print(f"  {total}", flush=True)
    print(f"  seed {seed}")
    checks.expect(not total.lost, f"nothing acknowledged was lost ({len(total.lost)} of {len(total.ledger)})")
    checks.expect(not total.strayed, "nothing went to another tenant")
    checks.expect(total.copies <= total.in_flight, f"{total.copies} copies of {total.in_flight} lines in flight")


def powercut(checks, scale):
    program = ROOT / "build" / "dev" / "tests" / "unit_powercut"
    each = str(max(60, int(1_200 * scale)))  # of five mixtures
    environment = {**os.environ, "HOOKLINE_POWERCUT_CUTS": each, "HOOKLINE_POWERCUT_FLIPS": each}
    done = subprocess.run([program], env=environment, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        if line.startswith(("power cuts:", "flipped bits:", "left out:")):
            print("  " + line, flush=True)
    checks.expect(done.returncode == 0, "every cut opens and holds what was acknowledged; no flipped bit loses silently"
                  + ("" if done.returncode == 0 else "\n" + done.stdout[-3000:]))


def simulation(checks, scale):
    program = ROOT / "build" / "dev" / "tests" / "unit_simulation"
    seeds, batch = max(1, int(10_000 * scale)), 250
    todo = [(first, min(batch, seeds + 1 - first)) for first in range(1, seeds + 1, batch)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (first, count), done in zip(todo, pool.map(lambda part: simulate(program, *part), todo)):
            figures = [line for line in done.stdout.splitlines() if " seeds, " in line]
            print(f"  from {first}: {''.join(figures)}", flush=True)
            problems = "\n".join(line for line in done.stdout.splitlines() if line.startswith("seed "))
            checks.expect(done.returncode == 0, f"seeds {first} to {first + count - 1} keep the promises {problems}")


def simulate(program, first, count):
    environment = {**os.environ, "HOOKLINE_FIRST_SEED": str(first), "HOOKLINE_SEEDS": str(count)}
    return subprocess.run([program, "--gtest_filter=*KeepsItsPromises*"], env=environment, capture_output=True, text=True)


def milliseconds(seconds):
    return f"{seconds * 1e3:.1f} ms"


def prove(relay, tokens):
    """One delivery each, a few a second: proofs are limited."""
    for number, one in enumerate(tokens):
        def accepted():
            return post_once(relay.port, one) == 200
        wait_until(accepted, f"token {number} is proven", 60)


def post_once(port, one, body=None, region="us"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/", body or next(quick_bodies(1))[1], dict(hook_headers(one, region)))
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def fill(port, one, events, region="us", per_delivery=200):
    """Posts `events` events as fast as it goes; returns how many were acknowledged and the seconds it took."""
    began, sent, bodies = time.monotonic(), 0, quick_bodies(per_delivery)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while sent < events:
        _, body = next(bodies)
        connection.request("POST", "/", body, dict(hook_headers(one, region)))
        response = connection.getresponse()
        response.read()
        if response.status == 200:
            sent += per_delivery
    connection.close()
    return sent, time.monotonic() - began


def wait_empty(relay, patience):
    wait_until(lambda: relay.api("status")["totals"]["waiting_lines"] == 0, "the spool is empty", patience)


class Watch:
    """The largest resident memory of a process, looked at ten times a second."""

    def __init__(self, relay):
        self.relay, self.most, self._stop = relay, 0, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self._stop.wait(0.1):
            try:
                self.most = max(self.most, self.relay.rss_bytes())
            except (OSError, AttributeError):
                pass

    def end(self):
        self._stop.set()
        self.thread.join()
        return self.most


def relay_for(listeners, **settings):
    made = Relay(listeners=listeners, settings={"ship.proofs_region_second_max": 1000, **settings})
    return made.start()


def outage(checks, scale):
    seconds, rate = 600 * scale, 300
    listener = ListenerProcess()
    relay = relay_for({"us": listener.url})
    try:
        tokens = [token(number) for number in range(10)]
        prove(relay, tokens)
        listener.ask("go_down")
        sender = SenderProcess(seconds, port=relay.port, tokens=tokens, rate=rate, connections=16)
        acknowledged, answers = sender.result()
        took = [one[2] for one in acknowledged]
        print(f"  {len(acknowledged)} deliveries in {seconds:.0f} s: p50 {milliseconds(percentile(took, .5))}, "
              f"p99 {milliseconds(percentile(took, .99))}, most {milliseconds(max(took))}; answers {answers}; "
              f"RSS {relay.rss_bytes() // MIB} MiB, spool {relay.spool_bytes() // MIB} MiB")
        checks.expect(set(answers) == {200}, "Okta sees only 200s")
        checks.expect(len(acknowledged) >= seconds * rate * 0.99, "the sender kept its rate")
        checks.expect(percentile(took, .99) < 0.050, "p99 of the answers is under 50 ms")
        listener.ask("come_up")
        began = time.monotonic()
        wait_empty(relay, 300)
        seen, copies, _ = listener.ask("counts")
        print(f"  all of it arrived in {time.monotonic() - began:.1f} s after the listener was back")
        arrived = listener.ask("first_seen")
        checks.expect(all(uuid in arrived for uuid, _, _ in acknowledged), "every acknowledged event arrived")
        checks.expect(copies == 0, f"each of them once ({copies} copies)")
    finally:
        relay.close()
        listener.close()


def measure_healthy(relay, listener, tokens, seconds):
    """p99 of acknowledgement and of delivery (answer to arrival) of one delivery a second and tenant."""
    sender = SenderProcess(seconds, BEFORE_OTHERS, port=relay.port, tokens=tokens, rate=len(tokens), connections=16)
    acknowledged, answers = sender.result()
    time.sleep(3)  # what was sent last may still be on its way
    arrived = listener.ask("first_seen")
    took = [one[2] for one in acknowledged]
    delivery = [arrived[uuid] - at for uuid, at, _ in acknowledged if uuid in arrived]
    missing = sum(uuid not in arrived for uuid, _, _ in acknowledged)
    print(f"  healthy: answers {answers}, acknowledged p50 {milliseconds(percentile(took, .5))} p99 "
          f"{milliseconds(percentile(took, .99))}; delivered p50 {milliseconds(percentile(delivery, .5))} p99 "
          f"{milliseconds(percentile(delivery, .99))}; {missing} not yet there", flush=True)
    return answers, percentile(took, .99), percentile(delivery, .99), missing


def isolation(checks, scale):
    seconds = max(10, 60 * scale)
    healthy = [token(number) for number in range(100)]
    rejected, hanging, flooding, backlog = (token(200 + number) for number in range(4))
    listener = ListenerProcess(BEFORE_OTHERS)
    bad = ListenerProcess()                          # a region of its own that is proven first and hangs later
    crowd = ListenerProcess(AFTER_OTHERS)            # what floods must not keep the healthy ones' listener itself busy
    relay = relay_for({"us": listener.url, "eu": bad.url, "au": crowd.url}, **{"listener.answer_time_max": "30s"})
    flood = None
    try:
        prove(relay, healthy + [rejected, backlog])
        post_once(relay.port, hanging, region="eu")
        post_once(relay.port, flooding, region="au")
        let_go_first(relay)
        print("  alone:")
        answers, ack_alone, delivery_alone, _ = measure_healthy(relay, listener, healthy, seconds)
        checks.expect(set(answers) == {200}, "alone: only 200s")

        bad.ask("hang")
        listener.ask("reject", rejected)
        listener.ask("slow_down", backlog)
        post_once(relay.port, hanging, region="eu")
        post_once(relay.port, rejected)
        events = int(1_000_000 * scale)
        sent, took = fill(relay.port, backlog, events)
        print(f"  a backlog of {sent} events was taken in {took:.0f} s")
        stop = multiprocessing.Event()
        flood = multiprocessing.Process(target=flood_until, args=(relay.port, flooding, stop), daemon=True)
        flood.start()
        print("  with the others' troubles:")
        answers, ack, delivery, missing = measure_healthy(relay, listener, healthy, seconds)
        stop.set()
        flood.join(10)
        checks.expect(set(answers) == {200}, "only 200s")
        checks.expect(missing == 0, "everything of the healthy ones arrived")
        checks.expect(ack <= 2 * ack_alone, f"acknowledgement p99 {milliseconds(ack)} against {milliseconds(ack_alone)} alone")
        checks.expect(delivery <= 2 * delivery_alone,
                      f"delivery p99 {milliseconds(delivery)} against {milliseconds(delivery_alone)} alone")
    finally:
        if flood is not None:
            flood.kill()
        relay.close()
        listener.close()
        bad.close()
        crowd.close()


def flood_until(port, one, stop):
    take_turn(AFTER_OTHERS)
    bodies = quick_bodies(10)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while not stop.is_set():
        try:
            connection.request("POST", "/", next(bodies)[1], dict(hook_headers(one, "au")))
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)


def drain(checks, scale):
    events = int(1_000_000 * scale)
    listener = ListenerProcess()
    relay = relay_for({"us": listener.url})
    try:
        one = token(1)
        prove(relay, [one])
        listener.ask("go_down")
        watch = Watch(relay)
        sent, took = fill(relay.port, one, events)
        print(f"  {sent} events taken in {took:.0f} s; RSS {relay.rss_bytes() // MIB} MiB, "
              f"spool {relay.spool_bytes() // MIB} MiB", flush=True)
        listener.ask("come_up")
        began = time.monotonic()
        wait_empty(relay, 900)
        took = time.monotonic() - began
        most = watch.end()
        seen, copies, _ = listener.ask("counts")
        print(f"  drained in {took:.0f} s ({sent / took:.0f} events/s); RSS at most {most // MIB} MiB; "
              f"spool {relay.spool_bytes() // MIB} MiB", flush=True)
        checks.expect(seen >= sent, f"all arrived ({seen} of {sent})")
        checks.expect(copies == 0, f"each once ({copies} copies)")
        checks.expect(most < 200 * MIB, f"memory stayed under 200 MiB ({most // MIB} MiB)")
        time.sleep(60)
        print(f"  a minute after: RSS {relay.rss_bytes() // MIB} MiB, spool {relay.spool_bytes() // MIB} MiB")
        checks.expect(relay.spool_bytes() < 200 * MIB, "a minute after the spool is under 200 MiB")
    finally:
        relay.close()
        listener.close()


def listener(checks, scale):
    found, figures = each_alone()
    print(f"  each fault alone: {figures}", flush=True)
    checks.expect(not found, f"nothing lost, mixed up or copied without need {found[:10]}")
    began, seed = time.monotonic(), int(os.environ.get("HOOKLINE_SEED") or random.randrange(1 << 30))
    while time.monotonic() - began < 300 * scale:
        found, figures = mixture(seed, seconds=30)
        print(f"  seed {seed}: {figures}", flush=True)
        checks.expect(not found, f"seed {seed}: nothing lost, mixed up or copied without need {found[:10]}")
        seed += 1


def run_aside(checks, command, promise):
    """A program that writes its own counts."""
    counts = Path(tempfile.mkstemp(prefix="hookline-long-")[1])
    done = subprocess.Popen([sys.executable, *command, "--counts", str(counts)], stdout=subprocess.PIPE, text=True)
    for line in done.stdout:
        print("  " + line, end="", flush=True)
    status = done.wait()
    good, bad = map(int, (counts.read_text() or "0 0").split()[:2])
    counts.unlink()
    checks.expect(status == 0 and good > 0, promise.format(good=good, bad=bad))


def fuzz(checks, scale):
    seconds = max(1, int(300 * scale))
    run_aside(checks, [str(ROOT / "scripts" / "fuzz.py"), "--seconds", str(seconds)],
              "no fuzzer found anything ({good} without a finding, {bad} with one)")


def broken(checks, _scale):
    run_aside(checks, [str(ROOT / "tests" / "broken" / "broken.py")],
              "what is broken on purpose is noticed ({good} checks noticed, {bad} did not)")


def main():
    known = {"kills": kills, "powercut": powercut, "simulation": simulation, "outage": outage, "isolation": isolation, "drain": drain,
             "hostile": hostile, "listener": listener, "fuzz": fuzz, "broken": broken}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*known, []])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--counts", type=Path)
    options = parser.parse_args()
    checks = Checks()
    for name in options.names or [name for name in known if name != "broken"]:
        began = time.monotonic()
        print(f"{name}:", flush=True)
        known[name](checks, options.scale)
        print(f"  {name} took {(time.monotonic() - began) / 60:.1f} min", flush=True)
    if options.counts:
        with options.counts.open("a") as out:
            print(checks.passed, checks.failed, 0, file=out)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
