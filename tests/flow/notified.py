"""What a supervisor hears from the relay: the receiving end of NOTIFY_SOCKET."""

import os
import socket
import threading

from harness import wait_until


class Notified:
    """Every message as its lines, in order; `variable` goes into the relay's environment."""

    def __init__(self, directory):
        self.path = str(directory / "notify")
        self.messages = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self.variable = {"NOTIFY_SOCKET": self.path}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while message := self._socket.recv(65536):
            self.messages.append(message.decode().splitlines())

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.path)
        self._reader.join()
        self._socket.close()
        os.unlink(self.path)

    def count(self, line):
        return sum(line in message for message in self.messages)

    def wait_count(self, line, count, patience=None):
        wait_until(lambda: self.count(line) >= count, f"{count} times {line}: {self.messages}", patience)

    def status(self):
        """What STATUS= said last."""
        said = [line for message in self.messages for line in message if line.startswith("STATUS=")]
        return said[-1].partition("=")[2] if said else ""
