"""The synthetic check: every five minutes, the life of a share as a caller and a reader see it, from outside.

It makes a share of a schedule of its own, opens the link as JSON and as a page, takes the share back, and finds the
link dead. Like any caller it knows an API key, a schedule and an address, and nothing else.
"""

import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

NAMESPACE = "ReportShares"
PASSED, DURATION = "SyntheticCheckPassed", "SyntheticCheckDuration"

STEP_SECONDS = 10
"""How long a connection may take, and each wait for a part of an answer."""
_MAX_BYTES = 10_000_000
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})

logger = Logger()
metrics = Metrics(namespace=NAMESPACE)


class StepFailed(Exception):
    """A step was not answered as it must be; ``found`` is a status or the kind of an error, never a text of either."""

    def __init__(self, step: str, found: int | str) -> None:
        super().__init__(step)
        self.step, self.found = step, found


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(_: dict[str, Any], __: LambdaContext) -> None:
    """Sends 1 or 0, and how long it took: 0 also where the check itself breaks, and nothing where it never ends."""
    begun = monotonic()
    passed = False
    try:
        passed = _passes()
    finally:
        metrics.add_metric(name=PASSED, unit=MetricUnit.Count, value=int(passed))
        metrics.add_metric(name=DURATION, unit=MetricUnit.Milliseconds, value=1000 * (monotonic() - begun))
        metrics.flush_metrics()


def _passes() -> bool:
    secrets = boto3.client("secretsmanager", config=_CONFIG)
    secret = json.loads(secrets.get_secret_value(SecretId=os.environ["SYNTHETIC_CHECK_SECRET"])["SecretString"])
    caller = Caller(os.environ["API_URL"], secret["scheduled_report_id"], secret["api_key"])
    try:
        caller.live_a_share()
    except StepFailed as failure:
        logger.error("synthetic check failed", step=failure.step, found=failure.found)  # noqa: TRY400
        return False
    logger.info("synthetic check passed")
    return True


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller of the service; ``connect`` opens a connection to a host, which is over TLS but in tests."""

    api_url: str
    scheduled_report_id: str
    api_key: str = field(repr=False)
    connect: Callable[..., HTTPConnection] = HTTPSConnection

    def live_a_share(self) -> None:
        """Create, open, revoke, and find the link dead. Raises ``StepFailed`` at the first step that goes wrong."""
        shares = f"{self.api_url}/v1/scheduled-reports/{self.scheduled_report_id}/shares"
        # A share that an earlier check could not take back is refreshed: 200. It is gone in a day if none can.
        created = self._ask("create", "POST", shares, (200, 201), {"expiration_days": 1})
        share_id, token, link = _share_in(created)
        report = f"{self.api_url}/v1/shared/{token}"
        if b'"snapshot"' not in self._ask("open as JSON", "GET", report, (200,)):
            raise StepFailed("open as JSON", "no report")
        if b"</html>" not in self._ask("open as a page", "GET", link, (200,)):
            raise StepFailed("open as a page", "no page")
        self._ask("revoke", "DELETE", f"{shares}/{share_id}", (204,))
        self._ask("find the JSON gone", "GET", report, (410,))
        self._ask("find the page gone", "GET", link, (410,))

    def _ask(self, step: str, method: str, url: str, expected: tuple[int, ...], body: object = None) -> bytes:
        """The body of an answer of an expected status. Raises ``StepFailed``."""
        address = urlsplit(url)
        headers = {"Accept": "*/*"}
        if method != "GET":  # a reader has no key
            headers |= {"Authorization": f"Bearer {self.api_key}", "Idempotency-Key": str(uuid4())}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with closing(self.connect(address.netloc, timeout=STEP_SECONDS)) as connection:
                connection.request(method, address.path, json.dumps(body) if body is not None else None, headers)
                answer = connection.getresponse()
                text = answer.read(_MAX_BYTES)
        except (OSError, HTTPException, ValueError) as error:
            # Its message may have the address, which is a link, or the header, which is the key.
            raise StepFailed(step, type(error).__name__) from None
        if answer.status not in expected:
            raise StepFailed(step, answer.status)
        return text


def _share_in(answer: bytes) -> tuple[str, str, str]:
    """A share's id, its token and its link. Raises ``StepFailed``."""
    try:
        share = json.loads(answer)
    except ValueError:
        share = None
    match share:
        case {"id": str(share_id), "access_token": str(token), "share_url": str(link)}:
            return share_id, token, link
        case _:
            raise StepFailed("create", "no share")
