"""The document: one line per event. A test for each key of the table in the design, and for each guard."""

import json
import re

from harness import DROP, FlowTest, Raw, envelope, event
from judge import complaints, depth, differences, is_instant, parse


class DocumentTest(FlowTest):
    settings = {}

    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio, settings=self.settings)

    def shipped(self, text, **outer):
        """Delivers one event given as JSON text, or a dict; returns the raw line."""
        text = text if isinstance(text, str) else json.dumps(text, separators=(",", ":"))
        before = len(self.logzio.raw_lines())
        self.deliver(self.hookline, [Raw(text)], **outer)
        self.logzio.wait_lines(before + 1)
        line = self.logzio.raw_lines()[before]
        self.assertEqual(complaints(line), [], line[:2000])
        return line

    def document(self, text, **outer):
        return json.loads(self.shipped(text, **outer))


class Keys(DocumentTest):
    def test_type_is_okta_in_the_document_and_in_the_url(self):
        self.assertEqual(self.document(event())["type"], "okta")
        self.assertEqual(self.logzio.requests[0].query["type"], "okta")

    def test_timestamp_is_published(self):
        line = self.document(event(published="2026-03-04T05:06:07.089Z"))
        self.assertEqual(line["@timestamp"], "2026-03-04T05:06:07.089Z")
        self.assertEqual(line["published"], "2026-03-04T05:06:07.089Z")
        self.assertNotIn("timestamp_from", line["hookline"])

    def test_timestamp_keeps_microseconds(self):
        line = self.document(event(published="2026-03-04T05:06:07.089123Z"))
        self.assertEqual(line["published"], "2026-03-04T05:06:07.089123Z")
        self.assertTrue(line["@timestamp"].startswith("2026-03-04T05:06:07.089"), line["@timestamp"])

    def test_timestamp_is_the_envelopes_event_time_when_published_is_no_instant(self):
        for published in (DROP, None, "", "yesterday", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", 17, {"a": 1},
                          "2026-03-04", "2026-03-04T25:00:00Z"):
            with self.subTest(published=published):
                made = event(published=published)
                line = self.document(made, eventTime="2026-05-06T07:08:09.100Z")
                self.assertEqual(line["@timestamp"], "2026-05-06T07:08:09.100Z")
                self.assertEqual(line["hookline"]["timestamp_from"], "eventTime")
                if published is not DROP:
                    self.assertEqual(line["published"], published)

    def test_timestamp_is_the_time_of_receipt_when_nothing_else_is_an_instant(self):
        line = self.document(event(published=DROP), eventTime=DROP)
        self.assertTrue(is_instant(line["@timestamp"]))
        self.assertEqual(line["hookline"]["timestamp_from"], "received_at")
        self.assertEqual(line["@timestamp"][:19], line["hookline"]["received_at"][:19])

    def test_message_is_display_message(self):
        self.assertEqual(self.document(event(displayMessage="Hello \"there\" é\u2603"))["message"],
                         "Hello \"there\" é\u2603")

    def test_message_is_event_type_when_there_is_no_display_message(self):
        for display in (DROP, None, 17, {"a": 1}):
            with self.subTest(displayMessage=display):
                self.assertEqual(self.document(event(displayMessage=display))["message"], "user.session.start")

    def test_message_is_never_null(self):
        line = self.document({"uuid": event()["uuid"]})
        self.assertIsInstance(line["message"], str)

    def test_keys_of_the_envelope(self):
        line = self.document(event(), eventId="e-1", eventTime="2026-03-04T05:06:17.100Z",
                             source="https://acme.okta.com/api/v1/eventHooks/who1")
        for key, value in {"eventId": "e-1", "eventTime": "2026-03-04T05:06:17.100Z",
                           "source": "https://acme.okta.com/api/v1/eventHooks/who1", "eventTypeVersion": "1.0",
                           "cloudEventsVersion": "0.1", "contentType": "application/json",
                           "hookEventType": "com.okta.event_hook", "tenant_name": "acme.okta.com"}.items():
            with self.subTest(key=key):
                self.assertEqual(line[key], value)

    def test_a_key_of_the_envelope_never_replaces_the_events_own(self):
        own = {"eventId": "mine", "eventTime": "my time", "source": "my source", "eventTypeVersion": "9",
               "cloudEventsVersion": "8", "contentType": "text/mine"}
        line = self.document(event(**own), eventId="envelope's")
        for key, value in own.items():
            with self.subTest(key=key):
                self.assertEqual(line[key], value)

    def test_the_events_own_event_type_is_never_overwritten(self):
        line = self.document(event(eventType="user.session.end"))
        self.assertEqual((line["eventType"], line["hookEventType"]), ("user.session.end", "com.okta.event_hook"))

    def test_hookline_tells_when_and_how_it_came(self):
        about = self.document(event())["hookline"]
        self.assertTrue(is_instant(about["received_at"]))
        self.assertEqual(about["via"], "hook")

    def test_a_payload_cannot_set_reserved_keys_and_they_are_kept_as_text(self):
        own = {"type": "evil", "@timestamp": "1999-01-01T00:00:00Z", "message": {"deep": [1]}, "token": "stolen",
               "tags": ["a", "b"], "tenant_name": "bank.example", "hookEventType": "forged",
               "hookline": {"via": "forged", "received_at": 1}}
        for key, value in own.items():
            with self.subTest(key=key):
                line = self.document(event(**{key: value}))
                if key in ("token", "tags"):
                    self.assertNotIn(key, line)
                else:
                    self.assertNotEqual(line[key], value)
                kept = json.loads(line["hookline"]["original"])
                self.assertEqual(kept[key] if key in kept else kept["event"][key], value)

    def test_a_reserved_key_is_known_also_when_it_is_escaped(self):
        text = json.dumps(event())[:-1] + ',"t\\u0079pe":"evil","\\u0074oken":"x"}'
        line = self.shipped(text)
        self.assertEqual(parse(line).get("type"), "okta")
        self.assertEqual(json.loads(line)["type"], "okta")
        self.assertNotIn("token", json.loads(line))

    def test_unknown_keys_of_the_envelope_are_kept_as_text(self):
        line = self.document(event(), somethingNew=Raw('{"a":[1,2.50]}'), other=None)
        self.assertNotIn("somethingNew", line)
        original = line["hookline"]["original"]
        self.assertIsInstance(original, str)
        self.assertIn("somethingNew", original)
        self.assertIn("2.50", original)

    def test_bytes_pass_through_untouched(self):
        text = ('{"uuid":"%s", "published" : "2026-03-04T05:06:07.089Z","eventType":"t","displayMessage":"d",'
                '"big":12345678901234567,"float":51.0,"exp":1e21,"minus":-0,"tiny":1E-7,"zero":0.0,'
                '"unknown":{"b":1,"a":2,"c":[true,false,null,[],{}]},"escapes":"\\u003c\\/\\n\\u00e9\\ud83d\\ude00",'
                '"plain":"é😀<>&"}' % event()["uuid"])
        line = self.shipped(text)
        self.assertEqual(differences(text, line), [])
        for piece in ('"float":51.0', '"exp":1e21', '"minus":-0', '"tiny":1E-7', "12345678901234567",
                      '"\\u003c\\/\\n\\u00e9\\ud83d\\ude00"', '"é😀<>&"', '{"b":1,"a":2,"c":[true,false,null,[],{}]}'):
            self.assertIn(piece.encode(), line)

    def test_one_line_for_each_event_even_if_it_is_pretty_printed(self):
        text = json.dumps(event(), indent=2)
        line = self.shipped(text)
        self.assertEqual(differences(text, line), [])
        self.assertNotIn(b"\n", line)

    def test_events_of_one_delivery_keep_their_order(self):
        sent = [event() for _ in range(50)]
        self.deliver(self.hookline, sent)
        self.logzio.wait_lines(50)
        self.assertEqual(self.logzio.uuids(), [one["uuid"] for one in sent])


class Guards(DocumentTest):
    def guarded(self, text, *names, **outer):
        line = self.shipped(text, **outer)
        document = json.loads(line)
        self.assertTrue(document["hookline"]["guards"], document["hookline"])
        return document

    def test_a_line_over_500_000_bytes_is_made_to_fit_and_the_original_kept(self):
        self.prove(self.hookline, self.logzio)
        made = event(debugContext={"debugData": {f"k{n}": "x" * 30_000 for n in range(30)}})
        self.guarded(made)
        self.assertIn("content_cut", [letter["reason"] for letter in self.letters(self.hookline)])

    def test_a_string_over_32_700_characters_is_cut_and_the_original_kept(self):
        self.prove(self.hookline, self.logzio)
        document = self.guarded(event(displayMessage="é" * 40_000))
        self.assertIsInstance(document["displayMessage"], str)
        self.assertTrue(document["displayMessage"].startswith("é" * 30_000))
        self.assertLessEqual(len(document["message"]), 32_700)
        letters = self.letters(self.hookline)
        self.assertEqual([letter["reason"] for letter in letters], ["content_cut"])
        self.assertIn("é" * 40_000, json.loads(letters[0]["body"])["displayMessage"])

    def test_a_string_of_exactly_32_700_characters_passes(self):
        made = event(note="é" * 32_700)
        self.assertEqual(differences(json.dumps(made), self.shipped(made)), [])

    def test_more_than_1000_fields_are_folded_into_text(self):
        made = event(debugContext={"debugData": {f"key{n}": n for n in range(2_000)}})
        document = self.guarded(made)
        self.assertIn("key1000", document["hookline"]["folded"])

    def test_what_folding_had_to_leave_out_is_kept_aside(self):
        self.prove(self.hookline, self.logzio)
        self.guarded(event(debugContext={"debugData": {f"key{n}": n for n in range(3_000)}}))
        letters = self.letters(self.hookline)
        self.assertEqual([letter["reason"] for letter in letters], ["content_cut"])
        self.assertIn("key2999", letters[0]["body"])

    def test_more_than_ten_levels_are_folded_into_text(self):
        made = event()
        text = json.dumps(made)[:-1] + ',"deep":' + '{"d":' * 30 + '"bottom"' + "}" * 30 + "}"
        document = self.guarded(text)
        self.assertIsInstance(document["hookline"]["folded"], str)
        self.assertIn("bottom", document["hookline"]["folded"])

    def test_very_deep_nesting_arrives(self):
        text = json.dumps(event())[:-1] + ',"deep":' + "[" * 20_000 + "]" * 20_000 + "}"
        self.guarded(text)

    def test_few_levels_pass(self):
        text = json.dumps(event())[:-1] + ',"deep":' + '{"d":' * 8 + '"bottom"' + "}" * 8 + "}"
        line = self.shipped(text)
        self.assertEqual(differences(text, line), [])

    def test_dotted_and_empty_keys_are_taken_out_and_kept(self):
        for key in ("a.b", ".", "trailing.", ".leading", "", "a..b"):
            with self.subTest(key=key):
                document = self.guarded(event(**{"debugContext": {"debugData": {key: "v-17", "plain": "p"}}}))
                self.assertIn("v-17", json.dumps(document["hookline"]))
                self.assertEqual(document["debugContext"]["debugData"].get("plain"), "p")

    def test_dotted_keys_and_names_of_the_index_itself_at_the_top(self):
        for key in ("top.level", "_id", "_source", "__proto__"):
            with self.subTest(key=key):
                document = self.guarded(event(**{key: "v-17"}))
                self.assertNotIn(key, document)
                self.assertIn("v-17", document["hookline"]["folded"])

    def test_an_integer_outside_64_bits_is_kept_as_text(self):
        for number in ("9223372036854775808", "-9223372036854775809", "123456789012345678901234567890"):
            with self.subTest(number=number):
                text = json.dumps(event())[:-1] + f',"counter":{number}}}'
                document = self.guarded(text)
                self.assertNotIsInstance(document.get("counter"), str, "a path's type must not change")
                self.assertIn(number, document["hookline"]["folded"])

    def test_the_largest_integers_pass(self):
        text = json.dumps(event())[:-1] + ',"most":9223372036854775807,"least":-9223372036854775808}'
        self.assertEqual(differences(text, self.shipped(text)), [])

    def test_a_number_beyond_doubles_arrives(self):
        text = json.dumps(event())[:-1] + ',"huge":1e400,"tiny":1e-400}'
        line = self.shipped(text)
        self.assertTrue(b"1e400" in line, line)

    def test_bad_utf8_becomes_the_replacement_character(self):
        made = event(displayMessage="caf@")
        body = envelope([made]).replace(b"caf@", b"caf\xe9")
        answer = self.post(self.hookline, body)
        self.assertEqual(answer.status, 200, answer)
        self.logzio.wait_lines(1)
        line = self.logzio.raw_lines()[0]
        self.assertEqual(complaints(line), [])
        self.assertEqual(json.loads(line)["displayMessage"], "caf\ufffd")
        self.assertTrue(json.loads(line)["hookline"]["guards"])

    def test_a_lone_surrogate_becomes_the_replacement_character(self):
        for escape in ("\\ud800", "\\udc00", "\\ud800\\ud800", "\\udfffx"):
            with self.subTest(escape=escape):
                text = json.dumps(event())[:-1] + f',"odd":"a{escape}b"}}'
                document = self.guarded(text)
                self.assertIn("\ufffd", document["odd"])

    def test_a_key_given_twice_appears_once(self):
        made = json.dumps(event())[:-1]
        for twice in (',"twice":1,"twice":2}', ',"o":{"twice":1,"twic\\u0065":2}}'):
            with self.subTest(twice=twice):
                self.guarded(made + twice)

    def test_a_guard_never_changes_the_type_of_a_path(self):
        made = event(debugContext={"debugData": {f"key{n}": {"inner": n} for n in range(2_000)}}, counter=1)
        document = self.guarded(made)

        def check(before, after, path):
            if isinstance(before, dict) and after is not None:
                self.assertIsInstance(after, dict, path)
                for key, value in after.items():
                    if key in before:
                        check(before[key], value, path + (key,))
            elif after is not None and before is not None:
                self.assertIs(type(after), type(before), path)

        for key, value in made.items():
            if key in document:
                check(value, document[key], (key,))

    def test_impossible_dates_and_odd_uuids_lose_no_event(self):
        for odd in ("not-a-uuid", "", 17, None, {"a": 1}, "x" * 40_000, "\u0000\u0001"):
            with self.subTest(uuid=odd):
                self.shipped(event(uuid=odd, published="9999-99-99T99:99:99Z"))

    def test_hostile_keys_and_values(self):
        made = event(**{"__proto__": {"x": 1}, "_source": "s", "constructor": "c", "$where": "1", "k" * 40_000: "long key",
                        "nul": "\u0000", "line": "a\nb\r\n\u2028"})
        self.shipped(made)


class Reference(DocumentTest):
    """document.compatibility = "reference": the shape of logzio/okta-events-hook 1.0."""
    settings = {"document.compatibility": "reference"}

    def test_envelope_keys_over_the_events_and_no_published(self):
        line = self.document(event(eventType="user.session.start"), eventId="e-9")
        self.assertEqual(line["eventType"], "com.okta.event_hook")
        self.assertEqual(line["eventId"], "e-9")
        self.assertNotIn("published", line)
        self.assertEqual(line["@timestamp"], "2026-03-04T05:06:07.089Z")
        self.assertEqual(line["message"], "User login to Okta")
        self.assertEqual(line["type"], "okta")
