"""The envelope of every error."""

from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

from pydantic import BaseModel, Field

from report_shares.refusals import Refusal


def _kinds(kind: type[Refusal]) -> set[str]:
    return {kind.code}.union(*(_kinds(narrower) for narrower in kind.__subclasses__()))


ERROR_CODES = sorted(_kinds(Refusal))


class Fault(TypedDict):
    """What is wrong with one field of a request."""

    loc: Annotated[list[str | int], Field(description="Where: path, header or body, then the field.")]
    msg: str
    type: str


class ErrorDetails(TypedDict, total=False):
    """Optional, code-specific context. Shape depends on error.code; treat as opaque otherwise."""

    errors: list[Fault]
    retry_after: Annotated[int, Field(ge=0, description="Seconds to wait, as in Retry-After.")]
    required_scope: str
    key_scopes: list[str]
    max_active_shares: int
    active_shares: int
    caller_active_shares: int
    max_bytes: int


class ErrorInfo(TypedDict):
    """What was refused and why."""

    code: Annotated[
        str,
        Field(
            description="Stable machine-readable error code from the catalog.", json_schema_extra={"enum": ERROR_CODES}
        ),
    ]
    message: Annotated[str, Field(description="Human-readable description suitable for logging.")]
    details: NotRequired[ErrorDetails]


class ApiError(BaseModel):
    """The envelope of every error."""

    error: ErrorInfo
    request_id: Annotated[
        UUID,
        Field(
            description="Server-generated correlation id for the request. Mirrors the X-Correlation-ID response "
            "header. Include this when contacting support."
        ),
    ]
