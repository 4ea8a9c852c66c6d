"""The live view of a tenant's page."""

from harness import event, wait_until
from page_test import PageTest


class LiveEvents(PageTest):
    def setUp(self):
        super().setUp()
        self.prove(self.hookline, self.logzio)
        self.tenant = self.hookline.api("tenants")["tenants"][0]
        self.sign_in(f"/#/tenant/{self.tenant['id']}")

    def watch(self):
        self.browser.click("button", "Watch")
        self.browser.wait_text("Nothing has come since you watch.")

    def test_events_are_shown_as_they_come_and_people_only_when_asked_for(self):
        self.watch()
        sent = event()
        self.deliver(self.hookline, [sent])
        self.browser.click(".tail summary", "user.session.start")
        self.browser.find(".tail pre", "•••")
        self.assertNotIn("kari@example.com", self.browser.run("return document.body.textContent"))
        self.assert_accessible("live events")
        self.browser.click("#tail-whole")
        self.browser.click(".tail summary", "user.session.start")
        self.browser.find(".tail pre", "kari@example.com")
        self.hookline.wait_logged("what names people", "session")
        self.browser.click(".tail a", sent["uuid"])
        self.browser.wait_text("Received and committed to disk.")
        self.assert_quiet()

    def test_a_filter_leaves_the_others_out(self):
        self.watch()
        self.deliver(self.hookline, [event(), event(eventType="policy.rule.update"), event()])
        wait_until(lambda: len(self.browser.find_all(".tail li")) == 3, "all are shown")
        self.browser.find("#tail-filter").type("policy")
        wait_until(lambda: len(self.browser.find_all(".tail li")) == 1, "one is shown")
        self.browser.find(".tail summary", "policy.rule.update")
        self.browser.find("#tail-filter").type(" and no such thing")
        self.browser.wait_text("Nothing that came holds this text.")

    def test_nothing_is_asked_for_before_watch_is_chosen_and_after_stop(self):
        asked = "return performance.getEntriesByType('resource').filter((one) => one.name.includes('/events')).length"
        self.browser.find("h2", "Live events")
        self.assertEqual(self.browser.run(asked), 0)
        self.watch()
        self.browser.click("button", "Stop")
        self.browser.find("button", "Watch")
        before = self.browser.run(asked)
        self.assertGreater(before, 0)
        looks = "return performance.getEntriesByType('resource').filter((one) => one.name.includes('/tenants?')).length"
        seen = self.browser.run(looks)
        wait_until(lambda: self.browser.run(looks) > seen, "the page itself goes on looking")
        self.assertEqual(self.browser.run(asked), before)
