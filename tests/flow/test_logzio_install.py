"""deploy/logzio/install.py against an API on loopback: nothing before it is asked for, nothing twice, and the token to nobody else."""

import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest

from test_logzio_objects import ALERTS, FOLDER, OBJECTS


class FakeApi:
    """Logz.io's API, as far as install.py uses it."""

    def __init__(self, there=(), status=200):
        api = self
        self.calls, self.status = [], status

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.reply([{"id": 1, "title": title} for title in there])

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.reply({"kibanaVersion": "7.9.9"} if "export" in self.path else
                           {"created": [one["_id"] for one in body["hits"]]} if "import" in self.path else {"id": 7}, body)

            def reply(self, answer, body=None):
                api.calls.append((self.command, self.path, self.headers["X-API-TOKEN"], body))
                text = json.dumps(answer if api.status == 200 else {"you sent": self.headers["X-API-TOKEN"]}).encode()
                self.send_response(api.status)
                if api.status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{api.port}/elsewhere")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Install(unittest.TestCase):
    TOKEN = "canary-7c2d-do-not-print-me"

    def install(self, api, *words, token=TOKEN):
        folder = tempfile.TemporaryDirectory(prefix="hookline-flow-")
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "token")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
            file.write(token + "\n")
        self.addCleanup(api.close)
        done = subprocess.run([sys.executable, "-B", str(FOLDER / "install.py"), *words, "--region", "us", "--token-file", path,
                               "--api-url", f"http://127.0.0.1:{api.port}"], capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "no_proxy": "*"})
        self.assertNotIn(self.TOKEN, done.stdout + done.stderr)
        return done

    def test_nothing_is_sent_before_it_is_asked_for(self):
        for what in ("alerts", "objects"):
            api = FakeApi()
            done = self.install(api, what)
            self.assertEqual((done.returncode, api.calls), (0, []), done.stderr)
            self.assertIn("nothing was sent", done.stdout)

    def test_alerts_are_made_and_those_that_are_there_stay(self):
        api = FakeApi(there=[ALERTS["reported"]["title"]])
        done = self.install(api, "alerts", "--apply", "--email", "soc@example.com", "--endpoint", "42", "--account", "17")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({token for _, _, token, _ in api.calls}, {self.TOKEN})
        made = [body for method, path, _, body in api.calls if (method, path) == ("POST", "/v2/alerts")]
        self.assertEqual({one["title"] for one in made}, {one["title"] for name, one in ALERTS.items() if name != "reported"})
        for body in made:
            self.assertEqual(body["output"]["recipients"], {"emails": ["soc@example.com"], "notificationEndpointIds": [42]})
            for part in body["subComponents"]:
                self.assertEqual(part["queryDefinition"]["accountIdsToQueryOn"], [17])
                self.assertFalse(part["queryDefinition"]["shouldQueryOnAllAccounts"])
        self.assertIn("left as is   reported", done.stdout)

    def test_objects_go_in_as_the_account_writes_them(self):
        api = FakeApi()
        done = self.install(api, "objects", "--apply")
        self.assertEqual(done.returncode, 0, done.stderr)
        body = api.calls[-1][3]
        self.assertEqual((body["kibanaVersion"], body["override"]), ("7.9.9", False))
        self.assertEqual({one["_id"] for one in body["hits"]}, {f"{one['type']}:{one['id']}" for one in OBJECTS})
        for sent, one in zip(body["hits"], OBJECTS):
            self.assertEqual(sent["_source"]["references"], one["references"])
            self.assertEqual(sent["_source"][one["type"]], one["attributes"] | {"id": one["id"]})

    def test_a_refusal_and_a_redirect_end_it_and_the_token_stays_secret(self):
        for status in (401, 500, 302):
            api = FakeApi(status=status)
            done = self.install(api, "alerts", "--apply")
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(status), done.stderr)
            self.assertEqual(len(api.calls), 1, "no further request, and none to where it was sent")

    def test_a_file_without_a_token_is_named_as_such(self):
        for text in ("", "two words", "x"):
            api = FakeApi()
            done = self.install(api, "alerts", "--apply", token=text)
            self.assertEqual((done.returncode, api.calls), (1, []))


if __name__ == "__main__":
    unittest.main()
