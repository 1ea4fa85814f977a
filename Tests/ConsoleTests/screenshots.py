"""Makes the pictures of the console: python screenshots.py PATH/TO/hindsight DIRECTORY"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from playwright.sync_api import sync_playwright

import running

BINARY, TARGET = sys.argv[1], sys.argv[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
EARLIER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "earlier.c")


def at(days):
    """The environment of a process that believes it runs so many days ago."""
    if days == 0 or not os.environ.get("EARLIER_LIBRARY"):
        return None
    return {"LD_PRELOAD": os.environ["EARLIER_LIBRARY"],
            "EARLIER_SECONDS": str(int(days * 86_400))}


def steps(organisation):
    """What happens on which day."""
    org, zscaler, slack = running.ORG2ORG, running.ZSCALER, running.SLACK
    one, two, three = running.CANARIES
    oauth = {"authScheme": "OAUTH2", "clientId": "0oab77Qk1ZsNpVxGe5d6"}

    def baseline(terraform, oncall):
        for app in [org, zscaler, running.GOOGLE, running.OFFICE, slack, running.ZOOM,
                    running.BOOKMARK]:
            terraform.read(app)

    def rotation(app, token, reason, ticket):
        return lambda terraform, oncall: terraform.token_to(app, token, reason, ticket)

    def to_oauth(terraform, oncall):
        terraform.update(
            org, {**oauth, "signing": {"rotationMode": "AUTO"}}, "move to OAUTH2", "CHG-20417")
        terraform.lifecycle(org, "activate", "move to OAUTH2", "CHG-20417")

    def drift(app, **change):
        def happen(terraform, oncall):
            organisation.steer("drift", {"appId": app, **change})
            terraform.read(app)
        return happen

    def put_right(terraform, oncall):
        oncall.lifecycle(org, "activate", "provisioning stopped; nobody asked for it", "INC-7944")

    def back(terraform, oncall):
        path = f"/hindsight/v1/connections/{org}/rollback"
        to = {"to": {"beforeCommand": move(oncall)}}
        digest = oncall.ask("POST", path + "/preview", to).json["digest"]
        oncall.ask("POST", path, {
            **to, "digest": digest, "reason": "EU joiners not created since 07:00",
            "ticket": "INC-8310"})

    def move(oncall):
        items = oncall.ask("GET", f"/hindsight/v1/connections/{org}/history").json["items"]
        return next(item["commandId"] for item in items if item["ticket"] == "CHG-20417")

    def again(terraform, oncall):
        terraform.update(org, oauth, "rename of the EU service app", "CHG-21340")
        terraform.lifecycle(org, "activate", "rename of the EU service app", "CHG-21340")

    def consent(terraform, oncall):
        terraform.update(slack, {"authScheme": "OAUTH2"}, "connect Slack", "CHG-21204")

    def unreachable(terraform, oncall):
        organisation.steer(
            "faults", {"fault": "status", "status": 400, "operation": "update"})
        terraform.token_to(zscaler, one, "quarterly rotation", "ROT-2026-Q3")

    def doubt(terraform, oncall):
        running.make_doubt(organisation, terraform, zscaler, three)

    return [
        (140, baseline), (128, rotation(org, one, "take the token into Terraform", "CHG-18022")),
        (101, rotation(org, "badToken", "rotate token", "CHG-18760")),
        (101, rotation(org, two, "rotate token, second try", "CHG-18760")),
        (88, rotation(zscaler, two, "first token", "CHG-21117")), (72, to_oauth),
        (61, drift(org, status="DISABLED")), (60.4, put_right), (47, unreachable), (38, back),
        (19, consent), (12, again),
        (2, drift(zscaler, baseUrl="https://scim.elsewhere.example")), (0.3, doubt)]


def main():
    os.makedirs(TARGET, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hindsight-screenshots-") as directory:
        # Without a compiler the history is some minutes old.
        library = os.path.join(directory, "earlier.so")
        if shutil.which("cc") and subprocess.run(
                ["cc", "-shared", "-fPIC", "-o", library, EARLIER, "-ldl"]).returncode == 0:
            os.environ["EARLIER_LIBRARY"] = library
        organisation = running.Organisation(BINARY, directory)
        try:
            earlier = at(141) or {}
            os.environ.update(earlier)
            made = {name: organisation.token(role, name) for role, name in [
                ("operator", "ci-terraform"), ("operator", "identity-oncall"),
                ("reviewer", "compliance-review")]}
            for name in earlier:
                os.environ.pop(name)
            for number, (days, happen) in enumerate(steps(organisation)):
                if number % 6 != 3:
                    watched(organisation, days)
                gateway = organisation.gateway(at(days))
                try:
                    happen(running.Client(gateway.origin, made["ci-terraform"]),
                           running.Client(gateway.origin, made["identity-oncall"]))
                    if days == 140:
                        # Labels are learnt one by one.
                        time.sleep(32)
                finally:
                    gateway.end()
            watched(organisation, 0)
            gateway = organisation.gateway()
            try:
                take(gateway, made)
            finally:
                gateway.end()
        finally:
            organisation.end()
    print(f"The pictures are in {TARGET}.")


def watched(organisation, days):
    """As if Hindsight had run until now: the months between are made up, and so is who watched."""
    moment = time.gmtime(time.time() - days * 86_400 - 2)
    with open(os.path.join(organisation.data, "last-seen"), "w") as file:
        file.write(time.strftime("%Y-%m-%dT%H:%M:%SZ", moment))


def take(gateway, made):
    client = running.Client(gateway.origin, made["compliance-review"])
    app = running.ORG2ORG
    items = client.ask("GET", f"/hindsight/v1/connections/{app}/history").json["items"]
    change = next(item["commandId"] for item in items if item["ticket"] == "CHG-21340")
    doubts = client.ask("GET", "/hindsight/v1/doubts").json["doubts"]
    pages = {
        "overview": "", "connection": f"connections/{app}", "change": f"changes/{change}",
        "rollback": f"connections/{app}/rollback?target=beforeCommand&value={change}",
        "reports": "reports", "log": "log", "find": "find?q=rotat"}
    if doubts:
        pages["doubt"] = f"changes/{doubts[0]['commandId']}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, scheme in [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme)
            page = context.new_page()
            page.goto(gateway.origin + "/hindsight/")
            shoot(page, "signin", width, scheme)
            page.get_by_label("Hindsight token").fill(made["identity-oncall"])
            page.get_by_role("button", name="Sign in").click()
            for name, path in pages.items():
                page.goto(gateway.origin + "/hindsight/" + path)
                shoot(page, name, width, scheme)
            context.close()
        browser.close()


def shoot(page, name, width, scheme):
    kind = {1440: "wide", 390: "narrow"}[width]
    page.screenshot(path=os.path.join(TARGET, f"{name}-{kind}-{scheme}.png"), full_page=True)


if __name__ == "__main__":
    main()
