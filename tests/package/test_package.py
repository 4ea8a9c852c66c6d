"""The Debian package as its users meet it: installed by apt, run as its user, upgraded and taken back, removed, purged.

All of that happens in a copy of a root directory (an overlay that is gone afterwards) behind a mount namespace of its own:
of this machine's root, or of HOOKLINE_PACKAGE_ROOT, which shows with a bare Debian that the dependencies are right.
HOOKLINE_DEB and HOOKLINE_DEB_NEXT name the packages; `./test package` makes them.
"""

import os
import shutil
import subprocess
import unittest
from pathlib import Path

from harness import FlowTest, event
from machine import DEB, NEXT, Machine, can_make_machines

@unittest.skipUnless(DEB and NEXT, "HOOKLINE_DEB and HOOKLINE_DEB_NEXT name no packages: ./test package makes them")
class Package(FlowTest):
    def setUp(self):
        super().setUp()
        if not can_make_machines():
            self.skipTest("this needs root and the right to mount an overlay")
        self.machine = Machine()
        self.addCleanup(self.machine.close)
        self.logzio = self.listener()

    def run_it(self):
        """The installed program as its own user, on its own spool."""
        relay = self.relay(self.logzio, start=False, wrapper=self.machine.as_hookline, binary="/usr/bin/hookline")
        relay.spool = Path("/var/lib/hookline")
        return relay.start()

    def kept(self, relay, count):
        """So many events that Logz.io does not take."""
        self.logzio.go_down()
        sent = [event() for _ in range(count)]
        for one in sent:
            self.deliver(relay, [one])
        return [one["uuid"] for one in sent]

    def modes(self, *names):
        return self.machine.run("stat", "-c", "%a %U:%G", *names).stdout.split("\n")[:-1]

    def test_what_an_installation_leaves(self):
        self.machine.install(DEB)
        self.assertEqual(self.modes("/var/lib/hookline", "/etc/hookline/credentials", "/etc/hookline/hookline.toml",
                                    "/usr/bin/hookline", "/lib/systemd/system/hookline.service"),
                         ["700 hookline:hookline", "700 root:root", "644 root:root", "755 root:root", "644 root:root"])
        self.assertIn("hookline ", self.machine.run("hookline", "version").stdout)
        account = self.machine.run("getent", "passwd", "hookline").stdout.split(":")
        self.assertEqual(account[5:], ["/var/lib/hookline", "/usr/sbin/nologin\n"])
        for name in ("/usr/share/man/man1/hookline.1.gz", "/usr/share/bash-completion/completions/hookline",
                     "/usr/share/zsh/vendor-completions/_hookline", "/usr/share/doc/hookline/copyright",
                     "/usr/share/doc/hookline/changelog.Debian.gz"):
            self.assertTrue(self.machine.path(name).exists(), name)
        for unit in ("hookline.socket", "hookline.service"):
            self.assertFalse(list(self.machine.path("/etc/systemd/system").glob(f"*.wants/{unit}")),
                             "nothing starts before it is configured")
        # What it comes with is right but for what only its owner knows.
        told = self.machine.run("hookline", "check", "--config", "/etc/hookline/hookline.toml", check=False)
        self.assertEqual(told.returncode, 78)
        self.assertIn("receive.certificate", told.stdout + told.stderr)

    def test_an_upgrade_and_the_way_back_keep_spool_and_configuration(self):
        self.machine.install(DEB)
        with self.machine.path("/etc/hookline/hookline.toml").open("a") as config:
            config.write("# ours\n")
        relay = self.run_it()
        self.prove(relay, self.logzio)
        first = self.kept(relay, 5)
        relay.stop()

        self.machine.install(NEXT)
        self.assertNotEqual(self.machine.run("dpkg-query", "-W", "hookline").stdout, "")
        relay = self.run_it()
        second = self.kept(relay, 5)
        relay.stop()

        self.machine.install(DEB, "--allow-downgrades")
        relay = self.run_it()
        self.logzio.come_up()
        self.logzio.wait_for(first + second)
        relay.stop()
        self.assertIn("# ours\n", self.machine.path("/etc/hookline/hookline.toml").read_text())
        self.assertEqual(self.modes("/var/lib/hookline"), ["700 hookline:hookline"])

    def test_neither_removing_nor_purging_deletes_events_and_both_say_where_they_are(self):
        self.machine.install(DEB)
        relay = self.run_it()
        self.prove(relay, self.logzio)
        sent = self.kept(relay, 3)
        relay.stop()
        self.machine.path("/etc/hookline/credentials/spool.key").write_text("5e" * 32)
        for how in ("remove", "purge"):
            told = self.machine.apt(how, "hookline")
            self.assertIn("/var/lib/hookline", told.stdout + told.stderr)
            self.assertEqual(self.modes("/var/lib/hookline"), ["700 hookline:hookline"], "its owner is still known")
            self.assertTrue(self.machine.path("/etc/hookline/credentials/spool.key").exists())
        self.assertFalse(self.machine.path("/etc/hookline/hookline.toml").exists(), "purge takes the configuration")

        self.machine.install(DEB)
        relay = self.run_it()
        self.logzio.come_up()
        self.logzio.wait_for(sent)
        relay.stop()

    def test_purging_one_that_holds_nothing_leaves_nothing(self):
        self.machine.install(DEB)
        self.machine.apt("purge", "hookline")
        for name in ("/var/lib/hookline", "/etc/hookline", "/usr/bin/hookline"):
            self.assertFalse(self.machine.path(name).exists(), name)
        self.assertEqual(self.machine.run("getent", "passwd", "hookline", check=False).stdout, "")


@unittest.skipUnless(DEB, "HOOKLINE_DEB names no package: ./test package makes it")
@unittest.skipUnless(shutil.which("lintian"), "there is no lintian here")
class Policy(unittest.TestCase):
    # It is no part of Debian: no bug of its archive announces it, and its authors have no address there.
    NOT_OURS = "initial-upload-closes-no-bugs,bogus-mail-host,bogus-mail-host-in-debian-changelog"

    def test_lintian_finds_no_error_and_no_warning(self):
        told = subprocess.run(["lintian", "--fail-on", "error,warning", "--suppress-tags", self.NOT_OURS, DEB],
                              capture_output=True, text=True, timeout=600, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
        self.assertEqual(told.returncode, 0, told.stdout + told.stderr)
