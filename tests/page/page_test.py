"""The status page in a real browser, before a real relay."""

from browser import Browser
from fake_listener import counted
from harness import FlowTest, event, wait_until

# Whatever a sender or a listener can choose is this, somewhere: it must be read, never run.
MARKUP = "<img src=x onerror=\"window.owned=1\"><script>window.owned=1</script><a href='javascript:window.owned=1'>x</a>&amp;"
# Characters that turn the text behind them around, or are not seen at all.
TURNING = "\u202e\u2066\u200f\u200b\u0085"
UNSEEN = r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
LOOKS = (("light", 1200), ("dark", 1200), ("light", 390), ("dark", 390))


class PageTest(FlowTest):
    def setUp(self):
        super().setUp()
        self.logzio = self.listener()
        self.hookline = self.relay(self.logzio)
        self.browser = Browser()
        self.addCleanup(self.browser.close)
        self.address = f"http://127.0.0.1:{self.hookline.admin_port}"

    def sign_in(self, path="/"):
        self.browser.go(self.address + path)
        self.browser.find("#token").type(self.hookline.admin_token)
        self.browser.click("button", "Sign in")
        self.browser.find("#sign-out")

    def show(self, place):
        self.browser.run("location.hash = arguments[0]", place)

    def assert_quiet(self, but=()):
        """The page ran as it is written, and nothing else did."""
        complaints = [one for one in self.browser.complaints() if not any(words in one for words in but)]
        self.assertEqual(complaints, [])
        self.assertIsNone(self.browser.run("return window.owned ?? null"))

    @staticmethod
    def hostile_event(number):
        text = MARKUP + TURNING
        return event(uuid=f"{number} {text}", displayMessage=text, eventType=text, actor={"alternateId": text, text: text},
                     outcome={"result": text, "reason": text}, severity=text)

    def assert_harmless(self):
        """What somebody else wrote is text, and none of it hides or turns what stands around it."""
        self.assertEqual(self.browser.find_all("main script, main img, a[href^=javascript]"), [])
        self.assertEqual(self.browser.run(f"return document.body.textContent.match(/{UNSEEN}/gu)"), None)
        self.assertEqual(self.browser.run(f"""return [...document.querySelectorAll("*")].flatMap((one) =>
            ["aria-label", "title"].map((name) => one.getAttribute(name) ?? "")).filter((text) => /{UNSEEN}/u.test(text))"""), [])

    def letters_of_markup(self, count=2):
        """Dead letters with markup in every field that somebody else chooses."""
        self.prove(self.hookline, self.logzio)
        sent = [self.hostile_event(number)
                for number in range(count)]

        def refuse(request):
            reply = counted(0, malformedLines=len(request.lines))
            reply.body = reply.body.replace(b"{", b'{"message":"' + (MARKUP + TURNING).replace('"', '\\"').encode() + b'",', 1)
            return reply
        self.logzio.script(refuse)
        self.deliver(self.hookline, sent, source=f"https://{MARKUP}/", eventId=MARKUP)
        wait_until(lambda: len(self.hookline.api("letters")["letters"]) == count, "the letters are there")
        self.logzio.behave()
        return sent

    def assert_accessible(self, name):
        for scheme, width in LOOKS:
            self.browser.size(width, 900)
            self.browser.scheme(scheme)
            with self.subTest(view=name, scheme=scheme, width=width):
                self.assertEqual(self.browser.axe(), [])
        self.browser.size(1200, 900)
