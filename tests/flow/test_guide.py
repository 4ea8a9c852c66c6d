"""The steps of docs/operations.md and docs/from-the-lambda.md, taken as they are written: with a simulated Okta that goes on
posting meanwhile, nothing that it offered is lost and nothing arrives twice."""

import gzip
import http.client
import http.server
import json
import os
import shutil
import signal
import subprocess
import threading
import urllib.parse

from harness import (BINARY, DROP, OTHER_TOKEN, PATIENCE, ROOT, TOKEN, FlowTest, event, hook_headers, inherited, run_cli,
                     wait_until)
from sanitizer import SANITIZER
from test_tls import make_certificate, serial_shown

# Deliveries a second of the simulated Okta, which waits 3 s for each answer whatever slows the relay down.
RATE = 20 if SANITIZER else 100

OLD_SECRET, NEW_SECRET = "the-old-secret-of-acme", "the-new-secret-of-acme"
CONFIG = """
[tenants.acme]
region = "us"
token_file = "acme.token"

[hooks.acme]
secret_files = ["acme.secret"]
"""


class Guide(FlowTest):
    def acme(self, listener, **more):
        """A relay with the tenant and hook of the guide, and its secrets in files."""
        relay = self.relay(listener, start=False, config=CONFIG, **more)
        self.write(relay, "acme.token", TOKEN)
        self.write(relay, "acme.secret", OLD_SECRET)
        return relay.start()

    def write(self, relay, name, *lines):
        path = relay.directory / name
        path.write_text("".join(line + "\n" for line in lines))
        path.chmod(0o600)
        return path

    def take_up(self, relay):
        marker = len(relay.log)
        relay.reload()
        relay.wait_logged("configuration taken up", since=marker)

    def okta(self, relay, *flags, path="/hooks/acme", url=None):
        """`hookline sim okta`, running; it ends with 1 if Okta would have lost anything."""
        made = subprocess.Popen([str(BINARY), "sim", "okta", url or f"http://127.0.0.1:{relay.port}{path}", "--no-verify",
                                 *map(str, flags)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, env={"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", **inherited()})
        self.addCleanup(made.stdout.close)
        self.addCleanup(made.wait)
        self.addCleanup(made.kill)
        return made

    def assert_lost_nothing(self, okta):
        said, _ = okta.communicate(timeout=3 * PATIENCE)
        self.assertEqual(okta.returncode, 0, said)
        self.assertIn("Okta would have lost 0 events", said)

    def events_file(self, relay, count, **changes):
        events = [event(**changes) for _ in range(count)]
        path = relay.directory / "events.ndjson"
        path.write_text("".join(json.dumps(one) + "\n" for one in events))
        return path, [one["uuid"] for one in events]

    def acknowledged(self, path):
        return path.read_text().split()


class AnotherSecretForOkta(Guide):
    def test_a_second_hook_beside_the_first_loses_nothing_and_repeats_nothing(self):
        listener = self.listener()
        relay = self.acme(listener)
        old = self.write(relay, "old", OLD_SECRET)
        new = self.write(relay, "new", NEW_SECRET)
        events, uuids = self.events_file(relay, 300)
        first = self.okta(relay, "--secret-file", old, "--events", events, "--rate", RATE)
        listener.wait_lines(10)

        self.write(relay, "acme.secret", OLD_SECRET, NEW_SECRET)
        self.take_up(relay)
        second = self.okta(relay, "--secret-file", new, "--events", events, "--rate", 0)  # the same events by both hooks
        self.assert_lost_nothing(second)
        self.assert_lost_nothing(first)

        self.write(relay, "acme.secret", NEW_SECRET)
        self.take_up(relay)
        listener.wait_for(uuids)
        self.wait_drained(relay)
        self.assertEqual(sorted(listener.uuids()), sorted(uuids), "each event once")
        self.deliver(relay, [event()], [("Authorization", OLD_SECRET)], path="/hooks/acme", expect=401)
        self.deliver(relay, [event()], [("Authorization", NEW_SECRET)], path="/hooks/acme")


class AnotherLogzioToken(Guide):
    def test_of_a_named_tenant_while_okta_posts(self):
        listener = self.listener(tokens=[TOKEN, OTHER_TOKEN])
        relay = self.acme(listener)
        posted = relay.directory / "acknowledged"
        okta = self.okta(relay, "--secret-file", relay.directory / "acme.secret", "--rate", RATE, "--acknowledged", posted)
        listener.wait_lines(50, token=TOKEN)
        self.write(relay, "acme.token", OTHER_TOKEN)
        self.take_up(relay)
        listener.wait_lines(50, token=OTHER_TOKEN)
        listener.tokens = {OTHER_TOKEN}  # the first one is disabled in Logz.io
        listener.wait_lines(100, token=OTHER_TOKEN)
        okta.send_signal(signal.SIGINT)  # no new deliveries
        self.assert_lost_nothing(okta)
        uuids = self.acknowledged(posted)
        listener.wait_for(uuids)
        self.wait_drained(relay)
        self.assertEqual(sorted(listener.uuids()), sorted(uuids), "each event once, by one token or the other")
        self.assertEqual(self.letters(relay), [])

    def test_of_a_named_tenant_whose_first_token_was_disabled_too_early(self):
        listener = self.listener(tokens=[OTHER_TOKEN])
        relay = self.acme(listener)
        posted = relay.directory / "acknowledged"
        okta = self.okta(relay, "--secret-file", relay.directory / "acme.secret", "--deliveries", 50, "--rate", 0,
                         "--acknowledged", posted)
        self.assert_lost_nothing(okta)  # Okta hears 200 all the same
        wait_until(lambda: relay.api("tenants")["tenants"][0]["hold"] == "token_rejected", "the tenant is held")
        self.write(relay, "acme.token", OTHER_TOKEN)
        self.take_up(relay)
        listener.wait_for(self.acknowledged(posted), token=OTHER_TOKEN)
        self.assertEqual(self.letters(relay), [])

    def test_of_header_mode_a_queue_moves_to_the_new_token_before_that_has_delivered_anything(self):
        listener = self.listener(tokens=[TOKEN, OTHER_TOKEN])
        relay = self.relay(listener)
        self.prove(relay, listener)
        listener.tokens = {OTHER_TOKEN}
        waiting = event()
        self.deliver(relay, [waiting])
        wait_until(lambda: relay.api("tenants")["tenants"][0]["hold"] == "token_rejected", "the tenant is held")
        label = relay.api("tenants")["tenants"][0]["label"]
        new = self.write(relay, "new.token", OTHER_TOKEN)
        relay.cli("tenant", "rekey", label, "--token-file", str(new), "--yes")
        listener.wait_for([waiting["uuid"]], token=OTHER_TOKEN)

    def test_of_header_mode_rekey_refuses_once_the_new_token_is_a_tenant(self):
        listener = self.listener(tokens=[TOKEN, OTHER_TOKEN])
        relay = self.relay(listener)
        self.prove(relay, listener)
        label = relay.api("tenants")["tenants"][0]["label"]
        self.deliver(relay, [event()], hook_headers(OTHER_TOKEN))
        new = self.write(relay, "new.token", OTHER_TOKEN)
        refused = relay.cli("tenant", "rekey", label, "--token-file", str(new), "--yes", check=False)
        self.assertNotEqual(refused.status, 0)
        self.assertIn("another tenant has this region and token", refused.err)


class MovingASpool(Guide):
    def test_to_another_directory_with_what_waits_in_it(self):
        listener = self.listener(listening=False)
        relay = self.acme(listener)
        posted = relay.directory / "acknowledged"
        okta = self.okta(relay, "--secret-file", relay.directory / "acme.secret", "--deliveries", 50, "--rate", 0,
                         "--acknowledged", posted)
        self.assert_lost_nothing(okta)
        relay.stop()
        moved = relay.directory / "elsewhere"
        shutil.copytree(relay.spool, moved)
        self.assertIn("the spool is whole", run_cli([str(BINARY), "spool", "verify", "--spool", str(moved)]).out)
        relay.spool = moved
        relay.start()
        listener.come_up()
        listener.wait_for(self.acknowledged(posted))


class ALostKey(Guide):
    def test_the_sealed_spool_is_put_aside_and_delivers_once_the_key_turns_up(self):
        listener = self.listener(listening=False)
        relay = self.relay(listener, start=False, config=CONFIG + '[spool]\nkey_file = "spool.key"\n')
        self.write(relay, "acme.token", TOKEN)
        self.write(relay, "acme.secret", OLD_SECRET)
        key = self.write(relay, "spool.key", "a1" * 32)
        relay.start()
        authorized = [("Authorization", OLD_SECRET)]
        waiting, later = event(), event()
        self.deliver(relay, [waiting], authorized, path="/hooks/acme")
        relay.stop()

        lost = key.rename(relay.directory / "lost.key")
        self.write(relay, "spool.key", "b2" * 32)
        relay.spawn()
        self.assertNotEqual(relay.wait(), 0)
        self.assertTrue(relay.logged("is sealed with key"), relay.tail())

        sealed = relay.spool.rename(relay.directory / "sealed")
        relay.start()
        self.deliver(relay, [later], authorized, path="/hooks/acme")
        told = run_cli([str(BINARY), "spool", "verify", "--spool", str(sealed)]).out
        self.assertIn("the spool is whole", told)
        listener.come_up()
        listener.wait_for([later["uuid"]])
        relay.stop()

        relay.spool = sealed
        lost.rename(key)
        relay.start()
        listener.wait_for([waiting["uuid"]])


class Certificates(Guide):
    def test_certbots_hook_brings_a_renewed_pair_to_where_the_relay_takes_it_up(self):
        relay = self.relay(self.listener(), start=False, flags=["--tls", "on"])
        lineage, target = relay.directory / "live" / "hooks.example.com", relay.directory / "tls"
        lineage.mkdir(parents=True)

        def renewed(name="hooks.example.com"):
            certificate, key = make_certificate(relay.directory, "renewed")
            shutil.copy(certificate, lineage / "fullchain.pem")
            shutil.copy(key, lineage / "privkey.pem")
            subprocess.run([str(ROOT / "deploy" / "certbot" / "hookline")], check=True, capture_output=True, env={
                "PATH": os.environ["PATH"], "RENEWED_LINEAGE": str(lineage), "RENEWED_DOMAINS": f"other.example.com {name}",
                "HOOKLINE_TLS": str(target), "HOOKLINE_OWNER": f"{os.geteuid()}:{os.getegid()}"})

        renewed()
        relay.config_path.write_text('[receive]\ncertificate = "tls/fullchain.pem"\nkey = "tls/privkey.pem"\n')
        plain = relay.command
        relay.command = lambda: without_pair(plain(), "--tls", "off")
        relay.start()
        self.assertEqual((target / "privkey.pem").stat().st_mode & 0o777, 0o600)
        before = serial_shown(relay)
        renewed("not-ours.example.com")
        self.assertEqual(serial_shown(relay), before, "another name's renewal is left alone")
        renewed()
        wait_until(lambda: serial_shown(relay) != before, "the renewed certificate is shown")


class AGap(Guide):
    def test_events_of_the_system_log_can_be_posted_as_okta_would(self):
        listener = self.listener()
        relay = self.acme(listener)
        request = {"ipChain": [{"ip": "192.0.2.17", "version": "V4", "source": None}]}
        events, uuids = self.events_file(relay, 20, request=request, client={"ipAddress": "192.0.2.17"}, insertionTimestamp=DROP)
        okta = self.okta(relay, "--secret-file", relay.directory / "acme.secret", "--org", "example.okta.com", "--events", events,
                         "--rate", 0)
        self.assert_lost_nothing(okta)
        listener.wait_for(uuids)
        line = listener.line(uuids[0])
        self.assertEqual((line["tenant_name"], line["request"]), ("example.okta.com", request))


class Lambda(http.server.BaseHTTPRequestHandler):
    """What logzio/okta-events-hook 1.0 does with a delivery: ships each event, with the envelope's keys over its own, before
    it answers."""

    protocol_version = "HTTP/1.1"
    listener_port = None

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        lines = []
        for one in body["data"]["events"]:
            one["@timestamp"], one["message"], one["type"] = one.pop("published"), one["displayMessage"], "okta"
            one.update({key: value for key, value in body.items() if key != "data"})
            lines.append(json.dumps(one))
        shipping = http.client.HTTPConnection("127.0.0.1", self.listener_port, timeout=PATIENCE)
        query = urllib.parse.urlencode({"token": self.headers["logzio_token"], "type": "okta"})
        shipping.request("POST", "/?" + query, gzip.compress(("\n".join(lines) + "\n").encode()), {"Content-Encoding": "gzip"})
        status = shipping.getresponse().status
        shipping.close()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class FromTheLambda(Guide):
    def the_lambda(self, listener):
        """Its URL; running until the test ends."""
        handler = type("Handler", (Lambda,), {"listener_port": listener.port})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.handle_error = lambda *_: None  # a hook that is taken off breaks its connections off
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}/"

    def test_two_hooks_side_by_side_leave_no_gap_and_can_be_told_apart(self):
        listener = self.listener()
        relay = self.acme(listener)
        token = self.write(relay, "token", TOKEN)
        events, uuids = self.events_file(relay, 200)
        old = self.okta(relay, "--region", "us", "--token-file", token, "--events", events, "--rate", RATE / 2,
                        url=self.the_lambda(listener))
        listener.wait_lines(5)
        new = self.okta(relay, "--secret-file", relay.directory / "acme.secret", "--events", events, "--rate", RATE / 2)
        wait_until(lambda: {"hookline" in line for line in listener.lines()} == {True, False}, "both deliver")
        old.kill()  # the first hook is deactivated, wherever it was
        self.assert_lost_nothing(new)
        listener.wait_for(uuids)
        self.wait_drained(relay)
        ours = [line["uuid"] for line in listener.lines() if "hookline" in line]
        self.assertEqual(sorted(ours), sorted(uuids), "by hookline each event once")

    def compare(self, **settings):
        """(the Lambda's document, hookline's) of one event that came both ways, through the same headers on /."""
        listener = self.listener()
        relay = self.relay(listener, settings=settings)
        token = self.write(relay, "token", TOKEN)
        events, uuids = self.events_file(relay, 1)
        for url in (self.the_lambda(listener), None):
            okta = self.okta(relay, "--region", "us", "--token-file", token, "--events", events, path="/", url=url)
            self.assert_lost_nothing(okta)
        wait_until(lambda: len(listener.lines()) == 2, "both documents are there")
        documents = {"hookline" in line: line for line in listener.lines()}
        self.assertEqual({line["uuid"] for line in documents.values()}, set(uuids))
        for one in documents.values():  # each delivery has its own
            del one["eventId"], one["eventTime"], one["source"]
        return documents[False], documents[True]

    def test_the_fields_that_change_are_those_of_the_table(self):
        before, after = self.compare()
        changed = {key for key in {*before, *after} if before.get(key, DROP) != after.get(key, DROP)}
        self.assertEqual(changed, {"eventType", "hookEventType", "published", "tenant_name", "hookline"})
        self.assertEqual((before["eventType"], after["eventType"], after["hookEventType"]),
                         ("com.okta.event_hook", "user.session.start", "com.okta.event_hook"))

    def test_the_old_shape_on_request_differs_in_nothing_but_what_is_added(self):
        before, after = self.compare(**{"document.compatibility": "reference"})
        self.assertEqual({key for key in {*before, *after} if before.get(key, DROP) != after.get(key, DROP)}, {"hookline"})

    def test_a_load_balancer_that_turns_to_hookline_is_noticed_by_nobody(self):
        """Header mode takes the very requests that the Lambda took, the secret included that it never looked at."""
        listener = self.listener()
        relay = self.relay(listener, settings={"access.secret": OLD_SECRET})
        token, secret = self.write(relay, "token", TOKEN), self.write(relay, "secret", OLD_SECRET)
        events, uuids = self.events_file(relay, 100)
        flags = ["--region", "us", "--token-file", token, "--secret-file", secret]
        half = relay.directory / "half.ndjson"
        lines = events.read_text().splitlines(keepends=True)
        for part, url in ((lines[:50], self.the_lambda(listener)), (lines[50:], None)):
            half.write_text("".join(part))
            self.assert_lost_nothing(self.okta(relay, *flags, "--events", half, "--rate", 0, path="/", url=url))
        listener.wait_for(uuids)
        self.wait_drained(relay)
        self.assertEqual(sorted(listener.uuids()), sorted(uuids))


def without_pair(words, first, second):
    """The command line without two words that stand side by side."""
    place = next(at for at in range(len(words)) if words[at:at + 2] == [first, second])
    return words[:place] + words[place + 2:]
