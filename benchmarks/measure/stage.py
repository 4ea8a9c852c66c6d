"""The stage on which everything is measured: the relay as shipped, on cores of its own; its two peers on another."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import machine

ROOT = Path(__file__).resolve().parents[2]
RELAY = ROOT / "build" / "release" / "hookline"
PEER = ROOT / "build" / "bench" / "benchmarks" / "bench_peer"
PATIENCE = 60.0
REFUSED_SHARE_MAX = 0.01  # a disk that stood still for two seconds is told of; a relay that refuses is not measured


class Trouble(Exception):
    """What was measured would mean nothing; the sentence says why."""


def pinned(cores):
    return lambda: os.sched_setaffinity(0, cores)


def mean_of_errors(process, text):
    return f"{process} ended: {text.strip()[-600:] or 'without a word'}"


class Peer:
    """bench_peer: commands in, JSON lines out."""

    def __init__(self, cores, *words):
        self.process = subprocess.Popen([str(PEER), *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, preexec_fn=pinned(cores))

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise Trouble(mean_of_errors("the generator or the listener", self.process.stderr.read()))
        return json.loads(line)

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def step_back(self):
        """Others on its core go before it from now on."""
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(task.name), 10)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


class Sink(Peer):
    """The listener. Its counts go up for as long as it lives."""

    def __init__(self, stage):
        super().__init__(stage.peer_cores, "sink", "--certificate", stage.certificate, "--key", stage.key)
        self.address = self.read()["address"]

    def ask(self, command="count"):
        self.say(command)
        return self.read()


class Load(Peer):
    """The generator, connected and waiting for `go`."""

    def __init__(self, stage, relay, **settings):
        words = []
        for name, value in settings.items():
            flag = "--" + name.replace("_", "-")
            words += [flag] if value is True else [] if value is False else [flag, value]
        super().__init__(stage.peer_cores, "load", f"https://127.0.0.1:{relay.port}/", "--ca-file", stage.certificate,
                         "--secret-file", stage.secret, *words)
        self.expect("connected")

    def expect(self, state):
        said = self.read()
        if said["state"] != state:
            raise Trouble(f"the generator said {said}")
        return said

    def go(self):
        self.say("go")

    def finish(self):
        """Its report; trouble when more than a few deliveries were not acknowledged."""
        report = self.expect("done")
        self.close()
        report["refused"] = report["started"] - report["acknowledged"]
        if report["refused"] > report["started"] * REFUSED_SHARE_MAX:
            raise Trouble(f"{report['refused']} of {report['started']} deliveries were not acknowledged: "
                          f"{report['problem']} (answers {report['answers']})")
        return report


class Relay:
    """`hookline serve` with synced commits and encryption, which it has no switch to leave out."""

    def __init__(self, stage, sink, name, **settings):
        self.stage, self.name = stage, name
        self.directory = stage.directory / name
        self.directory.mkdir()
        self.spool = self.directory / "spool"
        self.config = self.directory / "hookline.toml"
        self.config.write_text(self._config(sink, settings))
        self.process = None

    def _config(self, sink, settings):
        stage = self.stage
        keys = {
            "receive.listen": ["127.0.0.1:0"], "receive.certificate": str(stage.certificate),
            "receive.key": str(stage.key), "receive.loops": len(stage.relay_cores),
            "access.secret_files": [str(stage.secret)], "regions.us.url": f"https://{sink.address}",
            "spool.directory": str(self.spool), "spool.key_file": str(stage.spool_key),
            "client.ca_file": str(stage.certificate), "admin.listen": "127.0.0.1:0",
            # Thousands of tenants have to be proven before the measuring begins; five a second would take all day.
            "ship.proofs_region_second_max": 10000, "ship.proofs_max": 1000,
        }
        keys.update(settings)
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())

    def start(self):
        """Seconds from the start of the process until it said that it was ready."""
        began = time.monotonic()
        self.process = subprocess.Popen([str(RELAY), "serve", "--config", str(self.config)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        preexec_fn=pinned(self.stage.relay_cores))
        said = []
        for line in self.process.stderr:
            said.append(line)
            if "listening" in line and "receive" in line:
                self.port = int(re.search(r"127\.0\.0\.1:(\d+)", line).group(1))
            if re.search(r"\bready\b", line):
                break
        else:
            raise Trouble(mean_of_errors("the relay", "".join(said)))
        took = time.monotonic() - began
        # Read on, so that the relay never waits for its log; the last words are for when it ends.
        self.log = said
        self._reader = threading.Thread(target=lambda stream: self.log.extend(stream), args=(self.process.stderr,),
                                        daemon=True)
        self._reader.start()
        return took

    @property
    def pid(self):
        return self.process.pid

    def end(self, how=signal.SIGTERM):
        if self.process is None:
            return
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        self.process.stderr.close()
        self.process = None
        if how == signal.SIGTERM and status != 0:
            raise Trouble(mean_of_errors("the relay", "".join(self.log)))

    def close(self):
        if self.process is not None:
            self.end(signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)


class Stage:
    """Directory, keys and cores for a run; what is left of it is removed at the end."""

    def __init__(self, directory):
        self.relay_cores, self.peer_cores = machine.split_cores()
        Path(directory).mkdir(parents=True, exist_ok=True)
        self.directory = Path(tempfile.mkdtemp(prefix="run-", dir=directory))
        self.certificate, self.key = self.directory / "certificate.pem", self.directory / "key.pem"
        self.secret, self.spool_key = self._file("secret", secrets.token_hex(16)), self._file("spool.key",
                                                                                              secrets.token_hex(32))
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                               "-nodes", "-keyout", self.key, "-out", self.certificate, "-days", "2", "-subj",
                               "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                              capture_output=True, text=True)
        if made.returncode != 0:
            raise Trouble(f"no certificate could be made: {made.stderr}")
        self._number = 0

    def _file(self, name, text):
        path = self.directory / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def sink(self):
        return Sink(self)

    def relay(self, sink, **settings):
        self._number += 1
        return Relay(self, sink, f"relay-{self._number}", **settings)

    def load(self, relay, **settings):
        return Load(self, relay, **settings)

    def disk(self, seconds=2.0):
        """Times of one append and fdatasync where the spool lies, in microseconds."""
        done = subprocess.run([str(PEER), "disk", str(self.directory), "--seconds", str(seconds)], capture_output=True,
                              text=True, preexec_fn=pinned(self.relay_cores))
        if done.returncode != 0:
            raise Trouble(done.stderr.strip())
        return json.loads(done.stdout)

    def prove(self, relay, tenants):
        """One delivery of each tenant: its token is proven by the listener, and known from there on."""
        load = self.load(relay, connections=min(16, tenants), tenants=tenants, deliveries=tenants)
        load.go()
        load.expect("window")
        report = load.finish()
        if report["refused"]:
            raise Trouble(f"{report['refused']} of {tenants} tenants could not be proven: {report['problem']}")
        return report

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)


def wait_for_lines(sink, lines, patience=PATIENCE, every=0.02):
    """Until the listener has that many lines; its counts then."""
    waits_until = time.monotonic() + patience
    while True:
        counts = sink.ask()
        if counts["lines"] >= lines:
            return counts
        if time.monotonic() > waits_until:
            raise Trouble(f"of {lines} events {lines - counts['lines']} did not arrive within {patience:.0f} s")
        time.sleep(every)
