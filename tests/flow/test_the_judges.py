"""The tests' own judges must be able to find fault: a judge that is always content proves nothing."""

import gzip
import http.client
import json
import unittest
import urllib.parse

from fake_listener import FakeListener, refuses
from harness import TOKEN
from judge import TypeModel, complaints, differences, parse

LINE = {"type": "okta", "@timestamp": "2026-03-04T05:06:07Z", "message": "m", "hookline": {"via": "hook"}}


def line(**changes):
    return json.dumps({**LINE, **changes}).encode()


class Differences(unittest.TestCase):
    def found(self, event_text, line_text):
        return differences(event_text, line_text)

    def test_the_same_leaves_are_no_difference(self):
        self.assertEqual(self.found('{"a":[1,{"b":null}],"c":51.0}', line(a=[1, {"b": None}], c=51.0)), [])

    def test_what_is_found(self):
        for name, own, shipped in (
                ("a missing key", '{"a":1,"b":2}', line(a=1)),
                ("a changed string", '{"a":"x"}', line(a="y")),
                ("a re-printed number", '{"a":51.0}', line(a=51)),
                ("an exponent re-printed", '{"a":1e21}', line(a=1e21)),
                ("a lost digit", '{"a":9007199254740993}', line(a=9007199254740992)),
                ("a number that became a string", '{"a":17}', line(a="17")),
                ("null that became a missing key", '{"a":null}', line()),
                ("an empty object that became an array", '{"a":{}}', line(a=[])),
                ("an array element gone", '{"a":[1,2]}', line(a=[1])),
                ("something added", '{"a":1}', line(a=1, b=2)),
                ("a reserved key that was thrown away", '{"token":"x"}', line())):
            with self.subTest(name):
                self.assertTrue(self.found(own, shipped), name)


class Complaints(unittest.TestCase):
    def test_a_good_line(self):
        self.assertEqual(complaints(line()), [])

    def test_what_is_complained_of(self):
        deep = {"d": 1}
        for _ in range(12):
            deep = {"d": deep}
        for name, bad in (
                ("too long", line(a="x" * 30_000, **{f"k{n}": "y" * 30_000 for n in range(17)})),
                ("a long string", line(a="x" * 32_701)), ("too deep", line(a=deep)),
                ("too many fields", line(**{f"k{n}": n for n in range(1_001)})),
                ("a dotted key", line(**{"a.b": 1})), ("an empty key", line(a={"": 1})),
                ("over 64 bits", line(a=2**63)), ("no type", json.dumps({**LINE, "type": None}).encode()),
                ("no timestamp", line(**{"@timestamp": "2026-02-30T00:00:00Z"})), ("no message", line(message=None)),
                ("a key twice", line()[:-1] + b',"type":"okta"}'), ("bad UTF-8", line()[:-1] + b',"a":"\xff"}'),
                ("a lone surrogate", line()[:-1] + b',"a":"\\ud800"}')):
            with self.subTest(name):
                self.assertTrue(complaints(bad), name)

    def test_type_conflicts(self):
        model = TypeModel()
        self.assertEqual(model.conflicts(parse('{"a":1,"b":{"c":"x"},"d":[{"e":1}]}')), [])
        self.assertEqual(model.conflicts(parse('{"a":null,"b":{"c":"y"},"d":[{"e":2}]}')), [])
        self.assertEqual(model.conflicts(parse('{"a":"1","b":{"c":{}},"d":[{"e":"2"}]}')), ["a", "b.c", "d.e"])


class TheListener(unittest.TestCase):
    def setUp(self):
        self.listener = FakeListener(tokens=[TOKEN])
        self.addCleanup(self.listener.close)

    def post(self, body, token=TOKEN, compress=True):
        connection = http.client.HTTPConnection("127.0.0.1", self.listener.port, timeout=10)
        self.addCleanup(connection.close)
        headers = {"Content-Encoding": "gzip"} if compress else {}
        connection.request("POST", "/?" + urllib.parse.urlencode({"token": token, "type": "okta"}),
                           gzip.compress(body) if compress else body, headers)
        response = connection.getresponse()
        return response.status, response.read()

    def test_takes_good_lines(self):
        self.assertEqual(self.post(line() + b"\n" + line() + b"\n"), (200, b""))
        self.assertEqual(len(self.listener.raw_lines()), 2)

    def test_counts_bad_lines_and_takes_the_others(self):
        status, body = self.post(line() + b"\n[1]\n\n" + line(a="x" * 500_000) + b"\n")
        self.assertEqual((status, json.loads(body)), (400, {"malformedLines": 1, "successfulLines": 1,
                                                            "oversizedLines": 1, "emptyLogLines": 1}))
        self.assertEqual(len(self.listener.raw_lines()), 1)

    def test_knows_its_tokens(self):
        self.assertEqual(self.post(line(), token="wrong")[0], 401)
        self.assertEqual(self.post(line(), token="")[0], 401)
        self.assertEqual(self.listener.raw_lines(), [])

    def test_refuses_what_is_no_gzip(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.listener.port, timeout=10)
        connection.request("POST", f"/?token={TOKEN}", b"no gzip", {"Content-Encoding": "gzip"})
        self.assertEqual(connection.getresponse().status, 400)
        connection.close()

    def test_refuses_a_body_over_10_mib(self):
        self.assertEqual(self.post(b"x" * 10_485_761)[0], 413)

    def test_scripts(self):
        self.listener.script(503, times=1)
        self.listener.script(refuses(lambda one: b"poison" in one))
        self.assertEqual(self.post(line())[0], 503)
        self.assertEqual(self.post(line() + b"\n" + line(message="poison"))[0], 400)
        self.assertEqual(len(self.listener.raw_lines()), 1)
        self.listener.behave()
        self.assertEqual(self.post(line())[0], 200)

    def test_down_and_up_again_on_the_same_port(self):
        self.listener.go_down()
        with self.assertRaises(OSError):
            self.post(line())
        self.listener.come_up()
        self.assertEqual(self.post(line())[0], 200)
