"""The body of a request, before anything is known of its fields."""

import base64
import binascii
import json
from collections.abc import Mapping
from email.message import Message
from typing import Any, NoReturn

from report_shares.refusals import InvalidBody, PayloadTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 16 * 1024

# What API Gateway hands on where it found a byte that is no UTF-8. Whoever means the character writes \ufffd.
_REPLACED = "\ufffd"


def with_json_object(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event with its body as the resolver takes it: plain text of a JSON object; None where the body is blank."""
    return {
        **event,
        "headers": {**(event.get("headers") or {}), "Content-Type": "application/json"},  # in any case the last counts
        "body": _json_object_text(event),
        "isBase64Encoded": False,
    }


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The body's bytes. Raises ``PayloadTooLarge``, or ``InvalidBody`` where they cannot be had."""
    body = event.get("body") or ""
    try:
        raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except (UnicodeError, binascii.Error):
        raise _not_utf_8() from None
    if len(raw) > MAX_BODY_BYTES:
        raise PayloadTooLarge(details={"max_bytes": MAX_BODY_BYTES})
    return bytes(raw)


def _json_object_text(event: Mapping[str, Any]) -> str | None:
    """The body's text, a JSON object in UTF-8 without its byte order mark; None where the body is blank.

    A name that stands twice in one object is refused at any depth, since readers of JSON differ in which one counts;
    NaN and Infinity are no JSON. Raises ``PayloadTooLarge``, ``UnsupportedMediaType`` or ``InvalidBody``, none of which
    repeats what was sent.
    """
    raw = raw_body(event)
    if raw:
        _check_media_type(event)
    try:
        text: str = raw.decode("utf-8-sig")
    except UnicodeError:
        raise _not_utf_8() from None
    if not text.strip():
        return None
    if _REPLACED in text:
        raise _not_utf_8()
    try:
        value = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _invalid_body(f"Invalid JSON: {error.msg}", "json_invalid") from None
    except RecursionError:
        raise _invalid_body("Invalid JSON: nested too deeply", "json_invalid") from None
    except ValueError:  # Python reads no integer of thousands of digits
        raise _invalid_body("A number has too many digits", "json_invalid") from None
    if not isinstance(value, dict):
        raise _invalid_body("Must be an object", "object_type")
    return text


def _not_utf_8() -> InvalidBody:
    return _invalid_body("Body is not valid UTF-8", "json_invalid")


def _invalid_body(message: str, kind: str) -> InvalidBody:
    """The refusal of a body as a whole."""
    return InvalidBody(details={"errors": [{"loc": ["body"], "msg": message, "type": kind}]})


def _check_media_type(event: Mapping[str, Any]) -> None:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    declared = Message()
    declared["Content-Type"] = headers.get("content-type") or "application/json"
    charset = str(declared.get_param("charset", "utf-8")).lower()
    if declared.get_content_type() != "application/json" or charset not in ("utf-8", "utf8"):
        raise UnsupportedMediaType


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _invalid_body("A name stands twice in one object", "duplicate_name")
    return value


def _no_constant(_: str) -> NoReturn:
    raise _invalid_body("Invalid JSON: NaN and Infinity are no numbers", "json_invalid")
