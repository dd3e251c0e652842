"""Loaded by schemathesis, in its own environment: callers take turns, and most requests ask for what exists."""

import json
import os
import re
from itertools import count, cycle
from typing import Any

import schemathesis

_KEYS = cycle(json.loads(os.environ["SHARES_API_KEYS"]))
_KNOWN: dict[str, str] = json.loads(os.environ["SHARES_KNOWN"])
_TURN = count()

_RIGHT = {
    "scheduled_report_id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "token": re.compile(r"[A-Za-z0-9_-]{51}"),
}
_WEB = re.compile(r"(?P<before>https://)(?P<host>[^/?#:]+)(?P<after>.*)", re.IGNORECASE | re.DOTALL)
_HOSTS = {
    "logo_url": _WEB,
    "footer_website": _WEB,
    "footer_email": re.compile("(?P<before>.*@)(?P<host>.+)(?P<after>)", re.DOTALL),
}
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@schemathesis.auth(refresh_interval=None)
class KeysInTurn:
    """The next key of the same principal for each request, so that none reaches its rate limit."""

    def get(self, _: Any, __: Any) -> str:
        return str(next(_KEYS))

    def set(self, case: Any, key: str, _: Any) -> None:
        if case.operation.definition.raw.get("security"):
            case.headers["Authorization"] = f"Bearer {key}"


@schemathesis.hook
def before_call(_: Any, case: Any, __: Any) -> None:
    """Mostly, what exists stands where a random value would; what is wrong on purpose stays.

    Random Idempotency-Keys are short and so used before, which would make most answers a 409.
    """
    turn = next(_TURN)
    for name, known in _KNOWN.items():
        if turn % 5 and _RIGHT[name].fullmatch(str(case.path_parameters.get(name))):
            case.path_parameters[name] = known
    if turn % 3 and _IDEMPOTENCY_KEY.fullmatch(case.headers.get("Idempotency-Key", "")):
        case.headers["Idempotency-Key"] = f"turn-{turn}"
    label = case.body.get("white_label_config") if isinstance(case.body, dict) else None
    if isinstance(label, dict) and case.meta and case.meta.generation.mode.is_positive:
        _put_real_hosts(label)


def _put_real_hosts(label: dict[str, Any]) -> None:
    """Which letters beyond ASCII make a host, UTS 46 says, and no pattern can."""
    for field, address in _HOSTS.items():
        parts = address.fullmatch(str(label.get(field)))
        if parts and (not parts["host"].isascii() or "xn--" in parts["host"].lower()):
            label[field] = f"{parts['before']}fa\xdf.example{parts['after']}"


@schemathesis.hook
def filter_failure(_: Any, failure: Any, case: Any, response: Any) -> bool:
    """Which findings count: not those about what the document cannot say."""
    method, path, status = case.operation.method.upper(), case.operation.path, response.status_code
    checks, is_public = set(failure.checks), "shared/{token}" in path
    expected = (
        # Revoking all shares of a schedule does not take the list of them away: it is empty then.
        "use_after_free" in checks and method == "GET" and path.endswith("/shares"),
        # A browser's question before a request is answered whatever link it is about.
        "negative_data_rejection" in checks and method == "OPTIONS",
        # What stands behind a link may be what its sentence left there.
        "negative_data_rejection" in checks and status == 308,
        # White space around a name is no part of it.
        "negative_data_rejection" in checks and _is_padded(case.body),
        # A link may have a password, and its gate be closed.
        "positive_data_acceptance" in checks and is_public and status in (401, 429),
    )
    return not any(expected)


def _is_padded(body: Any) -> bool:
    name = body.get("name") if isinstance(body, dict) else None
    return isinstance(name, str) and len(name.strip()) <= 80 < len(name)
