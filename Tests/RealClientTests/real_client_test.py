"""Okta's published Python SDK, used through the gateway and straight at the sandbox.

    real_client_test.py [path of the hindsight binary, or HINDSIGHT_BINARY in the environment]

One script of SDK calls (SCRIPT below) is played twice for every way to authenticate: once without
the gateway and once through it, each time against a sandbox that has just been started, so that
both sides pass through the same states. A test compares each call of the two runs, and others
then ask the journal, the disk and the logs what the gateway made of them.
"""

import asyncio
import base64
import contextlib
import json
import os
import pathlib
import queue
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from typing import Any, Awaitable, Callable

BINARY = pathlib.Path(
    sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HINDSIGHT_BINARY", "hindsight")
).absolute()
WORKSPACE = pathlib.Path(tempfile.mkdtemp(prefix="hindsight-real-client-"))

# Neither the SDK nor the servers may see the settings of this machine: the SDK reads OKTA_*,
# HTTP_PROXY, ~/.okta/okta.yaml and ./okta.yaml, the servers read HINDSIGHT_*.
for name in list(os.environ):
    if name.upper().endswith("_PROXY") or name.startswith(("OKTA_", "HINDSIGHT_")):
        del os.environ[name]
os.environ["HOME"] = str(WORKSPACE)
os.environ["OKTA_TESTING_TESTINGDISABLEHTTPSCHECK"] = "true"
os.chdir(WORKSPACE)

from okta import models  # noqa: E402  (reads the environment when it is imported)
from okta.client import Client  # noqa: E402
from okta.http_client import HTTPClient  # noqa: E402

START_SECONDS = STOP_SECONDS = CALL_SECONDS = 60

ORG2ORG, ZSCALER = "0oaORG2ORG0000000001", "0oaZSCALER0000000001"
GOOGLE, OFFICE365 = "0oaGOOGLE00000000001", "0oaOFFICE36500000001"
SLACK, ZOOM = "0oaSLACK000000000001", "0oaZOOM0000000000001"
BOOKMARK, NOWHERE = "0oaBOOKMARK000000001", "0oaNOWHERE0000000001"

OKTA_CREDENTIALS = {"SSWS": "00sandboxAdminToken", "Bearer": "sandboxAccessToken"}
STRANGER = "00badTokenNobodyHasIssued"

# New in every run, so that finding one on disk or in a log can only mean that it leaked.
FIRST, SECOND, THIRD = (f"00{word}{secrets.token_hex(16)}" for word in ("one", "two", "three"))
REFUSED = f"bad{secrets.token_hex(16)}"
PASSWORD = f"password{secrets.token_hex(16)}"
BOGUS_CODE = f"bogus{secrets.token_hex(16)}"
BOGUS_STATE = f"state{secrets.token_hex(16)}"
PUSHED = (FIRST, SECOND, THIRD, REFUSED, PASSWORD, BOGUS_CODE, BOGUS_STATE)


# The script. What a step should come to is a pattern for the HTTP status, followed by the status
# of the connection or by Okta's error code; it is there because two sides can agree on nonsense.


@dataclass(frozen=True)
class Step:
    title: str
    app: str
    outcome: str
    call: Callable[[Client, dict[str, str]], Awaitable[Any]]
    caller_is_unknown: bool = False


def token(value: str, base_url: str | None = None) -> models.ProvisioningConnectionTokenRequest:
    profile = models.ProvisioningConnectionTokenRequestProfile(auth_scheme="TOKEN", token=value)
    return models.ProvisioningConnectionTokenRequest(base_url=base_url, profile=profile)


def oauth(**profile: Any) -> models.ProvisioningConnectionOauthRequest:
    profile = models.ProvisioningConnectionOauthRequestProfile(auth_scheme="OAUTH2", **profile)
    return models.ProvisioningConnectionOauthRequest(profile=profile)


def read(app: str, outcome: str) -> Step:
    return Step("read", app, outcome, lambda sdk, states:
                sdk.get_default_provisioning_connection_for_application(app))


def update(app: str, request: Any, outcome: str, activate: bool | None = None) -> Step:
    body = models.UpdateDefaultProvisioningConnectionForApplicationRequest(request)
    title = f"update to {request.profile.auth_scheme.value} with activate {activate}"
    return Step(title, app, outcome, lambda sdk, states:
                sdk.update_default_provisioning_connection_for_application(
                    app, body, activate=activate))


def activate(app: str, outcome: str = "204") -> Step:
    return Step("activate", app, outcome, lambda sdk, states:
                sdk.activate_default_provisioning_connection_for_application(app))


def deactivate(app: str, outcome: str = "204") -> Step:
    return Step("deactivate", app, outcome, lambda sdk, states:
                sdk.deactivate_default_provisioning_connection_for_application(app))


def jwks(app: str, outcome: str) -> Step:
    return Step("jwks", app, outcome, lambda sdk, states:
                sdk.get_user_provisioning_connection_jwks(app))


def verify(kind: str, app: str, outcome: str, **query: str) -> Step:
    """Without a query, consent was given: code `good` and the state of the authorize link."""
    name = models.OAuthProvisioningEnabledApp(kind)
    title = f"verify {kind} {'without' if query else 'with'} consent"
    return Step(title, app, outcome, lambda sdk, states:
                sdk.verify_provisioning_connection_for_application(
                    name, app, **(query or {"code": "good", "state": states.get(app, "")})))


def stranger(step: Step) -> Step:
    return replace(step, title=f"stranger {step.title}", caller_is_unknown=True)


def consented(kind: str, app: str, request: Any) -> list[Step]:
    """A connection that needs a person's consent, from nothing to enabled."""
    return [
        update(app, request, "200 DISABLED"), verify(kind, app, "204"), activate(app),
        read(app, "200 ENABLED"), deactivate(app), read(app, "200 DISABLED"),
    ]


AUTOMATIC = models.Org2OrgProvisioningOAuthSigningSettings(rotation_mode="AUTO")
OFFICE_SETTINGS = models.Office365ProvisioningSettings(
    admin_username="svc@corp.example", admin_password=PASSWORD)
ZSCALER_URL = "https://scim.zscaler.example/1234567/890/scim"
SERVICE_APP = "0oa1abcDEF2ghiJKL345"
CONSENT_REFUSED = r"40[034] E\d{7}"

SCRIPT = [
    # Org2Org: two tokens, the status that an update leaves, and calls that change nothing.
    read(ORG2ORG, "200 DISABLED"),
    update(ORG2ORG, token(FIRST), "200 DISABLED"),
    activate(ORG2ORG), activate(ORG2ORG),
    read(ORG2ORG, "200 ENABLED"),
    update(ORG2ORG, token(SECOND, "https://target.okta.example"), "200 DISABLED"),
    update(ORG2ORG, token(SECOND), "200 ENABLED", activate=True),
    update(ORG2ORG, token(FIRST), "200 DISABLED", activate=False),
    deactivate(ORG2ORG), deactivate(ORG2ORG),
    read(ORG2ORG, "200 DISABLED"),
    # Org2Org: from a token to OAuth and back.
    update(ORG2ORG, oauth(client_id=SERVICE_APP, signing=AUTOMATIC), "200 ENABLED", activate=True),
    read(ORG2ORG, "200 ENABLED"),
    jwks(ORG2ORG, "200"),
    update(ORG2ORG, oauth(client_id=SERVICE_APP), "200 DISABLED"),
    update(ORG2ORG, token(SECOND), "200 ENABLED", activate=True),
    read(ORG2ORG, "200 ENABLED"),
    # A credential that Okta tries and finds wanting leaves the connection as it was.
    update(ORG2ORG, token(REFUSED), "400 E0000001"),
    update(ORG2ORG, token(REFUSED), "400 E0000001", activate=True),
    read(ORG2ORG, "200 ENABLED"),
    # Zscaler: the base URL is the client's, and there is nothing to activate at first.
    read(ZSCALER, "200 DISABLED"),
    activate(ZSCALER, "400 E0000001"),
    update(ZSCALER, token(THIRD, ZSCALER_URL), "200 ENABLED", activate=True),
    jwks(ZSCALER, "404 E0000007"),
    deactivate(ZSCALER),
    # The four apps that need a person's consent, with and without it.
    update(GOOGLE, oauth(), "200 DISABLED"),
    verify("google", GOOGLE, CONSENT_REFUSED, code=BOGUS_CODE, state=BOGUS_STATE),
    verify("google", GOOGLE, CONSENT_REFUSED, code=f"{BOGUS_CODE} +&%", state=f"{BOGUS_STATE}/=?"),
    *consented("google", GOOGLE, oauth()),
    *consented("office365", OFFICE365, oauth(settings=OFFICE_SETTINGS)),
    *consented("slack", SLACK, oauth()),
    *consented("zoomus", ZOOM, oauth()),
    # An app without provisioning answers as if all were well, and nothing is.
    read(BOOKMARK, "200 UNKNOWN"),
    update(BOOKMARK, token(THIRD), "200 UNKNOWN"),
    update(BOOKMARK, oauth(), "200 UNKNOWN", activate=True),
    activate(BOOKMARK), deactivate(BOOKMARK),
    jwks(BOOKMARK, "404 E0000007"),
    # An app that does not exist.
    read(NOWHERE, "404 E0000007"),
    update(NOWHERE, token(THIRD), "404 E0000007"),
    activate(NOWHERE, "404 E0000007"), deactivate(NOWHERE, "404 E0000007"),
    jwks(NOWHERE, "404 E0000007"),
    verify("google", NOWHERE, CONSENT_REFUSED, code=BOGUS_CODE, state=BOGUS_STATE),
    # A caller nobody knows changes nothing.
    stranger(read(ORG2ORG, "401 E0000011")),
    stranger(update(ORG2ORG, token(THIRD), "401 E0000011", activate=True)),
    read(ORG2ORG, "200 ENABLED"),
]


# The two servers.


class Server:
    """A running `hindsight` whose first line on standard output says where it listens."""

    running: list["Server"] = []
    started = 0

    def __init__(self, *arguments: str) -> None:
        Server.started += 1
        self.errors = open(WORKSPACE / f"{Server.started:02}-{arguments[0]}.log", "wb")
        self.output: list[bytes] = []
        self.process = subprocess.Popen(
            [BINARY, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.errors)
        Server.running.append(self)
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        with contextlib.suppress(queue.Empty):
            ready = re.fullmatch(
                rb"listening on (http://127\.0\.0\.1:\d+)\n", self.lines.get(timeout=START_SECONDS))
            if ready:
                self.url = ready[1].decode()
                return
        raise RuntimeError(f"{arguments} is not listening; it said:\n{self.said().decode()}")

    def _read(self) -> None:
        for line in self.process.stdout:
            self.output.append(line)
            self.lines.put(line)
        self.lines.put(b"")

    def said(self) -> bytes:
        return b"".join(self.output) + pathlib.Path(self.errors.name).read_bytes()

    def stop(self) -> int:
        """Asks the process to end, and answers its exit code; one that will not end is killed."""
        Server.running.remove(self)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
        code = self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.errors.close()
        return code

    @staticmethod
    def stop_all() -> None:
        for server in list(Server.running):
            server.stop()


def sandbox() -> Server:
    return Server("sandbox", "--listen", "127.0.0.1:0")


def create_token(data: pathlib.Path, role: str) -> str:
    done = subprocess.run(
        [BINARY, "token", "create", "--data", data, "--role", role, "--name", f"sdk-{role}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=START_SECONDS)
    if done.returncode != 0 or not re.fullmatch(r"\S+\n", done.stdout):
        raise RuntimeError(f"token create did not print a token alone: {done}")
    return done.stdout.strip()


def read_events(gateway: str, reviewer: str) -> list[dict[str, Any]]:
    events, cursor = [], None
    while True:
        query = {"limit": 1000} | ({"cursor": cursor} if cursor else {})
        request = urllib.request.Request(
            f"{gateway}/hindsight/v1/events?{urllib.parse.urlencode(query)}",
            headers={"Authorization": f"Bearer {reviewer}"})
        with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:
            page = json.load(answer)
        events += page["events"]
        cursor = page.get("nextCursor")
        if cursor is None:
            return sorted(events, key=lambda event: event["index"])


def back_up(data: pathlib.Path, gateway: str) -> tuple[int, int]:
    """Makes the documented backup beside the server, as another program of SQLite does.

    Returns how `verify` of the copy ended, and the status of `/health/ready` afterwards.
    """
    copy = WORKSPACE / f"{data.name}-copy"
    copy.mkdir()
    with contextlib.closing(sqlite3.connect(data / "journal.sqlite")) as journal:
        with contextlib.closing(sqlite3.connect(copy / "journal.sqlite")) as target:
            journal.backup(target)
    verified = subprocess.run(
        [BINARY, "verify", "--data", copy], stdin=subprocess.DEVNULL, capture_output=True,
        timeout=CALL_SECONDS)
    try:
        with urllib.request.urlopen(f"{gateway}/health/ready", timeout=CALL_SECONDS) as answer:
            return verified.returncode, answer.status
    except urllib.error.HTTPError as answer:
        return verified.returncode, answer.code


# What a call came to, and what of it is compared.


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they went over the wire; a retry of the SDK is another one."""

    method: str
    path: str
    authorization: str
    status: int
    reason: str
    headers: Any
    body: str


@dataclass(frozen=True)
class Observation:
    outcome: str
    result: dict[str, Any]
    wire: list[Exchange]


def recorder(wire: list[Exchange]) -> type[HTTPClient]:
    """The SDK's own HTTP client, listened to through the setting that the SDK has for this."""

    class Recorder(HTTPClient):
        async def send_request(self, request: dict[str, Any]) -> Any:
            sent = await super().send_request(request)
            info, response, body, error = sent
            if response is None:
                raise error  # The SDK would lose the cause in an AttributeError of its own.
            wire.append(Exchange(
                info.method, info.url.raw_path, info.headers["Authorization"],
                response.status, response.reason, response.headers, body))
            return sent

    return Recorder


# Each server stamps its answers with the time, an id and its rate-limit figures (the gateway's
# reads count too). Only the value is set aside, and only when it has the form that it must have.
STAMPED = {
    "Date": r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
    "X-Okta-Request-Id": r"[A-Za-z0-9@_-]{20,40}",
    "X-Rate-Limit-Limit": r"\d+",
    "X-Rate-Limit-Remaining": r"\d+",
    "X-Rate-Limit-Reset": r"\d{10}",
}
# The other headers that a client acts on are compared as they are.
PLAIN = ("Content-Type", "Cache-Control", "Pragma", "Expires", "WWW-Authenticate", "Retry-After",
         "Location", "Link", "Allow")
ERROR_ID = r"oae[A-Za-z0-9_-]{22}"


def comparable_headers(headers: Any) -> dict[str, list[str]]:
    compared = {name: headers.getall(name, []) for name in PLAIN}
    for name, form in STAMPED.items():
        compared[name] = [
            f"<{name}>" if re.fullmatch(form, value) else value
            for value in headers.getall(name, [])
        ]
    return compared


def comparable_link(href: str, origin: str) -> str:
    """Takes the host out of a link of the server that answered; any other host stays to be seen.

    An authorize link leads to the third party, which sends the browser back to Okta itself: the
    host in its redirect_uri may be the sandbox's on both sides. Its state is drawn anew each time.
    """
    if href == origin or href.startswith(f"{origin}/"):
        href = "<host>" + href.removeprefix(origin)
    address, mark, query = href.partition("?")
    fields = [
        (key, "<state>" if key == "state" else
         re.sub(r"^http://127\.0\.0\.1:\d+", "<host>", value) if key == "redirect_uri" else value)
        for key, value in urllib.parse.parse_qsl(query, keep_blank_values=True)
    ]
    return address + mark + urllib.parse.urlencode(fields)


def comparable(value: Any, origin: str) -> Any:
    """The same JSON without the hosts of its links and the id that every error draws for itself.

    The members of an object are compared without regard to their order.
    """
    if isinstance(value, list):
        return [comparable(item, origin) for item in value]
    if not isinstance(value, dict):
        return value
    compared = {key: comparable(item, origin) for key, item in value.items()}
    if isinstance(value.get("href"), str):
        compared["href"] = comparable_link(value["href"], origin)
    if isinstance(value.get("errorId"), str) and re.fullmatch(ERROR_ID, value["errorId"]):
        compared["errorId"] = "<errorId>"
    return compared


def comparable_result(answer: tuple, last: Exchange, origin: str) -> dict[str, Any]:
    """What the SDK returned, and what it was made from."""
    value, error = answer[0] if len(answer) == 3 else None, answer[-1]
    told = {
        key: item for key, item in vars(error).items()
        if key in ("status", "error_code", "error_summary", "error_causes", "error_link", "message")
    } if error else None
    model = value.model_dump(mode="json", by_alias=True) if value else None
    return {
        "status": f"{last.status} {last.reason}",
        "headers": comparable_headers(last.headers),
        "body": comparable(json.loads(last.body), origin) if last.body else "",
        "returned": type(value).__name__,
        "model": comparable(model, origin),
        "error": type(error).__name__,
        "error fields": told,
    }


async def observe(
    step: Step, sdk: Client, wire: list[Exchange], states: dict[str, str], origin: str
) -> Observation:
    wire.clear()
    try:
        answer = await step.call(sdk, states)
        result = comparable_result(answer, wire[-1], origin)
    except Exception as raised:  # The SDK does raise, on answers that it does not expect.
        return Observation(f"raised {raised!r}", {"raised": repr(raised)}, list(wire))
    value, error = answer[0] if len(answer) == 3 else None, answer[-1]
    outcome = str(wire[-1].status)
    if error:
        outcome += f" {getattr(error, 'error_code', error)}"
    elif isinstance(value, models.ProvisioningConnectionResponse):
        outcome += f" {value.status.value}"
        if value.links and value.links.authorize:
            query = urllib.parse.urlsplit(value.links.authorize.href).query
            states[step.app] = dict(urllib.parse.parse_qsl(query)).get("state", "")
    return Observation(outcome, result, list(wire))


async def play(
    origin: str, slash: str, form: str, credential: str
) -> tuple[list[Observation], dict[str, str]]:
    """Plays the script, and answers what was seen with the states that consent was asked under.

    All calls of a client share its connections: a byte too many or too few in one answer (an
    empty one above all) would spoil the next.
    """
    wire: list[Exchange] = []
    states: dict[str, str] = {}

    def client(token: str) -> Client:
        return Client({
            "orgUrl": origin + slash, "authorizationMode": form, "token": token,
            "requestTimeout": CALL_SECONDS, "httpClient": recorder(wire)})

    async with client(credential) as known, client(STRANGER) as unknown:
        return [
            await observe(
                step, unknown if step.caller_is_unknown else known, wire, states, origin)
            for step in SCRIPT
        ], states


# Looking for secrets where there must be none.


def written_forms(secret: str) -> list[bytes]:
    """The ways in which a program may come to write a secret: as it is, wide, in hex, in base64."""
    plain = secret.encode()
    forms = [plain, secret.encode("utf-16-le"), plain.hex().encode(), plain.hex().upper().encode()]
    for shift in range(3):
        # The characters at both ends depend on the neighbours in the encoded text.
        inner = base64.b64encode(b"\0" * shift + plain)[4 if shift else 0:-4]
        forms += [inner, inner.replace(b"+", b"-").replace(b"/", b"_")]
    return [form for form in forms if len(form) >= 8]


def places_of(texts: list[str], places: dict[str, bytes]) -> list[str]:
    return [
        f"{text} in {place}" for place, content in places.items() for text in texts
        if any(form in content for form in written_forms(text))
    ]


def files_of(data: pathlib.Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in data.rglob("*") if path.is_file()}


class RealClient:
    """The script through one gateway. Everything happens in `setUpClass`; the tests only look."""

    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.addClassCleanup(Server.stop_all)
        okta = OKTA_CREDENTIALS[cls.form]
        direct = sandbox()
        cls.direct, _ = asyncio.run(play(direct.url, cls.slash, cls.form, okta))
        direct.stop()

        data = WORKSPACE / cls.__name__
        reviewer, operator = create_token(data, "reviewer"), create_token(data, "operator")
        secret_file = WORKSPACE / f"{cls.__name__}.ssws"
        secret_file.touch(mode=0o600)
        secret_file.write_text(OKTA_CREDENTIALS["SSWS"] + "\n")
        cls.credential = operator if cls.own else okta
        upstream = sandbox()
        gateway = Server(
            "serve", "--data", str(data), "--listen", "127.0.0.1:0", "--upstream", upstream.url,
            "--upstream-auth", f"ssws-file:{secret_file}" if cls.own else "relay")
        cls.through, states = asyncio.run(play(gateway.url, cls.slash, cls.form, cls.credential))
        cls.events = read_events(gateway.url, reviewer)
        cls.backup = back_up(data, gateway.url)

        # The journal's files differ while the server runs and after it has ended: look at both.
        looked = {f"running {path}": content for path, content in files_of(data).items()}
        cls.exit_code = gateway.stop()
        upstream.stop()
        looked |= files_of(data)
        cls.app_ids = places_of([ORG2ORG], looked)
        cls.log = looked["log of serve"] = gateway.said()
        held = [*PUSHED, *filter(None, states.values())]
        credentials = [*OKTA_CREDENTIALS.values(), STRANGER, operator, reviewer]
        # The sandbox may name the two credentials that it takes: they are no secret of anyone's.
        cls.leaks = places_of(held + credentials, looked)
        cls.leaks += places_of(held, {"log of sandbox": upstream.said()})

    def compare(self, index: int) -> None:
        step, direct, through = SCRIPT[index], self.direct[index], self.through[index]
        self.assertRegex(direct.outcome, f"^{step.outcome}$", "straight at the sandbox")
        self.assertRegex(through.outcome, f"^{step.outcome}$", "through the gateway")
        if step.caller_is_unknown and self.own:
            # Hindsight answers for itself, and Okta never hears of it: the envelope must be whole,
            # its words and headers are our own.
            body = through.result["body"]
            self.assertEqual(body.keys(), direct.result["body"].keys())
            self.assertEqual(body["errorId"], "<errorId>")
            self.assertEqual(through.result["error"], direct.result["error"])
        else:
            self.assertEqual(direct.result, through.result)

    def writes(self) -> list[tuple[Step, Exchange]]:
        return [
            (step, exchange) for step, seen in zip(SCRIPT, self.through) for exchange in seen.wire
            if exchange.method == "POST"
        ]

    def commands(self) -> dict[str, list[dict[str, Any]]]:
        commands: dict[str, list[dict[str, Any]]] = {}
        for event in self.events:
            if event["type"].startswith("command."):
                commands.setdefault(event["commandId"], []).append(event)
        return commands

    def test_the_sdk_authenticates_in_the_form_under_test(self) -> None:
        for run, credential in ((self.direct, OKTA_CREDENTIALS[self.form]),
                                (self.through, self.credential)):
            for step, seen in zip(SCRIPT, run):
                sent = STRANGER if step.caller_is_unknown else credential
                for exchange in seen.wire:
                    self.assertEqual(exchange.authorization, self.form + sent)
                    self.assertTrue(exchange.path.startswith(f"{self.slash}/api/"), exchange.path)

    def test_every_write_names_its_command_and_no_answer_sets_a_cookie(self) -> None:
        for step, seen in zip(SCRIPT, self.through):
            for exchange in seen.wire:
                named = exchange.headers.getall("Hindsight-Command-Id", [])
                if exchange.method == "POST":
                    self.assertEqual(len(named), 1, step.title)
                    self.assertRegex(named[0], r"(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
                self.assertEqual(exchange.headers.getall("Set-Cookie", []), [], step.title)

    def test_every_write_has_an_intent_and_then_one_outcome(self) -> None:
        self.assertEqual([event["index"] for event in self.events], list(range(len(self.events))))
        commands, intended = self.commands(), 0
        for step, exchange in self.writes():
            chain = commands.get(exchange.headers.get("Hindsight-Command-Id"), [])
            types = [event["type"] for event in chain]
            if step.caller_is_unknown:
                # Whether such a call is an intent at all differs between relay and own.
                self.assertNotIn("command.succeeded", types, step.title)
                intended += types.count("command.intended")
                continue
            intended += 1
            expected = "command.succeeded" if exchange.status < 300 else "command.refused"
            self.assertEqual(types, ["command.intended", expected], step.title)
            self.assertEqual({event["appId"] for event in chain}, {step.app}, step.title)
            self.assertIn(exchange.headers["X-Okta-Request-Id"], json.dumps(chain[1]), step.title)
        types = [event["type"] for chain in commands.values() for event in chain]
        self.assertEqual(types.count("command.intended"), intended, "commands nobody asked for")

    def test_no_secret_is_in_a_file_or_a_log(self) -> None:
        self.assertEqual(self.leaks, [])
        # The search does look at the journal and the log, and would find what is there.
        self.assertTrue(self.app_ids)
        self.assertIn(b"listening on ", self.log)

    def test_a_backup_beside_the_server_is_whole_and_does_no_harm(self) -> None:
        self.assertEqual(self.backup, (0, 200))

    def test_serve_ends_in_good_order(self) -> None:
        self.assertEqual(self.exit_code, 0)


def test_of_call(index: int) -> Callable[[RealClient], None]:
    return lambda self: self.compare(index)


def suite() -> unittest.TestSuite:
    """A class for each way to authenticate, and in it a test for each call of the script."""
    for index, step in enumerate(SCRIPT):
        title = re.sub(r"\W+", "_", f"{step.title} {step.app}")
        setattr(RealClient, f"test_call_{index:02}_{title}", test_of_call(index))
    ways = [(own, form, "") for own in (False, True) for form in OKTA_CREDENTIALS]
    # An orgUrl that ends in a slash makes the SDK ask for //api/…
    ways += [(False, "SSWS", "/"), (True, "Bearer", "/")]
    tests = unittest.TestSuite()
    for own, form, slash in ways:
        name = f"{'Own' if own else 'Relay'}{form}{'TrailingSlash' if slash else ''}"
        case = type(name, (RealClient, unittest.TestCase),
                    {"own": own, "form": form, "slash": slash, "__module__": __name__})
        tests.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    return tests


class Tally(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


def main() -> int:
    # Whoever ends this program ends the servers with it: unittest lets only this exception pass.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    passed, failed = 0, 1
    try:
        if os.access(BINARY, os.X_OK):
            result = unittest.TextTestRunner(stream=sys.stdout, resultclass=Tally).run(suite())
            passed, failed = result.passed, len(result.failures) + len(result.errors)
        else:
            print(f"There is no program at {BINARY}: name the hindsight binary as the argument.")
    finally:
        Server.stop_all()
        if not failed or not Server.started:
            shutil.rmtree(WORKSPACE)
        else:
            print(f"The servers' files and logs are kept in {WORKSPACE}")
        print(f"{passed} passed, {failed} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
