"""One way for every answer of every function to be put: envelope, correlation id, safe headers, one log line."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_core import to_json

from report_shares.api import body
from report_shares.api.metrics import EmbeddedMetrics
from report_shares.errors import (
    InvalidBody,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    ServiceError,
    ServiceUnavailable,
)

_JSON = "application/json"
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_METHODS_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})

# A token or a client's data is in every answer: nobody but the one who asked may keep it.
_ALWAYS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


class RestApi:
    """The routes of one function behind API Gateway's proxy integration.

    ``routes`` takes the route handlers. A request happens ``within`` a context. ``before_refusing`` runs before a
    request is told what is wrong with it, so that a caller without credentials learns nothing (it raises then).
    ``headers`` and ``log_fields`` give what is known about the request when its answer is ready. ``present`` may put a
    refusal other than in the envelope, for resources that people look at; it is given the resource's path and the
    request's id. One request at a time, as in Lambda.
    """

    def __init__(  # noqa: PLR0913 # each has a default
        self,
        logger: Logger,
        metrics: EmbeddedMetrics,
        *,
        within: Callable[[], AbstractContextManager[None]] = nullcontext,
        before_refusing: Callable[[], object] = lambda: None,
        headers: Callable[[], Mapping[str, str]] = dict,
        log_fields: Callable[[], Mapping[str, str]] = dict,
        present: Callable[[str, ServiceError, str], Response[str] | None] = lambda *_: None,
    ) -> None:
        self.routes = APIGatewayRestResolver(enable_validation=True, json_body_deserializer=body.json_of)
        self._logger = logger
        self._within = within
        self._metrics = metrics
        self._before_refusing = before_refusing
        self._headers = headers
        self._log_fields = log_fields
        self._present = present
        self._request_id = self._resource = ""
        self.routes.exception_handler([ServiceError, RequestValidationError])(self._refuse)
        self.routes.not_found(self._unknown_route)

    def allow_only(self, path: str, *allowed: str) -> None:
        """Answers 405 with ``Allow`` to every other method of the path."""

        def refuse_method(**_: str) -> Response[str]:
            raise MethodNotAllowed(", ".join(sorted(allowed)))

        self.routes.route(
            path,
            method=sorted(_METHODS.difference(allowed)),
            include_in_schema=False,
            enable_validation=False,
        )(refuse_method)

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answers one event, whatever happens."""
        with self._within():
            return self._handle(event, context)

    def _handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        started = perf_counter()
        self._request_id = _server_made_id(context)
        self._resource = str(event.get("resource"))
        self._logger.append_keys(correlation_id=self._request_id)
        answer = self._answer(event, context)
        answer["headers"] = {
            **_ALWAYS,
            **{name: values[-1] for name, values in answer.pop("multiValueHeaders", {}).items()},
            **self._headers(),
            "X-Correlation-ID": self._request_id,
        }
        if event.get("httpMethod") == "HEAD":
            answer["body"] = ""
        fields: dict[str, object] = {
            # The path's template: the path itself would put tokens into the log.
            "route": f"{event.get('httpMethod')} {event.get('resource')}",
            "status": answer["statusCode"],
            "duration_ms": round((perf_counter() - started) * 1000, 1),
            **self._log_fields(),
        }
        self._logger.info("answered", extra=fields)
        self._metrics.answered(str(fields["route"]), answer["statusCode"], (perf_counter() - started) * 1000)
        return answer

    def _answer(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            return self._routed(event, context)
        except Exception:
            self._logger.exception("unexpected error")
            return self._proxy_answer(self._refusal(ServiceError()))

    def _routed(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            if event.get("httpMethod") in _METHODS_WITH_BODY:
                event = body.checked(event)
            return self.routes.resolve(event, context)
        except ServiceError as refusal:
            return self._proxy_answer(self._refuse(refusal))

    def _refuse(self, error: ServiceError | RequestValidationError) -> Response[str]:
        try:
            self._before_refusing()
        except ServiceError as graver:
            return self._refusal(graver)
        if isinstance(error, ServiceError):
            return self._refusal(error)
        if any(fault["loc"][0] == "response" for fault in error.errors()):
            raise error  # our own answer is malformed: that is nothing the caller did
        return self._refusal(_refusal_of(error))

    def _unknown_route(self, _: NotFoundError) -> Response[str]:
        return self._refusal(NotFound())

    def _refusal(self, refusal: ServiceError) -> Response[str]:
        if isinstance(refusal, ServiceUnavailable):
            self._logger.warning("unavailable", cause=refusal.cause)
        presented = self._present(self._resource, refusal, self._request_id)
        if presented is not None:
            return presented
        fault: dict[str, Any] = {"code": refusal.code, "message": refusal.text}
        if refusal.details is not None:
            fault["details"] = refusal.details
        envelope = {"error": fault, "request_id": self._request_id}
        return json_answer(envelope, refusal.status, refusal.headers)

    @staticmethod
    def _proxy_answer(response: Response[str]) -> dict[str, Any]:
        return {
            "statusCode": response.status_code,
            "multiValueHeaders": {name: [value] for name, value in response.headers.items()},
            "body": response.body,
            "isBase64Encoded": False,
        }


def json_answer(value: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response[str]:
    """An answer with a JSON body, from pydantic models and plain values alike."""
    return Response(int(status), content_type=_JSON, body=to_json(value).decode(), headers={**(headers or {})})


def _refusal_of(error: RequestValidationError) -> ServiceError:
    """The contract tells a wrong body (422) from a wrong path, query or header (400). Input is not echoed."""
    faults = [{"loc": fault["loc"], "msg": fault["msg"], "type": fault["type"]} for fault in error.errors()]
    elsewhere = [fault for fault in faults if fault["loc"][0] != "body"]
    if elsewhere:
        return InvalidRequest(details={"errors": elsewhere})
    return InvalidBody(details={"errors": faults})


def _server_made_id(context: LambdaContext) -> str:
    """Lambda's own request id is a UUID that no client can choose; some emulators give something else."""
    try:
        return str(UUID(context.aws_request_id))
    except ValueError:
        return str(uuid4())
