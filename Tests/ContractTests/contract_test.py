"""Holds a running gateway to the OpenAPI document that it serves.

    contract_test.py [path of the hindsight binary, or HINDSIGHT_BINARY in the environment]

The document is validated as OpenAPI 3.1. Then schemathesis asks every operation in it for what the
document allows and for what it does not, while the sandbox behind the gateway fails now and then:
each answer must be as documented, and each failure one that we mean. Seed and number of examples
are fixed, so that a failure comes again.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any, Iterator

import openapi_spec_validator

BINARY = pathlib.Path(
    sys.argv[1] if len(sys.argv) > 1 else os.environ.get("HINDSIGHT_BINARY", "hindsight")
).absolute()
HERE = pathlib.Path(__file__).resolve().parent
WORKSPACE = pathlib.Path(tempfile.mkdtemp(prefix="hindsight-contract-"))
ENVIRONMENT = {
    name: value for name, value in os.environ.items()
    if not name.upper().endswith("_PROXY") and not name.startswith(("HINDSIGHT_", "SCHEMATHESIS_"))
}
CALL_SECONDS, RUN_SECONDS = 60, 900

ORG2ORG, ZSCALER, SLACK = "0oaORG2ORG0000000001", "0oaZSCALER0000000001", "0oaSLACK000000000001"
BOOKMARK, NOWHERE = "0oaBOOKMARK000000001", "0oaNOWHERE0000000001"
SIGNING = "0oaLOADSIGN000000000"

# Connections on which schemathesis meets a failing Okta: each its own failure, a few times. What
# leaves a doubt holds up the next change of that connection for ten seconds, so it comes once.
FAULTS = {
    f"0oaLOADFAULT{number:08}": [
        {"fault": fault, "applied": applied, "times": 1 if doubtful else 3} | more
        for doubtful, fault, applied, more in failures]
    for number, failures in enumerate([
        [(False, "rateLimit", False, {})], [(False, "rateLimitWithoutHeaders", False, {})],
        [(False, "forbidden", False, {})], [(False, "status", False, {"status": 409})],
        [(True, "status", True, {"status": 500}), (True, "status", False, {"status": 503})],
        [(True, "cutHead", False, {}), (True, "cutBody", True, {})],
        [(True, "notJSON", True, {"operation": "update"}),
         (True, "empty", False, {"operation": "update"})],
    ])
}
DOUBTS = [f"0oaLOADDOUBT{number:08}" for number in range(12)]


@contextlib.contextmanager
def running(*arguments: str) -> Iterator[str]:
    """A `hindsight` that runs meanwhile, by its address. It must end in good order."""
    with open(WORKSPACE / f"{arguments[0]}.log", "wb") as log:
        process = subprocess.Popen(
            [BINARY, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            env=ENVIRONMENT, text=True)
        try:
            line = process.stdout.readline()
            ready = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
            if not ready:
                raise RuntimeError(f"{arguments} is not listening: {line}")
            yield ready[1]
            process.terminate()
            if process.wait(CALL_SECONDS) != 0:
                raise RuntimeError(f"{arguments[0]} ended with {process.returncode}")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def hindsight(*arguments: str) -> str:
    done = subprocess.run(
        [BINARY, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=CALL_SECONDS, env=ENVIRONMENT)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def ask(
    address: str, method: str, path: str, token: str = "", body: Any = None
) -> tuple[int, dict[str, str], Any]:
    request = urllib.request.Request(
        address + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:
            status, headers, text = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, headers, text = error.code, error.headers, error.read()
    return status, dict(headers), json.loads(text) if text else None


def prepare(gateway: str, sandbox: str, admin: str) -> list[str]:
    """Gives the journal something to show. Answers the commands, and those in doubt among them."""

    def update(app: str, token: str, **more: Any) -> str:
        body = {"profile": {"authScheme": "TOKEN", "token": token}} | more
        return ask(gateway, "POST", path(app), admin, body)[1]["Hindsight-Command-Id"]

    def path(app: str) -> str:
        return f"/api/v1/apps/{app}/connections/default"

    def fail(app: str, fault: dict[str, Any]) -> None:
        status, _, answer = ask(sandbox, "POST", "/sandbox/faults", body=fault | {"appId": app})
        if status != 200:
            raise RuntimeError(f"the sandbox does not take {fault}: {answer}")

    for app in DOUBTS:
        fail(app, {"fault": "cutHead", "operation": "update", "applied": True})
    commands = [update(app, "in doubt") for app in DOUBTS]
    commands += [update(ORG2ORG, "first"), update(ORG2ORG, "second"), update(ORG2ORG, "bad token"),
                 update(ZSCALER, "first", baseUrl="https://scim.zscaler.example/1"),
                 update(NOWHERE, "none")]
    ask(gateway, "GET", path(BOOKMARK), admin)
    ask(gateway, "POST", path(SIGNING), admin, {"profile": {
        "authScheme": "OAUTH2", "clientId": "0oa1abcDEF2ghiJKL345"}})
    for app, faults in FAULTS.items():
        for fault in faults:
            fail(app, fault)
    return commands


def settings(admin: str, commands: list[str]) -> str:
    """What schemathesis is told, as TOML."""
    apps = [ORG2ORG, ZSCALER, SLACK, BOOKMARK, SIGNING, *FAULTS]
    return (HERE / "schemathesis.toml").read_text().format(
        hooks=json.dumps(str(HERE / "hooks.py")), token=json.dumps(admin), apps=json.dumps(apps),
        commands=json.dumps(commands))


def run(gateway: str, sandbox: str, data: str, admin: str) -> int:
    status, _, document = ask(gateway, "GET", "/hindsight/v1/openapi.json")
    if status != 200 or not document["openapi"].startswith("3.1."):
        raise RuntimeError(f"/hindsight/v1/openapi.json answered {status}")
    openapi_spec_validator.validate(document, cls=openapi_spec_validator.OpenAPIV31SpecValidator)
    print("The document is valid OpenAPI 3.1")

    config = WORKSPACE / "schemathesis.toml"
    config.write_text(settings(admin, prepare(gateway, sandbox, admin)))
    tokens = ask(gateway, "GET", "/hindsight/v1/tokens", admin)[2]["tokens"]
    began = time.monotonic()
    done = subprocess.run(
        [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run",
         f"{gateway}/hindsight/v1/openapi.json"],
        stdin=subprocess.DEVNULL, timeout=RUN_SECONDS, cwd=WORKSPACE,
        env=ENVIRONMENT | {"CONTRACT_KEPT_TOKENS": ",".join(token["id"] for token in tokens)})
    print(f"schemathesis took {time.monotonic() - began:.0f} s")

    if ask(gateway, "GET", "/health/ready")[0] != 200:
        raise RuntimeError("the gateway is not ready any more")
    return done.returncode


def main() -> int:
    # Whoever ends this program ends the servers with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    data, secret = str(WORKSPACE / "data"), WORKSPACE / "okta-token"
    secret.touch(mode=0o600)
    secret.write_text("00sandboxAdminToken\n")
    failed = 1
    try:
        admin = hindsight("token", "create", "--data", data, "--role", "admin", "--name", "contract")
        with running("sandbox", "--listen", "127.0.0.1:0", "--calls-per-minute", "1000000") as okta:
            with running("serve", "--data", data, "--listen", "127.0.0.1:0", "--upstream", okta,
                         "--upstream-auth", f"ssws-file:{secret}", "--caller-rate", "1000000") as gateway:
                failed = run(gateway, okta, data, admin.strip())
        hindsight("verify", "--data", data)
    except Exception as error:
        failed = 1
        print(f"error: {error}")
    if failed:
        print(f"The servers' files and logs are kept in {WORKSPACE}")
    else:
        shutil.rmtree(WORKSPACE)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
