"""systemd's side of the relay: it is told how things are, and keeps the sockets open across restarts."""

import shutil
import signal
import socket
import tempfile
import threading
from pathlib import Path

from harness import FlowTest, envelope, event, hook_headers, wait_until
from notified import Notified


def listening():
    return socket.create_server(("127.0.0.1", 0), backlog=1024)


def request_of(body):
    head = "".join(f"{name}: {value}\r\n" for name, value in hook_headers())
    return (f"POST / HTTP/1.1\r\nHost: hooks.example.com\r\n{head}Content-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n").encode() + body


def posted(address, body, connected=lambda: None):
    """The answer to one delivery on a connection of its own, which may wait for as long as a relay starts."""
    with socket.create_connection(address, timeout=120) as connection:
        connection.sendall(request_of(body))
        connected()
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


class Told(FlowTest):
    def notified(self):
        directory = Path(tempfile.mkdtemp(prefix="hookline-notify-"))
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        made = Notified(directory)
        self.addCleanup(made.close)
        return made

    def test_ready_when_deliveries_are_taken_and_stopping_when_it_ends(self):
        notified = self.notified()
        relay = self.relay(self.listener(), environment=notified.variable)
        notified.wait_count("READY=1", 1)
        self.assertEqual(notified.messages[0], ["STATUS=opening the spool"])
        self.assertEqual(notified.status(), "taking deliveries; nothing waits")
        self.assertEqual(notified.count("WATCHDOG=1"), 0, "nobody watches")
        relay.stop()
        notified.wait_count("STOPPING=1", 1)
        self.assertEqual(notified.messages[-1][0], "STOPPING=1", "the last word")

    def test_a_start_that_fails_is_never_ready(self):
        notified = self.notified()
        relay = self.relay(self.listener(), start=False, environment=notified.variable)
        relay.spool.mkdir()
        (relay.spool / "letter.txt").write_text("somebody else's")
        relay.spawn()
        self.assertEqual(relay.wait(), 1)
        self.assertEqual(notified.count("READY=1"), 0)

    def test_a_reload_is_begun_and_ended_be_it_taken_up_or_refused(self):
        notified = self.notified()
        relay = self.relay(self.listener(), config="", environment=notified.variable)
        for round, config in enumerate(['[log]\nlevel = "debug"\n', '[log]\nlevel = "loud"\n'], start=1):
            relay.reload(config)
            notified.wait_count("READY=1", 1 + round)
            begun = [message for message in notified.messages if "RELOADING=1" in message]
            self.assertEqual(len(begun), round)
            self.assertTrue(begun[-1][1].startswith("MONOTONIC_USEC="), begun[-1])
        self.assertTrue(relay.logged("refused"))

    def test_the_status_says_what_waits_and_what_is_held(self):
        notified = self.notified()
        listener = self.listener()
        relay = self.relay(listener, environment=notified.variable)
        self.prove(relay, listener)
        listener.script(401)
        self.deliver(relay, [event()])
        wait_until(lambda: notified.status() == "taking deliveries; events of 1 tenants wait; 1 held, see hookline status",
                   f"the status tells of the hold: {notified.messages}")

    def test_the_watchdog_is_fed_when_there_is_one(self):
        notified = self.notified()
        self.relay(self.listener(), environment={**notified.variable, "WATCHDOG_USEC": "2000000"})
        notified.wait_count("WATCHDOG=1", 3)


class PassedSockets(FlowTest):
    def socket(self):
        made = listening()
        self.addCleanup(made.close)
        return made

    def test_both_addresses_are_taken_over(self):
        receive, admin = self.socket(), self.socket()
        listener = self.listener()
        relay = self.relay(listener, sockets=[("admin", admin), ("receive", receive)])
        self.assertEqual((relay.port, relay.admin_port), (receive.getsockname()[1], admin.getsockname()[1]))
        sent = event()
        self.deliver(relay, [sent])
        listener.wait_for([sent["uuid"]])
        self.assertEqual(relay.admin_request("GET", "/readyz", authorized=False).status, 200)

    def test_one_with_a_name_that_nobody_knows_is_refused(self):
        relay = self.relay(self.listener(), start=False, sockets=[("web", self.socket())])
        relay.spawn()
        self.assertEqual(relay.wait(), 78)
        self.assertTrue(relay.logged('"web"', "FileDescriptorName=receive"), relay.tail())

    def test_a_delivery_that_comes_between_two_processes_waits_for_the_next(self):
        receive, listener = self.socket(), self.listener()
        relay = self.relay(listener, sockets=[("receive", receive)])
        self.prove(relay, listener)
        relay.stop()
        sent, answers, there = event(), [], threading.Event()
        waiting = threading.Thread(
            target=lambda: answers.append(posted(receive.getsockname(), envelope([sent]), there.set)))
        waiting.start()
        self.assertTrue(there.wait(60))
        relay.start()
        waiting.join()
        self.assertTrue(answers[0].startswith(b"HTTP/1.1 200 "), answers)
        listener.wait_for([sent["uuid"]])

    def test_no_delivery_is_lost_when_it_is_restarted_under_load(self):
        """An upgrade, three times: whoever posts, on a new connection each time, is answered 200 by the old process or
        by the new one, and all of it arrives."""
        receive, listener = self.socket(), self.listener()
        relay = self.relay(listener, sockets=[("receive", receive)])
        self.prove(relay, listener)
        address, ended, lock = receive.getsockname(), threading.Event(), threading.Lock()
        taken, wrong = [], []

        def load():
            while not ended.is_set():
                one = event()
                try:
                    answer = posted(address, envelope([one]))
                except OSError as problem:
                    answer = repr(problem).encode()
                with lock:
                    (taken if answer.startswith(b"HTTP/1.1 200 ") else wrong).append((one["uuid"], answer))

        threads = [threading.Thread(target=load) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                before = len(taken)
                wait_until(lambda: len(taken) >= before + 30 or wrong, "deliveries are taken")
                relay.process.send_signal(signal.SIGTERM)
                self.assertEqual(relay.wait(), 0)
                relay.start()
            before = len(taken)
            wait_until(lambda: len(taken) >= before + 30 or wrong, "deliveries are taken after the last restart")
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        print(f"{len(taken)} deliveries over 3 restarts")
        self.assertEqual(wrong, [])
        listener.wait_for([uuid for uuid, _ in taken])
