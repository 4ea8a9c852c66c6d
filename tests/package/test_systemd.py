"""The package under a real systemd: enabled as the guide says, with every restriction of its unit in force, fed over the
socket on port 443, upgraded under load, and brought back when a thread of it hangs."""

import re
import subprocess
import threading
import unittest

from harness import FlowTest, envelope, event, wait_until
from machine import DEB, NEXT, Machine, can_make_machines

# Runs inside, where the ports are: a listener for Logz.io's part is started there by the program itself.
POST = r"""
import http.client, json, ssl, sys
body, secret = sys.stdin.buffer.read(), sys.argv[1]
context = ssl.create_default_context(cafile="/etc/hookline/credentials/receive.certificate")
connection = http.client.HTTPSConnection("localhost", 443, timeout=120, context=context)
connection.request("POST", "/hooks/acme", body, {"Authorization": secret, "Content-Type": "application/json", "Connection": "close"})
print(connection.getresponse().status)
"""
SECRET = "0123456789abcdef0123456789abcdef"
CONFIG = """
[receive]
tls = "on"
[spool]
directory = "/var/lib/hookline"
[regions.us]
url = "http://127.0.0.1:9100"
[tenants.acme]
region = "us"
[hooks.acme]
"""


@unittest.skipUnless(DEB and NEXT, "HOOKLINE_DEB and HOOKLINE_DEB_NEXT name no packages: ./test package makes them")
class Systemd(FlowTest):
    def setUp(self):
        super().setUp()
        if not can_make_machines(boot=True):
            self.skipTest("no systemd can be started here: this needs root, namespaces and the cgroup hierarchy of systemd")
        self.machine = Machine(boot=True)
        self.addCleanup(self.machine.close)
        self.machine.wait_booted()
        self.machine.install(DEB)
        self.set_up()

    def set_up(self):
        credentials = self.machine.path("/etc/hookline/credentials")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", str(credentials / "receive.key"), "-out", str(credentials / "receive.certificate")],
                       check=True, capture_output=True)
        for name, text in (("spool.key", "5e" * 32), ("hooks.acme.secret", SECRET),
                           ("tenants.acme.token", "abcdefghijklmnopqrstuvwxyzABCDEF")):
            (credentials / name).write_text(text + "\n")
        for path in credentials.iterdir():
            path.chmod(0o600)
        self.machine.path("/etc/hookline/hookline.toml").write_text(CONFIG)
        self.machine.path("/run/post.py").write_text(POST)
        self.logzio = subprocess.Popen([*self.machine.inside, "hookline", "sim", "logzio", "--listen", "us=127.0.0.1:9100",
                                        "--lines", "/run/lines"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.logzio.wait)
        self.addCleanup(self.logzio.kill)

    def systemctl(self, *words, check=True):
        done = self.machine.run("systemctl", *words, check=False)
        if check and done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr + self.journal())
        return done.stdout.strip()

    def journal(self):
        return self.machine.run("journalctl", "--no-pager", "-u", "hookline", "-u", "hookline.socket", check=False).stdout

    def show(self, name):
        return self.systemctl("show", "hookline", "--property", name, "--value")

    def post(self, one):
        done = subprocess.run([*self.machine.inside, "python3", "/run/post.py", SECRET], input=envelope([one]),
                              capture_output=True, timeout=180)
        return done.stdout.decode().strip() or done.stderr.decode()

    def arrived(self):
        path = self.machine.path("/run/lines")
        return set(re.findall(r'"uuid":"([^"]+)"', path.read_text())) if path.exists() else set()

    def test_a_life_under_systemd(self):
        self.systemctl("enable", "--now", "hookline")
        self.assertEqual(self.show("ActiveState"), "active", self.journal())
        self.assertTrue(self.show("StatusText").startswith("taking deliveries"), self.show("StatusText"))
        sent = [event()]
        self.assertEqual(self.post(sent[0]), "200", self.journal())

        # A reload, then an upgrade and the way back, with deliveries all the while.
        self.systemctl("reload", "hookline")
        ended, answers, lock = threading.Event(), [], threading.Lock()

        def load():
            while not ended.is_set():
                one = event()
                answer = self.post(one)
                with lock:
                    sent.append(one)
                    answers.append(answer)

        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for deb, words in ((NEXT, ()), (DEB, ("--allow-downgrades",))):
                before, pid = len(answers), self.show("MainPID")
                self.machine.install(deb, *words)
                self.assertNotEqual(self.show("MainPID"), pid, "the new program is at work")
                wait_until(lambda: len(answers) > before + 4, "deliveries are answered")
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        print(f"{len(answers)} deliveries over an upgrade and the way back")
        self.assertEqual(set(answers), {"200"}, self.journal())
        wait_until(lambda: {one["uuid"] for one in sent} <= self.arrived(), "all of it is with Logz.io")

        # Killed, it is back; and the socket held whoever came meanwhile.
        pid = self.show("MainPID")
        self.machine.run("kill", "-9", pid)
        self.assertEqual(self.post(event()), "200", self.journal())
        self.assertNotEqual(self.show("MainPID"), pid)

        # What it may not do, seen from inside its own restrictions.
        status = self.machine.path(f"/proc/{self.show('MainPID')}/status").read_text()
        self.assertRegex(status, r"CapBnd:\s+0+\n")
        self.assertRegex(status, r"NoNewPrivs:\s+1\n")
        self.assertRegex(status, r"Seccomp:\s+2\n")

        self.systemctl("stop", "hookline.socket", "hookline")
        self.assertEqual(self.show("Result"), "success", self.journal())
        self.assertNotIn("not permitted", self.journal())
