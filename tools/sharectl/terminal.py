"""What of other people's texts reaches a terminal: object keys, names, reasons and AWS's messages are anyone's.

A terminal obeys control characters, and direction and invisible characters make a text look like another. So each of
them is shown as what it is, such as ``\\x1b`` or ``\\u202e``; a line end inside a text does not begin a new line.
"""

import json
import re
import unicodedata
from collections.abc import Callable

from report_shares.contract.limits import TOKEN_LENGTH
from report_shares.text import BLANKS, has_invisible

# Controls, formats, lone surrogates, and the separators that stand for line ends. Letters of private use stay.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# What stands for a delimiter where a link is part of another, however often, or of a quoted text: `%2F`, `%252f`, `\n`.
_ESCAPE = r"(?i:%(?:25)*[0-9a-f]{2}|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[a-z]))"
# Dashes: someone may have typed a token as if it were an option.
_TOKEN = rf"({_ESCAPE}|(?<![A-Za-z0-9_-]))-*[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}(?![A-Za-z0-9_-])"
_SECRET = re.compile(rf"rp_live_[A-Za-z0-9_-]\S*|{_TOKEN}")


def printable(text: str) -> str:
    """The text in one line, with an escape for each character that is not seen as itself."""
    return _escaped(text, lambda character: character.encode("unicode_escape").decode())


def printable_json(value: object) -> str:
    """The value as JSON in one line, in which such characters are escaped as JSON has it."""
    return _escaped(json.dumps(value, ensure_ascii=False), lambda character: json.dumps(character)[1:-1])


def without_secrets(text: str) -> str:
    """The text without whole API keys and tokens: someone may have typed one where something else was expected."""
    return _SECRET.sub(r"\1(left out)", text)


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(escape(character) if _is_hidden(character) else character for character in text)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or has_invisible(character) or character in BLANKS
