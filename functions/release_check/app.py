"""The check before a deployment: whether the new versions answer, while nobody but this function calls them.

CodeDeploy calls it once for each alias that is about to move, and each time it looks at all new versions: they are one
release, and go back together.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from string import Template
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

EVENTS = Path(__file__).parent / "events"

# A version may start cold and answers within its Timeout of 28 s; one that was throttled is asked once more.
CONNECT_SECONDS, ANSWER_SECONDS, ATTEMPTS = 2, 30, 2
_CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=ANSWER_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)

logger = Logger()


@dataclass(frozen=True, slots=True)
class Check:
    """An event of ``events/``, the variable that names the version it is for, and what the answer must be.

    ``given`` are the values of the event's placeholders.
    """

    name: str
    version: str
    event: str
    holds: Callable[[Any], bool]
    given: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> str:
        return Template((EVENTS / f"{self.event}.json").read_text(encoding="utf-8")).substitute(self.given)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], _: LambdaContext) -> None:
    """Tells CodeDeploy ``Succeeded``, or ``Failed`` whatever else happens: it would wait for an hour otherwise."""
    status = "Failed"
    try:
        status = verdict(boto3.client("lambda", config=_CONFIG), os.environ)
    finally:
        boto3.client("codedeploy", config=_CONFIG).put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )


def verdict(functions: Any, versions: Mapping[str, str]) -> str:
    """``Succeeded`` if every check passes; ``functions`` is a client of Lambda, ``versions`` are ARNs by variable."""
    passed = [_passes(check, functions, versions[check.version]) for check in checks()]
    return "Succeeded" if all(passed) else "Failed"


def checks() -> list[Check]:
    """What a release must do before it gets traffic, as far as anyone can ask it who has neither a key nor a link.

    The key and the token are nobody's, and made anew each time.
    """
    unknown_key = f"rp_live_{token_urlsafe(32)}"
    forged_token = f"AQ{token_urlsafe(36)}A"  # of the first secret, its two spare bits zero
    share_api = partial(Check, version="SHARE_API_VERSION")
    shared_report = partial(Check, version="SHARED_REPORT_VERSION")
    return [
        share_api(
            "an unknown key, which the table is asked for",
            event="list_shares",
            given={"API_KEY": unknown_key},
            holds=_refused(401, "unauthorized"),
        ),
        share_api(
            "a malformed key",
            event="list_shares",
            given={"API_KEY": "not-a-key"},
            holds=_refused(401, "unauthorized"),
        ),
        shared_report(
            "a forged token, which the secrets are read for",
            event="read_shared_report",
            given={"TOKEN": forged_token},
            holds=_refused(404, "not_found"),
        ),
        shared_report(
            "the page of a forged token",
            event="read_shared_page",
            given={"TOKEN": forged_token},
            holds=lambda answer: "</html>" in _text(answer, 404, "text/html"),
        ),
        shared_report(
            "the style of the page, under any digest",
            event="read_asset",
            given={"ASSET": f"report.{0:016x}.css"},
            holds=lambda answer: "{" in _text(answer, 200, "text/css"),
        ),
        shared_report(
            "the OpenAPI document",
            event="read_openapi",
            holds=lambda answer: "paths" in _object(_text(answer, 200, "application/json")),
        ),
        shared_report(
            "a path that does not exist",
            event="unknown_route",
            holds=_refused(404, "not_found"),
        ),
        Check(
            "a run file, folded",
            version="ROLL_UP_VERSION",
            event="fold_sample",
            holds=lambda answer: answer == FOLDED,
        ),
    ]


FOLDED = {
    "runs_count": 1,
    "answers_count": 4,
    "appearances_count": 2,
    "citations_count": 4,
    "left_out": {"citation_without_address": 1, "rank": 1},
}
"""What the run file of ``events/fold_sample.json`` holds."""


def _passes(check: Check, functions: Any, version: str) -> bool:
    """Whether the version answers as it must; otherwise the log says which check failed, and how."""
    try:
        invoked = functions.invoke(FunctionName=version, Payload=check.payload.encode())
        answer = json.loads(invoked["Payload"].read())
    except (BotoCoreError, ClientError, ValueError) as error:
        logger.error("check failed", check=check.name, version=version, found=type(error).__name__)  # noqa: TRY400
        return False
    if "FunctionError" not in invoked and check.holds(answer):
        logger.info("check passed", check=check.name, version=version)
        return True
    logger.error("check failed", check=check.name, version=version, found=_told(answer))
    return False


def _told(answer: Any) -> object:
    """Of an answer that is wrong, what may stand in a log: no body, no message of an exception."""
    match answer:
        case {"errorType": str(kind)}:
            return kind
        case {"statusCode": int(status)}:
            return status
        case {"runs_count": int()} | {"refused": str()}:
            return answer  # of a sample of our own
        case _:
            return type(answer).__name__


def _refused(status: int, code: str) -> Callable[[Any], bool]:
    def holds(answer: Any) -> bool:
        match _object(_text(answer, status, "application/json")):
            case {"error": {"code": str(found), "message": str()}, "request_id": str()}:
                return found == code
            case _:
                return False

    return holds


def _text(answer: Any, status: int, media_type: str) -> str:
    """The body of an HTTP answer of this status and type; empty where the answer is another one."""
    match answer:
        case {"statusCode": int(found), "multiValueHeaders": {"Content-Type": [str(kind)]}, "body": str(body)}:
            return body if found == status and kind.partition(";")[0] == media_type else ""
        case _:
            return ""


def _object(text: str) -> dict[str, Any]:
    """The JSON object in a text; empty where there is none."""
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
