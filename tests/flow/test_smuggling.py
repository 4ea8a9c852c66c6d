"""Requests that two servers in a row could read differently: each is refused, and nothing of it is taken for a request
of its own (RFC 9112 sections 5 and 6)."""

from harness import FlowTest, TOKEN, envelope, event

EVIL = event(displayMessage="smuggled")
INNER_BODY = envelope([EVIL])
INNER = (b"POST / HTTP/1.1\r\nHost: x\r\nlogzio_token: %s\r\nlogzio_region: us\r\nContent-Length: %d\r\n\r\n"
         % (TOKEN.encode(), len(INNER_BODY))) + INNER_BODY
TOKENS = b"logzio_token: %s\r\nlogzio_region: us\r\n" % TOKEN.encode()


def post(head, body=b""):
    return b"POST / HTTP/1.1\r\nHost: x\r\n" + TOKENS + head + b"\r\n" + body


class Smuggling(FlowTest):
    def assert_refused(self, request):
        listener = self.listener()
        relay = self.relay(listener)
        self.prove(relay, listener)
        received = relay.raw(request + INNER)
        self.assertTrue(received == b"" or received.startswith(b"HTTP/1.1 4") or received.startswith(b"HTTP/1.1 501"),
                        received[:300])
        self.assertLessEqual(received.count(b"HTTP/1.1 "), 1, "the rest was read as another request")
        self.deliver(relay, [event()])
        listener.wait_lines(1)
        self.assertNotIn(EVIL["uuid"], listener.uuids())

    def test_two_equal_content_lengths(self):
        self.assert_refused(post(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"{}"))

    def test_two_different_content_lengths(self):
        self.assert_refused(post(b"Content-Length: 2\r\nContent-Length: 0\r\n", b"{}"))

    def test_a_list_as_content_length(self):
        self.assert_refused(post(b"Content-Length: 2, 2\r\n", b"{}"))

    def test_a_sign_or_blank_in_content_length(self):
        for value in (b"+2", b"-2", b"0x2", b"2 2", b"2.0", b"", b"99999999999999999999999"):
            with self.subTest(value=value):
                self.assert_refused(post(b"Content-Length: " + value + b"\r\n", b"{}"))

    def test_content_length_with_transfer_encoding(self):
        self.assert_refused(post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"))

    def test_transfer_encoding_that_only_looks_chunked(self):
        for value in (b"xchunked", b"chunked, identity", b"identity", b"gzip", b"gzip, chunked", b"chunked, chunked",
                      b"\x0bchunked", b'"chunked"', b"chunked;q=1"):
            with self.subTest(value=value):
                self.assert_refused(post(b"Transfer-Encoding: " + value + b"\r\n", b"0\r\n\r\n"))

    def test_transfer_encoding_twice(self):
        self.assert_refused(post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"))

    def test_folded_headers(self):
        self.assert_refused(post(b"X-Folded: a\r\n b\r\nContent-Length: 2\r\n", b"{}"))
        self.assert_refused(post(b"Content-Length:\r\n 2\r\n", b"{}"))

    def test_a_blank_before_the_colon(self):
        self.assert_refused(post(b"Content-Length : 2\r\n", b"{}"))

    def test_bare_line_feeds(self):
        self.assert_refused(b"POST / HTTP/1.1\nHost: x\nContent-Length: 2\n\n{}")
        self.assert_refused(post(b"X-A: b\nContent-Length: 2\r\n", b"{}"))

    def test_a_bare_carriage_return_or_nul_in_a_value(self):
        self.assert_refused(post(b"X-A: b\rContent-Length: 0\r\nContent-Length: 2\r\n", b"{}"))
        self.assert_refused(post(b"X-A: b\x00c\r\nContent-Length: 2\r\n", b"{}"))

    def test_chunked_under_http_1_0(self):
        self.assert_refused(b"POST / HTTP/1.0\r\nHost: x\r\n" + TOKENS
                            + b"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n")

    def test_no_host_and_two_hosts(self):
        self.assert_refused(b"POST / HTTP/1.1\r\n" + TOKENS + b"Content-Length: 2\r\n\r\n{}")
        self.assert_refused(b"POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\n" + TOKENS + b"Content-Length: 2\r\n\r\n{}")

    def test_bad_chunk_sizes(self):
        for chunk in (b"-2\r\n{}\r\n0\r\n\r\n", b"0x2\r\n{}\r\n0\r\n\r\n", b"2\n{}\n0\n\n", b" 2\r\n{}\r\n0\r\n\r\n",
                      b"10000000000000002\r\n{}\r\n0\r\n\r\n", b"2\r\n{}X\r\n0\r\n\r\n"):
            with self.subTest(chunk=chunk):
                self.assert_refused(post(b"Transfer-Encoding: chunked\r\n", chunk))
