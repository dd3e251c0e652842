"""A request as API Gateway's proxy integration hands it over, and the answer that a route gives."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

from report_shares.json_text import json_text
from report_shares.refusals import InvalidBody, InvalidRequest, PayloadTooLarge, UnsupportedMediaType

if TYPE_CHECKING:
    from pydantic import BaseModel

MAX_BODY_BYTES = 16 * 1024

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Response:
    """What a route answers, before the headers that every answer has."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(value: object, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """A response whose body is this value as JSON."""
    return json_text_response(json_text(value), status, headers)


def json_text_response(text: str, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> Response:
    """A response whose body is this JSON text."""
    return Response(int(status), text, {"Content-Type": _JSON, **(headers or {})})


class Request:
    """One event of API Gateway's proxy integration (REST API, payload version 1.0)."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event

    @property
    def method(self) -> str:
        return str(self.event.get("httpMethod"))

    @property
    def resource(self) -> str:
        """The template of the path that API Gateway found, such as ``/shared/{token}``."""
        return str(self.event.get("resource"))

    def place(self, name: str) -> str:
        """What stands in the path where the template has this name."""
        return str((self.event.get("pathParameters") or {}).get(name, ""))

    def ids(self, *names: str) -> list[UUID]:
        """The UUIDs that stand in these places. Raises ``InvalidRequest`` with every one that is none."""
        found = [_uuid(self.place(name)) for name in names]
        faults = [
            {"loc": ["path", name], "msg": "Must be a UUID of 8-4-4-4-12 hexadecimal digits", "type": "uuid_parsing"}
            for name, value in zip(names, found, strict=True)
            if value is None
        ]
        if faults:
            raise InvalidRequest(details={"errors": faults})
        return [value for value in found if value is not None]

    def body[M: "BaseModel"](self, model: type[M]) -> M | None:
        """The body, None where it is empty.

        Raises ``PayloadTooLarge``, ``UnsupportedMediaType``, or ``InvalidBody`` where it is no JSON object (NaN and
        Infinity are no JSON) or not as the model has it; what the caller sent is not repeated.
        """
        text = self._text()
        if not text.strip():
            return None
        # The public side takes no bodies, and starts without what validates them.
        from pydantic import ValidationError  # noqa: PLC0415
        from pydantic_core import from_json  # noqa: PLC0415

        try:
            value = from_json(text, allow_inf_nan=False)
        except ValueError as error:
            raise _invalid_body(str(error), "json_invalid") from None
        if not isinstance(value, dict):
            raise _invalid_body("Must be an object", "object_type")
        try:
            return model.model_validate(value)
        except ValidationError as error:
            faults = [
                {"loc": ["body", *fault["loc"]], "msg": fault["msg"], "type": fault["type"]}
                for fault in error.errors(include_url=False, include_context=False, include_input=False)
            ]
            raise InvalidBody(details={"errors": faults}) from None

    def required_body[M: "BaseModel"](self, model: type[M]) -> M:
        """As ``body``, but ``InvalidBody`` where it is empty."""
        found = self.body(model)
        if found is None:
            raise _invalid_body("Field required", "missing")
        return found

    def _text(self) -> str:
        body = self.event.get("body") or ""
        try:
            raw = base64.b64decode(body, validate=True) if self.event.get("isBase64Encoded") else body.encode()
            text: str = raw.decode()
        except (UnicodeError, binascii.Error):
            raise _invalid_body("Body is not valid UTF-8", "json_invalid") from None
        if len(raw) > MAX_BODY_BYTES:
            raise PayloadTooLarge(details={"max_bytes": MAX_BODY_BYTES})
        headers = {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}
        if raw and headers.get("content-type", _JSON).partition(";")[0].strip().lower() != _JSON:
            raise UnsupportedMediaType
        return text


def _uuid(text: str) -> UUID | None:
    """A UUID in its usual spelling only; Python takes others too."""
    try:
        parsed = UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None


def _invalid_body(message: str, kind: str) -> InvalidBody:
    return InvalidBody(details={"errors": [{"loc": ["body"], "msg": message, "type": kind}]})
