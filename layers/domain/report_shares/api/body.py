"""The raw body of a request, before any schema sees it."""

import base64
import binascii
from typing import Any

from pydantic_core import from_json

from report_shares.errors import InvalidBody, PayloadTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 16 * 1024

_JSON = "application/json"


def json_of(text: str | None) -> Any:
    """The JSON object in a body, None where it is empty.

    Raises ``InvalidBody``; NaN and Infinity are no JSON.
    """
    if not text or not text.strip():
        return None
    try:
        value = from_json(text, allow_inf_nan=False)
    except ValueError as error:
        raise _not_json(str(error)) from None
    if not isinstance(value, dict):
        # Powertools would take the first element of an array for the body.
        raise InvalidBody(details={"errors": [{"loc": ["body"], "msg": "Must be an object", "type": "object_type"}]})
    return value


def checked(event: dict[str, Any]) -> dict[str, Any]:
    """The event with a body that can be read as JSON text.

    Raises ``PayloadTooLarge``, ``UnsupportedMediaType``, or ``InvalidBody`` where the body is no UTF-8.
    """
    body = event.get("body")
    if not body:
        return event
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        text = raw.decode()
    except (UnicodeError, binascii.Error):
        raise _not_json("Body is not valid UTF-8") from None
    if len(raw) > MAX_BODY_BYTES:
        raise PayloadTooLarge(details={"max_bytes": MAX_BODY_BYTES})
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    media_type = headers.get("content-type", _JSON).partition(";")[0]
    if media_type.strip().lower() != _JSON:
        raise UnsupportedMediaType
    # Powertools compares the media type letter by letter.
    return event | {"body": text, "isBase64Encoded": False, "headers": headers | {"content-type": _JSON}}


def _not_json(message: str) -> InvalidBody:
    return InvalidBody(details={"errors": [{"loc": ["body"], "msg": message, "type": "json_invalid"}]})
