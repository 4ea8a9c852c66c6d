"""No secret gets out: after a run with every kind of failure, tokens and secrets are searched for everywhere a person or
a machine could look."""

import hashlib
import json

from fake_listener import Reply, refuses
from harness import FlowTest, envelope, event, hook_headers, run_cli, wait_until

# Nothing else in a run looks like these.
CANARY_HEADER = "CanaryHeaderTokenCanaryHeaderT01"
CANARY_REFUSED = "CanaryRefusedTokenCanaryRefuse02"
CANARY_NAMED = "CanaryNamedTenantTokenCanaryNa03"
CANARY_AUTHORIZATION = "canary-authorization-secret-04"
CANARIES = (CANARY_HEADER, CANARY_REFUSED, CANARY_NAMED, CANARY_AUTHORIZATION)


class Canary(FlowTest):
    def test_no_secret_gets_out(self):
        listener = self.listener(tokens=[CANARY_HEADER, CANARY_NAMED])
        relay = self.relay(
            listener, config='[access]\nheader_mode = "on"\n[tenants.acme]\nregion = "us"\n[hooks.acme]\n[log]\nlevel = "debug"\n',
            settings={"tenants.acme.token": CANARY_NAMED, "hooks.acme.secret": CANARY_AUTHORIZATION,
                      "access.secret": CANARY_AUTHORIZATION, "listener.answer_time_max": "300ms"})
        seen = []  # everything the relay said

        def told(answer):
            seen.append(str(answer.headers) + answer.text)
            return answer.status

        def headers(token, region="us", secret=CANARY_AUTHORIZATION):
            return hook_headers(token, region) + [("Authorization", secret)]

        self.assertEqual(told(self.post(relay, envelope([event()]), headers(CANARY_HEADER))), 200)
        self.assertEqual(told(self.post(relay, envelope([event()]), headers(CANARY_REFUSED))), 401)
        told(self.post(relay, envelope([event()]), headers(CANARY_HEADER, "nowhere")))
        told(self.post(relay, envelope([event()]), headers(CANARY_HEADER + "x")))
        told(self.post(relay, envelope([event()]), headers(CANARY_HEADER, secret=CANARY_AUTHORIZATION + "x")))
        told(self.post(relay, b"{broken " + CANARY_HEADER.encode(), headers(CANARY_HEADER)))
        told(self.post(relay, envelope([event()]), headers(CANARY_HEADER), path="/hooks/" + CANARY_HEADER))
        told(relay.request("GET", "/?token=" + CANARY_HEADER, headers=headers(CANARY_HEADER)))
        told(relay.request("GET", "/", headers=headers(CANARY_HEADER) + [("x-okta-verification-challenge", "c")]))
        seen.append(relay.raw(f"GET /{CANARY_HEADER} NONSENSE\r\nlogzio_token: {CANARY_HEADER}\r\n\r\n".encode()).decode("latin-1"))
        seen.append(relay.raw(f"GET / HTTP/1.1\r\nlogzio_token: {CANARY_HEADER}\r\n x: y\r\n\r\n".encode()).decode("latin-1"))

        def deliver_everywhere():
            self.post(relay, envelope([event(), event(displayMessage="poison"), event()]), headers(CANARY_HEADER))
            self.post(relay, envelope([event()]), [("Authorization", CANARY_AUTHORIZATION)], path="/hooks/acme")

        echo = lambda request: Reply(503, f"unknown token {request.token} in {request.path}?token={request.token}")
        faults = [Reply(401, "Logging token is not valid"), Reply(403), Reply(404, "no"), Reply(400, "?"), Reply(500),
                  Reply(301, headers=[("Location", "http://127.0.0.1:1/?token=" + CANARY_HEADER)]),
                  Reply(200, "<html>", [("Content-Type", "text/html")]), Reply(close="reset"), Reply(close="close"), echo,
                  lambda request: Reply(400, f"bad {request.token}"), lambda request: Reply(413, request.token),
                  refuses(lambda line: b"poison" in line)]
        for fault in faults:
            listener.behave()
            listener.script(fault)
            count = len(listener.requests)
            deliver_everywhere()
            listener.wait_requests(count + 2)
            for path in ("status", "letters?body=1", "gaps", "tenants"):
                seen.append(relay.admin_request("GET", "/api/v1/" + path).text)
        listener.go_down()
        deliver_everywhere()
        listener.come_up()
        listener.behave()
        self.wait_drained(relay)

        relay.reload('[access]\nheader_mode = "on"\nsecret = "%s"\n' % CANARY_AUTHORIZATION)
        relay.wait_logged("old one stays")
        relay.environment["HOOKLINE_TENANTS_ACME_TOKEN"] = CANARY_NAMED + "-too-long"
        second = self.relay(listener, start=False, config="", environment=relay.environment)
        second.spawn()
        second.wait()
        seen += second.log

        seen.append(relay.admin_request("GET", "/metrics", authorized=False).text)
        for words in (["status"], ["status", "--json"], ["tenant", "list"], ["dead", "list"], ["dead", "list", "--json"],
                      ["gaps"], ["gaps", "--json"], ["dead", "list", "--class", "condemned"]):
            done = relay.cli(*words)
            seen.append(done.out + done.err)
        listener.go_down()
        deliver_everywhere()  # so that lines wait when the keys are looked at
        command_line = open(f"/proc/{relay.process.pid}/cmdline").read()
        seen.append(command_line)
        self.assertEqual(relay.stop(), 0)
        seen += relay.log
        everything = "\n".join(seen)
        for canary in CANARIES:
            place = everything.find(canary)
            self.assertEqual(place, -1, everything[max(0, place - 300):place + 60])

        for path in relay.spool.rglob("*"):
            for canary in CANARIES:
                self.assertNotIn(canary, path.name)
        self.assert_not_in_keys(relay)

    def assert_not_in_keys(self, relay):
        """RocksDB's own log files name no key; the keys themselves are listed by the relay's own command. No token
        stands in one, and no hash of one either."""
        for path in relay.spool.rglob("LOG*"):
            text = path.read_bytes()
            for canary in CANARIES:
                self.assertNotIn(canary.encode(), text, path)
        keys = [json.loads(line) for line in relay.cli("spool", "verify", "--keys", "--json").out.splitlines()]
        tables = {key["table"] for key in keys}
        self.assertEqual(tables, {"default", "records", "seen", "notes", "gaps", "letters", "bodies"})
        for key in keys:
            raw = bytes.fromhex(key["key"])
            for canary in CANARIES:
                self.assertNotIn(canary.encode(), raw, key)
                # Eight characters of it would be enough to go on from; so would a hash, whole or cut.
                for at in range(0, len(canary) - 7):
                    self.assertNotIn(canary[at:at + 8].encode(), raw, key)
                for kind in (hashlib.sha256, hashlib.sha1, hashlib.md5):
                    self.assertNotIn(kind(canary.encode()).digest()[:4], raw, key)
                    self.assertNotIn(kind(canary.encode()).hexdigest()[:8].encode(), raw, key)
        self.assertEqual(relay.spool.stat().st_mode & 0o077, 0, "the spool is closed to other users")
