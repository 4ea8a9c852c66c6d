"""A Logz.io listener as its documents describe it, with a memory and with faults that a test can script.

It counts lines as the real one does (valid lines of a refused bulk are in all the same) and knows nothing of the relay.
"""

import gzip
import json
import socket
import ssl
import struct
import threading
import time
import urllib.parse
import zlib

from harness import wait_until

LINE_BYTES_MAX = 500_000
BODY_BYTES_MAX = 10_485_760


class Reply:
    """What to answer instead of the honest answer.

    `take`: what happens to the lines first: "none", "all", "good" (as the honest listener would) or a number of lines.
    `hang`: an Event to wait for before anything is answered. `close`: "reset" or "close" instead of an answer.
    """

    def __init__(self, status=200, body=b"", headers=(), take="none", hang=None, close=None):
        self.status, self.headers, self.take, self.hang, self.close = status, list(headers), take, hang, close
        self.body = body.encode() if isinstance(body, str) else body


class Request:
    def __init__(self, method, path, query, headers, body, error=None):
        self.method, self.path, self.query, self.headers, self.body = method, path, query, headers, body
        self.error = error  # why the body could not be read as gzip text
        self.at = time.monotonic()
        self.status = None

    @property
    def token(self):
        return self.query.get("token", "")

    @property
    def lines(self):
        """The body's lines, as bytes without their newline."""
        pieces = self.body.split(b"\n")
        return pieces[:-1] if pieces and pieces[-1] == b"" else pieces

    @property
    def uuids(self):
        return [_uuid(line) for line in self.lines]


class FakeListener:
    def __init__(self, tokens=None, tls=None, listening=True):
        """`tokens`: those accepted, None for any. `tls`: an ssl.SSLContext."""
        self.tokens = None if tokens is None else set(tokens)
        self.requests = []      # every request, in order of arrival
        self.accepted = []      # (token, line bytes) of every line taken, in order
        self.scripts = []       # [(matches, reply, times left)], the first that matches is used
        self.gate = threading.Event()
        self.gate.set()
        self.connections = set()
        self.connection_count = 0
        self._lock = threading.Lock()
        self._tls = tls
        self._closing = False
        self._socket = None
        self.port = 0
        self._bind()
        if listening:
            self.come_up()

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    # -- scripting ----------------------------------------------------------------------------------------------

    def script(self, reply, token=None, times=None, when=None):
        """From now on `reply` (a Reply, a status, or a function of the request that returns one or None) answers the
        next `times` requests (None: all) of `token` (None: any) for which `when(request)` is true."""
        if isinstance(reply, int):
            reply = Reply(reply)
        entry = [lambda request: (token is None or request.token == token) and (when is None or when(request)),
                 reply, times]
        with self._lock:
            self.scripts.append(entry)
        return entry

    def behave(self):
        """Honest again."""
        with self._lock:
            self.scripts.clear()

    def go_down(self):
        """Refuses connections, and drops those that are open; keeps the port for `come_up`."""
        self._end_socket()
        with self._lock:
            open_now = list(self.connections)
        for connection in open_now:
            _end(connection)
        self._bind()

    def come_up(self):
        self._socket.listen(512)
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def close(self):
        self._closing = True
        self.gate.set()
        for _, reply, _ in self.scripts:
            if isinstance(reply, Reply) and reply.hang is not None:
                reply.hang.set()
        self._end_socket()
        with self._lock:
            open_now = list(self.connections)
        for connection in open_now:
            _end(connection)

    # -- what came ----------------------------------------------------------------------------------------------

    def lines(self, token=None):
        """Accepted lines, parsed, in order."""
        return [json.loads(line) for line in self.raw_lines(token)]

    def raw_lines(self, token=None):
        with self._lock:
            return [line for of, line in self.accepted if token is None or of == token]

    def uuids(self, token=None):
        return [_uuid(line) for line in self.raw_lines(token)]

    def line(self, uuid):
        """The one accepted line of this event, parsed."""
        found = [line for line in self.lines() if line.get("uuid") == uuid]
        assert len(found) == 1, f"{len(found)} lines for {uuid}"
        return found[0]

    def raw_line(self, uuid):
        found = [line for line in self.raw_lines() if _uuid(line) == uuid]
        assert len(found) == 1, f"{len(found)} lines for {uuid}"
        return found[0]

    def requests_of(self, token):
        with self._lock:
            return [request for request in self.requests if request.token == token]

    def wait_for(self, uuids, token=None, patience=None):
        """Until each of these uuids was accepted."""
        wanted = set(uuids)
        wait_until(lambda: wanted <= set(self.uuids(token)), f"{len(wanted)} events arrive at the listener", patience)

    def wait_lines(self, count, token=None, patience=None):
        wait_until(lambda: len(self.raw_lines(token)) >= count, f"{count} lines arrive at the listener", patience)

    def wait_requests(self, count, token=None, patience=None):
        wait_until(lambda: len(self.requests if token is None else self.requests_of(token)) >= count,
                   f"{count} requests reach the listener", patience)

    def forget(self):
        with self._lock:
            self.requests.clear()
            self.accepted.clear()

    # -- serving ------------------------------------------------------------------------------------------------

    def _bind(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", self.port))
        self.port = self._socket.getsockname()[1]

    def _end_socket(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def _accept(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self.connections.add(connection)
            self.connection_count += 1
        try:
            if self._tls:
                plain, connection = connection, self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self.connections.discard(plain)
                    self.connections.add(connection)
            stream = connection.makefile("rb")
            while self._one(connection, stream):
                pass
        except (OSError, ValueError, ssl.SSLError):
            pass
        finally:
            with self._lock:
                self.connections.discard(connection)
            _end(connection)

    def _one(self, connection, stream):
        request = _read_request(stream, connection)
        if request is None:
            return False
        with self._lock:
            self.requests.append(request)
            reply = self._pick(request)
        self.gate.wait()
        if callable(reply):
            reply = reply(request)
        if reply is None:
            reply = self._honest(request)
        else:
            if reply.hang is not None:
                reply.hang.wait()
            self._take(request, reply.take)
        if self._closing:
            return False
        request.status = reply.status
        if reply.close == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if reply.close:
            return False
        head = f"HTTP/1.1 {reply.status} X\r\nContent-Length: {len(reply.body)}\r\n"
        for name, value in reply.headers:
            head += f"{name}: {value}\r\n"
        connection.sendall(head.encode() + b"\r\n" + reply.body)
        return True

    def _pick(self, request):
        for entry in self.scripts:
            matches, reply, times = entry
            if times == 0 or not matches(request):
                continue
            if times is not None:
                entry[2] -= 1
            return reply
        return None

    def _judge(self, lines):
        good, counts = [], {"malformedLines": 0, "oversizedLines": 0, "emptyLogLines": 0}
        for line in lines:
            if not line.strip():
                counts["emptyLogLines"] += 1
            elif len(line) > LINE_BYTES_MAX:
                counts["oversizedLines"] += 1
            elif not _is_object(line):
                counts["malformedLines"] += 1
            else:
                good.append(line)
        return good, counts

    def _take(self, request, what):
        if what == "none":
            return
        lines = request.lines
        if what == "good":
            lines, _ = self._judge(lines)
        elif isinstance(what, int):
            lines = lines[:what]
        elif callable(what):
            lines = [line for line in lines if what(line)]
        with self._lock:
            self.accepted += [(request.token, line) for line in lines]

    def _honest(self, request):
        if request.method != "POST":
            return Reply(405)
        if not request.token:
            return Reply(401, "Logging token is missing")
        if self.tokens is not None and request.token not in self.tokens:
            return Reply(401, "Logging token is not valid")
        if len(request.body) > BODY_BYTES_MAX:
            return Reply(413)
        if request.error:
            return Reply(400, request.error)
        good, counts = self._judge(request.lines)
        with self._lock:
            self.accepted += [(request.token, line) for line in good]
        if not any(counts.values()):
            return Reply(200)
        return counted(len(good), **counts)


def counted(successful, malformedLines=0, oversizedLines=0, emptyLogLines=0, take="none"):
    """A 400 with the documented counters."""
    body = {"malformedLines": malformedLines, "successfulLines": successful, "oversizedLines": oversizedLines,
            "emptyLogLines": emptyLogLines}
    return Reply(400, json.dumps(body), [("Content-Type", "application/json")], take=take)


def refuses(is_bad):
    """A listener that counts lines for which `is_bad(line)` as malformed and takes the others; for `script`."""
    def answer(request):
        bad = [line for line in request.lines if is_bad(line)]
        if not bad:
            return Reply(200, take="all")
        return counted(len(request.lines) - len(bad), malformedLines=len(bad), take=lambda line: not is_bad(line))
    return answer


def _read_request(stream, connection):
    first = stream.readline(65537)
    if not first:
        return None
    method, target, _ = first.decode("latin-1").rstrip("\r\n").split(" ", 2)
    headers = {}
    while True:
        line = stream.readline(65537)
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(stream.readline().split(b";")[0], 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
    else:
        length = int(headers.get("content-length", "0"))
        body = stream.read(length)
        if len(body) < length:
            return None
    error = None
    coding = headers.get("content-encoding", "identity")
    if coding == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as problem:
            error, body = f"bad gzip: {problem}", b""
    elif coding != "identity":
        error = f"unknown content coding {coding}"
    path, _, query = target.partition("?")
    query = {name: values[-1] for name, values in urllib.parse.parse_qs(query, keep_blank_values=True).items()}
    return Request(method, path, query, headers, body, error)


def _is_object(line):
    try:
        return isinstance(json.loads(line.decode("utf-8")), dict)
    except (ValueError, RecursionError):
        return False


def _uuid(line):
    try:
        return json.loads(line).get("uuid")
    except (ValueError, AttributeError, RecursionError):
        return None


def _end(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    try:
        connection.close()
    except OSError:
        pass
