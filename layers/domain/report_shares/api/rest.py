"""One way for every answer of every function to be put: envelope, correlation id, safe headers, one log line."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from report_shares.api.messages import Request, Response, json_response
from report_shares.api.metrics import EmbeddedMetrics
from report_shares.refusals import MethodNotAllowed, NotFound, Refusal, ServiceUnavailable

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext

# A token or a client's data is in every answer: nobody but the one who asked may keep it.
_ALWAYS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Route:
    """A method of a resource of template.yaml, what the OpenAPI document calls it, and what answers it."""

    method: str
    resource: str
    operation_id: str
    handle: Callable[[Request], Response]


class RestApi:
    """The routes of one function behind API Gateway's proxy integration.

    API Gateway matches paths; here its ``resource`` is looked up, and the methods that a resource does not have are
    refused. A request happens ``within`` a context. ``before_refusing`` runs before a request is told what is wrong
    with it, so that a caller without credentials learns nothing (it raises then). ``headers`` and ``log_fields`` give
    what is known about the request when its answer is ready. ``present`` may put a refusal other than in the envelope,
    for resources that people look at; it is given the resource and the request's id. One request at a time, as in
    Lambda.
    """

    def __init__(  # noqa: PLR0913 # each has a default
        self,
        routes: Sequence[Route],
        logger: "Logger",
        metrics: EmbeddedMetrics,
        *,
        within: Callable[[], AbstractContextManager[None]] = nullcontext,
        before_refusing: Callable[[], object] = lambda: None,
        headers: Callable[[], Mapping[str, str]] = dict,
        log_fields: Callable[[], Mapping[str, str]] = dict,
        present: Callable[[str, Refusal, str], Response | None] = lambda *_: None,
    ) -> None:
        self.routes = tuple(routes)
        self._resources: dict[str, dict[str, Callable[[Request], Response]]] = {}
        for route in routes:
            self._resources.setdefault(route.resource, {})[route.method] = route.handle
        self._logger = logger
        self._metrics = metrics
        self._within = within
        self._before_refusing = before_refusing
        self._headers = headers
        self._log_fields = log_fields
        self._present = present

    def handle(self, event: Mapping[str, Any], context: "LambdaContext") -> dict[str, Any]:
        """Answers one event, whatever happens."""
        with self._within():
            return self._handle(Request(event), _server_made_id(context))

    def _handle(self, request: Request, request_id: str) -> dict[str, Any]:
        started = perf_counter()
        self._logger.append_keys(correlation_id=request_id)
        response = self._response(request, request_id)
        # The path's template: the path itself would put tokens into the log.
        route = f"{request.method} {request.resource}"
        milliseconds = (perf_counter() - started) * 1000
        fields = {
            "route": route,
            "status": response.status,
            "duration_ms": round(milliseconds, 1),
            **self._log_fields(),
        }
        self._logger.info("answered", extra=fields)
        self._metrics.answered(route, response.status, milliseconds)
        return {
            "statusCode": response.status,
            "headers": {**_ALWAYS, **response.headers, **self._headers(), "X-Correlation-ID": request_id},
            "body": "" if request.method == "HEAD" else response.body,
            "isBase64Encoded": False,
        }

    def _response(self, request: Request, request_id: str) -> Response:
        try:
            return self._routed(request, request_id)
        except Exception:
            self._logger.exception("unexpected error")
            return self._refusal(Refusal(), request, request_id)

    def _routed(self, request: Request, request_id: str) -> Response:
        try:
            return self._route_of(request)(request)
        except Refusal as refusal:
            return self._refuse(refusal, request, request_id)

    def _route_of(self, request: Request) -> Callable[[Request], Response]:
        methods = self._resources.get(request.resource)
        if methods is None:
            raise NotFound
        if request.method not in methods:
            raise MethodNotAllowed(", ".join(sorted(methods)))
        return methods[request.method]

    def _refuse(self, refusal: Refusal, request: Request, request_id: str) -> Response:
        try:
            self._before_refusing()
        except Refusal as graver:
            refusal = graver
        return self._refusal(refusal, request, request_id)

    def _refusal(self, refusal: Refusal, request: Request, request_id: str) -> Response:
        if isinstance(refusal, ServiceUnavailable):
            self._logger.warning("unavailable", cause=refusal.cause)
        presented = self._present(request.resource, refusal, request_id)
        if presented is not None:
            return presented
        fault: dict[str, Any] = {"code": refusal.code, "message": refusal.text}
        if refusal.details is not None:
            fault["details"] = refusal.details
        return json_response({"error": fault, "request_id": request_id}, refusal.status, refusal.headers)


def _server_made_id(context: "LambdaContext") -> str:
    """Lambda's own request id is a UUID that no client can choose; some emulators give something else."""
    try:
        return str(UUID(context.aws_request_id))
    except ValueError:
        return str(uuid4())
