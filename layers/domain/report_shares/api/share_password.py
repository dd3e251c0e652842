"""The password that a reader gives: in a header of the JSON, in the page's form."""

import re
from collections.abc import Mapping
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from report_shares.api.headers import header_values, single_header
from report_shares.api.parameters import check_given_once, refuse_header
from report_shares.api.request_body import raw_body
from report_shares.refusals import UnsupportedMediaType

HEADER = "X-Share-Password"
FIELD = "password"
_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100
ENCODED_PATTERN = r"^([\x20-\x24\x26-\x7e]|%[0-9A-Fa-f]{2})*$"
_ENCODED = re.compile(ENCODED_PATTERN)


def password_in_header(event: Mapping[str, Any]) -> str | None:
    """The password, which is percent-encoded since a header is ASCII; None where there is none.

    Raises ``InvalidRequest`` for a header that is given twice, or is not UTF-8 so encoded.
    """
    check_given_once(event, HEADER)
    given = single_header(event, HEADER)
    if not given:
        return None
    raw = unquote_to_bytes(given) if _ENCODED.fullmatch(given) else b"\xff"
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise refuse_header(HEADER, "Must be UTF-8, percent-encoded", "percent_encoding") from None


def password_in_form(event: Mapping[str, Any]) -> str | None:
    """The password in the form that was sent; None where there is none, or more than one.

    Bytes that are no UTF-8 are nobody's password. Raises ``PayloadTooLarge`` and ``UnsupportedMediaType``.
    """
    raw = raw_body(event)
    declared = Message()
    declared["Content-Type"] = (header_values(event, "Content-Type") or [_FORM])[-1]
    if raw and declared.get_content_type() != _FORM:
        raise UnsupportedMediaType("A form must be application/x-www-form-urlencoded")
    try:
        fields = parse_qs(raw.decode(errors="replace"), errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    given = fields.get(FIELD, [])
    return given[0] if len(given) == 1 else None
