"""The status page in a real browser, before a real relay."""

import json
import os
from pathlib import Path

from harness import ROOT, TOKEN, event, token, wait_until
from page_test import MARKUP, PageTest

PICTURES = Path(os.environ.get("HOOKLINE_PICTURES", ROOT / "build" / "page"))


class SignIn(PageTest):
    def test_a_wrong_token_is_refused_and_the_right_one_opens(self):
        self.browser.go(self.address)
        field = self.browser.find("#token")
        field.type("not the token")
        self.browser.click("button", "Sign in")
        self.browser.wait_text("this is not the admin token")
        field.clear()
        field.type(f"  {self.hookline.admin_token} ")
        self.browser.click("button", "Sign in")
        self.browser.wait_text("Ready. No delivery has come yet.")
        self.assertNotIn(self.hookline.admin_token, self.browser.run("return document.documentElement.outerHTML"))
        self.assertEqual(self.browser.run("return document.cookie"), "", "no script can read the session")
        self.browser.click("button", "Sign out")
        self.browser.find("#token")
        self.show("#/letters")
        self.browser.find("#token")
        self.assert_quiet(but=["401"])

    def test_a_session_lost_leads_back_to_the_sign_in(self):
        self.sign_in()
        self.hookline.reload("[admin]\n")  # nothing changes
        self.hookline.api("status")
        self.browser.run("localStorage.setItem('hookline-session-key', 'another')")
        self.browser.find("#token")


class Overview(PageTest):
    def test_tells_at_a_glance_what_is_delivered_and_what_is_not(self):
        self.prove(self.hookline, self.logzio)
        self.deliver(self.hookline, [event() for _ in range(5)])
        self.sign_in()
        self.browser.wait_text("The one tenant is delivering.")
        row = self.hookline.api("status")["tenants"][0]
        self.browser.find("tbody a", row["label"])
        self.logzio.script(401)
        self.deliver(self.hookline, [event()])
        self.browser.wait_text("1 of 1 tenant is held.")
        self.browser.wait_text("token or region rejected")
        self.browser.find("path.line.received[d^=M]")
        self.assert_quiet()

    def test_thousands_of_tenants_are_searched_sorted_and_turned(self):
        names = [f"tenant-{number:02}" for number in range(60)]
        self.hookline = self.relay(
            self.logzio, config="".join(f'[tenants.{name}]\nregion = "us"\ntoken_file = "{name}"\n'
                                        f'[hooks.{name}]\nsecret_files = ["secret"]\n' for name in names), start=False)
        for name in ["secret", *names]:
            path = self.hookline.directory / name
            path.write_text(TOKEN if name == "secret" else token(names.index(name)))
            path.chmod(0o600)
        self.hookline.start()
        self.address = f"http://127.0.0.1:{self.hookline.admin_port}"
        for name in names:
            self.deliver(self.hookline, [event() for _ in range(4 if name == "tenant-07" else 1)],
                         [("Authorization", TOKEN)], path="/hooks/" + name)
        self.sign_in()
        self.browser.wait_text("1 to 50 of 60 tenants")
        self.assertEqual(self.browser.run("return document.querySelector('tbody').children.length"), 50)
        self.browser.click("button", "Next")
        self.browser.wait_text("51 to 60 of 60 tenants")
        self.browser.click("th button", "Received")
        most = self.hookline.api("tenants?sort=-received_events&count=1")["tenants"][0]
        wait_until(lambda: self.browser.find("tbody tr a").text == most["label"], "the greatest comes first")
        self.assertEqual(self.browser.find("th[aria-sort=descending]").text.split()[0], "Received")
        self.browser.find("#tenant-search").type(most["label"])
        wait_until(lambda: self.browser.run("return document.querySelector('tbody').children.length") == 1, "one is found")
        self.assert_quiet()


class Masking(PageTest):
    def test_a_key_that_names_nobody_is_hidden_where_anything_may_stand_under_it(self):
        self.sign_in()
        event = {"outcome": {"result": "FAILURE"}, "debugContext": {"debugData": {"reason": "Jane Doe"}},
                 "target": [{"type": "User", "detailEntry": {"version": "jane@example.com"}}]}
        text = self.browser.run("return import('/page/mask.js').then((mask) => mask.documentText("
                                f"new TextEncoder().encode({json.dumps(json.dumps(event))}), false))")
        shown = json.loads(text)
        self.assertEqual(shown["outcome"]["result"], "FAILURE")
        self.assertEqual(shown["target"][0]["type"], "User")
        self.assertNotIn("Jane", text)
        self.assertNotIn("jane", text)


class Hostile(PageTest):
    def test_markup_in_every_field_is_text(self):
        sent = self.letters_of_markup()
        tenant = self.hookline.api("tenants")["tenants"][0]
        self.sign_in()
        self.browser.wait_text(tenant["label"])
        self.assert_harmless()
        self.show(f"#/tenant/{tenant['id']}")
        self.browser.find("h1", tenant["label"])
        self.assert_harmless()
        self.show("#/letters")
        self.browser.find("h1", "Dead letters")
        for summary in range(2):
            wait_until(lambda: len(self.browser.find_all("summary")) == 2, "both letters")
            self.browser.find_all("summary")[summary].click()
        self.browser.find("pre.answer", "onerror")
        self.browser.find("pre.answer", "⟨U+202E⟩")
        self.browser.click("button", "Show the document")
        self.browser.find("pre.document", "•••")
        self.assertNotIn("displayMessage\": \"<img", self.browser.shown(), "what names people is hidden until it is asked for")
        self.browser.click("input[id^=whole]")
        self.browser.find("pre.document", "<img src=x")
        self.assert_harmless()
        self.browser.click("dd a", f"0 {MARKUP}")
        self.browser.wait_text("Became dead letter")
        self.assertEqual(self.browser.run("return document.getElementById('uuid').value"), sent[0]["uuid"])
        self.assert_harmless()
        for place in ("#/" + MARKUP, "#/tenant/" + MARKUP, "#/letters?tenant=" + MARKUP, "#/event/%", "#/letters?reason=" + MARKUP):
            self.show(place)
            wait_until(lambda: self.browser.shown(), "something is shown")
        self.show("#/event")
        self.browser.wait_text("Events of the last day")
        self.assert_harmless()
        self.assert_quiet(but=["status of 400", "status of 404"])

    def test_markup_in_events_as_they_come_is_text(self):
        self.prove(self.hookline, self.logzio)
        tenant = self.hookline.api("tenants")["tenants"][0]
        self.sign_in(f"/#/tenant/{tenant['id']}")
        self.browser.click("button", "Watch")
        self.browser.wait_text("Nothing has come since you watch.")
        sent = self.hostile_event(7)
        self.deliver(self.hookline, [sent], source=f"https://{MARKUP}/", eventId=MARKUP)
        self.browser.click(".tail summary", MARKUP)
        self.browser.find(".tail pre", "⟨U+202E⟩")
        self.assert_harmless()
        self.browser.click("#tail-whole")
        self.browser.click(".tail summary", MARKUP)
        self.browser.find(".tail pre", "alternateId\": \"<img src=x")
        self.assert_harmless()
        self.browser.click(".tail a", f"7 {MARKUP}")
        self.browser.wait_text("Delivered.")
        self.assert_harmless()
        self.assert_quiet()


class Letters(PageTest):
    def test_one_is_replayed_after_a_dry_run(self):
        sent = self.letters_of_markup(3)
        self.sign_in("/#/letters")
        self.browser.wait_text("3 letters shown")
        self.browser.click("input[aria-label='Choose letter 1']")
        self.browser.click("button", "Replay")
        self.browser.find("dialog", "1 line of 1 letter")
        self.assertEqual(len(self.hookline.api("letters")["letters"]), 3, "a dry run changes nothing")
        self.browser.click("dialog button", "Cancel")
        self.browser.click("button", "Replay")
        self.browser.click("dialog button", "Replay")
        self.browser.wait_text("1 letter replayed.")
        self.browser.wait_text("2 letters shown")
        self.logzio.wait_for([sent[0]["uuid"]])
        self.assert_quiet()

    def test_all_that_match_are_discarded_only_when_confirmed(self):
        self.letters_of_markup(3)
        self.sign_in("/#/letters?reason=line_refused")
        self.browser.wait_text("3 letters shown")
        self.browser.click("#all-letters")
        self.browser.click("button", "Discard")
        self.browser.find("dialog", "3 letters")
        self.browser.click("dialog button", "Cancel")
        self.assertEqual(len(self.hookline.api("letters")["letters"]), 3)
        self.browser.click("button", "Discard")
        self.browser.click("dialog button", "Discard")
        self.browser.wait_text("3 letters discarded.")
        self.browser.wait_text("No dead letters here.")
        self.assertEqual(self.hookline.api("letters")["letters"], [])
        self.assert_quiet()


class Looks(PageTest):
    """Pictures for a person's eye, in build/page; and what a machine can see of them."""

    def test_light_dark_and_on_a_phone(self):
        self.letters_of_markup()
        self.deliver(self.hookline, [event() for _ in range(40)])
        tenant = self.hookline.api("tenants")["tenants"][0]
        self.browser.go(self.address)
        self.browser.find("#token")
        self.browser.screenshot(PICTURES / "sign-in.png")
        self.sign_in()
        self.browser.find("path.line.received[d^=M]")
        places = {"overview": ("#/", "delivering"), "letters": ("#/letters", "2 letters shown"),
                  "tenant": (f"#/tenant/{tenant['id']}", "Queue and answers"), "event": ("#/event", "Events of the last day")}
        for name, (place, words) in places.items():
            self.show(place)
            self.browser.wait_text(words)
            if name == "tenant":
                self.browser.click("button", "Watch")
                self.browser.wait_text("Nothing has come since you watch.")
                self.browser.click("button", "Send a test event")
                self.browser.wait_text("Logz.io has it.")
                self.browser.click(".tail summary", "hookline.test_event")
                self.browser.find(".tail pre", "•••")
            if name == "letters":
                self.browser.click("summary")
                self.browser.click("button", "Show the document")
                self.browser.find("pre.document", "•••")
            for look, width, scheme in (("light", 1200, "light"), ("dark", 1200, "dark"), ("phone", 390, "light"), ("phone-dark", 390, "dark")):
                self.browser.size(width, 900)
                self.browser.scheme(scheme)
                self.browser.screenshot(PICTURES / f"{name}-{look}.png")
                wide = self.browser.run("return document.documentElement.scrollWidth - innerWidth")
                self.assertLessEqual(wide, 0, f"{name} on {width} pixels stands over its edge")
            self.browser.size(1200, 900)
            for control in self.browser.find_all("button, input, select, a, summary, meter, svg[role=img]"):
                if self.browser.run("return arguments[0].checkVisibility()", {"element-6066-11e4-a52e-4f735466cecf": control.number}):
                    self.assertTrue(control.label, f"{name}: a control that a screen reader has no name for")
        self.assert_quiet()

    def test_the_keyboard_reaches_everything(self):
        self.sign_in()
        self.browser.wait_text("Ready.")
        seen = set()
        for _ in range(40):
            self.browser.devtools("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            self.browser.devtools("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
            seen.add(self.browser.run("return document.activeElement.textContent.trim() || document.activeElement.id"))
        for name in ("To the content", "Overview", "Dead letters", "Find an event", "Sign out", "tenant-search", "Last day", "Tenant"):
            self.assertIn(name, seen)
