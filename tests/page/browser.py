"""A headless Chromium, driven over WebDriver's plain HTTP (https://www.w3.org/TR/webdriver2/). Standard library only."""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.request

from harness import ROOT, wait_until

AXE = ROOT / "build" / "page_tools" / "node_modules" / "axe-core" / "axe.min.js"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
DRIVER, CHROMIUM = shutil.which("chromedriver"), shutil.which("chromium")


class Failed(AssertionError):
    pass


class Element:
    def __init__(self, browser, number):
        self.browser, self.number = browser, number

    def click(self):
        self.browser.call("POST", f"element/{self.number}/click", {})

    def type(self, text):
        self.browser.call("POST", f"element/{self.number}/value", {"text": text})

    def clear(self):
        self.browser.call("POST", f"element/{self.number}/clear", {})

    @property
    def text(self):
        return self.browser.call("GET", f"element/{self.number}/text")

    @property
    def label(self):
        """Its name as a screen reader says it."""
        return self.browser.call("GET", f"element/{self.number}/computedlabel")


class Browser:
    def __init__(self):
        if not DRIVER or not CHROMIUM:
            raise Failed("the page's tests need Debian's packages chromium and chromium-driver; ./test page installs them")
        self.profile = tempfile.mkdtemp(prefix="hookline-chromium-")
        self.process = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = next((found for line in self.process.stdout if (found := re.search(r"successfully on port (\d+)", line))), None)
        if port is None:
            raise Failed("chromedriver did not start")
        threading.Thread(target=self.process.stdout.read, daemon=True).start()  # so that it never waits for a reader
        self.url = f"http://127.0.0.1:{port.group(1)}/session"
        # No sandbox: CI runs as root in a container. Every name but loopback's is unknown to it.
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={self.profile}"]
        wanted = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                  "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments}}
        self.session = None
        self.session = self.call("POST", None, {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        self.size(1200, 900)

    def close(self):
        try:
            if self.session:
                self.call("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait(10)
            self.process.stdout.close()
            # The last of its processes write until they end.
            wait_until(lambda: shutil.rmtree(self.profile, ignore_errors=True) or not os.path.exists(self.profile),
                       "the browser's profile is gone")

    def call(self, method, path, body=None):
        url = self.url if self.session is None else f"{self.url}/{self.session}" + (f"/{path}" if path else "")
        request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            told = json.load(error)["value"]
            raise Failed(f"{method} {path}: {told['error']}: {told['message'].splitlines()[0]}") from None

    # -- looking and doing ------------------------------------------------------------------------------------------

    def go(self, url):
        self.call("POST", "url", {"url": url})

    def run(self, script, *arguments):
        """What the function body returns; `arguments` is its `arguments`."""
        return self.call("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def find_all(self, selector):
        found = self.call("POST", "elements", {"using": "css selector", "value": selector})
        return [Element(self, one[ELEMENT]) for one in found]

    def find(self, selector, text=""):
        """The first shown element of that selector whose text holds `text`, as soon as it is there."""
        script = """return [...document.querySelectorAll(arguments[0])].find(
            (one) => one.checkVisibility() && one.textContent.includes(arguments[1])) ?? null"""
        found = wait_until(lambda: self.run(script, selector, text), f"{selector} with {text!r}:\n{self.shown()}")
        return Element(self, found[ELEMENT])

    def click(self, selector, text=""):
        self.find(selector, text).click()

    def shown(self):
        return self.run("return document.body?.innerText ?? ''")

    def wait_text(self, text):
        wait_until(lambda: text in self.shown(), f"{text!r} on the page")

    def wait_gone(self, selector):
        wait_until(lambda: not self.find_all(selector), f"no {selector} any more")

    def size(self, width, height):
        """Of the page's own room, to the pixel; below a window's least width, too."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def scheme(self, name):
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": name}, {"name": "prefers-reduced-motion", "value": "reduce"}])

    def devtools(self, command, **parameters):
        return self.call("POST", "goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, path):
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return innerWidth")
        self.size(width, max(height, 600))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("GET", "screenshot")))
        self.size(width, 900)

    def press(self, key, code):
        """A key of the keyboard, wherever the focus is: "Tab" with its number 9."""
        for kind in ("keyDown", "keyUp"):
            self.devtools("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def tab(self):
        self.press("Tab", 9)

    def escape(self):
        self.press("Escape", 27)

    def axe(self):
        """What axe-core (https://github.com/dequelabs/axe-core) holds against the page as it is shown: all of its rules
        for WCAG 2.2 A and AA and its best practices."""
        if not AXE.exists():
            raise unittest.SkipTest("axe-core is not there; ./test page installs it in build/page_tools")
        if not self.run("return typeof window.axe === 'object'"):
            self.run(AXE.read_text())
        found = self.call("POST", "execute/async", {"args": [], "script": """
            const done = arguments[0];
            axe.run({resultTypes: ["violations"]}).then(
                ({violations, passes}) => done({passed: passes.length, violations: violations.flatMap((rule) => rule.nodes.map((node) =>
                    `${rule.id} (${rule.impact}): ${node.target.join(" ")}: ${node.failureSummary}`))}),
                (error) => done({passed: 0, violations: [String(error)]}))"""})
        if found["passed"] == 0 and not found["violations"]:
            raise Failed("axe looked at nothing")
        return found["violations"]

    def complaints(self):
        """What the console says: errors of scripts, and what the content security policy kept from happening."""
        return [entry["message"] for entry in self.call("POST", "se/log", {"type": "browser"})
                if entry["level"] in ("SEVERE", "WARNING")]
