"""Uses the console as a person does, in Debian's chromium: python console_test.py PATH/TO/hindsight"""

import csv
import io
import os
import re
import sys
import tempfile
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import running

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 else ".build/debug/hindsight"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


class Console(unittest.TestCase):
    """One gateway and one browser for all; each test has a context, so a visitor, of its own."""

    @classmethod
    def setUpClass(cls):
        cls.scene = running.running(BINARY)
        cls.organisation, cls.gateway, cls.tokens = cls.scene.__enter__()
        running.make_doubt(
            cls.organisation, running.Client(cls.gateway.origin, cls.tokens["operator"]),
            running.ZSCALER)
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()
        cls.scene.__exit__(None, None, None)

    def setUp(self):
        self.context = self.browser.new_context(accept_downloads=True)
        self.page = self.context.new_page()
        self.complaints, self.strangers = [], []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self.see)

    def tearDown(self):
        self.context.close()
        self.assertEqual(self.complaints, [], "the browser complained")
        self.assertEqual(self.strangers, [], "a page asked another host")

    def hear(self, message):
        # A page that says 4xx is told as an error too; it is the answer that a test asked for.
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.complaints.append(message.text)

    def see(self, request):
        if not request.url.startswith((self.gateway.origin + "/", "data:")):
            self.strangers.append(request.url)

    def go(self, path):
        return self.page.goto(self.gateway.origin + "/hindsight/" + path)

    def sign_in(self, role):
        self.go("")
        self.page.get_by_label("Hindsight token").fill(self.tokens[role])
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("button", name="Sign out").wait_for()

    # Flows

    def test_signs_in_finds_a_change_and_signs_out(self):
        self.sign_in("reviewer")
        self.page.get_by_role("searchbox", name="Find").fill("chg-18760")
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector(".timeline.found")
        self.assertEqual(self.page.locator(".timeline.found > li").count(), 2)
        self.page.locator(".timeline.found b").first.click()
        self.assertIn("ci-terraform", self.page.locator("h1").inner_text())
        self.assertIn("CHG-18760", self.page.locator("main").inner_text())
        self.page.get_by_role("button", name="Sign out").click()
        self.page.wait_for_url("**/hindsight/signin")
        self.go("")
        self.assertIn("/hindsight/signin", self.page.url)

    def test_compares_as_of_two_times(self):
        self.sign_in("reviewer")
        self.go(f"connections/{running.ORG2ORG}")
        first = str(self.history()[0]["indexes"][0])
        self.page.get_by_label("A, from").fill(first)
        self.page.get_by_label("B, to").fill("now")
        self.page.get_by_role("button", name="Compare").click()
        moved = self.page.locator("#difference tr.moved")
        self.assertGreaterEqual(moved.count(), 1)
        self.assertIn("Status", self.page.locator("#difference").inner_text())
        self.page.get_by_label("As of: a time or an index").fill(first)
        self.page.get_by_role("button", name="Show", exact=True).click()
        self.assertIn(f"What was known at index {first}", self.page.locator("main").inner_text())
        self.assertIn(" was ", self.page.locator("h1").inner_text())

    def test_moves_through_time_by_the_slider(self):
        self.sign_in("reviewer")
        self.go(f"connections/{running.ORG2ORG}")
        slider = self.page.get_by_label("As of, event by event")
        slider.focus()
        for _ in range(2):
            self.page.keyboard.press("ArrowLeft")
            self.assertRegex(slider.get_attribute("aria-valuetext"), r"^index \d+$")
        # Each step stays on the page; Enter asks for the point.
        self.assertTrue(slider.evaluate("slider => slider === document.activeElement"))
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**asOf=*")
        self.assertIn("What was known at", self.page.locator("main").inner_text())

    def test_rolls_back(self):
        self.sign_in("operator")
        self.go(f"connections/{running.ORG2ORG}")
        self.page.get_by_role("link", name="Roll back…").click()
        self.page.locator("select[name=target]").select_option("version")
        self.page.get_by_label("Which version, event, time or command").fill("3")
        self.page.get_by_role("button", name="Show the way back").click()
        self.page.get_by_label("Reason, required").fill("back to the first token")
        self.page.get_by_label("Ticket").fill("INC-8731")
        self.page.get_by_label("I have read what cannot be known.").check()
        self.page.get_by_role("button", name=re.compile("^Roll back ")).click()
        self.page.wait_for_url("**/hindsight/rollbacks/*")
        self.assertIn("is rolled back to version", self.page.locator("h1").inner_text())
        self.go(f"connections/{running.ORG2ORG}")
        self.assertIn("Rolled back once", self.page.locator("main").inner_text())

    def test_takes_a_csv(self):
        self.sign_in("reviewer")
        self.go("reports?name=changes")
        with self.page.expect_download() as taken:
            self.page.get_by_role("button", name="Make the report").click()
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "changes.csv")
            taken.value.save_as(path)
            with open(path, newline="", encoding="utf-8") as file:
                text = file.read()
        rows = list(csv.DictReader(io.StringIO(text)))
        shown = self.page.locator("h1").inner_text()
        self.assertEqual(int(shown.split()[0]), len(rows))
        self.assertEqual(
            list(rows[0]), self.page.locator("thead").first.locator("th").all_inner_texts())
        self.assertIn("CHG-18022", {row["ticket"] for row in rows})
        for canary in running.CANARIES:
            self.assertNotIn(canary, text)
        self.page.reload()
        self.assertIn("changes/5", self.page.locator("main").inner_text())

    def test_rules_on_a_doubt(self):
        self.sign_in("operator")
        self.page.get_by_role("link", name="Rule on it").first.click()
        self.page.get_by_label("it was applied").check()
        self.page.get_by_label("How you know, required").fill("its log shows the new token")
        self.page.get_by_role("button", name=re.compile("^Rule on ")).click()
        self.page.wait_for_url("**/hindsight/changes/*")
        self.assertIn("and it had happened", self.page.locator("h1").inner_text())

    def test_shows_a_reviewer_no_button_that_changes(self):
        self.sign_in("reviewer")
        for path in ["", f"connections/{running.ORG2ORG}", "reports", "log",
                     f"connections/{running.ORG2ORG}/rollback"]:
            self.go(path)
            words = self.page.locator("button, a.button").all_inner_texts()
            for word in words:
                self.assertNotRegex(word, r"^(Roll|Rule|Resume|Give|Deactivate)", path)

    def test_verifies_the_journal(self):
        self.sign_in("reviewer")
        self.go("log")
        self.page.get_by_role("button", name="Verify now").click()
        self.page.wait_for_selector("text=The journal is whole up to index", timeout=20_000)

    def test_changes_the_theme(self):
        self.sign_in("reviewer")
        self.page.get_by_role("button", name="Dark").click()
        self.assertEqual(self.page.locator("html").get_attribute("data-theme"), "dark")
        paper = self.page.evaluate("getComputedStyle(document.body).backgroundColor")
        self.assertEqual(paper, "rgb(14, 21, 24)")

    def test_works_without_a_script(self):
        context = self.browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(self.gateway.origin + "/hindsight/")
        page.get_by_label("Hindsight token").fill(self.tokens["reviewer"])
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Scheme").select_option("OAUTH2")
        page.get_by_role("button", name="Filter").click()
        self.assertGreaterEqual(page.locator("table.roll tbody tr").count(), 1)
        context.close()

    # Every page

    def history(self):
        client = running.Client(self.gateway.origin, self.tokens["reviewer"])
        answer = client.ask("GET", f"/hindsight/v1/connections/{running.ORG2ORG}/history")
        return answer.json["items"]

    def paths(self):
        command = next(item["commandId"] for item in self.history() if item["commandId"])
        return ["", "?mark=drift", f"connections/{running.ORG2ORG}", f"changes/{command}",
                f"connections/{running.ORG2ORG}/rollback?target=version&value=3", "reports",
                "reports?name=coverage", "log", "find?q=rotate", "find?q=nothing-has-this"]

    def test_is_accessible(self):
        axe = Axe()
        for scheme in ["light", "dark"]:
            self.page.emulate_media(color_scheme=scheme)
            if scheme == "light":
                self.go("signin")
                self.check(axe, "signin", scheme)
                self.sign_in("operator")
            for path in self.paths():
                self.go(path)
                self.check(axe, path, scheme)

    def check(self, axe, path, scheme):
        found = axe.run(self.page).response["violations"]
        serious = [
            f"{path or 'overview'}, {scheme}: {one['id']}: {node['html'][:200]}"
            for one in found if one["impact"] in ("serious", "critical") for node in one["nodes"]]
        self.assertEqual(serious, [])

    def test_never_scrolls_sideways(self):
        self.sign_in("operator")
        for width in [1440, 1024, 768, 390, 320]:
            self.page.set_viewport_size({"width": width, "height": 900})
            for path in self.paths():
                self.go(path)
                over = self.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth")
                self.assertLessEqual(over, 0, f"{path or 'overview'} at {width}")

    def test_shows_no_secret(self):
        self.sign_in("admin")
        for path in self.paths():
            self.go(path)
            text = self.page.content()
            for canary in running.CANARIES + list(self.tokens.values()):
                self.assertNotIn(canary, text, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
