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

# Percent-encoded UTF-8, byte by byte: https://www.rfc-editor.org/rfc/rfc3629#section-4
_ANY = "[0-9A-Fa-f]"
_TAIL = f"%[89ABab]{_ANY}"
ENCODED_PATTERN = (
    rf"^(?:[\x20-\x24\x26-\x7e]|%[0-7]{_ANY}"
    f"|%(?:[Cc][2-9A-Fa-f]|[Dd]{_ANY}){_TAIL}"
    f"|%(?:[Ee]0%[ABab]{_ANY}|[Ee][Dd]%[89]{_ANY}|[Ee][1-9A-Ca-cEFef]{_TAIL}){_TAIL}"
    f"|%(?:[Ff]0%[9ABab]{_ANY}|[Ff]4%8{_ANY}|[Ff][1-3]{_TAIL}){_TAIL}{_TAIL})*$"
)
_ENCODED = re.compile(ENCODED_PATTERN)


def password_in_header(event: Mapping[str, Any]) -> str | None:
    """The password, which is percent-encoded since a header is ASCII; None where there is none.

    Raises ``InvalidRequest`` for a header that is given twice, or is not UTF-8 so encoded.
    """
    check_given_once(event, HEADER)
    given = single_header(event, HEADER)
    if not given:
        return None
    if not _ENCODED.fullmatch(given):
        raise refuse_header(HEADER, "Must be UTF-8, percent-encoded", "percent_encoding")
    return unquote_to_bytes(given).decode()


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
        fields = parse_qs(raw.decode(errors="replace"), max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    given = fields.get(FIELD, [])
    return given[0] if len(given) == 1 else None
