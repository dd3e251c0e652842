"""What each refusal is in HTTP; nothing else in the service knows statuses."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from report_shares import refusals
from report_shares.json_text import json_text
from report_shares.refusals import (
    InvalidBody,
    InvalidRequest,
    MethodNotAllowed,
    PasswordRequired,
    Refusal,
    Unauthorized,
)

_STATUSES: Mapping[type[Refusal], HTTPStatus] = {
    refusals.InvalidRequest: HTTPStatus.BAD_REQUEST,
    refusals.Unauthorized: HTTPStatus.UNAUTHORIZED,
    refusals.PasswordRequired: HTTPStatus.UNAUTHORIZED,
    refusals.Forbidden: HTTPStatus.FORBIDDEN,
    refusals.NotFound: HTTPStatus.NOT_FOUND,
    refusals.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    refusals.Conflict: HTTPStatus.CONFLICT,
    refusals.Gone: HTTPStatus.GONE,
    refusals.PayloadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    refusals.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    refusals.InvalidBody: HTTPStatus.UNPROCESSABLE_ENTITY,
    refusals.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    refusals.ServiceUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    refusals.Refusal: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(kind: type[Refusal]) -> HTTPStatus:
    """The status of a kind of refusal, or of the wider kind that it belongs to."""
    return next(_STATUSES[wider] for wider in kind.__mro__ if wider in _STATUSES)


def error_response(refusal: Refusal, request_id: str) -> Response[str]:
    """The envelope of every error."""
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.text}
    if refusal.details is not None:
        error["details"] = refusal.details
    return Response(
        status_of(type(refusal)).value,
        "application/json",
        json_text({"error": error, "request_id": request_id}),
        refusal_headers(refusal),
    )


def refusal_headers(refusal: Refusal) -> dict[str, str]:
    """The headers that go with a refusal, on a page as on JSON."""
    if isinstance(refusal, Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(refusal, PasswordRequired):
        return {"WWW-Authenticate": "X-Share-Password"}
    if isinstance(refusal, MethodNotAllowed):
        return {"Allow": ", ".join(refusal.allowed)}
    if refusal.details and "retry_after" in refusal.details:
        return {"Retry-After": str(refusal.details["retry_after"])}
    return {}


def refusal_of(error: RequestValidationError) -> Refusal:
    """What the validation of a request found: all of it in path and headers, or else in the body."""
    faults = [{"loc": _location(fault["loc"]), "msg": fault["msg"], "type": fault["type"]} for fault in error.errors()]
    outside_body = [fault for fault in faults if fault["loc"][0] != "body"]
    if outside_body:
        return InvalidRequest(details={"errors": outside_body})
    return InvalidBody(details={"errors": faults})


def _location(loc: Sequence[str | int]) -> list[str | int]:
    """The resolver gives the names of headers in lower case."""
    return ["header", str(loc[1]).title()] if loc[0] == "header" else list(loc)
