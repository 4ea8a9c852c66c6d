"""What follows from an answer of Logz.io: one test for each row of the table "Toward Logz.io" in the design."""

import hashlib
import json
import socket
import ssl
import threading
import time

from fake_listener import Reply, counted, refuses
from harness import OTHER_TOKEN, TOKEN, FlowTest, envelope, event, hook_headers, token, wait_until


class ListenerTest(FlowTest):
    settings = {}

    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio, settings=self.settings)
        self.prove(self.hookline, self.logzio)

    def buried(self):
        return self.letters(self.hookline)

    def tenant_status(self, token=TOKEN):
        label = "us-" + hashlib.sha256(token.encode()).hexdigest()[:8]
        rows = [row for row in self.hookline.api("status")["tenants"] if row["label"] == label]
        self.assertEqual(len(rows), 1, self.hookline.api("status")["tenants"])
        return rows[0]

    def wait_held(self, token=TOKEN):
        return wait_until(lambda: self.tenant_status(token)["hold"] not in ("none", "backing_off", None)
                          and self.tenant_status(token), "the tenant is held")

    def send(self, count=1, token=TOKEN, **changes):
        sent = [event(**changes) for _ in range(count)]
        self.deliver(self.hookline, sent, hook_headers(token))
        return [one["uuid"] for one in sent]

    def assert_arrives_once(self, uuids, token=None):
        self.logzio.wait_for(uuids, token)
        self.wait_drained(self.hookline)
        arrived = self.logzio.uuids(token)
        self.assertEqual([uuid for uuid in uuids if arrived.count(uuid) != 1], [])


class TheRequest(ListenerTest):
    def test_as_the_listener_wants_it(self):
        self.send()
        self.logzio.wait_requests(1)
        request = self.logzio.requests[0]
        self.assertEqual((request.method, request.path), ("POST", "/"))
        self.assertEqual(request.query, {"token": TOKEN, "type": "okta"})
        self.assertEqual(request.headers.get("content-encoding"), "gzip")
        self.assertNotIn("expect", request.headers)
        self.assertIn("hookline", request.headers["user-agent"])
        self.assertTrue(request.body.endswith(b"\n"))

    def test_connections_are_kept_alive(self):
        before = self.logzio.connection_count
        for _ in range(10):
            self.assert_arrives_once(self.send())
        self.assertLessEqual(self.logzio.connection_count - before, 1)

    def test_a_bulk_is_cut_by_its_uncompressed_bytes(self):
        self.logzio.script(503, times=1)
        uuids = []
        for _ in range(5):
            uuids += self.send(60, note="x" * 20_000)
        self.assert_arrives_once(uuids)
        largest = max(len(request.body) for request in self.logzio.requests)
        self.assertLessEqual(largest, 3 * 1024 * 1024)
        self.assertGreater(largest, 1024 * 1024)

    def test_the_proxy_of_the_environment_is_not_used(self):
        relay = self.relay(self.logzio, environment={"http_proxy": "http://127.0.0.1:9", "all_proxy": "http://127.0.0.1:9",
                                                     "HTTPS_PROXY": "http://127.0.0.1:9"})
        sent = event()
        self.deliver(relay, [sent])
        self.logzio.wait_for([sent["uuid"]])

    def test_a_configured_proxy_is_used(self):
        proxy = self.listener()  # for plain HTTP a proxy is asked as a server is, with the whole URL
        relay = self.relay(listeners={"us": "http://127.0.0.1:9"}, settings={"client.proxy": proxy.url})
        sent = event()
        self.deliver(relay, [sent])
        proxy.wait_for([sent["uuid"]])

    def test_an_own_ca_file(self):
        from test_tls import make_certificate, server_context
        folder = self.hookline.directory
        make_certificate(folder, "listener")
        logzio = self.listener(tls=server_context(folder, "listener"))
        relay = self.relay(listeners={"us": f"https://localhost:{logzio.port}"},
                           settings={"client.ca_file": str(folder / "listener-cert.pem")})
        sent = event()
        self.deliver(relay, [sent])
        logzio.wait_for([sent["uuid"]])

    def test_an_unknown_certificate_is_not_trusted(self):
        from test_tls import make_certificate, server_context
        folder = self.hookline.directory
        make_certificate(folder, "listener")
        logzio = self.listener(tls=server_context(folder, "listener"))
        relay = self.relay(listeners={"us": f"https://localhost:{logzio.port}"})
        self.deliver(relay, [event()])  # undecided in time, so stored
        wait_until(lambda: any("certificate" in json.dumps(row) for row in relay.api("status")["tenants"]),
                   "the status names the certificate")
        self.assertEqual(logzio.requests, [])

    def tls_listener(self, change=lambda context: None, **certificate):
        """A listener behind a certificate that the relay knows, the address it is reached at, and a relay."""
        from test_tls import make_certificate, server_context
        folder = self.hookline.directory
        make_certificate(folder, "listener", **certificate)
        context = server_context(folder, "listener")
        change(context)
        logzio = self.listener(tls=context)
        relay = self.relay(listeners={"us": f"https://localhost:{logzio.port}"},
                           settings={"client.ca_file": str(folder / "listener-cert.pem")})
        return logzio, relay

    def assert_kept_and_said(self, logzio, relay, word):
        sent = event()
        self.deliver(relay, [sent])  # undecided in time, so stored
        row = wait_until(lambda: [row for row in relay.api("status")["tenants"] if word in row["detail"]],
                         f"the status says {word!r}")[0]
        self.assertEqual(row["waiting_lines"], 1)
        self.assertEqual(logzio.requests, [], "neither token nor events were sent")

    def test_a_certificate_for_another_name_is_refused(self):
        logzio, relay = self.tls_listener(names="DNS:listener.example")
        self.assert_kept_and_said(logzio, relay, "certificate")

    def test_an_expired_certificate_is_refused(self):
        logzio, relay = self.tls_listener(expired=True)
        self.assert_kept_and_said(logzio, relay, "expired")

    def test_tls_1_2_will_do_and_nothing_older(self):
        def only(version):
            def change(context):
                import warnings
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    context.minimum_version = context.maximum_version = version
                    context.set_ciphers("ALL:@SECLEVEL=0")
            return change
        logzio, relay = self.tls_listener(only(ssl.TLSVersion.TLSv1_2))
        sent = event()
        self.deliver(relay, [sent])
        logzio.wait_for([sent["uuid"]])
        logzio, relay = self.tls_listener(only(ssl.TLSVersion.TLSv1_1))
        self.assert_kept_and_said(logzio, relay, "SSL")

    def test_plain_http_beyond_loopback_must_be_allowed(self):
        relay = self.relay(listeners={"us": "http://192.0.2.1:8070"}, start=False)
        relay.spawn()
        self.assertEqual(relay.wait(), 78)
        self.assertTrue(relay.logged("plain_http_allowed"), relay.tail())


class Delivered(ListenerTest):
    def test_200(self):
        self.assert_arrives_once(self.send(3))

    def test_201_202_and_204(self):
        for status in (201, 202, 204):
            with self.subTest(status=status):
                self.logzio.script(Reply(status, take="all"), times=1)
                self.assert_arrives_once(self.send())

    def test_a_2xx_with_an_html_page_is_no_listener(self):
        page = Reply(200, "<!DOCTYPE html><html><body>Please log in to the guest network</body></html>",
                     [("Content-Type", "text/html")])
        script = self.logzio.script(page)
        uuids = self.send(2)
        self.wait_held()
        self.assertEqual(self.buried(), [])
        self.logzio.behave()
        self.assert_arrives_once(uuids)


class PartlyAccepted(ListenerTest):
    def backlog(self, count, **changes):
        """`count` events that leave in one bulk once the listener is let go."""
        self.logzio.script(503, times=1)
        return self.send(count, **changes)

    def test_400_with_none_bad_settles(self):
        self.logzio.script(lambda request: counted(len(request.lines), take="all"), times=1)
        self.assert_arrives_once(self.send(5))
        self.assertEqual(self.buried(), [])

    def test_three_counters_add_up_too(self):
        self.logzio.script(lambda request: Reply(400, json.dumps({"malformedLines": 0, "oversizedLines": 0,
                                                                  "successfulLines": len(request.lines)}), take="all"),
                           times=1)
        self.assert_arrives_once(self.send(5))

    def test_a_bad_line_is_found_and_buried_and_the_others_arrive(self):
        self.logzio.script(refuses(lambda line: b"poison" in line))
        good, bad = [event() for _ in range(40)], event(displayMessage="poison")
        self.deliver(self.hookline, good[:23] + [bad] + good[23:])
        letters = wait_until(self.buried, "the bad line is buried")
        self.assertEqual([(one["uuid"], one["reason"], one["status"]) for one in letters],
                         [(bad["uuid"], "line_refused", 400)])
        self.assertIn("malformedLines", letters[0]["answer"])
        self.logzio.wait_for([one["uuid"] for one in good])
        self.wait_drained(self.hookline)
        arrived = self.logzio.uuids()
        for one in good:
            self.assertLessEqual(arrived.count(one["uuid"]), 3, "no line is sent more than three times")
        self.assertNotIn(bad["uuid"], arrived)
        sends = sum(request.body.count(bad["uuid"].encode()) for request in self.logzio.requests)
        self.assertLessEqual(sends, 3)

    def test_several_bad_lines(self):
        self.logzio.script(refuses(lambda line: b"poison" in line))
        sent = [event(displayMessage="poison" if n % 17 == 3 else "fine") for n in range(60)]
        self.deliver(self.hookline, sent)
        good = [one["uuid"] for one in sent if one["displayMessage"] == "fine"]
        bad = {one["uuid"] for one in sent if one["displayMessage"] == "poison"}
        wait_until(lambda: {one["uuid"] for one in self.buried()} >= bad, "the bad lines are buried")
        self.logzio.wait_for(good)
        self.assertEqual({one["uuid"] for one in self.buried()}, bad)

    def test_what_came_after_arrives_too(self):
        self.logzio.script(refuses(lambda line: b"poison" in line))
        self.deliver(self.hookline, [event(displayMessage="poison")])
        self.assert_arrives_once(self.send(3))

    def test_letters_can_be_replayed_once_the_listener_takes_them(self):
        self.logzio.script(refuses(lambda line: b"poison" in line))
        bad = event(displayMessage="poison")
        self.deliver(self.hookline, [event(), bad, event()])
        wait_until(self.buried, "the bad line is buried")
        self.logzio.behave()
        self.hookline.api("letters/replay", "POST", {"all": True, "dry_run": False})
        self.logzio.wait_for([bad["uuid"]])
        self.assertEqual(self.buried(), [])


class NarrowingIsBounded(ListenerTest):
    settings = {"ship.narrow_sends_hour_max": 3}

    def test_beyond_the_bound_the_bulk_is_settled_and_copied_to_the_letters(self):
        self.logzio.script(refuses(lambda line: b"poison" in line))
        sent = [event(displayMessage="poison" if n % 5 == 0 else "fine") for n in range(100)]
        self.deliver(self.hookline, sent)
        letters = wait_until(self.buried, "the bulk is copied to the letters")
        self.assertIn("bulk_refused", {one["reason"] for one in letters})
        self.logzio.wait_for([one["uuid"] for one in sent if one["displayMessage"] == "fine"])
        self.wait_drained(self.hookline)
        exported = "".join(one["body"] for one in self.buried())
        for one in sent:
            if one["displayMessage"] == "poison":
                self.assertIn(one["uuid"], exported)


class NotUnderstood(ListenerTest):
    def test_400_without_counters_is_held_and_nothing_is_buried_until_another_line_was_accepted(self):
        self.logzio.script(Reply(400, "Bad Request"))
        uuids = self.send(5)
        held = self.wait_held()
        self.assertEqual(held["hold"], "not_understood")
        self.logzio.wait_requests(4)
        self.assertEqual(self.buried(), [])
        self.logzio.behave()
        self.assert_arrives_once(uuids)

    def test_a_poison_line_is_buried_once_another_line_was_accepted(self):
        def listener(request):
            return Reply(400, "no") if b"poison" in request.body else Reply(200, take="all")
        self.logzio.script(listener)
        bad = event(displayMessage="poison")
        self.deliver(self.hookline, [bad])
        self.wait_held()
        self.assertEqual(self.buried(), [])
        later = self.send(4)
        self.logzio.wait_for(later)
        letters = wait_until(self.buried, "the poison line is buried")
        self.assertEqual([one["uuid"] for one in letters], [bad["uuid"]])
        self.assertIn("no", letters[0]["answer"])
        self.assert_arrives_once(self.send(3))

    def test_counters_that_do_not_add_up_are_not_believed(self):
        self.logzio.script(counted(999, malformedLines=1))
        uuids = self.send(5)
        self.wait_held()
        self.assertEqual(self.buried(), [])
        self.logzio.behave()
        self.assert_arrives_once(uuids)


class TokenRejected(ListenerTest):
    def test_401_and_403_hold_the_tenant_and_keep_its_data(self):
        for status in (401, 403):
            with self.subTest(status=status):
                self.logzio.script(Reply(status, "Logging token is not valid"))
                uuids = self.send(3)
                held = self.wait_held()
                self.assertEqual(held["hold"], "token_rejected")
                self.assertIn("token or region", json.dumps(held) + self.hookline.tail(200))
                uuids += self.send(3)  # taken all the same
                self.assertEqual(self.buried(), [])
                self.logzio.behave()
                self.assert_arrives_once(uuids)

    def test_a_held_tenant_is_probed_with_one_line(self):
        self.logzio.script(401)
        self.send(20)
        self.wait_held()
        seen = len(self.logzio.requests)
        self.logzio.wait_requests(seen + 2)
        self.assertEqual({len(request.lines) for request in self.logzio.requests[seen:]}, {1})

    def test_other_tenants_go_on(self):
        self.prove(self.hookline, self.logzio, OTHER_TOKEN)
        self.logzio.script(401, token=TOKEN)
        self.send(3)
        self.wait_held()
        uuids = self.send(3, token=OTHER_TOKEN)
        self.logzio.wait_for(uuids, OTHER_TOKEN)
        self.assertEqual(self.logzio.uuids(OTHER_TOKEN), uuids)
        self.assertEqual(self.tenant_status(TOKEN)["waiting_lines"], 3)


class TooLarge(ListenerTest):
    def test_413_is_halved_until_it_fits(self):
        self.logzio.script(lambda request: Reply(413) if len(request.lines) > 3 else None)
        self.assert_arrives_once(self.send(20))
        self.assertEqual(self.buried(), [])

    def test_when_no_line_is_small_enough_nothing_is_buried(self):
        self.logzio.script(Reply(413, "a proxy that takes nothing"))
        uuids = self.send(6)
        held = self.wait_held()
        self.assertEqual(held["hold"], "too_large")
        self.assertIn("a proxy that takes nothing", json.dumps(held))
        alone = sum(len(request.lines) == 1 for request in self.logzio.requests)
        self.logzio.wait_requests(len(self.logzio.requests) + 4 - alone)
        self.assertEqual(self.buried(), [])
        self.logzio.behave()
        self.assert_arrives_once(uuids)
        self.assertEqual(self.buried(), [])

    def test_one_line_alone_is_buried_once_another_was_accepted(self):
        self.logzio.script(lambda request: Reply(413, "too big") if b"fat" in request.body else None)
        fat = event(displayMessage="fat")
        good = [event() for _ in range(6)]
        self.deliver(self.hookline, good[:3] + [fat] + good[3:])
        letters = wait_until(self.buried, "the line is buried")
        self.assertEqual([(one["uuid"], one["reason"], one["status"], one["answer"]) for one in letters],
                         [(fat["uuid"], "too_large", 413, "too big")])
        self.assert_arrives_once([one["uuid"] for one in good])


class RetryLater(ListenerTest):
    settings = {"listener.answer_time_max": "500ms"}

    def test_408_429_and_5xx_are_retried_until_they_pass(self):
        for status in (408, 429, 500, 502, 503, 504, 599):
            with self.subTest(status=status):
                self.logzio.script(Reply(status, "later"), times=3)
                uuids = self.send(2)
                self.assert_arrives_once(uuids)
                self.assertEqual(self.buried(), [])
                self.assertFalse(self.hookline.logged("delivery is held"), "it is tried again, not held and probed")

    def test_the_wait_grows_and_is_jittered(self):
        self.logzio.script(503, times=6)
        self.assert_arrives_once(self.send())
        at = [request.at for request in self.logzio.requests]
        waits = [later - earlier for earlier, later in zip(at, at[1:])]
        self.assertGreater(len(set(round(wait, 3) for wait in waits)), 2, waits)

    def test_retry_after_is_honoured(self):
        self.logzio.script(Reply(429, headers=[("Retry-After", "2")]), times=1)
        self.assert_arrives_once(self.send())
        first, second = self.logzio.requests[:2]
        self.assertGreaterEqual(second.at - first.at, 1.9)

    def test_an_absurd_retry_after_is_bounded(self):
        relay = self.relay(self.logzio, settings={"ship.retry_after_max": "1s"})
        self.prove(relay, self.logzio)
        self.logzio.script(Reply(503, headers=[("Retry-After", "999999999999999999999")]), times=1)
        self.logzio.script(Reply(503, headers=[("Retry-After", "86400")]), times=1)
        self.logzio.script(Reply(503, headers=[("Retry-After", "Fri, 31 Dec 2099 23:59:59 GMT")]), times=1)
        self.logzio.script(Reply(503, headers=[("Retry-After", "-5")]), times=1)
        sent = event()
        self.deliver(relay, [sent])
        self.logzio.wait_for([sent["uuid"]])

    def test_a_connection_that_is_reset_or_closed(self):
        for close in ("reset", "close"):
            with self.subTest(close=close):
                self.logzio.script(Reply(close=close), times=3)
                self.assert_arrives_once(self.send(2))

    def test_an_answer_lost_after_the_lines_were_taken_means_copies_never_loss(self):
        self.logzio.script(Reply(close="reset", take="all"), times=1)
        uuids = self.send(2)
        wait_until(lambda: all(self.logzio.uuids().count(uuid) == 2 for uuid in uuids), "they are sent again")

    def test_a_listener_that_hangs_times_out(self):
        release = threading.Event()
        self.logzio.script(Reply(503, hang=release), times=1)
        uuids = self.send(2)
        self.logzio.wait_requests(2)
        release.set()
        self.assert_arrives_once(uuids)

    def test_a_listener_that_is_down_comes_back(self):
        self.logzio.go_down()
        uuids = []
        for _ in range(20):
            uuids += self.send(2)
        wait_until(lambda: self.tenant_status()["hold"] == "backing_off", "the tenant backs off")
        self.logzio.come_up()
        self.assert_arrives_once(uuids)
        self.assertEqual(self.buried(), [])

    def test_an_answer_of_5_mb_is_read_no_further_than_it_must(self):
        self.logzio.script(Reply(503, b"x" * 5_000_000), times=2)
        self.assert_arrives_once(self.send(2))

    def test_garbage_in_place_of_http(self):
        garbage = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(garbage.close)

        def serve():
            try:
                while True:
                    peer, _ = garbage.accept()
                    peer.recv(65536)
                    peer.sendall(b"\x00\x01\x02 no HTTP at all\r\n\r\n")
                    peer.close()
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        relay = self.relay(listeners={"us": f"http://127.0.0.1:{garbage.getsockname()[1]}"})
        self.deliver(relay, [event()])  # nothing settles the proof in time: stored
        wait_until(lambda: relay.api("status")["tenants"][0]["waiting_lines"] == 1, "it waits")


class AnythingElse(ListenerTest):
    def test_other_answers_hold_and_keep_the_data(self):
        for status in (404, 405, 410, 418):
            with self.subTest(status=status):
                self.logzio.script(Reply(status, "what?"))
                uuids = self.send(2)
                held = self.wait_held()
                self.assertIn(str(status), json.dumps(held))
                self.assertEqual(self.buried(), [])
                self.logzio.behave()
                self.assert_arrives_once(uuids)

    def test_redirects_are_not_followed(self):
        elsewhere = self.listener()
        self.logzio.script(Reply(301, headers=[("Location", elsewhere.url + "/?token=" + TOKEN)]))
        uuids = self.send(2)
        self.wait_held()
        self.assertEqual(elsewhere.connection_count, 0)
        self.logzio.behave()
        self.assert_arrives_once(uuids)


class Isolation(ListenerTest):
    def test_a_hanging_region_does_not_delay_another(self):
        hanging = self.listener()
        relay = self.relay(listeners={"us": self.logzio.url, "eu": hanging.url},
                           settings={"listener.answer_time_max": "60s", "ship.proofs_region_second_max": 1000})
        tokens = [token(n) for n in range(40)]
        for one in tokens:
            self.deliver(relay, [event()], hook_headers(one, "eu"))
        hanging.wait_lines(len(tokens))
        release = threading.Event()
        self.addCleanup(release.set)
        hanging.script(Reply(503, hang=release))
        for one in tokens:
            self.deliver(relay, [event()], hook_headers(one, "eu"))
        uuids = []
        for n in range(10):
            sent = event()
            self.deliver(relay, [sent], hook_headers(token(100 + n)))
            uuids.append(sent["uuid"])
        self.logzio.wait_for(uuids)

    def test_a_name_that_does_not_resolve_does_not_delay_another(self):
        relay = self.relay(listeners={"us": self.logzio.url, "eu": "https://no-such-host.invalid:8071"})
        self.deliver(relay, [event()], hook_headers(OTHER_TOKEN, "eu"))
        sent = event()
        self.deliver(relay, [sent])
        self.logzio.wait_for([sent["uuid"]])


class OrderAndBulks(ListenerTest):
    def test_a_tenants_events_arrive_in_order(self):
        sent = []
        connection = self.hookline.connect()
        for _ in range(200):
            one = event()
            self.deliver(self.hookline, [one], connection=connection)
            sent.append(one["uuid"])
        connection.close()
        self.assert_arrives_once(sent)
        self.assertEqual(self.logzio.uuids(), sent)

    def test_one_bulk_of_a_tenant_at_a_time(self):
        running, most = [0], [0]
        lock = threading.Lock()

        def slow(request):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.02)
            with lock:
                running[0] -= 1
            return None

        self.logzio.script(slow)
        uuids = []
        for _ in range(30):
            uuids += self.send()
        self.assert_arrives_once(uuids)
        self.assertEqual(most[0], 1)

    def test_under_load_many_events_travel_in_one_bulk(self):
        gate = threading.Event()
        self.logzio.script(Reply(503, hang=gate), times=1)
        uuids = []
        for _ in range(100):
            uuids += self.send()
        gate.set()
        self.assert_arrives_once(uuids)
        self.assertLess(len(self.logzio.requests), 30)
