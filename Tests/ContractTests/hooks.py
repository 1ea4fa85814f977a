"""What schemathesis does not know by itself. Loaded by it, by the name in schemathesis.toml."""

import os
import re

import schemathesis

KEPT = set(os.environ.get("CONTRACT_KEPT_TOKENS", "").split(","))


@schemathesis.hook
def filter_case(context, case):
    """What is not asked: to revoke the token by which it asks; and for a version such as 3.0, which
    JSON Schema counts among the integers, where the gateway takes digits alone."""
    target = case.body.get("to") if isinstance(case.body, dict) else None
    version = target.get("version") if isinstance(target, dict) else None
    token = (case.path_parameters or {}).get("tokenId")
    return token not in KEPT and not isinstance(version, float)


@schemathesis.check
def failures_are_ours(context, response, case):
    """A 5xx says what is and is not known, in our words; nothing of a library's shows through."""
    if response.status_code < 500:
        return
    body = response.json()
    if case.operation.path.startswith("/api/"):
        known = {500: "E0000009", 503: "E0000181"}
        assert body["errorCode"] == known.get(response.status_code), f"an unmeant failure: {body}"
        assert body["errorCauses"], f"a failure without a cause: {body}"
    else:
        assert re.fullmatch(
            "urn:hindsight:problem:(rollback-stopped|secret-does-not-open|connection-not-read)", body["type"]
        ), f"an unmeant failure: {body}"
