"""A tenant's last bulks and deliveries, and how fast listeners answer, as the page shows them."""

from fake_listener import Reply
from harness import event, wait_until
from page_test import MARKUP, TURNING, PageTest


class Recent(PageTest):
    def setUp(self):
        super().setUp()
        self.prove(self.hookline, self.logzio)
        self.tenant = self.hookline.api("tenants")["tenants"][0]
        self.place = f"#/tenant/{self.tenant['id']}"

    def rows(self, title):
        return self.browser.run("""return [...document.querySelectorAll("[aria-label='Table: " + arguments[0] + "'] tbody tr")]
            .map((row) => row.innerText)""", title)

    def test_bulks_and_deliveries_come_as_they_are_answered(self):
        self.sign_in("/" + self.place)
        self.browser.find("h2", "Last bulks")
        wait_until(lambda: len(self.rows("Last deliveries")) == 1, "the first delivery")
        sent = event()
        self.deliver(self.hookline, [sent, event()], eventId="an-event-id")
        self.deliver(self.hookline, [sent], eventId="a-repeat")
        self.browser.find("td", "an-event-id")
        self.browser.find("td", "1, 1 repeat")
        self.browser.find("td .state.good", "200, stored")
        self.browser.find("td .state.good", "delivered")
        told = self.hookline.api(f"tenants/{self.tenant['id']}/recent")
        self.browser.find("td .code", str(told["bulks"][0]["bulk"]))
        self.browser.find("td .code", told["deliveries"][0]["request_id"])
        self.logzio.script(Reply(401, "Logging token is not valid"))
        self.deliver(self.hookline, [event()])
        self.browser.find("td .state.bad", "token or region rejected")
        self.browser.find("td .hint", "401: Logging token is not valid")
        self.browser.find("td .hint", "Next try")
        self.assertIn("token or region rejected", self.rows("Last bulks")[0], "the newest comes first")
        self.post(self.hookline, b"{")
        self.browser.find("td .state.bad", "400, refused")
        self.assert_accessible("recent")
        self.assert_quiet()

    def test_what_a_listener_and_a_sender_say_is_text(self):
        self.logzio.script(Reply(503, (MARKUP + TURNING).encode()))
        self.deliver(self.hookline, [self.hostile_event(1)], source=f"https://{MARKUP}/", eventId=MARKUP)
        self.sign_in("/" + self.place)
        self.browser.find("td .hint", "503: <img src=x onerror")
        self.browser.find("td .hint", "⟨U+202E⟩")
        self.browser.find("td .code", MARKUP[:30])
        self.assert_harmless()
        self.assert_quiet()

    def test_each_listener_tells_how_fast_it_answers(self):
        self.deliver(self.hookline, [event()])
        self.sign_in()
        self.browser.find("td[data-title='Answers in']", ", the last")
        self.browser.find("td[data-title='Answers in']", "99 % in")  # with the next look at the metrics
        self.assert_quiet()
