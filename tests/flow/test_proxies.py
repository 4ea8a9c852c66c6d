"""The proxies of deploy/proxy, each with its own file from there, between somebody who posts as Okta does and the relay."""

import http.client
import signal
import ssl

import proxies
from harness import PATIENCE, FlowTest, envelope, event, hook_headers, wait_until
from sanitizer import SANITIZER
from test_tls import make_certificate

OKTA = "127.0.0.2"      # whom the relay allows; the proxy itself speaks from 127.0.0.1
STRANGER = "127.0.0.3"
CHALLENGE = "Me_rShK8JHsTnbyYrWXCEoMGbM_zsZ6k0hLPZ_Pg"


class BehindProxy:
    """The same promises for each; what stands here runs once for each class below."""

    proxy_class = None
    relay_settings = {}

    def setUp(self):
        super().setUp()
        if not proxies.program(self.proxy_class.binary):
            self.skipTest(f"{self.proxy_class.binary} is not installed")
        self.logzio = self.listener()
        through_tls = not self.proxy_class.ends_tls
        self.relay_ = self.relay(self.logzio, start=False, tls=through_tls, settings={
            "receive.trusted_proxies": "127.0.0.1", "access.sources": OKTA, **self.relay_settings})
        make_certificate(self.relay_.directory)
        self.held, port = proxies.held_port()  # the relay keeps its port over a restart, as a real one does
        self.addCleanup(self.held.close)
        command = [word if word != "127.0.0.1:0" else f"127.0.0.1:{port}" for word in self.relay_.command()]
        command[command.index("--admin") + 1] = "127.0.0.1:0"
        self.relay_.command = lambda: command
        self.relay_.start()
        self.proxy = self.proxy_class(self.relay_.directory, port)
        self.addCleanup(self.proxy.close)

    def run(self, result=None):
        problems = len(result.errors) + len(result.failures) if result else 0
        done = super().run(result)
        if result and len(result.errors) + len(result.failures) > problems and hasattr(self, "proxy"):
            print(f"--- the proxy's log:\n{self.proxy.log()}")
        return done

    def connection(self, sender, timeout):
        context = ssl.create_default_context(cafile=str(self.relay_.directory / "cert.pem"))
        return http.client.HTTPSConnection("localhost", self.proxy.port, timeout=timeout, context=context,
                                           source_address=(sender, 0))

    def through(self, body=None, headers=None, sender=OKTA, method="POST", timeout=PATIENCE):
        connection = self.connection(sender, timeout)
        try:
            return self.relay_.request(method, "/", body, hook_headers() if headers is None else headers, connection)
        finally:
            connection.close()

    def assert_taken(self, events, **how):
        answer = self.through(envelope(events), **how)
        self.assertEqual((answer.status, answer.body), (200, b""), answer)

    def test_the_hook_is_verified(self):
        answer = self.through(method="GET", headers=[("X-Okta-Verification-Challenge", CHALLENGE), *hook_headers()])
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.text, f'{{"verification":"{CHALLENGE}"}}')

    def test_headers_with_underscores_pass_and_the_delivery_arrives(self):
        sent = [event(), event()]
        self.assert_taken(sent)
        self.logzio.wait_for([one["uuid"] for one in sent])

    def test_the_senders_own_address_is_seen_and_nobody_can_claim_another(self):
        self.assert_taken([event()])
        claim = hook_headers() + [("X-Forwarded-For", OKTA)]
        for name, headers in (("as himself", None), ("with a claim", claim)):
            with self.subTest(name):
                answer = self.through(envelope([event()]), headers, sender=STRANGER)
                self.assertEqual(answer.status, 403, answer)
                self.assertIn(STRANGER, answer.text)

    def test_a_delivery_as_large_as_the_relay_takes_passes(self):
        self.assert_taken([event()])  # the token is proven: what comes now is stored first
        sent = [event(displayMessage="x" * 30_000) for _ in range(80 if SANITIZER else 480)]
        body = envelope(sent)
        self.assertGreater(len(body), 2_000_000 if SANITIZER else 14_000_000)

        def taken():  # a busy machine may need longer than Okta waits, and hears 5xx: Okta too would repeat it
            answer = self.through(body)
            self.assertIn(answer.status, (200, 502, 503, 504), answer)
            return answer.status == 200
        wait_until(taken, "it is taken")
        self.logzio.wait_for([one["uuid"] for one in sent])

    def test_headers_as_long_as_the_relay_takes_pass(self):
        for name, long in (("one", [("x-filler", "y" * 25_000)]), ("many", [(f"x-filler-{n}", "y" * 3_000) for n in range(9)])):
            with self.subTest(name):
                self.assert_taken([event()], headers=[*hook_headers(), *long])

    def test_connections_to_the_relay_are_kept(self):
        def accepted():
            return self.relay_.metrics()['hookline_http_connections_total{server="receive"}']
        self.assert_taken([event()])
        before = accepted()
        for _ in range(20):  # each from a sender's connection of its own
            self.assert_taken([event()])
        self.assertLess(accepted() - before, 10)

    def test_a_relay_that_is_away_is_5xx_which_okta_repeats_and_its_return_is_seen_at_once(self):
        self.assert_taken([event()])
        self.relay_.stop()
        for _ in range(2):  # Okta's delivery and its one repeat: the second finds no connection that was kept
            self.assertIn(self.answer_while_away(), (502, 503, 504))
        self.relay_.start()
        sent = event()
        self.assert_taken([sent])
        self.logzio.wait_for([sent["uuid"]])

    def test_a_relay_that_does_not_answer_is_5xx_and_the_repeat_is_shipped_once(self):
        self.assert_taken([event()])
        self.logzio.forget()
        sent = event()
        body = envelope([sent])
        self.relay_.process.send_signal(signal.SIGSTOP)
        try:
            self.assertIn(self.answer_while_away(body), (502, 503, 504))
        finally:
            self.relay_.process.send_signal(signal.SIGCONT)
        answer = self.through(body)
        self.assertEqual(answer.status, 200, answer)
        self.logzio.wait_for([sent["uuid"]])
        self.wait_drained(self.relay_)
        self.assertEqual(self.logzio.uuids(), [sent["uuid"]])

    def answer_while_away(self, body=None):
        return self.through(body or envelope([event()])).status


class BehindNginx(BehindProxy, FlowTest):
    proxy_class = proxies.Nginx


class BehindHaproxy(BehindProxy, FlowTest):
    proxy_class = proxies.Haproxy


class BehindCaddy(BehindProxy, FlowTest):
    proxy_class = proxies.Caddy


class BehindApache(BehindProxy, FlowTest):
    proxy_class = proxies.Apache


class BehindHaproxyThatPassesTlsThrough(BehindProxy, FlowTest):
    proxy_class = proxies.HaproxyPassthrough
    relay_settings = {"receive.proxy_protocol": "on"}

    # Connections are passed through one by one, and a relay that is away is a connection that ends: Okta tries such a
    # delivery once more as well.
    test_connections_to_the_relay_are_kept = None

    def answer_while_away(self, body=None):
        try:
            return self.through(body or envelope([event()]), timeout=3).status  # as long as Okta waits
        except (OSError, http.client.HTTPException):
            return 503
