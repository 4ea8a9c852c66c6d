"""The status page in a real browser, before a real relay."""

from browser import Browser
from fake_listener import counted
from harness import FlowTest, event, wait_until

# Whatever a sender or a listener can choose is this, somewhere: it must be read, never run.
MARKUP = "<img src=x onerror=\"window.owned=1\"><script>window.owned=1</script><a href='javascript:window.owned=1'>x</a>&amp;"


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

    def letters_of_markup(self, count=2):
        """Dead letters with markup in every field that somebody else chooses."""
        self.prove(self.hookline, self.logzio)
        sent = [event(uuid=f"{number} {MARKUP}", displayMessage=MARKUP, eventType=MARKUP, actor={"alternateId": MARKUP})
                for number in range(count)]

        def refuse(request):
            reply = counted(0, malformedLines=len(request.lines))
            reply.body = reply.body.replace(b"{", b'{"message":"' + MARKUP.replace('"', '\\"').encode() + b'",', 1)
            return reply
        self.logzio.script(refuse)
        self.deliver(self.hookline, sent, source=f"https://{MARKUP}/", eventId=MARKUP)
        wait_until(lambda: len(self.hookline.api("letters")["letters"]) == count, "the letters are there")
        self.logzio.behave()
        return sent
