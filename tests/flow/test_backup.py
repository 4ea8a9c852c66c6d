"""`hookline backup`: of a running relay and of a spool at rest, whole or not there, and a start on it delivers."""

import json
import os
import shutil
import stat
import subprocess
import tempfile
import threading
from pathlib import Path

from harness import FlowTest, event, run_cli, wait_until


class Backup(FlowTest):
    def setUp(self):
        super().setUp()
        self.place = Path(tempfile.mkdtemp(prefix="hookline-backup-"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.logzio = self.listener()

    def relay_with_waiting(self, count=20, **settings):
        """A relay whose listener is down, and the events that wait in it."""
        relay = self.relay(self.logzio, settings={"spool.backup_directory": str(self.place), **settings})
        self.prove(relay, self.logzio)
        self.logzio.go_down()
        waiting = [event() for _ in range(count)]
        self.deliver(relay, waiting)
        return relay, [one["uuid"] for one in waiting]

    def restored(self, relay, backup, key=True):
        """Another relay on a backup, put where a spool stands."""
        made = self.relay(self.logzio, start=False)
        shutil.copytree(backup, made.spool)
        if key:
            shutil.copy(relay.spool / "spool.key", made.spool / "spool.key")
        return made

    def test_of_a_running_relay_and_a_start_on_it_delivers(self):
        relay, waiting = self.relay_with_waiting()
        told = relay.cli("backup", str(self.place / "monday"), "--json").json
        self.assertEqual(told["state"], "done", told)
        self.assertTrue(told["key_beside"])
        later = event()
        self.deliver(relay, [later])
        self.logzio.come_up()
        self.logzio.wait_for(waiting + [later["uuid"]])
        self.wait_drained(relay)
        relay.stop()
        self.logzio.forget()

        self.assertFalse((self.place / "monday" / "spool.key").exists())
        self.assertFalse((self.place / "monday" / "admin-token").exists())
        self.assertIn("the spool is whole", run_cli([str(relay.binary), "spool", "verify", "--spool", str(self.place / "monday")]).out)
        again = self.restored(relay, self.place / "monday").start()
        self.logzio.wait_for(waiting)
        self.wait_drained(again)
        self.assertNotIn(later["uuid"], self.logzio.uuids(), "what came after the backup is not in it")

    def test_of_a_spool_at_rest(self):
        relay, waiting = self.relay_with_waiting()
        relay.stop()
        text = relay.cli("backup", str(self.place / "cold")).out
        self.assertIn("whole and synced", text)
        self.assertIn("spool.key", text)
        self.assertEqual(text.count("\n"), 1)
        self.logzio.come_up()
        self.restored(relay, self.place / "cold").start()
        self.logzio.wait_for(waiting)

    def test_every_file_of_it_is_its_owners_alone(self):
        relay, _ = self.relay_with_waiting()
        relay.cli("backup", str(self.place / "private"))
        self.assertEqual(stat.S_IMODE((self.place / "private").stat().st_mode), 0o700)
        for path in (self.place / "private").iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)

    def test_without_the_key_it_says_which_one_it_wants(self):
        relay, _ = self.relay_with_waiting()
        told = relay.cli("backup", str(self.place / "keyless"), "--json").json
        bare = self.restored(relay, self.place / "keyless", key=False)
        bare.spawn()
        self.assertNotEqual(bare.wait(), 0)
        self.assertTrue(bare.logged(told["key"]), bare.tail())

    def test_the_relay_writes_nowhere_but_in_its_backup_directory(self):
        relay, _ = self.relay_with_waiting()
        outside = Path(tempfile.mkdtemp(prefix="hookline-outside-"))
        self.addCleanup(shutil.rmtree, outside, ignore_errors=True)
        for asked in (outside / "x", self.place / ".." / "x", relay.spool / "x", self.place):
            refused = relay.cli("backup", str(asked), check=False)
            self.assertEqual(refused.status, 1, asked)
            self.assertIn("spool.backup_directory", refused.err)
        self.assertEqual(list(outside.iterdir()), [])
        relay.cli("backup", str(self.place / "taken"))
        refused = relay.cli("backup", str(self.place / "taken"), check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn("is there already", refused.err)

    def test_without_a_backup_directory_a_running_relay_makes_none(self):
        relay = self.relay(self.logzio)
        refused = relay.cli("backup", str(self.place / "x"), check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn("set spool.backup_directory, or stop the relay", refused.err)
        self.assertEqual(list(self.place.iterdir()), [])

    def test_under_deliveries_it_holds_all_that_was_answered_before_it(self):
        relay, waiting = self.relay_with_waiting(1)
        answered, stop = list(waiting), threading.Event()

        def post():
            while not stop.is_set():
                one = event()
                self.deliver(relay, [one])
                answered.append(one["uuid"])

        poster = threading.Thread(target=post)
        poster.start()
        try:
            backups = []
            for number in range(5):
                count = len(answered)
                wait_until(lambda: len(answered) > count + 5, "deliveries go on")
                before = len(answered)
                relay.cli("backup", str(self.place / f"n{number}"))
                backups.append((self.place / f"n{number}", before))
        finally:
            stop.set()
            poster.join()
        self.logzio.come_up()
        self.logzio.wait_for(answered)
        relay.stop()
        for backup, before in backups:
            self.logzio.forget()
            again = self.restored(relay, backup).start()
            self.logzio.wait_for(answered[:before])
            again.stop()

    def test_a_kill_in_the_middle_leaves_no_backup_of_that_name_and_a_whole_spool(self):
        relay, waiting = self.relay_with_waiting(200)
        # Where tables cannot be linked they are copied, piece by piece; here it is the moment that is left to chance.
        command = [str(relay.binary), "backup", str(self.place / "torn"), "--spool", str(relay.spool), "--admin", f"127.0.0.1:{relay.admin_port}"]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.environ.get("PATH", "")})
        wait_until(lambda: any(self.place.iterdir()) or running.poll() is not None, "the backup has begun")
        relay.kill()
        running.communicate()
        if (self.place / "torn").exists():  # it had ended
            verified = run_cli([str(relay.binary), "spool", "verify", "--spool", str(self.place / "torn"), "--json"])
            self.assertTrue(verified.json["fine"])
        relay.start()
        self.assertEqual(relay.cli("backup", str(self.place / "whole"), "--json").json["state"], "done")
        if not (self.place / "torn").exists():
            self.assertEqual(relay.cli("backup", str(self.place / "torn"), "--json").json["state"], "done", "what was left is replaced")
        self.assertEqual([path.name for path in self.place.iterdir() if path.name.endswith(".partial")], [])
        self.logzio.come_up()
        self.logzio.wait_for(waiting)

    def test_a_strangers_call_makes_none(self):
        relay, _ = self.relay_with_waiting()
        body = json.dumps({"directory": str(self.place / "x")})
        self.assertEqual(relay.admin_request("POST", "/api/v1/backup", body, authorized=False).status, 401)
        self.assertEqual(relay.admin_request("POST", "/api/v1/backup", body, headers={"Origin": "http://evil.example"}).status, 403)
        self.assertEqual(list(self.place.iterdir()), [])
