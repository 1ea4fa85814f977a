"""A sandbox organisation and a gateway before it, with a history that the product itself recorded."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ORG2ORG = "0oaORG2ORG0000000001"
ZSCALER = "0oaZSCALER0000000001"
GOOGLE = "0oaGOOGLE00000000001"
OFFICE = "0oaOFFICE36500000001"
SLACK = "0oaSLACK000000000001"
ZOOM = "0oaZOOM0000000000001"
BOOKMARK = "0oaBOOKMARK000000001"

# Nothing here may be seen on a page, in any form.
CANARIES = ["00canaryTokenOne", "00canaryTokenTwo", "00canaryTokenThree"]


class Process:
    """A child that tells its address in its first line, and is ended by its id."""

    def __init__(self, arguments, environment=None):
        self.child = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        line = self.child.stdout.readline()
        if " on http://" not in line:
            self.child.kill()
            raise RuntimeError(f"{arguments} said {line!r}: {self.child.stderr.read()}")
        self.origin = line.split()[-1]

    def end(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(30)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.child.stdout.close()
        self.child.stderr.close()


class Organisation:
    """The sandbox, which goes on while gateways before it come and go."""

    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = directory
        self.sandbox = Process([binary, "sandbox", "--listen", "127.0.0.1:0"])
        self.credential = os.path.join(directory, "okta-token")
        with open(self.credential, "w") as file:
            file.write("00sandboxAdminToken")
        self.data = os.path.join(directory, "data")

    def token(self, role, name):
        made = subprocess.run(
            [self.binary, "token", "create", "--role", role, "--name", name, "--data", self.data,
             "--format", "json"],
            capture_output=True, text=True, check=True)
        return json.loads(made.stdout)["token"]

    def gateway(self, environment=None, *options):
        return Process(
            [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0",
             "--upstream", self.sandbox.origin,
             "--upstream-auth", "ssws-file:" + self.credential, "--upstream-timeout", "2", *options],
            environment)

    def steer(self, path, body):
        call(self.sandbox.origin + "/sandbox/" + path, body)

    def end(self):
        self.sandbox.end()


class Client:
    """Who changes connections."""

    def __init__(self, origin, token):
        self.origin = origin
        self.token = token

    def ask(self, method, path, body=None, reason=None, ticket=None):
        headers = {"Authorization": "SSWS " + self.token}
        if reason:
            headers["Hindsight-Reason"] = reason
        if ticket:
            headers["Hindsight-Ticket"] = ticket
        return call(self.origin + path, body, headers, method)

    def read(self, app):
        return self.ask("GET", f"/api/v1/apps/{app}/connections/default")

    def update(self, app, profile, reason=None, ticket=None, activate=False):
        query = "?activate=true" if activate else ""
        return self.ask(
            "POST", f"/api/v1/apps/{app}/connections/default{query}", {"profile": profile}, reason,
            ticket)

    def token_to(self, app, token, reason, ticket=None, activate=True):
        return self.update(
            app, {"authScheme": "TOKEN", "token": token}, reason, ticket, activate)

    def lifecycle(self, app, word, reason, ticket=None):
        return self.ask(
            "POST", f"/api/v1/apps/{app}/connections/default/lifecycle/{word}", {}, reason, ticket)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


def call(url, body=None, headers=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"Content-Type": "application/json", **(headers or {})},
        method=method or ("GET" if data is None else "POST"))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        return Answer(answer.code, answer.headers, answer.read())


def make_history(organisation, changer, oncall):
    """A change of each kind, in the order in which a reviewer might meet them."""
    for app in [ORG2ORG, ZSCALER, GOOGLE, OFFICE, SLACK, ZOOM, BOOKMARK]:
        changer.read(app)
    changer.token_to(ORG2ORG, CANARIES[0], "take the token into Terraform", "CHG-18022")
    changer.token_to(ORG2ORG, "badToken", "rotate token", "CHG-18760")
    changer.token_to(ORG2ORG, CANARIES[1], "rotate token, second try", "CHG-18760")
    changer.token_to(ZSCALER, CANARIES[1], "first token", "CHG-21117")
    changer.update(
        ORG2ORG, {"authScheme": "OAUTH2", "clientId": "0oab77Qk1ZsNpVxGe5d6",
                  "signing": {"rotationMode": "AUTO"}},
        "move to OAUTH2, key rotation AUTO", "CHG-20417")
    changer.lifecycle(ORG2ORG, "activate", "move to OAUTH2, key rotation AUTO", "CHG-20417")
    changer.update(SLACK, {"authScheme": "OAUTH2"}, "connect Slack", "CHG-21204")
    organisation.steer("drift", {"appId": ORG2ORG, "status": "DISABLED"})
    changer.read(ORG2ORG)
    oncall.lifecycle(
        ORG2ORG, "activate", "provisioning stopped; nobody had asked for it", "INC-7944")
    organisation.steer(
        "drift", {"appId": ZSCALER, "baseUrl": "https://scim.elsewhere.example"})
    changer.read(ZSCALER)


def make_doubt(organisation, changer, app=ORG2ORG, token=CANARIES[2]):
    """A rotation whose answer never comes."""
    organisation.steer(
        "faults", {"fault": "cutHead", "operation": "update", "applied": True})
    return changer.token_to(app, token, "quarterly rotation", "ROT-2026-Q4")


@contextlib.contextmanager
def running(binary, *options):
    """A gateway with a history, a reviewer's, an operator's and an admin's token."""
    with tempfile.TemporaryDirectory(prefix="hindsight-console-") as directory:
        organisation = Organisation(binary, directory)
        try:
            tokens = {role: organisation.token(role, name) for role, name in [
                ("reviewer", "compliance-review"), ("operator", "ci-terraform"),
                ("admin", "identity-admin")]}
            oncall = organisation.token("operator", "identity-oncall")
            gateway = organisation.gateway(None, *options)
            try:
                changer = Client(gateway.origin, tokens["operator"])
                make_history(organisation, changer, Client(gateway.origin, oncall))
                yield organisation, gateway, tokens
            finally:
                gateway.end()
        finally:
            organisation.end()
