"""The button that sends a test event, and what it then shows."""

from harness import event, wait_until
from page_test import PageTest


class TestEvent(PageTest):
    def setUp(self):
        super().setUp()
        self.prove(self.hookline, self.logzio)
        self.tenant = self.hookline.api("tenants")["tenants"][0]
        self.sign_in(f"/#/tenant/{self.tenant['id']}")

    def test_it_is_followed_until_it_is_delivered(self):
        self.browser.click("button", "Send a test event")
        self.browser.wait_text("Logz.io has it.")
        self.browser.find(".test-life li", "Delivered.")
        uuid = self.browser.find(".test-life a").text
        self.assertEqual(self.logzio.line(uuid)["eventType"], "hookline.test_event")
        self.assert_accessible("tenant, with a test event")
        self.browser.click(".test-life a")
        self.browser.wait_text("Received and committed to disk.")
        self.assert_quiet()

    def test_it_says_why_not(self):
        self.logzio.script(401)
        self.deliver(self.hookline, [event()])
        wait_until(lambda: self.hookline.api("tenants")["tenants"][0]["hold"] == "token_rejected", "it is held")
        self.browser.click("button", "Send a test event")
        self.browser.wait_text("It waits: token or region rejected.")
        self.browser.find(".test-life li", "Waits in the spool.")
        self.logzio.behave()
        self.browser.wait_text("Logz.io has it.")
        self.assert_quiet()

    def test_too_many_are_refused_in_words(self):
        self.hookline.api(f"tenants/{self.tenant['id']}/test", "POST")
        self.browser.click("button", "Send a test event")
        self.browser.wait_text("test events are sent too often; ask again in")
        self.assert_quiet(but=["status of 429"])
