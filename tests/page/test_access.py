"""Who cannot see the page, or has no mouse, gets along with it: judged by axe-core, and by walking it with the keyboard."""

from harness import event, wait_until
from page_test import PageTest


class Accessible(PageTest):
    def test_the_sign_in(self):
        self.browser.go(self.address)
        self.browser.find("#token")
        self.assert_accessible("sign-in")
        self.browser.find("#token").type("wrong")
        self.browser.click("button", "Sign in")
        self.browser.wait_text("Not signed in")
        self.assert_accessible("sign-in refused")

    def test_the_overview_with_nothing_in_it_and_with_a_held_tenant(self):
        self.sign_in()
        self.browser.wait_text("Ready.")
        self.assert_accessible("overview, empty")
        self.letters_of_markup()
        self.logzio.script(401)
        self.deliver(self.hookline, [event()])
        self.browser.wait_text("1 of 1 tenant is held.")
        self.assert_accessible("overview, held")

    def test_a_tenant_and_its_letters(self):
        self.letters_of_markup()
        tenant = self.hookline.api("tenants")["tenants"][0]
        self.sign_in(f"/#/tenant/{tenant['id']}")
        self.browser.find("summary")
        self.assert_accessible("tenant")
        self.browser.click("summary")
        self.browser.click("button", "Show the document")
        self.browser.find("pre.document", "•••")
        self.assert_accessible("tenant, with a document")

    def test_the_dead_letters_and_the_question_before_a_replay(self):
        self.sign_in("/#/letters")
        self.browser.wait_text("No dead letters here.")
        self.assert_accessible("letters, none")
        self.letters_of_markup()
        self.browser.run("location.reload()")
        self.browser.wait_text("2 letters shown")
        self.browser.click("#all-letters")
        self.browser.click("button", "Replay")
        self.browser.find("dialog", "2 letters")
        self.assert_accessible("letters, asked before a replay")

    def test_an_events_life(self):
        sent = self.letters_of_markup(1)
        self.sign_in("/#/event")
        self.browser.wait_text("Events of the last day")
        self.assert_accessible("find an event")
        self.browser.find("#uuid").type(sent[0]["uuid"])
        self.browser.click("button", "Find")
        self.browser.wait_text("Became dead letter")
        self.assert_accessible("an event's life")


class Keyboard(PageTest):
    FOCUSED = """const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
        return {tag: one.tagName, name: one.getAttribute("aria-label") || one.textContent.trim() || one.id,
                outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth), inDialog: !!one.closest("dialog"),
                seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth}"""

    def focused(self):
        return self.browser.run(self.FOCUSED)

    def walk(self):
        """The names of what Tab reaches, in its order, until it comes round; each can be seen to have the focus."""
        self.browser.run("document.querySelector('.skip').focus(); window.walked = new Set([document.activeElement])")
        names = [self.focused()["name"]]
        while True:
            self.browser.tab()
            if self.browser.run("""const one = document.activeElement;
                    if (one === document.body || walked.has(one)) return true;
                    walked.add(one);
                    return false"""):
                return names
            stop = self.focused()
            self.assertTrue(stop["seen"], f"the focus is out of sight: {stop}")
            self.assertGreaterEqual(stop["outline"], 2, f"nobody sees that this has the focus: {stop}")
            names.append(stop["name"])

    def assert_order(self, names, wanted):
        self.assertEqual(set(wanted) - set(names), set(), names)
        places = [names.index(one) for one in wanted]
        self.assertEqual(places, sorted(places), f"{wanted} in {names}")

    def test_tab_goes_through_each_page_in_the_order_it_is_read(self):
        self.letters_of_markup()
        tenant = self.hookline.api("tenants")["tenants"][0]
        self.sign_in("/#/event")
        bar = ["To the content", "Overview", "Dead letters", "Find an event", "Sign out"]
        pages = {
            "#/": ["Last hour", "Last day", "tenant-search", "Table of tenants", "Tenant", "State", tenant["label"], "Table of listeners"],
            f"#/tenant/{tenant['id']}": ["All tenants", "all-letters", "Choose letter 1", "Choose letter 2"],
            "#/letters": ["all-letters", "Choose letter 1", "Choose letter 2"],
            "#/event": ["uuid", "Find"],
        }
        for place, wanted in pages.items():
            with self.subTest(page=place):
                self.browser.run("document.activeElement.blur()")
                self.show(place)
                wait_until(lambda: self.browser.run("return document.activeElement.id") == "view", "the page is there")
                self.assert_order(self.walk(), bar + wanted)

    def test_the_skip_link_leads_to_the_content(self):
        self.sign_in()
        self.browser.wait_text("Ready.")
        self.browser.go("about:blank")
        self.browser.go(self.address + "/#/letters")
        self.browser.find("h1", "Dead letters")
        self.browser.tab()
        self.assertEqual(self.focused()["name"], "To the content")
        self.browser.press("Enter", 13)
        wait_until(lambda: self.browser.run("return document.activeElement.id") == "view", "the content has the focus")
        self.browser.find("h1", "Dead letters")
        self.assertIn("#/letters", self.browser.run("return location.hash"))

    def test_escape_leaves_a_question_undone_and_gives_the_focus_back(self):
        self.letters_of_markup()
        self.sign_in("/#/letters")
        self.browser.wait_text("2 letters shown")
        self.browser.click("#all-letters")
        self.browser.click("button", "Discard")
        self.browser.find("dialog", "2 letters")
        for _ in range(6):
            self.browser.tab()
            stop = self.focused()
            self.assertTrue(stop["inDialog"] or stop["tag"] == "BODY", f"Tab leaves the question: {stop}")
        self.browser.escape()
        self.browser.wait_gone("dialog")
        self.assertEqual(self.focused()["name"], "Discard")
        self.assertEqual(len(self.hookline.api("letters")["letters"]), 2, "nothing was discarded")

    def test_a_screen_reader_hears_where_it_is(self):
        self.sign_in()
        self.browser.wait_text("Ready.")
        self.assertEqual(self.browser.run("return document.title"), "Overview – hookline")
        self.assertEqual([one.label for one in self.browser.find_all("nav")], ["Pages"])
        self.assertEqual(self.browser.find("nav a[aria-current=page]").text, "Overview")
        self.browser.click("nav a", "Dead letters")
        self.browser.find("h1", "Dead letters")
        self.assertEqual(self.browser.run("return document.title"), "Dead letters – hookline")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "view", "the new page is read from its start")
        self.assertEqual(len(self.browser.find_all("h1")), 1)
