"""The status page over the real program: what it may do in a browser, who gets in, and that no secret is in it."""

import http.cookies
import json
import re

from harness import ROOT, TOKEN, FlowTest, event, wait_until

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
          "form-action 'self'; frame-ancestors 'none'")


class Session:
    """What a browser keeps after signing in."""

    def __init__(self, relay, token=None):
        self.relay = relay
        self.origin = f"http://127.0.0.1:{relay.admin_port}"
        self.answer = relay.admin_request("POST", "/session", json.dumps({"token": token or relay.admin_token}),
                                          authorized=False, headers={"Origin": self.origin})
        self.cookie = http.cookies.SimpleCookie(self.answer.headers.get("Set-Cookie", "")).get("hookline_session")
        self.key = json.loads(self.answer.body).get("key")

    def halves(self, cookie=True, key=True, **more):
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if cookie:
            headers["Cookie"] = f"hookline_session={self.cookie.value}"
        if key:
            headers["Hookline-Session-Key"] = self.key
        return headers

    def ask(self, method, path, body=None, **headers):
        return self.relay.admin_request(method, path, body, authorized=False, headers=self.halves(**headers))


class PageTest(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)

    def get(self, path, **headers):
        return self.hookline.admin_request("GET", path, authorized=False,
                                           headers={name.replace("_", "-"): value for name, value in headers.items()})


class Files(PageTest):
    def test_every_file_in_web_is_served_as_it_is_with_its_guards(self):
        types = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
                 ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
        for file in sorted((ROOT / "web").iterdir()):
            with self.subTest(file=file.name):
                answer = self.get("/" if file.name == "index.html" else "/page/" + file.name)
                self.assertEqual((answer.status, answer.body), (200, file.read_bytes()))
                self.assertEqual(answer.headers["Content-Type"], types[file.suffix])
                self.assertEqual(answer.headers["Content-Security-Policy"], POLICY)
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
                self.assertEqual(answer.headers["Cross-Origin-Opener-Policy"], "same-origin")
                self.assertEqual(answer.headers["Cache-Control"], "no-cache")
                again = self.get("/" if file.name == "index.html" else "/page/" + file.name,
                                 If_None_Match=answer.headers["ETag"])
                self.assertEqual((again.status, again.body), (304, b""))

    def test_nothing_is_fetched_from_outside_and_nothing_stands_inline(self):
        for file in (ROOT / "web").iterdir():
            text = file.read_text()
            outside = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+[^\s\"']*", text)) - {"http://www.w3.org/2000/svg"}
            self.assertEqual(outside, set(), file.name)
            self.assertNotRegex(text, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", file.name)
        page = (ROOT / "web" / "index.html").read_text()
        self.assertNotRegex(page, r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=")

    def test_every_answer_keeps_browsers_from_guessing_and_framing(self):
        for path in ("/healthz", "/metrics", "/api/v1/status", "/nothing"):
            answer = self.get(path)
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff", path)
            self.assertIn("frame-ancestors 'none'", answer.headers["Content-Security-Policy"], path)
            self.assertEqual(answer.headers["Cross-Origin-Resource-Policy"], "same-origin", path)

    def test_a_name_that_is_not_ours_gets_no_page(self):
        for path in ("/", "/page/main.js"):
            self.assertEqual(self.get(path, Host="evil.example").status, 403, path)
            self.assertEqual(self.get(path, Host=f"localhost:{self.hookline.admin_port}").status, 200, path)

    def test_a_link_from_elsewhere_may_lead_here(self):
        self.assertEqual(self.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status, 200)


class SignIn(PageTest):
    def test_the_token_opens_a_session_with_a_guarded_cookie(self):
        session = Session(self.hookline)
        self.assertEqual(session.answer.status, 200)
        self.assertEqual((session.cookie["httponly"], session.cookie["samesite"], session.cookie["path"]),
                         (True, "Strict", "/"))
        self.assertEqual(session.answer.headers["Cache-Control"], "no-store")
        self.assertNotIn(self.hookline.admin_token, str(session.answer.headers) + session.answer.text)
        self.assertEqual(session.ask("GET", "/api/v1/status").status, 200)

    def test_a_wrong_token_opens_nothing_and_is_logged(self):
        session = Session(self.hookline, "f" * 64)
        self.assertEqual((session.answer.status, session.cookie, session.key), (401, None, None))
        self.hookline.wait_logged("wrong admin token", "127.0.0.1")
        self.assertFalse(self.hookline.logged("ffffffffffffffff"))

    def test_another_page_cannot_sign_in(self):
        body = json.dumps({"token": self.hookline.admin_token})
        for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Host": "evil.example", "Origin": "http://evil.example"}):
            answer = self.hookline.admin_request("POST", "/session", body, authorized=False, headers=headers)
            self.assertEqual((answer.status, answer.headers.get("Set-Cookie")), (403, None), headers)

    def test_one_half_of_a_session_opens_nothing(self):
        session = Session(self.hookline)
        self.assertEqual(session.ask("GET", "/api/v1/letters", cookie=False).status, 401)
        self.assertEqual(session.ask("GET", "/api/v1/letters", key=False).status, 401)
        self.assertEqual(session.ask("GET", "/api/v1/letters", Sec_Fetch_Site="cross-site").status, 403)

    def test_a_session_changes_things_only_from_our_own_page(self):
        session = Session(self.hookline)
        body = json.dumps({"all": True, "dry_run": False})
        self.assertEqual(session.ask("POST", "/api/v1/letters/discard", body).status, 403)
        self.assertEqual(session.ask("POST", "/api/v1/letters/discard", body, Origin="http://127.0.0.1:1").status, 403)
        self.assertEqual(session.ask("POST", "/api/v1/letters/discard", body, Origin=session.origin).status, 200)

    def test_signing_out_ends_it_and_so_does_a_restart(self):
        session, other = Session(self.hookline), Session(self.hookline)
        self.assertEqual(session.ask("DELETE", "/session", Origin=session.origin).status, 200)
        self.assertEqual(session.ask("GET", "/api/v1/status").status, 401)
        self.assertEqual(other.ask("GET", "/api/v1/status").status, 200)
        self.hookline.restart()
        self.assertEqual(other.ask("GET", "/api/v1/status").status, 401)

    def test_no_number_of_sessions_grows_without_end(self):
        first = Session(self.hookline)
        for _ in range(16):
            last = Session(self.hookline)
        self.assertEqual(first.ask("GET", "/api/v1/status").status, 401)
        self.assertEqual(last.ask("GET", "/api/v1/status").status, 200)


class Secrets(PageTest):
    def test_no_secret_is_in_any_page(self):
        self.prove(self.hookline, self.logzio)
        self.logzio.script(401)
        self.deliver(self.hookline, [event()])
        session = Session(self.hookline)
        paths = ["/"] + ["/page/" + file.name for file in (ROOT / "web").iterdir()]
        paths += ["/api/v1/" + call for call in ("status", "history", "tenants", "letters?body=1", "gaps")]
        for path in paths:
            said = session.ask("GET", path)
            for secret in (TOKEN, self.hookline.admin_token, session.cookie.value, session.key):
                self.assertNotIn(secret, str(said.headers) + said.text, path)
        for secret in (session.cookie.value, session.key, self.hookline.admin_token):
            self.assertFalse(self.hookline.logged(secret))


class History(PageTest):
    def test_begins_with_the_relay(self):
        told = wait_until(lambda: (one := self.hookline.api("history"))["samples"] and one, "the first sample")
        self.assertEqual((told["span"], told["step_seconds"]), ("hour", 10))
        self.assertEqual(self.hookline.api("history?span=day")["step_seconds"], 60)
