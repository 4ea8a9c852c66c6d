"""What a sanitizer has to say of the programs that a test starts.

Its reports go to files in a folder of the test's own rather than to stderr, so that they are found whoever started the
program and however it ended: a report is written when the fault happens, and stands there also when the relay is killed
afterwards. Programs that are built without a sanitizer know nothing of all this.
"""

import os
import shutil
import tempfile
from pathlib import Path

# What the binary under test was built with: "address", "thread", or nothing. ./test says so.
SANITIZER = os.environ.get("HOOKLINE_SANITIZER", "")

# How many times as long a machine takes to do the same work, and how many times the memory it takes. They widen bounds
# on what a machine needs (patience, a process's size), and none that is promised to Okta.
SLOWNESS = {"": 1, "address": 3, "thread": 5}[SANITIZER]
MEMORY = {"": 1, "address": 5, "thread": 10}[SANITIZER]

OPTIONS = ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")


def inherited():
    """The part of the environment that every program under test gets."""
    return {name: value for name, value in os.environ.items()
            if name in OPTIONS or name in ("ASAN_SYMBOLIZER_PATH", "TSAN_SYMBOLIZER_PATH", "LLVM_PROFILE_FILE")}


def without_leaks(environment):
    """For a program under strace: both look at it with ptrace, and only one can."""
    return {**environment, "ASAN_OPTIONS": environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


class Reports:
    """Collects the reports of all programs that are started meanwhile, by this process or its children."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="hookline-reports-"))
        self.before = {name: os.environ.get(name) for name in OPTIONS}
        for name, value in self.before.items():
            os.environ[name] = f"{value or ''}:log_path={self.folder}/report"
        return self

    def text(self):
        return "\n".join(path.read_text(errors="replace")[:20_000] for path in sorted(self.folder.iterdir()))

    def __exit__(self, *_):
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(self.folder, ignore_errors=True)
