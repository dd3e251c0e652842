"""Parameters of requests: which spellings of an id are taken, and what does not belong into an address."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from report_shares.api.headers import header_values
from report_shares.refusals import InvalidRequest


def _uuid(text: str) -> UUID | None:
    """A UUID in its usual spelling only; Python takes others too."""
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None


def _usual_uuid(text: str) -> UUID:
    parsed = _uuid(text)
    if parsed is None:
        raise PydanticCustomError("uuid_parsing", "Must be a UUID of 8-4-4-4-12 hexadecimal digits")
    return parsed


UsualUuid = Annotated[UUID, BeforeValidator(_usual_uuid)]


def uuid_of(event: Mapping[str, Any], path_parameter: str) -> UUID | None:
    """The id in the path, before routes have looked at it; None where there is none."""
    return _uuid((event.get("pathParameters") or {}).get(path_parameter, ""))


def check_no_query(event: Mapping[str, Any]) -> None:
    """``?rotate=true`` must not be ignored while a leaked link lives on. Raises ``InvalidRequest``."""
    names = event.get("multiValueQueryStringParameters") or {}
    _refuse([(["query", name], "There is no such parameter", "extra_forbidden") for name in names])


def check_given_once(event: Mapping[str, Any], header: str) -> None:
    """A header that is given twice is ambiguous. Raises ``InvalidRequest``."""
    if len(header_values(event, header)) > 1:
        _refuse([(["header", header], "Must be given once", "repeated")])


def refuse_header(header: str, message: str, kind: str) -> InvalidRequest:
    """The refusal of a header's value, which it does not repeat."""
    return _refusal([(["header", header], message, kind)])


def _refuse(faults: Sequence[tuple[list[str], str, str]]) -> None:
    if faults:
        raise _refusal(faults)


def _refusal(faults: Sequence[tuple[list[str], str, str]]) -> InvalidRequest:
    return InvalidRequest(details={"errors": [{"loc": loc, "msg": msg, "type": kind} for loc, msg, kind in faults]})
