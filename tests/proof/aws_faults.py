"""AWS failing under the real handlers: faults put between botocore and the wire, on a clock of their own.

botocore's retries, time-outs and parsing are the real ones; only what comes back from the wire is decided here, and
no time really passes. A fault applies to one attempt of one call, so that "the second attempt of the commit" can be
said. The seconds that everything would have taken are counted: a connection that is not made takes the connect
time-out, an answer that does not come the read time-out, and every wait between attempts what the code asked for.
"""

import json
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any
from unittest.mock import patch

import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, ReadTimeoutError

from report_shares.store import clients

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0

_URL = "https://aws.example"


class Killed(BaseException):
    """The process ends here: nothing of ours runs any more, not even ``except Exception``."""


@dataclass(frozen=True)
class Fault:
    """What becomes of one attempt. ``carried_out``: AWS did what was asked before its answer was lost."""

    name: str
    carried_out: bool = False
    seconds: float = 0.0
    error: Callable[[], Exception] | None = None
    status: int = 0
    code: str = ""
    reasons: tuple[str, ...] = ()
    kills: bool = False
    slow_success: bool = False
    changes: Callable[[dict[str, Any]], dict[str, Any]] | None = None


def _timeout() -> Exception:
    return ReadTimeoutError(endpoint_url=_URL)


NO_CONNECTION = Fault("no connection", seconds=CONNECT_SECONDS, error=lambda: ConnectTimeoutError(endpoint_url=_URL))
LOST_REQUEST = Fault("time-out before it was done", seconds=CONNECT_SECONDS + READ_SECONDS, error=_timeout)
LOST_ANSWER = Fault(
    "time-out after it was done", carried_out=True, seconds=CONNECT_SECONDS + READ_SECONDS, error=_timeout
)
RESET = Fault("connection reset", error=lambda: ConnectionClosedError(endpoint_url=_URL))
RESET_AFTER = Fault(
    "connection reset after it was done", carried_out=True, error=lambda: ConnectionClosedError(endpoint_url=_URL)
)
THROTTLED = Fault("throttled", status=400, code="ThrottlingException")
TOO_MUCH = Fault("capacity exceeded", status=400, code="ProvisionedThroughputExceededException")
BROKEN = Fault("internal error", status=500, code="InternalServerError")
OVERLOADED = Fault("service unavailable", status=503, code="ServiceUnavailable")
SLOW_DOWN = Fault("slow down", status=503, code="SlowDown")
SLOW = Fault("slow", carried_out=True, seconds=CONNECT_SECONDS + READ_SECONDS - 0.1, slow_success=True)
KILLED = Fault("killed before", kills=True)
KILLED_AFTER = Fault("killed after", carried_out=True, kills=True)


def cancelled(*reasons: str) -> Fault:
    """A transaction cancelled with these reasons, one for each of its items; "None" stands for no reason."""
    return Fault(f"cancelled: {', '.join(reasons)}", status=400, code="TransactionCanceledException", reasons=reasons)


IN_CONFLICT = cancelled("TransactionConflict")


@dataclass
class Wire:
    """Decides about every attempt of every call: ``plan`` is asked with the operation and the attempt's number.

    ``attempts`` lists the operations of all attempts, ``seconds`` what each thread's attempts and waits took.
    """

    plan: Callable[[str, int], Fault | None]
    attempts: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    seconds: dict[int, float] = field(default_factory=dict)
    dead: bool = False
    answered: dict[str, Any] = field(default_factory=dict)

    def spend(self, seconds: float) -> None:
        thread = get_ident()
        self.seconds[thread] = self.seconds.get(thread, 0.0) + seconds

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.spend(seconds)

    @property
    def longest(self) -> float:
        """All seconds added up: threads work side by side, so the request took no longer than this."""
        return sum(self.seconds.values())

    def respond(self, real: Callable[[], Any], operation: str, token: str | None = None) -> Any:
        """What the attempt gets: botocore's (answer, exception).

        ``token``: a transaction that was carried out under it is not carried out again. DynamoDB Local does this by
        itself, moto does not.
        """
        if self.dead:
            raise Killed
        try:
            clients._deadline.check()
        except clients.TimeIsUp as late:
            return None, late
        number = self.attempts.count(operation) + 1
        self.attempts.append(operation)
        fault = self.plan(operation, number)
        if fault is None:
            return self._carried_out(real, token)
        self.spend(fault.seconds)
        answer: Any = self._carried_out(real, token) if fault.carried_out or fault.changes else None
        if fault.kills:
            self.dead = True
            raise Killed
        if fault.slow_success:
            return answer
        if fault.changes:
            (http, parsed), _ = answer
            return (http, fault.changes(parsed)), None
        if fault.error:
            return None, fault.error()
        return _refusal(fault, operation), None

    def _carried_out(self, real: Callable[[], Any], token: str | None) -> Any:
        if token is None:
            return real()
        if token not in self.answered:
            answer = real()
            if answer[0] is None or answer[0][0].status_code != 200:
                return answer
            self.answered[token] = answer
        return self.answered[token]


def _token_of(request: Any) -> str | None:
    token: str | None = json.loads(request.body)["ClientRequestToken"]
    return token


def _refusal(fault: Fault, operation: str) -> Any:
    headers = HTTPHeaders.from_dict({"x-amzn-requestid": "1"})
    body = json.dumps({"Code": fault.code}).encode()
    http = AWSResponse(_URL, fault.status, headers, types.SimpleNamespace(stream=lambda: iter([body])))
    reasons = [{"Code": code, "Message": "no"} if code != "None" else {"Code": "None"} for code in fault.reasons]
    parsed: dict[str, Any] = {
        "Error": {"Code": fault.code, "Message": f"{operation} refused"},
        "ResponseMetadata": {"HTTPStatusCode": fault.status, "HTTPHeaders": dict(headers), "RetryAttempts": 0},
    }
    if reasons:
        parsed["CancellationReasons"] = reasons
    return http, parsed


@contextmanager
def wire(plan: Callable[[str, int], Fault | None]) -> Iterator[Wire]:
    """Every AWS call of the block goes over this wire; no wait is waited."""
    made = Wire(plan)
    respond = botocore.endpoint.Endpoint._do_get_response  # type: ignore[attr-defined] # one attempt of one call

    def attempt(endpoint: Any, request: Any, operation_model: Any, context: Any) -> Any:
        name = operation_model.name
        token = _token_of(request) if name == "TransactWriteItems" else None
        return made.respond(lambda: respond(endpoint, request, operation_model, context), name, token)

    clock = types.SimpleNamespace(sleep=made.wait)
    with (
        patch.object(botocore.endpoint.Endpoint, "_do_get_response", attempt),
        patch("botocore.endpoint.time", clock),
        patch("tenacity.nap.time", clock),
        patch("report_shares.store.clients.monotonic", lambda: made.longest),
    ):
        yield made


def on(operation: str, fault: Fault, attempts: int = 1_000, first: int = 1) -> Callable[[str, int], Fault | None]:
    """The fault for so many attempts of one operation, from the ``first`` on."""

    def plan(name: str, number: int) -> Fault | None:
        return fault if name == operation and first <= number < first + attempts else None

    return plan
