"""What runs where, and what it used: cores, /proc."""

import os
import platform
import resource
import threading
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def split_cores():
    """(the relay's cores, its peers'): the relay gets the last one, or with four and more all but two."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return cores, cores
    peers = 1 if len(cores) < 4 else 2
    return cores[-1:], cores[:peers]


def cpu_seconds(pid):
    """Of the whole process, threads that have ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def thread_seconds(pid):
    """{thread name: CPU seconds}; threads of one name together. From the scheduler's own clock where it is kept."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            name = (task / "comm").read_text().strip()
            used = _run_time(task)
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended just now
        found[name] = found.get(name, 0.0) + used
    return found


def _run_time(task):
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def memory_bytes(pid):
    """(now, the most so far), resident."""
    found = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(("VmRSS:", "VmHWM:")):
            found[line.split(":")[0]] = int(line.split()[1]) * 1024
    return found["VmRSS"], found["VmHWM"]


def bytes_under(directory):
    """What its files take on the disk."""
    total = 0
    for path in Path(directory).rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except OSError:
            pass
    return total


class StandstillWatch:
    """Whether it was the machine that stood still: how long a sleep of 10 ms and a sync of 4 kB beside it take."""

    SLEEP, BETWEEN_SYNCS = 0.01, 0.1

    def __init__(self, directory):
        self.path, self.done = Path(directory) / "standstill", threading.Event()
        self.sleeps, self.syncs = [], []  # (when it ended, seconds)
        self.threads = [threading.Thread(target=watch, daemon=True) for watch in (self._sleep, self._sync)]
        for thread in self.threads:
            thread.start()

    def _sleep(self):
        while not self.done.is_set():
            began = time.monotonic()
            time.sleep(self.SLEEP)
            self.sleeps.append((time.monotonic(), time.monotonic() - began - self.SLEEP))

    def _sync(self):
        with open(self.path, "wb", buffering=0) as file:
            while not self.done.wait(self.BETWEEN_SYNCS):
                began = time.monotonic()
                os.pwrite(file.fileno(), b"." * 4096, 0)
                os.fdatasync(file.fileno())
                self.syncs.append((time.monotonic(), time.monotonic() - began))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done.set()
        for thread in self.threads:
            thread.join()
        self.path.unlink(missing_ok=True)

    @staticmethod
    def longest(taken, edges):
        """Milliseconds, the longest between each two edges."""
        return [max((took for at, took in taken if begin < at <= end), default=0.0) * 1e3
                for begin, end in zip(edges, edges[1:])]


class Disturbance:
    """What else ran on the machine while something was measured: figures of a busy machine say little."""

    def __init__(self):
        self.at, self.all, self.own = time.monotonic(), _all_seconds(), _own_seconds()

    def cores(self):
        """Mean of other work since, in cores; to be asked when every process of the measurement has been waited for."""
        others = (_all_seconds() - self.all) - (_own_seconds() - self.own)
        return max(0.0, others / (time.monotonic() - self.at))


def _all_seconds():
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / TICKS


def _own_seconds():
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def describe():
    """For the head of a report: figures of two machines do not compare."""
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "memory_bytes": total, "kernel": platform.release(),
            "system": _system()}


def _system():
    try:
        for line in Path("/etc/os-release").read_text().splitlines():
            if line.startswith("PRETTY_NAME="):
                return line.split("=", 1)[1].strip('"')
    except FileNotFoundError:
        pass
    return platform.system()
