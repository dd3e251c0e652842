"""The envelope of every error."""

from typing import Annotated, NotRequired, TypedDict
from uuid import UUID

from pydantic import BaseModel, Field

from report_shares.refusals import Refusal


def _kinds(kind: type[Refusal]) -> set[str]:
    return {kind.code}.union(*(_kinds(narrower) for narrower in kind.__subclasses__()))


ERROR_CODES = sorted(_kinds(Refusal))
# The published page's own example.
REQUEST_ID_EXAMPLE = "9f6c4e8a-1d3b-4c8b-9f1e-7a3b1c2d3e4f"


class Fault(TypedDict):
    """What is wrong with one field of a request."""

    loc: Annotated[list[str | int], Field(description="Where: path, header or body, then the field.")]
    msg: str
    type: str


class ErrorDetails(TypedDict, total=False):
    """What else there is to say; which fields there are depends on the code."""

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
        Field(description="What kind of error it is; codes do not change.", json_schema_extra={"enum": ERROR_CODES}),
    ]
    message: Annotated[str, Field(description="What went wrong, for people and logs.")]
    details: NotRequired[ErrorDetails]


class ApiError(BaseModel):
    """The envelope of every error."""

    error: ErrorInfo
    request_id: Annotated[
        UUID,
        Field(description="The server's own id of the request, as in X-Correlation-ID. Quote it when asking for help."),
    ]
