"""What every flow test needs: the real binary as a process, and waiting for something without sleeping for luck.

Nothing here knows how the relay works inside; it shares no code with it. Standard library only.
"""

import base64
import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import uuid as uuids
from pathlib import Path

from sanitizer import SANITIZER, SLOWNESS, inherited, without_leaks

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("HOOKLINE", ROOT / "build" / "dev" / "hookline"))

# A test waits this long for something that must come; slow machines get more through the environment.
PATIENCE = float(os.environ.get("HOOKLINE_TEST_PATIENCE", 20 * SLOWNESS))

# Two well-formed tokens. CANARY stands for every secret that must never be seen outside the wire.
TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEF"
OTHER_TOKEN = "ZYXWVUTSRQPONMLKJIHGFEDCBA012345"


def token(number: int) -> str:
    """The n-th well-formed token, for tests with many tenants."""
    return f"T{number:07d}" + "kqzvwxjybfmgpldt" + "hrcnesai"


def patience_of(seconds):
    """As many seconds, on the machine at hand, or as many as a test waits for anything."""
    return seconds * SLOWNESS if seconds else PATIENCE


def wait_until(condition, what: str, patience: float = None):
    """Returns what `condition` returns as soon as that is true; fails with `what` otherwise."""
    patience = patience_of(patience)
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:g} s in vain: {what}")
        time.sleep(0.02)


class Answer:
    def __init__(self, status, headers, body, took=0.0):
        self.status, self.headers, self.body, self.took = status, headers, body, took

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.status} {self.text[:200]!r}>"


class Relay:
    """`hookline serve` on ports that the kernel chose, with a spool of its own.

    `config` is TOML text, `settings` are keys of it that travel by environment, `flags` go on the command line. The
    relay survives `restart` with the same spool and settings; `kill` is SIGKILL.
    """

    def __init__(self, listeners=None, flags=(), config=None, environment=None, settings=None, tls=False, admin=True,
                 directory=None, binary=None, wrapper=(), sockets=()):
        self.own_directory = directory is None
        self.directory = Path(directory or tempfile.mkdtemp(prefix="hookline-flow-"))
        self.spool = self.directory / "spool"
        self.listeners, self.flags, self.tls, self.admin = dict(listeners or {}), list(flags), tls, admin
        self.config_path = self.directory / "hookline.toml"
        self.environment = dict(environment or {})
        self.environment.update({variable(key): str(value) for key, value in (settings or {}).items()})
        self.binary, self.wrapper = Path(binary or BINARY), list(wrapper)
        self.sockets = list(sockets)  # (name, listening socket): kept open here and passed on, as systemd does
        self.log = []          # every line of stderr, over all restarts
        self.process = None
        self.port = self.admin_port = None
        self._reader = None
        if config is not None:
            self.config_path.write_text(config)

    # -- life ---------------------------------------------------------------------------------------------------

    def command(self):
        words = [*self.wrapper, str(self.binary), "serve", "--listen", "127.0.0.1:0", "--spool", str(self.spool)]
        words += ["--admin", "127.0.0.1:0" if self.admin else "off"]
        if self.tls:
            words += ["--certificate", str(self.directory / "cert.pem"), "--key", str(self.directory / "key.pem")]
        else:
            words += ["--tls", "off"]
        for region, url in self.listeners.items():
            words += ["--listener", f"{region}={url}"]
        if self.config_path.exists():
            words += ["--config", str(self.config_path)]
        return words + self.flags

    def spawn(self):
        """Starts the process without waiting for anything."""
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.directory), **inherited()}
        if self.wrapper:
            environment = without_leaks(environment)
        environment["HOOKLINE_LOG_FORMAT"] = "text"  # of itself it is JSON where nobody sits at a terminal
        environment.update(self.environment)
        self.started_at = len(self.log)
        command, passed = self.command(), []
        if self.sockets:
            command, passed = passing_sockets(command, self.sockets, environment)
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env=environment, cwd=self.directory,
                                        start_new_session=True, pass_fds=passed)
        for descriptor in passed:
            os.close(descriptor)
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        return self

    def start(self, patience=None):
        self.spawn()

        def listening():
            if self.process.poll() is not None:
                self._reader.join(2)
                raise AssertionError(f"the relay ended with status {self.process.returncode}:\n" + self.tail())
            lines = self.log[self.started_at:]
            ports = {name: port for name, port in filter(None, map(_listening, lines))}
            wanted = {"receive", "admin"} if self.admin else {"receive"}
            ready = any(" ready" in line for line in lines)
            return ports if wanted <= set(ports) and ready else None

        ports = wait_until(listening, "the relay says that it listens:\n" + self.tail(), patience)
        self.port, self.admin_port = ports["receive"], ports.get("admin")
        return self

    def stop(self, patience=None):
        """SIGTERM, which must end it in order; returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.wait(patience)
        assert status == 0, f"SIGTERM ended the relay with status {status}:\n{self.tail()}"
        return status

    def wait(self, patience=None):
        try:
            status = self.process.wait(patience_of(patience))
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the relay did not end:\n" + self.tail())
        self._reader.join(5)
        self.process.stderr.close()
        self.process = None
        return status

    def kill(self):
        """SIGKILL; that it had ended otherwise before must not go unseen."""
        if self.process is None:
            return
        ended = self.process.poll()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # its session of its own: a wrapper goes with it
        except ProcessLookupError:
            pass
        self.process.wait()
        self._reader.join(5)
        self.process.stderr.close()
        self.process = None
        assert ended in (None, -signal.SIGKILL), f"the relay had ended by itself with status {ended}:\n{self.tail()}"

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        """What must not happen unseen: that it ended by itself; under a sanitizer also leaks, which are looked for when
        it ends in order."""
        try:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the relay ended by itself with status {self.wait()}:\n{self.tail()}")
            if SANITIZER:
                self.stop()
        finally:
            self.kill()
            if self.own_directory:
                shutil.rmtree(self.directory, ignore_errors=True)

    def reload(self, config=None):
        if config is not None:
            self.config_path.write_text(config)
        self.process.send_signal(signal.SIGHUP)

    def _read_log(self, stream):
        for line in stream:
            self.log.append(line.decode("utf-8", "replace").rstrip("\n"))

    def tail(self, count=40):
        return "\n".join(self.log[-count:])

    def logged(self, *words, since=0):
        return any(all(word.lower() in line.lower() for word in words) for line in self.log[since:])

    def wait_logged(self, *words, since=0, patience=None):
        wait_until(lambda: self.logged(*words, since=since), f"a log line with {words}:\n{self.tail()}", patience)

    def thread(self, name):
        """The id of the one thread of this name."""
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == name:
                return int(task.name)
        raise AssertionError(f"the relay has no thread {name}")

    def rss_bytes(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def spool_bytes(self):
        total = 0
        for path in self.spool.rglob("*"):
            try:
                total += path.stat().st_blocks * 512
            except OSError:
                pass
        return total

    # -- talking to it ------------------------------------------------------------------------------------------

    def connect(self, timeout=10):
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        context = ssl.create_default_context(cafile=str(self.directory / "cert.pem"))
        context.check_hostname = False
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=context)

    def request(self, method, path="/", body=None, headers=(), connection=None) -> Answer:
        """One request; `headers` may hold a name twice. Without `connection` a fresh one is used and closed."""
        own = connection is None
        connection = connection or self.connect()
        began = time.monotonic()
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            data = response.read()
            return Answer(response.status, response.headers, data, time.monotonic() - began)
        finally:
            if own:
                connection.close()

    def raw(self, data: bytes, timeout=10, half_close=False) -> bytes:
        """Sends bytes as they are; returns everything until the relay closes or falls silent for a second."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as sock:
            sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            received = b""
            try:
                while True:
                    sock.settimeout(timeout if not received else 1.0)
                    piece = sock.recv(65536)
                    if not piece:
                        return received
                    received += piece
            except (TimeoutError, ConnectionResetError):
                return received

    # -- its admin side -----------------------------------------------------------------------------------------

    @property
    def admin_token(self):
        return (self.spool / "admin-token").read_text().strip()

    def admin_request(self, method, path, body=None, authorized=True, headers=()) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=30)
        try:
            all_headers = dict(headers)
            if authorized:
                all_headers["Authorization"] = f"Bearer {self.admin_token}"
            connection.request(method, path, body, all_headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def api(self, path, method="GET", body=None):
        answer = self.admin_request(method, "/api/v1/" + path, None if body is None else json.dumps(body))
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {answer}")
        return json.loads(answer.body) if answer.body else None

    def metrics(self):
        """{name{labels}: value}"""
        values = {}
        for line in self.admin_request("GET", "/metrics", authorized=False).text.splitlines():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                values[name] = float(value)
        return values

    # -- the command line ---------------------------------------------------------------------------------------

    def cli(self, *words, check=True, input=None, where=True, environment=None):
        """`hookline WORDS…`, pointed at this relay's admin address (or at its spool when it is not running)."""
        command = [str(self.binary), *words]
        if where:
            command += ["--spool", str(self.spool)]
            if self.process is not None:
                command += ["--admin", f"127.0.0.1:{self.admin_port}"]
        return run_cli(command, check=check, input=input, environment=environment)


def passing_sockets(command, sockets, environment):
    """The command that runs `command` with the sockets from descriptor 3 on and with its own process id in LISTEN_PID,
    and the descriptors to hand it."""
    passed = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100) for _, one in sockets]
    moves = " ".join(f"{3 + number}<&{descriptor} {descriptor}<&-" for number, descriptor in enumerate(passed))
    environment.update({"LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(name for name, _ in sockets)})
    return ["bash", "-c", f'exec {moves}; export LISTEN_PID=$$; exec "$@"', "bash", *command], passed


def variable(key):
    """The environment's name of a configuration key: spool.directory is HOOKLINE_SPOOL_DIRECTORY."""
    return "HOOKLINE_" + key.upper().replace(".", "_")


class CliResult:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f"no JSON on stdout: {self.out[:500]!r} (stderr {self.err[:500]!r})")


def run_cli(command, check=True, input=None, environment=None):
    done = subprocess.run(command, input=input, capture_output=True, text=True, timeout=PATIENCE * 3,
                          stdin=subprocess.DEVNULL if input is None else None,
                          env={"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "LANG": "C.UTF-8",
                               **inherited(), **(environment or {})})
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return CliResult(done.returncode, done.stdout, done.stderr)


def _listening(line):
    if "listening" not in line:
        return None
    name = re.search(r'"?name"?[=:]"?(\w+)', line)
    address = re.search(r'"?address"?[=:]"?[\d.]+:(\d+)', line)
    return (name.group(1), int(address.group(1))) if name and address else None


# -- what Okta posts ----------------------------------------------------------------------------------------------

def event(**changes):
    """A plain, complete System Log event in the form hooks deliver, with a uuid of its own. A value of DROP leaves
    the key out."""
    made = {
        "uuid": str(uuids.uuid4()), "published": "2026-03-04T05:06:07.089Z", "eventType": "user.session.start",
        "version": "0", "displayMessage": "User login to Okta", "severity": "INFO",
        "client": {"userAgent": {"rawUserAgent": "Mozilla/5.0", "os": "Linux", "browser": "FIREFOX"}, "zone": "null",
                   "device": "Computer", "id": None, "ipAddress": "192.0.2.17", "ipChain": [
                       {"ip": "192.0.2.17", "geographicalContext": {"city": "Bergen", "country": "Norway"},
                        "version": "V4", "source": None}]},
        "actor": {"id": "00u1abcd", "type": "User", "alternateId": "kari@example.com", "displayName": "Kari Nord"},
        "outcome": {"result": "SUCCESS", "reason": None},
        "target": [{"id": "0oa9xyz", "type": "AppInstance", "alternateId": "Wiki", "displayName": "Wiki"}],
        "transaction": {"type": "WEB", "id": "ZzYyXx", "detail": {}},
        "debugContext": {"debugData": {"requestUri": "/api/v1/authn", "threatSuspected": "false"}},
        "authenticationContext": {"authenticationStep": 0, "externalSessionId": "102abc"}, "securityContext": {},
    }
    made.update(changes)
    return {key: value for key, value in made.items() if value is not DROP}


DROP = object()

# Waits that are minutes in production, so that a test sees what follows them.
QUICK = {"ship.backoff_first": "50ms", "ship.backoff_max": "400ms", "ship.probe_first": "200ms",
         "ship.probe_max": "1s", "ship.refusal_memory": "1s", "ship.bulk_age_max": "50ms"}


class Raw:
    """JSON text that must reach the wire as it is written here."""

    def __init__(self, text):
        self.text = text


def envelope(events, **changes):
    """A delivery's body as bytes. Events are dicts, or Raw."""
    outer = {"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1",
             "source": "https://acme.okta.com/api/v1/eventHooks/who1", "eventId": str(uuids.uuid4()),
             "eventTime": "2026-03-04T05:06:17.100Z", "contentType": "application/json"}
    outer.update(changes)
    outer = {key: value for key, value in outer.items() if value is not DROP}
    inner = ",".join(one.text if isinstance(one, Raw) else json.dumps(one, separators=(",", ":")) for one in events)
    head = "".join(json.dumps(key) + ":" + (value.text if isinstance(value, Raw) else json.dumps(value)) + ","
                   for key, value in outer.items())
    return ("{" + head + '"data":{"events":[' + inner + "]}}").encode("utf-8", "surrogatepass")


def hook_headers(token=TOKEN, region="us", **more):
    headers = [("Accept", "application/json"), ("Content-Type", "application/json"),
               ("User-Agent", "Okta Hook Service v1.0.0 - who1")]
    if token is not None:
        headers.append(("logzio_token", token))
    if region is not None:
        headers.append(("logzio_region", region))
    return headers + [(name.replace("_", "-"), value) for name, value in more.items()]


# -- the test case ------------------------------------------------------------------------------------------------

class FlowTest(unittest.TestCase):
    """Starts what a test asks for and ends it afterwards; on failure the relay's log is shown."""

    maxDiff = 4000

    def setUp(self):
        self._relays = []

    def run(self, result=None):
        problems = len(result.errors) + len(result.failures) if result else 0
        done = super().run(result)
        if result and len(result.errors) + len(result.failures) > problems:
            for relay in self._relays:
                print(f"--- the relay's log:\n{relay.tail(60)}")
        return done

    def listener(self, **settings):
        from fake_listener import FakeListener
        made = FakeListener(**settings)
        self.addCleanup(made.close)
        return made

    def relay(self, listener=None, start=True, **settings):
        """A running relay whose `us` (and `eu`, unless given otherwise) listener is `listener`."""
        if listener is not None:
            settings.setdefault("listeners", {"us": listener.url, "eu": listener.url})
        settings["settings"] = {**QUICK, **settings.get("settings", {})}
        made = Relay(**settings)
        self._relays.append(made)
        self.addCleanup(made.close)
        return made.start() if start else made

    def post(self, relay, body, headers=None, path="/", connection=None):
        return relay.request("POST", path, body, hook_headers() if headers is None else headers, connection)

    def deliver(self, relay, events, headers=None, path="/", expect=200, connection=None, **outer):
        """Posts events and checks the answer."""
        answer = self.post(relay, envelope(events, **outer), headers, path, connection)
        self.assertEqual(answer.status, expect, answer)
        if expect == 200:
            self.assertEqual(answer.body, b"", "Okta wants an empty 200")
        return answer

    def prove(self, relay, listener, token=TOKEN, region="us"):
        """Has the token accepted, so that deliveries are stored from here on. What this sent is forgotten again."""
        first = event()
        self.deliver(relay, [first], hook_headers(token, region))
        listener.wait_for([first["uuid"]])
        listener.forget()

    def letters(self, relay, query=""):
        """Dead letters, oldest first; `body` is the bytes as text."""
        letters = relay.api("letters?body=1&count=1000" + query)["letters"]
        for letter in letters:
            letter["body"] = base64.b64decode(letter["body"]).decode("utf-8", "replace")
        return letters

    def wait_drained(self, relay, patience=None):
        wait_until(lambda: all(row["waiting_lines"] == 0 for row in relay.api("status")["tenants"]),
                   "nothing waits in the spool", patience)
