"""One run of load against a relay, looked at from all sides at the end of each window."""

import time
from dataclasses import dataclass

import machine
from figures import differences, per_second
from stage import wait_for_lines


@dataclass
class Look:
    """Counters at one moment."""

    at: float
    acknowledged: int
    lines: int
    cpu: float
    threads: dict


class LoadRun:
    """Runs load to its end, and until every acknowledged event has arrived.

    Figures of windows are lists, one value each. Two things are told apart on purpose: what was acknowledged, and what
    was delivered; a relay may take in more than it ships for a while.
    """

    def __init__(self, stage, sink, relay, events=1, tenants=1, windows=5, window_seconds=3.0, warm_seconds=2.0,
                 **settings):
        self.events, self.windows = events, windows
        load = stage.load(relay, events=events, tenants=tenants, windows=windows, window_seconds=window_seconds,
                          warm_seconds=warm_seconds, **settings)
        before, began_cpu = sink.ask(), machine.cpu_seconds(relay.pid)
        load.go()
        looks = [_look(sink, relay, load.expect("warm"), "reset")]
        for _ in range(windows):
            looks.append(_look(sink, relay, load.expect("window")))
        self.report = load.finish()
        self.acknowledged = self.report["acknowledged"]
        self.after = wait_for_lines(sink, before["lines"] + self.acknowledged * events)
        self.travelled = sink.ask("report")["travelled"]
        self.cpu_all = machine.cpu_seconds(relay.pid) - began_cpu
        self.wire_bytes_an_event = (self.after["wire_bytes"] - before["wire_bytes"]) / max(1, self.acknowledged * events)
        self.behind_seconds = self.after["last_at"] / 1e6 - self.report["last_answer"] / 1e6
        self.memory, self.memory_most = machine.memory_bytes(relay.pid)
        self.looks = looks

    def _counts(self, read):
        return [read(look) for look in self.looks]

    @property
    def deliveries_a_second(self):
        return per_second(self._counts(lambda look: look.acknowledged), self._counts(lambda look: look.at))

    @property
    def delivered_events_a_second(self):
        return per_second(self._counts(lambda look: look.lines), self._counts(lambda look: look.at))

    @property
    def cpu_us_a_delivery(self):
        cpu = differences(self._counts(lambda look: look.cpu))
        return [used / max(1, count) * 1e6 for used, count in
                zip(cpu, differences(self._counts(lambda look: look.acknowledged)))]

    @property
    def cpu_us_a_delivery_all_in(self):
        """With the warming up and with what was shipped after the last answer."""
        return self.cpu_all / self.acknowledged * 1e6

    @property
    def busy(self):
        """Share of one core that the relay used."""
        return per_second(self._counts(lambda look: look.cpu), self._counts(lambda look: look.at))

    def threads_us_an_event(self):
        """{thread: CPU microseconds an event}, over all windows."""
        first, last = self.looks[0], self.looks[-1]
        events = max(1, (last.acknowledged - first.acknowledged) * self.events)
        return {name: (used - first.threads.get(name, 0.0)) / events * 1e6 for name, used in last.threads.items()}

    def ack(self, name):
        """p50, p99, p999 or max of each window, in milliseconds."""
        return [window["ack"][name] / 1e3 for window in self.report["windows"]]

    def late(self, name):
        """By how much the generator itself was late, in milliseconds: above a fraction of `ack` the run means little."""
        return [window["late"][name] / 1e3 for window in self.report["windows"]]


def _look(sink, relay, said, command="count"):
    cpu, threads, at = machine.cpu_seconds(relay.pid), machine.thread_seconds(relay.pid), time.monotonic()
    return Look(at, said["acknowledged"], sink.ask(command)["lines"], cpu, threads)
