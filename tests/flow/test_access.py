"""Entrances and who may use them: named hooks, header mode beyond loopback, proxies in front."""

import json
import socket

from harness import OTHER_TOKEN, TOKEN, FlowTest, envelope, event, hook_headers, wait_until

SECRET = "acme-secret-of-this-hook"
ACME = """
[tenants.acme]
region = "us"

[hooks.acme]
"""
ACME_SECRETS = {"tenants.acme.token": TOKEN, "hooks.acme.secret": SECRET}


def authorized(secret=SECRET):
    return [("Content-Type", "application/json"), ("Authorization", secret)]


class NamedHooks(FlowTest):
    def test_token_and_region_come_from_the_configuration(self):
        listener = self.listener()
        relay = self.relay(listener, config=ACME, settings=ACME_SECRETS)
        sent = event()
        self.deliver(relay, [sent], authorized(), path="/hooks/acme")
        listener.wait_for([sent["uuid"]], token=TOKEN)

    def test_a_named_tenant_is_stored_first_always(self):
        listener = self.listener(listening=False)
        relay = self.relay(listener, config=ACME, settings=ACME_SECRETS)
        sent = event()
        answer = self.deliver(relay, [sent], authorized(), path="/hooks/acme")
        self.assertLess(answer.took, 1.0)
        listener.come_up()
        listener.wait_for([sent["uuid"]])

    def test_the_secret_is_asked_for(self):
        relay = self.relay(self.listener(), config=ACME, settings=ACME_SECRETS)
        for headers in ([], authorized("wrong")):
            self.assertEqual(self.post(relay, envelope([event()]), headers, "/hooks/acme").status, 401)

    def test_one_hooks_secret_does_not_open_another(self):
        listener = self.listener()
        relay = self.relay(listener, config=ACME + '[tenants.other]\nregion = "us"\n[hooks.other]\n',
                           settings={**ACME_SECRETS, "tenants.other.token": OTHER_TOKEN,
                                     "hooks.other.secret": "another-secret-of-a-hook"})
        self.assertEqual(self.post(relay, envelope([event()]), authorized(), "/hooks/other").status, 401)
        self.deliver(relay, [event()], authorized("another-secret-of-a-hook"), path="/hooks/other")

    def test_token_headers_are_ignored_there_with_a_warning(self):
        listener = self.listener()
        relay = self.relay(listener, config=ACME, settings=ACME_SECRETS)
        sent = event()
        self.deliver(relay, [sent], authorized() + [("logzio_token", OTHER_TOKEN), ("logzio_region", "eu")],
                     path="/hooks/acme")
        listener.wait_for([sent["uuid"]], token=TOKEN)
        relay.wait_logged("warn", "logzio_token")

    def test_several_hooks_lead_to_one_tenant_and_share_its_repeats(self):
        listener = self.listener()
        relay = self.relay(listener, config=ACME + '[hooks.second]\ntenant = "acme"\n',
                           settings={**ACME_SECRETS, "hooks.second.secret": "the-second-secret-of-acme"})
        sent, other = event(), event()
        self.deliver(relay, [sent], authorized(), path="/hooks/acme")
        self.deliver(relay, [sent, other], authorized("the-second-secret-of-acme"), path="/hooks/second")
        listener.wait_for([sent["uuid"], other["uuid"]])
        self.wait_drained(relay)
        self.assertEqual(len(listener.raw_lines()), 2)

    def test_header_mode_is_off_once_there_are_hooks(self):
        relay = self.relay(self.listener(), config=ACME, settings=ACME_SECRETS)
        self.assertIn(self.post(relay, envelope([event()])).status, (401, 403, 404))

    def test_header_mode_can_be_enabled_beside_hooks(self):
        listener = self.listener()
        relay = self.relay(listener, config=ACME, settings={**ACME_SECRETS, "access.header_mode": "on"})
        sent = event()
        self.deliver(relay, [sent], hook_headers(OTHER_TOKEN))
        listener.wait_for([sent["uuid"]], token=OTHER_TOKEN)

    def test_secrets_from_files(self):
        listener = self.listener()
        relay = self.relay(listener, start=False)
        (relay.directory / "token").write_text(TOKEN + "\n")
        (relay.directory / "secret").write_text(SECRET + "\nand-another-secret-of-it\n")
        relay.config_path.write_text('[tenants.acme]\nregion = "us"\ntoken_file = "token"\n'
                                     '[hooks.acme]\nsecret_files = ["secret"]\n')
        relay.start()
        for secret in (SECRET, "and-another-secret-of-it"):
            sent = event()
            self.deliver(relay, [sent], authorized(secret), path="/hooks/acme")
            listener.wait_for([sent["uuid"]], token=TOKEN)

    def test_secrets_from_systemd_credentials(self):
        listener = self.listener()
        relay = self.relay(listener, start=False, config=ACME)
        credentials = relay.directory / "credentials"
        credentials.mkdir()
        (credentials / "tenants.acme.token").write_text(TOKEN)
        (credentials / "hooks.acme.secret").write_text(SECRET)
        relay.environment["CREDENTIALS_DIRECTORY"] = str(credentials)
        relay.start()
        sent = event()
        self.deliver(relay, [sent], authorized(), path="/hooks/acme")
        listener.wait_for([sent["uuid"]], token=TOKEN)

    def test_a_tenants_queue_follows_it_to_a_new_token(self):
        listener = self.listener(tokens=[OTHER_TOKEN])
        relay = self.relay(listener, config=ACME, settings=ACME_SECRETS)
        sent = event()
        self.deliver(relay, [sent], authorized(), path="/hooks/acme")
        listener.wait_requests(1)
        relay.stop()
        relay.environment["HOOKLINE_TENANTS_ACME_TOKEN"] = OTHER_TOKEN
        relay.start()
        listener.wait_for([sent["uuid"]], token=OTHER_TOKEN)

    def test_data_of_a_tenant_that_is_gone_is_kept_and_alarmed(self):
        listener = self.listener(listening=False)
        relay = self.relay(listener, config=ACME, settings=ACME_SECRETS)
        sent = event()
        self.deliver(relay, [sent], authorized(), path="/hooks/acme")
        relay.stop()
        relay.config_path.write_text("")
        for key in ("HOOKLINE_TENANTS_ACME_TOKEN", "HOOKLINE_HOOKS_ACME_SECRET"):
            relay.environment.pop(key)
        listener.come_up()
        relay.start()
        relay.wait_logged("error", "acme", "no destination")
        self.assertEqual(listener.raw_lines(), [])
        relay.stop()
        relay.config_path.write_text(ACME)
        relay.environment.update({"HOOKLINE_TENANTS_ACME_TOKEN": TOKEN, "HOOKLINE_HOOKS_ACME_SECRET": SECRET})
        relay.start()
        listener.wait_for([sent["uuid"]], token=TOKEN)


class BeyondLoopback(FlowTest):
    def start_on_all_addresses(self, **settings):
        relay = self.relay(self.listener(), start=False, settings=settings)
        command = relay.command()
        place = command.index("127.0.0.1:0")
        command[place] = "0.0.0.0:0"
        relay.command = lambda: command
        return relay

    def test_header_mode_without_any_rule_is_refused(self):
        relay = self.start_on_all_addresses()
        relay.spawn()
        self.assertEqual(relay.wait(), 78)
        self.assertTrue(relay.logged("open"), relay.tail())

    def test_it_may_start_with_one_of_the_rules(self):
        for rule in ({"access.open": "on"}, {"access.secret": "a-secret-of-some-length"},
                     {"access.tokens_allowed": TOKEN}, {"access.sources": "127.0.0.0/8"}):
            with self.subTest(rule=rule):
                relay = self.start_on_all_addresses(**rule)
                relay.start()
                self.assertEqual(relay.stop(), 0)


class BehindAProxy(FlowTest):
    def test_forwarded_for_counts_only_from_trusted_networks(self):
        forwarded = hook_headers() + [("X-Forwarded-For", "192.0.2.77")]
        relay = self.relay(self.listener(), settings={"access.sources": "192.0.2.77"})
        self.assertEqual(self.post(relay, envelope([event()]), forwarded).status, 403)
        relay = self.relay(self.listener(), settings={"access.sources": "192.0.2.77",
                                                      "receive.trusted_proxies": "127.0.0.1"})
        self.deliver(relay, [event()], forwarded)
        self.assertEqual(self.post(relay, envelope([event()])).status, 403)

    def test_only_the_last_hop_beyond_trusted_proxies_counts(self):
        relay = self.relay(self.listener(), settings={"access.sources": "192.0.2.77",
                                                      "receive.trusted_proxies": "127.0.0.1, 10.0.0.0/8"})
        forged = hook_headers() + [("X-Forwarded-For", "192.0.2.77, 203.0.113.5, 10.1.1.1")]
        self.assertEqual(self.post(relay, envelope([event()]), forged).status, 403)
        honest = hook_headers() + [("X-Forwarded-For", "203.0.113.5, 192.0.2.77, 10.1.1.1")]
        self.deliver(relay, [event()], honest)

    def test_proxy_protocol_v1_and_v2(self):
        settings = {"access.sources": "192.0.2.77", "receive.trusted_proxies": "127.0.0.1",
                    "receive.proxy_protocol": "on"}
        listener = self.listener()
        relay = self.relay(listener, settings=settings)
        body = envelope([event()])
        request = (b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nlogzio_token: %s\r\nlogzio_region: us\r\n"
                   b"Content-Length: %d\r\n\r\n" % (TOKEN.encode(), len(body)) + body)
        address = socket.inet_aton("192.0.2.77") + socket.inet_aton("127.0.0.1") + b"\x30\x39\x01\xbb"
        version_2 = b"\r\n\r\n\x00\r\nQUIT\n\x21\x11" + len(address).to_bytes(2, "big") + address
        for name, preamble, status in (("v1", b"PROXY TCP4 192.0.2.77 127.0.0.1 12345 443\r\n", b"200"),
                                       ("v2", version_2, b"200"),
                                       ("other source", b"PROXY TCP4 192.0.2.78 127.0.0.1 12345 443\r\n", b"403")):
            with self.subTest(name):
                received = relay.raw(preamble + request)
                self.assertTrue(received.startswith(b"HTTP/1.1 " + status), received[:300])
        self.assertNotIn(b" 200 ", relay.raw(request).split(b"\r\n")[0], "the preamble is required")
