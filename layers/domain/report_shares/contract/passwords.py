"""The password of a share as callers send it."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from report_shares.contract.contacts import whole
from report_shares.contract.limits import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH
from report_shares.text import HIDDEN

# General category Cc. A browser's password field strips line ends, and takes hardly any of the rest from a keyboard.
_CONTROL = "\x00-\x1f\x7f-\x9f"
_PATTERN = whole(f"(?![{HIDDEN}]*$)[^{_CONTROL}]*")


def normalised(password: str) -> str:
    """The password as it is counted and hashed: keyboards and systems compose the same letter differently."""
    return unicodedata.normalize("NFC", password)


def _fit(password: str) -> str:
    """What was sent is in none of the messages."""
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise PydanticCustomError("password_characters", "Must not have half a character")
    if re.search(f"[{_CONTROL}]", password):
        raise PydanticCustomError("password_characters", "Must not have line ends, tabs or other control characters")
    if not MIN_PASSWORD_LENGTH <= len(normalised(password)) <= MAX_PASSWORD_LENGTH:
        raise PydanticCustomError(
            "password_length",
            "Must have {least} to {most} characters",
            {"least": MIN_PASSWORD_LENGTH, "most": MAX_PASSWORD_LENGTH},
        )
    if re.fullmatch(f"[{HIDDEN}]*", password):
        raise PydanticCustomError("password_characters", "Must not be made of invisible characters alone")
    return password


type Password = Annotated[
    str,
    AfterValidator(_fit),
    Field(
        json_schema_extra={
            "format": "password",
            "pattern": _PATTERN,
            "minLength": MIN_PASSWORD_LENGTH,
            "maxLength": MAX_PASSWORD_LENGTH,
            "writeOnly": True,
        }
    ),
]
