"""A relay before a hostile listener: the emulator (`hookline sim logzio`) with every fault it knows, and what must be
true when it is over. The sender, the ledger and the judge share no code with the relay.

What is checked at the end of a run:
- every acknowledged event is in the lines that the listener took for its own account, or in a dead letter;
- no line stands in an account that is not its own;
- an event came again only if each earlier time the answer was lost, or did not say that the line was taken;
- no line is over 500,000 bytes, blank or malformed, no bulk over its limit, no document would be tagged invalid;
- each leaf of each event is as it was sent;
- no token appears in the log, the metrics, the status or the letters' listing.
"""

import base64
import hashlib
import http.client
import json
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import judge
from harness import BINARY, PATIENCE, QUICK, Relay, envelope, event, hook_headers, token, wait_until

ANSWER_TIME = 3.0  # seconds the relay waits for an answer: well above what a busy machine needs
SETTINGS = {**QUICK, "listener.answer_time_max": f"{ANSWER_TIME:g}s", "ship.retry_after_max": "1s",
            "ship.proofs_region_second_max": 1000}

# Every fault of the emulator, by a name: what to order.
FAULTS = {
    **{f"{status}": {"kind": "status", "status": status} for status in (202, 204, 301, 401, 403, 404, 408, 413, 500, 502, 503, 504)},
    "400 with a text": {"kind": "status", "status": 400, "body": "Bad Request"},
    "400 with other JSON": {"kind": "status", "status": 400, "body": '{"error":"no"}', "content_type": "application/json"},
    "413 before the body is read": {"kind": "status", "status": 413, "early": 1},
    "429": {"kind": "status", "status": 429},
    "429 in a second": {"kind": "status", "status": 429, "retry_after": "1"},
    "429 at a date": {"kind": "status", "status": 429, "retry_after": "date+1"},
    "429 in a thousand years": {"kind": "status", "status": 429, "retry_after": "99999999999999999999"},
    "429 before now": {"kind": "status", "status": 429, "retry_after": "-5"},
    "429 sometime": {"kind": "status", "status": 429, "retry_after": "soon"},
    "counters that do not add up": {"kind": "counters", "successful": 999},
    "a page": {"kind": "html"},
    "connections refused": {"kind": "refuse_connect"},
    "connections refused, open ones kept": {"kind": "refuse_connect", "existing": "keep"},
    "a reset on accept": {"kind": "reset_on_accept"},
    "a stall before reading": {"kind": "stall_before_read"},
    "a stall in the upload": {"kind": "stall_in_upload"},
    "slow reading": {"kind": "slow_read", "bytes_per_second": 200},
    "a stall before the answer": {"kind": "stall_before_answer"},
    "a stall in the answer": {"kind": "stall_in_answer"},
    "taken, then a reset": {"kind": "commit_then_reset"},
    "not taken, then a reset": {"kind": "commit_then_reset", "commit": 0},
    "taken, then closed": {"kind": "commit_then_close"},
    "taken, then 500": {"kind": "commit_then_status", "status": 500},
    "a part taken, then a reset": {"kind": "partial_commit_then_reset", "lines": 2},
    "a truncated status line": {"kind": "truncated_status_line"},
    "5 MB of answer": {"kind": "huge_answer"},
    "a poisoned line": {"kind": "poison", "text": "poison"},
    "a quota that answers 429": {"kind": "quota", "bytes": 0, "status": 429},
    "closed after each request": {"kind": "close_after", "requests": 1},
    "closed after each request, unannounced": {"kind": "close_after", "requests": 1, "announce": 0},
    "closed when idle": {"kind": "idle_close", "milliseconds": 100},
    "a clock that is a day off": {"kind": "skewed_date", "seconds": -86400},
}
# What must be ordered beside one, so that it can strike: an open connection is not accepted again.
BESIDE = {"a reset on accept": {"kind": "close_after", "requests": 1}}
# Those that let deliveries through while they last.
HARMLESS = {"202", "204", "closed after each request", "closed after each request, unannounced", "closed when idle",
            "a clock that is a day off", "a poisoned line"}
# Faults by which an answer that was meant well does not arrive in time.
HINDERING = {"stall_before_read", "stall_in_upload", "slow_read", "stall_before_answer", "stall_in_answer"}


def account_of(one):
    return hashlib.sha256(one.encode()).hexdigest()[:8]


class Emulator:
    """`hookline sim logzio` with a control port; it keeps every line it took in a file."""

    def __init__(self, regions, seed=1):
        self.directory = Path(tempfile.mkdtemp(prefix="hookline-listener-"))
        self.lines_file = self.directory / "lines"
        words = [str(BINARY), "sim", "logzio", "--json", "--control", "127.0.0.1:0", "--seed", str(seed),
                 "--lines", str(self.lines_file), "--lines-with-account"]
        for region in regions:
            words += ["--listen", f"{region}=127.0.0.1:0"]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        told = json.loads(self.process.stdout.readline())
        self.urls, self.control = told["regions"], told["control"].removeprefix("http://")
        threading.Thread(target=self._discard, daemon=True).start()
        self._requests = {}

    def _discard(self):
        while self.process.stdout.read1(65536):
            pass

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.control, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == 200, (path, body, answer.status, text)
            return json.loads(text)
        finally:
            connection.close()

    def fault(self, **wanted):
        return self.call("POST", "/faults", wanted)["id"]

    def hits(self):
        return {one["id"]: one["hits"] for one in self.call("GET", "/faults")["faults"]}

    def struck(self, number=None):
        """How often each kind struck, of the faults that last (or of one)."""
        kinds = Counter()
        for one in self.call("GET", "/faults")["faults"]:
            if number in (None, one["id"]):
                kinds[one["kind"]] += one["hits"]
        return kinds

    def requests(self):
        """{(region, number): request} of all so far; the emulator remembers the newest 2,000, so ask now and then."""
        for one in self.call("GET", "/requests?last=2000")["requests"]:
            self._requests[one["region"], one["request"]] = one
        return self._requests

    def report(self):
        return self.call("GET", "/report")

    def lines(self):
        """[(region, account, request number, line bytes)]"""
        self.report()  # then the file is complete
        found = []
        for text in self.lines_file.read_bytes().splitlines():
            head, _, line = text.partition(b',"line":')
            at = json.loads(head + b"}")
            found.append((at["region"], at["account"], at["request"], line[:-1]))
        return found

    def close(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Rehearsal:
    """A relay, the emulator, a ledger of what was acknowledged, and the judgement."""

    def __init__(self, regions, seed=1):
        self.emulator = Emulator(regions, seed)
        self.relay = Relay(listeners=self.emulator.urls, settings=SETTINGS)
        self.sent = {}  # uuid -> (region, token, event, status answered or None)
        self.lock = threading.Lock()
        self.struck = Counter()

    def end_faults(self):
        self.emulator.requests()
        self.struck.update(self.emulator.struck())
        self.emulator.call("DELETE", "/faults")

    def start(self):
        self.relay.start()
        return self

    def close(self):
        self.relay.close()
        self.emulator.close()

    def deliver(self, region, one, count=1, **changes):
        """Posts events; returns (status, uuids). No answer at all is None."""
        events = [event(**changes) for _ in range(count)]
        connection = http.client.HTTPConnection("127.0.0.1", self.relay.port, timeout=15)
        status = None
        try:
            connection.request("POST", "/", envelope(events), dict(hook_headers(one, region)))
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        uuids = [each["uuid"] for each in events]
        with self.lock:
            self.sent.update({each["uuid"]: (region, one, each, status) for each in events})
        return status, uuids

    def acknowledged(self):
        return {uuid: entry for uuid, entry in self.sent.items() if entry[3] == 200}

    def arrived(self):
        return {json.loads(line)["uuid"] for _, _, _, line in self.emulator.lines()}

    def wait_arrived(self, uuids, patience=40):
        uuids = set(uuids)
        wait_until(lambda: uuids <= self.arrived(), "they arrive", patience)

    def spared(self, faults):
        """Names of those that have not struck yet."""
        hits = self.emulator.hits()
        return [name for name, number in faults.items() if hits.get(number, 0) == 0]

    def troubled(self):
        """Regions with a tenant that is held or tried again, and has lost nothing of its queue by that."""
        return {row["region"] for row in self.relay.api("status")["tenants"] if row["hold"] != "none" and row["waiting_lines"] > 0}

    def waiting(self):
        return sum(row["waiting_lines"] for row in self.relay.api("status")["tenants"])

    def wait_empty(self, patience=60):
        wait_until(lambda: self.waiting() == 0, "the spool is empty", patience)

    def letters(self):
        """uuid -> reason of every event in a condemned letter."""
        found, after = {}, 0
        while after is not None:
            page = self.relay.api(f"letters?class=condemned&body=1&count=1000&after={after}")
            for one in page["letters"]:
                for line in base64.b64decode(one["body"]).splitlines():
                    found[json.loads(line)["uuid"]] = one["reason"]
            after = page["next"]
        return found

    # -- the judgement ------------------------------------------------------------------------------------------

    def complaints(self):
        """What of the promises does not hold, as sentences; and the figures."""
        requests, report, letters = self.emulator.requests(), self.emulator.report(), self.letters()
        copies, found, text_of = {}, [], {}
        for region, account, number, line in self.emulator.lines():
            uuid = json.loads(line)["uuid"]
            copies.setdefault(uuid, []).append((region, number))
            text_of[uuid] = line
            if uuid not in self.sent:
                found.append(f"{uuid} was never sent")
                continue
            its_region, its_token, _, _ = self.sent[uuid]
            if (region, account) != (its_region, account_of(its_token)):
                found.append(f"{uuid} of {its_region} {account_of(its_token)} stands in {region} {account}")

        acknowledged = self.acknowledged()
        found += [f"{uuid} was acknowledged and is lost" for uuid in acknowledged if uuid not in copies and uuid not in letters]
        repeated = 0
        for uuid, places in copies.items():
            places.sort(key=lambda place: place[1])
            repeated += len(places) - 1
            for place in places[:-1]:
                if not was_ambiguous(requests.get(place)):
                    found.append(f"{uuid} came again though request {place} was answered: {requests.get(place)}")
        for uuid, line in text_of.items():
            wrong = judge.differences(json.dumps(self.sent[uuid][2]), line.decode()) if uuid in self.sent else []
            found += [f"{uuid}: {each}" for each in wrong + judge.complaints(line)]
        for name, most in (("line_bytes_max", 500_000), ("bulk_bytes_max", 3 * 1024 * 1024), ("empty_lines", 0),
                           ("oversized_lines", 0), ("invalid_documents", 0), ("type_differs", 0)):
            if report[name] > most:
                found.append(f"{name} is {report[name]}")

        shown = "\n".join(self.relay.log) + self.relay.admin_request("GET", "/metrics").text + json.dumps(self.relay.api("status")) + json.dumps(
            self.relay.api("letters?count=1000"))
        for one in {entry[1] for entry in self.sent.values()}:
            if one in shown:
                found.append(f"the token of {account_of(one)} was shown")
        figures = (f"{len(self.sent)} events offered, {len(acknowledged)} acknowledged, {report['requests']} requests, "
                   f"{len(text_of)} events arrived, {repeated} copies, {len(letters)} in letters {dict(Counter(letters.values()))}; "
                   f"faults struck {dict(self.struck)}")
        return found, figures


def was_ambiguous(request):
    """Nobody who got this answer could know that all lines were taken."""
    if request is None:
        return True  # it ended before the emulator could note an answer
    return not 200 <= request["answer"] < 300 or any(kind in request["faults"].split() for kind in HINDERING)


def region_of(number):
    return f"r{number:02d}"


def each_alone(patience=60):
    """Every fault at once, each in a region and with a tenant of its own, beside healthy tenants. Returns complaints
    and figures."""
    names = list(FAULTS)
    regions = {name: region_of(number) for number, name in enumerate(names)}
    tokens = {name: token(number) for number, name in enumerate(names)}
    healthy = [token(500 + number) for number in range(4)]
    run = Rehearsal([*regions.values(), "us"])
    found = []
    try:
        run.start()
        for name in names:
            status, _ = run.deliver(regions[name], tokens[name])
            assert status == 200, (name, status)
        for one in healthy:
            assert run.deliver("us", one)[0] == 200
        run.wait_empty()

        ids = {name: run.emulator.fault(region=regions[name], **wanted) for name, wanted in FAULTS.items()}
        for name, wanted in BESIDE.items():
            run.emulator.fault(region=regions[name], **wanted)
        order = {one: [] for one in healthy}
        through = []
        for turn in range(3):
            for name in names:
                changes = {"displayMessage": "poison"} if name == "a poisoned line" and turn == 1 else {}
                status, uuids = run.deliver(regions[name], tokens[name], 3, **changes)
                if status != 200:
                    found.append(f"while {name} lasted a delivery was answered {status}")
                if name in HARMLESS and not changes:
                    through += uuids
            for one in healthy:
                status, uuids = run.deliver("us", one, 2)
                order[one] += uuids
                if status != 200:
                    found.append(f"a healthy tenant was answered {status}")
        # A closed port counts nobody: there the relay says it.
        wait_until(lambda: not run.spared({name: number for name, number in ids.items()
                                           if FAULTS[name]["kind"] != "refuse_connect"}),
                   "every fault struck", patience)
        # Every answer, also one that takes too long, has been understood as trouble, and nothing was settled by it.
        harmful = {regions[name] for name in ids if name not in HARMLESS and "existing" not in FAULTS[name]}
        wait_until(lambda: harmful <= run.troubled(), "the relay says what is wrong: " + str(harmful), patience)
        # One tenant's trouble is its own: all faults still last.
        run.wait_arrived([uuid for uuids in order.values() for uuid in uuids] + through, patience)
        for one, uuids in order.items():
            came = [json.loads(line)["uuid"] for region, account, _, line in run.emulator.lines()
                    if (region, account) == ("us", account_of(one))][1:]
            if came != uuids:
                found.append(f"the events of {account_of(one)} came out of order, or not once each")

        run.end_faults()
        run.wait_empty(patience)
        letters = run.letters()
        buried = {run.sent[uuid][2]["displayMessage"] for uuid in letters}
        if buried - {"poison"}:
            found.append(f"buried though nothing was wrong with it: {letters}")
        more, figures = run.complaints()
        return found + more, figures
    finally:
        run.close()


def mixture(seed, seconds, patience=90):
    """Faults come and go by chance, over tenants that are known and newcomers, while deliveries go on."""
    chance = random.Random(seed)
    regions = ["us", "eu", "au"]
    known = [(region, token(1000 + 10 * number + which)) for number, region in enumerate(regions) for which in range(2)]
    run = Rehearsal(regions, seed)
    stop = threading.Event()

    def send(which):
        mine = random.Random(seed * 31 + which)
        newcomers = 0
        while not stop.is_set():
            region, one = mine.choice(known)
            if mine.random() < 0.1:
                newcomers += 1
                region, one = mine.choice(regions), token(2000 + 1000 * which + newcomers)
            changes = {"displayMessage": "poison"} if mine.random() < 0.03 else {}
            run.deliver(region, one, mine.randint(1, 6), **changes)
            time.sleep(mine.random() * 0.1)

    try:
        run.start()
        for region, one in known:
            assert run.deliver(region, one)[0] == 200
        run.wait_empty()
        senders = [threading.Thread(target=send, args=(which,)) for which in range(3)]
        for sender in senders:
            sender.start()
        lasting, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            wanted = dict(chance.choice(list(FAULTS.values())))
            region, one = chance.choice(known)
            wanted["region"] = region
            if chance.random() < 0.4:
                wanted["token"] = one
            if chance.random() < 0.6:
                wanted["probability"] = chance.choice([0.2, 0.5])
            if chance.random() < 0.3:
                wanted["times"] = chance.randint(1, 4)
            lasting.append((run.emulator.fault(**wanted), time.monotonic() + chance.random() * 2.5))
            time.sleep(chance.random() * 0.4)
            now = time.monotonic()
            for number, until in lasting:
                if until < now:
                    run.struck.update(run.emulator.struck(number))
                    run.emulator.call("DELETE", f"/faults/{number}")
            lasting = [one for one in lasting if one[1] >= now]
            run.emulator.requests()
        stop.set()
        for sender in senders:
            sender.join()
        run.end_faults()
        run.wait_empty(patience)
        found, figures = run.complaints()
        return found, figures
    finally:
        stop.set()
        run.close()
