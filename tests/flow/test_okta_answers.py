"""What Okta is answered: one test for each row of the table "Toward Okta" in the design, and for its header rules."""

import hashlib
import json
import random
import socket
import string
import threading

from harness import (DROP, OTHER_TOKEN, TOKEN, FlowTest, Raw, envelope, event, hook_headers, token, wait_until)

CHALLENGE = "x-okta-verification-challenge"


def challenge_headers(value="Me_rShK8JHsTnbyYrWXCEoMGbM_zsZ6k0hLPZ_Pg", **more):
    return [h for h in hook_headers(**more)] + [(CHALLENGE, value)]


class Verification(FlowTest):
    def test_get_with_a_challenge_is_answered_with_it(self):
        relay = self.relay(self.listener())
        answer = relay.request("GET", headers=challenge_headers("abc-123_XYZ"))
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(json.loads(answer.body), {"verification": "abc-123_XYZ"})
        self.assertEqual(answer.headers["Content-Type"].split(";")[0], "application/json")

    def test_the_challenge_is_escaped_as_json(self):
        relay = self.relay(self.listener())
        value = 'quote " backslash \\ slash / <tag>'
        answer = relay.request("GET", headers=challenge_headers(value))
        self.assertEqual(json.loads(answer.body), {"verification": value})

    def test_header_name_in_any_case(self):
        relay = self.relay(self.listener())
        answer = relay.request("GET", headers=[*hook_headers(), ("X-Okta-Verification-CHALLENGE", "mixed")])
        self.assertEqual(json.loads(answer.body), {"verification": "mixed"})

    def test_a_challenge_without_token_headers_is_answered_and_warned_of(self):
        relay = self.relay(self.listener())
        answer = relay.request("GET", headers=[(CHALLENGE, "bare")])
        self.assertEqual((answer.status, json.loads(answer.body)), (200, {"verification": "bare"}))
        relay.wait_logged("warn", "logzio_token")

    def test_a_challenge_that_is_too_long_is_refused(self):
        relay = self.relay(self.listener())
        self.assertEqual(relay.request("GET", headers=challenge_headers("x" * 5000)).status, 400)

    def test_on_a_post_the_challenge_is_ignored_and_the_events_arrive(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent = event()
        answer = self.post(relay, envelope([sent]), challenge_headers())
        self.assertEqual((answer.status, answer.body), (200, b""))
        listener.wait_for([sent["uuid"]])

    def test_a_wrong_path_is_refused(self):
        relay = self.relay(self.listener())
        self.assertEqual(relay.request("GET", "/hooks/nobody", headers=challenge_headers()).status, 404)

    def test_a_wrong_secret_is_refused(self):
        relay = self.relay(self.listener(), settings={"access.secret": "right-secret-of-this-hook"})
        wrong = [*challenge_headers(), ("Authorization", "wrong")]
        right = [*challenge_headers(), ("Authorization", "right-secret-of-this-hook")]
        self.assertEqual(relay.request("GET", headers=wrong).status, 401)
        self.assertEqual(relay.request("GET", headers=right).status, 200)

    def test_a_missing_secret_is_warned_of(self):
        relay = self.relay(self.listener(), settings={"access.secret": "right-secret-of-this-hook"})
        self.assertEqual(relay.request("GET", headers=challenge_headers()).status, 200)
        relay.wait_logged("warn", "authorization")

    def test_a_malformed_token_or_unknown_region_is_refused(self):
        relay = self.relay(self.listener())
        self.assertEqual(relay.request("GET", headers=challenge_headers(token="short")).status, 400)
        self.assertEqual(relay.request("GET", headers=challenge_headers(region="mars")).status, 400)

    def test_a_token_that_is_not_on_the_list_is_refused(self):
        relay = self.relay(self.listener(), settings={"access.tokens_allowed": OTHER_TOKEN})
        self.assertEqual(relay.request("GET", headers=challenge_headers()).status, 403)
        self.assertEqual(relay.request("GET", headers=challenge_headers(token=OTHER_TOKEN)).status, 200)

    def test_a_source_that_is_not_allowed_is_refused(self):
        relay = self.relay(self.listener(), settings={"access.sources": "192.0.2.0/24"})
        self.assertEqual(relay.request("GET", headers=challenge_headers()).status, 403)


class Greeting(FlowTest):
    def test_a_browser_is_told_what_this_is(self):
        relay = self.relay(self.listener())
        answer = relay.request("GET", "/", headers=[("Accept", "text/html")])
        self.assertEqual(answer.status, 200)
        self.assertIn("hookline", answer.text)
        self.assertEqual(len(answer.text.strip().splitlines()), 1, answer.text)

    def test_head_has_no_body(self):
        relay = self.relay(self.listener())
        received = relay.raw(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        self.assertTrue(received.endswith(b"\r\n\r\n"), received)


class Deliveries(FlowTest):
    def test_committed_is_200_with_an_empty_body(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent = [event() for _ in range(3)]
        self.deliver(relay, sent)
        listener.wait_for([one["uuid"] for one in sent])
        self.assertEqual(listener.requests[0].query, {"token": TOKEN, "type": "okta"})

    def test_all_of_it_committed_before_is_200_and_ships_nothing(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent, later = event(), event()
        body = envelope([sent])
        for _ in range(3):
            answer = self.post(relay, body)
            self.assertEqual((answer.status, answer.body), (200, b""))
        self.deliver(relay, [later])
        listener.wait_for([sent["uuid"], later["uuid"]])
        self.wait_drained(relay)
        self.assertEqual(sorted(listener.uuids()), sorted([sent["uuid"], later["uuid"]]))

    def test_no_events_is_200_and_stores_nothing(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.deliver(relay, [])
        self.prove(relay, listener)
        self.deliver(relay, [])
        self.wait_drained(relay)
        self.assertEqual(listener.requests, [])

    def test_tenant_over_its_quota_is_503_and_others_go_on(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"spool.tenant_bytes_max": "1MiB"})
        self.prove(relay, listener, TOKEN)
        self.prove(relay, listener, OTHER_TOKEN)
        listener.script(503, token=TOKEN)
        statuses = []
        for _ in range(200):
            body = envelope([event(noise=random_text(30_000))])
            statuses.append(self.post(relay, body).status)
            if statuses[-1] != 200:
                break
        self.assertEqual(statuses[-1], 503)
        self.assertGreater(len(statuses), 1)
        sent = event()
        self.deliver(relay, [sent], hook_headers(OTHER_TOKEN))
        listener.wait_for([sent["uuid"]])
        # Okta's one retry succeeds once there is room again, and nothing that was answered 200 is missing.
        listener.behave()
        wait_until(lambda: self.post(relay, body).status == 200, "there is room again")

    def test_spool_full_is_503(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        relay.stop()
        relay.environment["HOOKLINE_SPOOL_FREE_BYTES_MIN"] = "90TiB"
        relay.start()
        answer = self.post(relay, envelope([event()]))
        self.assertEqual(answer.status, 503, answer)
        self.assertIn("full", answer.text.lower())
        self.assertEqual(relay.admin_request("GET", "/readyz", authorized=False).status, 503)

    def test_body_that_is_no_json_is_400_with_the_reason(self):
        relay = self.relay(self.listener())
        for body in (b"", b"{", b"hello", b'{"data":{"events":[}}', b"\xff\xfe{}", b'{"a":1}garbage', b"[1,2",
                     b'{"data":{"events":[{"a":01}]}}', b"{'a':1}"):
            with self.subTest(body=body):
                answer = self.post(relay, body)
                self.assertEqual(answer.status, 400, answer)
                self.assertIn("json", answer.text.lower())

    def test_body_that_is_no_delivery_is_400_with_the_reason(self):
        relay = self.relay(self.listener())
        for body in (b"{}", b"null", b"[]", b'"text"', b"17", b'{"data":null}', b'{"data":[]}', b'{"data":{}}',
                     b'{"data":{"events":null}}', b'{"data":{"events":{}}}', b'{"data":{"events":"x"}}'):
            with self.subTest(body=body):
                answer = self.post(relay, body)
                self.assertEqual(answer.status, 400, answer)
                self.assertTrue(any(word in answer.text for word in ("events", "object")), answer)

    def test_a_refused_body_of_a_proven_tenant_is_kept_aside(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        body = b'{"data":{"events":"surprise"}}'
        self.assertEqual(self.post(relay, body).status, 400)
        letters = wait_until(lambda: self.letters(relay), "the body is kept aside")
        self.assertEqual([(one["class"], one["reason"], one["status"]) for one in letters],
                         [("kept_aside", "body_refused", 400)])
        self.assertEqual(letters[0]["body"], body.decode())

    def test_a_refused_body_of_a_stranger_fills_nothing(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.assertEqual(self.post(relay, b"{}").status, 400)
        self.prove(relay, listener)  # a later commit would have brought it along
        self.assertEqual(self.letters(relay), [])

    def test_an_element_that_is_no_object_is_kept_aside_and_the_others_arrive(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        first, last = event(), event()
        self.deliver(relay, [first, Raw("null"), Raw('"text"'), Raw("[1,2]"), last])
        listener.wait_for([first["uuid"], last["uuid"]])
        self.assertEqual([(one["reason"], one["body"]) for one in self.letters(relay)],
                         [("element_refused", "null"), ("element_refused", '"text"'), ("element_refused", "[1,2]")])

    def test_an_element_that_is_no_object_from_an_unproven_tenant_is_400(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.assertEqual(self.post(relay, envelope([event(), Raw("null")])).status, 400)
        self.assertEqual(listener.requests, [])


def random_text(length):
    """Text that no compression makes small."""
    return "".join(random.choices(string.ascii_letters + string.digits, k=length))


class Setup(FlowTest):
    """Mistakes in the hook's settings are named, so that an admin can put them right."""

    def test_a_missing_token_is_400_and_speaks_of_underscores(self):
        relay = self.relay(self.listener())
        answer = self.post(relay, envelope([event()]), hook_headers(token=None))
        self.assertEqual(answer.status, 400)
        self.assertIn("logzio_token", answer.text)
        self.assertIn("underscore", answer.text)

    def test_a_missing_region_is_400_and_speaks_of_underscores(self):
        relay = self.relay(self.listener())
        answer = self.post(relay, envelope([event()]), hook_headers(region=None))
        self.assertEqual(answer.status, 400)
        self.assertIn("logzio_region", answer.text)
        self.assertIn("underscore", answer.text)

    def test_a_malformed_token_is_400_and_not_repeated(self):
        relay = self.relay(self.listener())
        for bad in ("tooShort", TOKEN + "x", TOKEN[:-1] + "-", TOKEN[:-1] + "\u00e9".encode().decode("latin-1"),
                    TOKEN + "&type=evil", ""):
            with self.subTest(token=bad):
                answer = self.post(relay, envelope([event()]), hook_headers(token=bad))
                self.assertEqual(answer.status, 400)
                self.assertIn("logzio_token", answer.text)
                if bad:
                    self.assertNotIn(bad, answer.text)

    def test_an_unknown_region_is_400_and_names_the_known(self):
        relay = self.relay(self.listener())
        answer = self.post(relay, envelope([event()]), hook_headers(region="mars"))
        self.assertEqual(answer.status, 400)
        self.assertIn("logzio_region", answer.text)
        self.assertIn("us", answer.text)

    def test_an_unknown_hook_is_404(self):
        relay = self.relay(self.listener())
        self.assertEqual(self.post(relay, envelope([event()]), path="/hooks/nobody").status, 404)
        self.assertEqual(self.post(relay, envelope([event()]), path="/elsewhere").status, 404)

    def test_wrong_or_missing_authorization_is_401(self):
        relay = self.relay(self.listener(), settings={"access.secret": "right-secret-of-this-hook"})
        for wrong in (None, "", "wrong", "right-secret-of-this-hoo", "right-secret-of-this-hook2",
                      "Bearer right-secret-of-this-hook", "RIGHT-SECRET-OF-THIS-HOOK"):
            with self.subTest(secret=wrong):
                headers = hook_headers() + ([] if wrong is None else [("Authorization", wrong)])
                answer = self.post(relay, envelope([event()]), headers)
                self.assertEqual(answer.status, 401, answer)
                self.assertNotIn("right-secret", answer.text)

    def test_a_token_that_is_not_on_the_list_is_403(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"access.tokens_allowed": OTHER_TOKEN})
        answer = self.post(relay, envelope([event()]))
        self.assertEqual(answer.status, 403)
        self.assertNotIn(TOKEN, answer.text)
        self.assertEqual(listener.requests, [])
        self.deliver(relay, [event()], hook_headers(OTHER_TOKEN))

    def test_a_source_that_is_not_allowed_is_403(self):
        relay = self.relay(self.listener(), settings={"access.sources": "192.0.2.0/24, 198.51.100.7"})
        self.assertEqual(self.post(relay, envelope([event()])).status, 403)

    def test_a_right_secret_is_not_slowed_by_wrong_ones_from_the_same_address(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"access.secret": "right-secret-of-this-hook"})
        connection = relay.connect()
        for number in range(300):
            wrong = hook_headers() + [("Authorization", f"guess {number}")]
            self.assertEqual(self.post(relay, envelope([event()]), wrong, connection=connection).status, 401)
        connection.close()
        right = hook_headers() + [("Authorization", "right-secret-of-this-hook")]
        sent = event()
        self.deliver(relay, [sent], right)
        listener.wait_for([sent["uuid"]])

    def test_a_token_that_logzio_refuses_is_401_naming_region_and_fingerprint(self):
        listener = self.listener(tokens=[OTHER_TOKEN])
        relay = self.relay(listener)
        answer = self.post(relay, envelope([event()]))
        self.assertEqual(answer.status, 401)
        self.assertIn("us", answer.text)
        self.assertIn(hashlib.sha256(TOKEN.encode()).hexdigest()[:8], answer.text)
        self.assertNotIn(TOKEN, answer.text)


class Headers(FlowTest):
    def arrives(self, headers, region="us", **settings):
        us, eu = self.listener(), self.listener()
        relay = self.relay(listeners={"us": us.url, "eu": eu.url}, **settings)
        sent = event()
        self.deliver(relay, [sent], headers)
        (us if region == "us" else eu).wait_for([sent["uuid"]], token=TOKEN)
        self.assertEqual((eu if region == "us" else us).requests, [])

    def test_dashes(self):
        self.arrives([("logzio-token", TOKEN), ("logzio-region", "us")])

    def test_x_and_dashes(self):
        self.arrives([("x-logzio-token", TOKEN), ("X-Logzio-Region", "us")])

    def test_any_case(self):
        self.arrives([("LOGZIO_Token", TOKEN), ("LogzIo_Region", "us")])

    def test_region_is_trimmed_and_case_folded(self):
        self.arrives([("logzio_token", f"  {TOKEN} "), ("logzio_region", " EU\t")], region="eu")

    def test_token_with_digits(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent = event()
        self.deliver(relay, [sent], hook_headers(token(7)))
        listener.wait_for([sent["uuid"]], token=token(7))

    def test_name_of_the_authorization_header_is_a_setting(self):
        secret = "s3cr^t*with & odd $ characters!"
        settings = {"access.secret": secret, "access.authorization_header": "x-hook-secret"}
        self.arrives(hook_headers() + [("X-Hook-Secret", secret)], settings=settings)

    def test_the_standard_header_does_not_open_when_another_is_set(self):
        relay = self.relay(self.listener(), settings={"access.secret": "a-secret-of-some-length",
                                                      "access.authorization_header": "x-hook-secret"})
        answer = self.post(relay, envelope([event()]), hook_headers() + [("Authorization", "a-secret-of-some-length")])
        self.assertEqual(answer.status, 401)

    def test_several_secrets_so_that_one_can_be_rotated(self):
        listener = self.listener()
        relay = self.relay(listener, settings={"access.secret": "the-old-secret-of-it\nthe-new-secret-of-it"})
        for secret in ("the-old-secret-of-it", "the-new-secret-of-it"):
            self.deliver(relay, [event()], hook_headers() + [("Authorization", secret)])

    def test_two_different_tokens_in_one_request_are_refused(self):
        relay = self.relay(self.listener())
        answer = self.post(relay, envelope([event()]), hook_headers() + [("logzio_token", OTHER_TOKEN)])
        self.assertEqual(answer.status, 400)


class Protocol(FlowTest):
    def test_other_methods_are_405(self):
        relay = self.relay(self.listener())
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method=method):
                answer = relay.request(method, "/", b"{}" if method != "DELETE" else None, hook_headers())
                self.assertEqual(answer.status, 405)
                self.assertIn("POST", answer.headers.get("Allow", ""))

    def test_a_body_over_the_limit_is_413(self):
        relay = self.relay(self.listener(), settings={"receive.body_bytes_max": "64KiB"})
        self.assertEqual(self.post(relay, envelope([event(note="x" * 100_000)])).status, 413)
        self.deliver(relay, [event(note="x" * 30_000)])

    def test_a_chunked_body_over_the_limit_is_413(self):
        relay = self.relay(self.listener(), settings={"receive.body_bytes_max": "64KiB"})
        chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
        received = relay.raw(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + head_of(hook_headers())
                             + b"\r\n" + chunk * 4 + b"0\r\n\r\n")
        self.assertTrue(received.startswith(b"HTTP/1.1 413 "), received[:200])

    def test_the_default_limit_is_16_mib(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        filler = [event(note="x" * 30_000) for _ in range(400)]
        self.deliver(relay, filler)  # some 12.5 MB
        listener.wait_for([one["uuid"] for one in filler])
        over = relay.raw(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16777217\r\n" + head_of(hook_headers()) + b"\r\n")
        self.assertTrue(over.startswith(b"HTTP/1.1 413 "), over[:200])

    def test_a_bad_request_line_is_400(self):
        relay = self.relay(self.listener())
        for line in (b"NONSENSE\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
                     b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"POST / FTP/1.1\r\n\r\n"):
            with self.subTest(line=line):
                received = relay.raw(line)
                self.assertTrue(received == b"" or received.startswith(b"HTTP/1.1 400 "), received[:200])
        self.deliver(relay, [event()])

    def test_oversized_headers_are_431(self):
        relay = self.relay(self.listener())
        received = relay.raw(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 40_000 + b"\r\n\r\n")
        self.assertTrue(received.startswith(b"HTTP/1.1 431 "), received[:200])

    def test_a_slow_head_is_closed_by_the_deadline(self):
        relay = self.relay(self.listener(), settings={"receive.head_time_max": "600ms"})
        self.assert_closed_while_trickling(relay, b"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    def test_a_slow_body_is_closed_by_the_deadline(self):
        relay = self.relay(self.listener(), settings={"receive.body_time_max": "600ms"})
        self.assert_closed_while_trickling(relay, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n"
                                           + head_of(hook_headers()) + b"\r\n")

    def assert_closed_while_trickling(self, relay, start):
        with socket.create_connection(("127.0.0.1", relay.port)) as sock:
            sock.sendall(start)
            sock.settimeout(0.1)

            def closed():
                try:
                    sock.sendall(b"x")
                    piece = sock.recv(4096)
                    self.assertTrue(piece == b"" or piece.startswith(b"HTTP/1.1 4"), piece)
                    return piece == b""
                except TimeoutError:
                    return False
                except (ConnectionResetError, BrokenPipeError):
                    return True

            wait_until(closed, "the slow sender is closed")
        self.deliver(relay, [event()])

    def test_slow_senders_do_not_keep_others_waiting(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        slow = []
        for _ in range(300):
            sock = socket.create_connection(("127.0.0.1", relay.port))
            sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n{")
            slow.append(sock)
        sent = [event() for _ in range(20)]
        for one in sent:
            self.deliver(relay, [one])
        for sock in slow:
            sock.close()
        listener.wait_for([one["uuid"] for one in sent])

    def test_keep_alive_and_pipelining_answer_in_order(self):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        sent = [event() for _ in range(5)]
        requests = b""
        for one in sent:
            body = envelope([one])
            requests += (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % len(body)
                         + head_of(hook_headers()) + b"\r\n" + body)
        requests += b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" \
                    b"x-okta-verification-challenge: last\r\n\r\n"
        received = relay.raw(requests)
        self.assertEqual(received.count(b"HTTP/1.1 200 "), 6, received)
        self.assertIn(b'{"verification":"last"}', received.replace(b": ", b":"))
        listener.wait_for([one["uuid"] for one in sent])

    def test_chunked_bodies(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent = event()
        body = envelope([sent])
        pieces = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(body[at:at + 100]), body[at:at + 100])
                          for at in range(0, len(body), 100))
        received = relay.raw(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
                             + head_of(hook_headers()) + b"\r\n" + pieces + b"0\r\nTrailer: x\r\n\r\n")
        self.assertTrue(received.startswith(b"HTTP/1.1 200 "), received)
        listener.wait_for([sent["uuid"]])

    def test_expect_100_continue(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent = event()
        body = envelope([sent])
        with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
                         b"Content-Length: %d\r\n" % len(body) + head_of(hook_headers()) + b"\r\n")
            self.assertTrue(sock.recv(4096).startswith(b"HTTP/1.1 100 "))
            sock.sendall(body)
            received = b""
            while piece := sock.recv(4096):
                received += piece
        self.assertTrue(received.startswith(b"HTTP/1.1 200 "), received)
        listener.wait_for([sent["uuid"]])

    def test_expect_100_continue_is_refused_before_the_body_is_sent(self):
        relay = self.relay(self.listener(), settings={"access.secret": "right-secret-of-this-hook"})
        received = relay.raw(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n"
                             + head_of(hook_headers()) + b"\r\n")
        self.assertTrue(received.startswith(b"HTTP/1.1 401 "), received)

    def test_a_refusal_is_readable_by_a_sender_who_goes_on_sending(self):
        relay = self.relay(self.listener(), settings={"access.secret": "right-secret-of-this-hook"})
        body = b"x" * 60_000
        for _ in range(20):
            received = relay.raw(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n" % len(body)
                                 + head_of(hook_headers()) + b"\r\n" + body)
            self.assertTrue(received.startswith(b"HTTP/1.1 401 "), received)

    def test_http_1_0_is_answered_and_closed(self):
        listener = self.listener()
        relay = self.relay(listener)
        sent = event()
        body = envelope([sent])
        received = relay.raw(b"POST / HTTP/1.0\r\nHost: x\r\nContent-Length: %d\r\n" % len(body)
                             + head_of(hook_headers()) + b"\r\n" + body)
        self.assertIn(b" 200 ", received.split(b"\r\n")[0])
        listener.wait_for([sent["uuid"]])


def head_of(headers):
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1")


class Repeats(FlowTest):
    """Between deliveries a repeat is the same uuid with the same bytes."""

    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.prove(self.hookline, self.logzio)

    def test_the_same_event_in_another_delivery_is_a_repeat(self):
        sent, other = event(), event()
        self.deliver(self.hookline, [sent])
        self.deliver(self.hookline, [other, sent])
        self.logzio.wait_for([sent["uuid"], other["uuid"]])
        self.wait_drained(self.hookline)
        self.assertEqual(sorted(self.logzio.uuids()), sorted([sent["uuid"], other["uuid"]]))

    def test_the_same_event_twice_in_one_delivery_is_a_repeat(self):
        sent = event()
        self.deliver(self.hookline, [sent, sent, sent])
        self.logzio.wait_for([sent["uuid"]])
        self.wait_drained(self.hookline)
        self.assertEqual(self.logzio.uuids(), [sent["uuid"]])

    def test_the_same_uuid_with_other_bytes_is_shipped_and_marked(self):
        first = event()
        forged = dict(first, displayMessage="something else altogether")
        self.deliver(self.hookline, [first])
        self.deliver(self.hookline, [forged])
        self.logzio.wait_lines(2)
        one, two = self.logzio.lines()
        self.assertNotIn("uuid_conflict", one["hookline"])
        self.assertIs(two["hookline"]["uuid_conflict"], True)
        self.assertEqual(two["displayMessage"], "something else altogether")
        # And again, both are known now.
        self.deliver(self.hookline, [forged])
        self.deliver(self.hookline, [first])
        self.wait_drained(self.hookline)
        self.assertEqual(len(self.logzio.lines()), 2)

    def test_the_same_event_id_alone_drops_nothing(self):
        first, second = event(), event()
        self.deliver(self.hookline, [first], eventId="one-and-the-same")
        self.deliver(self.hookline, [second], eventId="one-and-the-same")
        self.logzio.wait_for([first["uuid"], second["uuid"]])

    def test_an_event_without_uuid_is_known_by_event_id_place_and_content(self):
        plain = event(uuid=DROP, displayMessage="no uuid")
        self.deliver(self.hookline, [plain], eventId="first")
        self.deliver(self.hookline, [plain], eventId="first")          # Okta's retry
        self.deliver(self.hookline, [plain], eventId="second")         # it happened again
        self.deliver(self.hookline, [plain, plain], eventId="third")   # twice in one delivery: two events
        self.logzio.wait_lines(4)
        self.wait_drained(self.hookline)
        self.assertEqual(len(self.logzio.raw_lines()), 4)

    def test_another_tenants_event_is_no_repeat(self):
        sent = event()
        self.deliver(self.hookline, [sent])
        self.deliver(self.hookline, [sent], hook_headers(OTHER_TOKEN))
        self.logzio.wait_for([sent["uuid"]], TOKEN)
        self.logzio.wait_for([sent["uuid"]], OTHER_TOKEN)

    def test_repeats_are_known_after_a_restart(self):
        sent, later = event(), event()
        body = envelope([sent])
        self.assertEqual(self.post(self.hookline, body).status, 200)
        self.logzio.wait_for([sent["uuid"]])
        self.hookline.restart()
        self.assertEqual(self.post(self.hookline, body).status, 200)
        self.deliver(self.hookline, [later])
        self.logzio.wait_for([later["uuid"]])
        self.wait_drained(self.hookline)
        self.assertEqual(sorted(self.logzio.uuids()), sorted([sent["uuid"], later["uuid"]]))

    def test_repeats_of_one_event_sent_at_once_arrive_once(self):
        sent = event()
        body = envelope([sent])
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.post(self.hookline, body).status))
                   for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200] * 16)
        self.logzio.wait_for([sent["uuid"]])
        self.wait_drained(self.hookline)
        self.assertEqual(self.logzio.uuids(), [sent["uuid"]])
