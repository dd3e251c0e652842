"""What both HTTP functions do around Powertools' resolver: refusals, headers, and one line with log and metrics."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from time import perf_counter
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID, uuid4

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError, ResponseValidationError
from aws_lambda_powertools.utilities.typing import LambdaContext

from report_shares.api.error_responses import error_response, refusal_of
from report_shares.api.metrics import OF_REQUESTS
from report_shares.api.request_body import with_json_object
from report_shares.refusals import Contention, MethodNotAllowed, NotFound, Refusal, ScheduleFull, ServiceUnavailable
from report_shares.rules.rate_limit import RateLimit

# Every method that API Gateway hands over.
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

# A token or a client's data is in every answer: nobody but the one who asked may keep it.
_ALWAYS = {
    "Cache-Control": "private, no-store",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(slots=True)
class Request:
    """The request at hand, and what the log and the metrics are to say of it.

    ``outcome`` is what came of it in one word of a short list; empty: its status says it. ``measured`` are metrics of
    ``OF_REQUESTS``.
    """

    event: dict[str, Any]
    id: str
    rate: RateLimit | None = None
    principal_id: str | None = None
    outcome: str = ""
    measured: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, event: Mapping[str, Any], context: LambdaContext) -> "Request":
        return cls({**event, "resource": event.get("resource") or ""}, _server_made_id(context))

    @property
    def route(self) -> str:
        """Method and template of the path: the path itself would put tokens into the log."""
        return f"{self.event['httpMethod']} {self.event['resource']}"


type Present = Callable[[Refusal, Request], Response[str] | None]


class RestApi:
    """A function's resolver with all that stands around it; one request at a time, as in Lambda.

    ``with_json_body`` are the methods that take one. ``headers`` are those that each answer has besides.
    """

    def __init__(
        self,
        resolver: APIGatewayRestResolver,
        logger: Logger,
        metrics: Metrics,
        *,
        with_json_body: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._resolver = resolver
        self._logger = logger
        self._metrics = metrics
        self._with_json_body = with_json_body
        self._headers = {**_ALWAYS, **(headers or {})}
        # Only here does a resolver tell of everything that goes wrong with a request, an unknown route included.
        resolver.exception_handler(Exception)(lambda error: self._refused(error, **resolver.context["refusing"]))

    def answer(
        self,
        request: Request,
        context: LambdaContext,
        settle: Callable[[Request], object],
        present: Present = lambda *_: None,
    ) -> dict[str, Any]:
        """Answers the request, whatever happens.

        ``settle`` does what comes before routing, such as finding out who is calling; routes find what it returns as
        ``settled`` in the resolver's context. ``present`` may answer a refusal otherwise than with the envelope, for
        what people look at.
        """
        started = perf_counter()
        self._logger.set_correlation_id(request.id)
        try:
            refusing = {"request": request, "present": present}
            self._resolver.context.update(refusing=refusing, settled=settle(request))
            event = _as_matched(request.event)
            if event["httpMethod"] in self._with_json_body:
                event = with_json_object(event)
            answer = self._resolver.resolve(event, context)
        except Exception as error:  # noqa: BLE001 # told apart, logged and answered like what goes wrong in a route
            answer = _as_answer(self._refused(error, request, present))
        milliseconds = (perf_counter() - started) * 1000
        self._tell(request, answer["statusCode"], milliseconds)
        answer["multiValueHeaders"] = {
            **{name: [value] for name, value in self._headers.items()},
            **answer["multiValueHeaders"],
            **_rate_limit_headers(request.rate),
            "X-Correlation-ID": [request.id],
        }
        # After HEAD too: it is the server that leaves the body out, and that knows its length by then.
        answer["body"] = answer["body"] or ""
        return answer

    def refuse_other_methods(self, rule: str, *allowed: str) -> None:
        """Answers 405 to every method of a resource but those that it has."""

        @self._resolver.route(
            rule,
            [method for method in _METHODS if method not in allowed],
            include_in_schema=False,
            enable_validation=False,
        )
        def refuse(**_: str) -> None:
            raise MethodNotAllowed(allowed)

    def _refused(self, error: Exception, request: Request, present: Present) -> Response[str]:
        refusal = self._refusal_of(error)
        if isinstance(refusal, ScheduleFull):
            request.outcome = "cap_reached"
            request.measured["CapRefusals"] = 1
        if isinstance(refusal, ServiceUnavailable):
            self._logger.warning("unavailable", cause=refusal.cause)
        if isinstance(refusal, Contention):
            request.measured["ConflictsRetried"] = refusal.retries
        return present(refusal, request) or error_response(refusal, request.id)

    def _refusal_of(self, error: Exception) -> Refusal:
        match error:
            case Refusal():
                return error
            case NotFoundError():
                return NotFound()
            case RequestValidationError():
                return refusal_of(error)
            case ResponseValidationError():
                # Its text would quote the answer.
                faults = [{"loc": fault["loc"], "type": fault["type"]} for fault in error.errors()]
                self._logger.error("an answer of ours does not match its model", faults=faults)
            case _:
                self._logger.error("unexpected error", exc_info=error)
        return Refusal()

    def _tell(self, request: Request, status: int, milliseconds: float) -> None:
        """The line of a request: its metrics, and what an operator looks for. CloudWatch charges by the byte."""
        # What is not there is asked for by scanners, with whatever method.
        is_unknown = status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
        self._metrics.add_dimension("route", "other" if is_unknown else request.route)
        self._metrics.add_dimension("outcome", request.outcome or HTTPStatus(status).name.lower())
        for name, value in {"Requests": 1, "Duration": round(milliseconds, 1), **request.measured}.items():
            self._metrics.add_metric(name, OF_REQUESTS[name], value)
        told = {"correlation_id": request.id, "request": request.route, "status": status}
        if request.principal_id is not None:
            told["principal_id"] = request.principal_id
        for name, fact in told.items():
            self._metrics.add_metadata(name, fact)
        self._metrics.flush_metrics()


def is_to_the_letter(event: Mapping[str, Any]) -> bool:
    """Whether the path is that of the resource and nothing besides: API Gateway passes over a slash at its end.

    What stands before is the base that a custom domain may have.
    """
    return unquote(event["path"]).endswith(unquote(_matched_path(event)))


def _as_matched(event: dict[str, Any]) -> dict[str, Any]:
    """The event with the path that API Gateway matched: the resource, with its parameters filled in.

    The resolver, which matches once more, then finds what API Gateway found: no character of a parameter leads
    elsewhere. Raises ``NotFound``.
    """
    if event["resource"].endswith("/"):
        raise NotFound
    return {**event, "path": _matched_path(event)}


def _matched_path(event: Mapping[str, Any]) -> str:
    parameters = event.get("pathParameters") or {}

    def filled(variable: re.Match[str]) -> str:
        return quote(parameters.get(variable[1]) or "", safe="", errors="replace")

    return re.sub(r"{(\w+)\+?}", filled, event["resource"])


def _as_answer(response: Response[str]) -> dict[str, Any]:
    """As API Gateway's proxy integration wants it, for what was refused before it came to the resolver."""
    return {
        "statusCode": response.status_code,
        "body": response.body,
        "isBase64Encoded": False,
        "multiValueHeaders": {name: [value] for name, value in response.headers.items()},
    }


def _rate_limit_headers(rate: RateLimit | None) -> dict[str, list[str]]:
    if rate is None:
        return {}
    return {
        "RateLimit-Limit": [str(rate.limit)],
        "RateLimit-Remaining": [str(rate.remaining)],
        "RateLimit-Reset": [str(rate.reset)],
    }


def _server_made_id(context: LambdaContext) -> str:
    """Lambda's own request id is a UUID that no client can choose; some emulators give something else."""
    try:
        return str(UUID(context.aws_request_id))
    except ValueError:
        return str(uuid4())
