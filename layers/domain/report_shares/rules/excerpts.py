"""The part of an answer's text that is quoted: around the brand's name."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import accumulate

from report_shares.rules.names import name_key
from report_shares.text import clean_text, cut, decode_entities

MAX_EXCERPT_LENGTH = 400
MAX_TEXT_LENGTH = 20_000
"""How much of an answer's text is read, in characters."""

# How much of the excerpt stands before the name.
_LEAD = 120


def excerpt(text: str, keys: Iterable[str]) -> str | None:
    """At most ``MAX_EXCERPT_LENGTH`` characters in whole words around the first of these names in the text.

    ``keys`` are names as ``name_key`` compares them. From the beginning where none of them is there; None where
    nothing of the text can be seen.
    """
    text = decode_entities(text[:MAX_TEXT_LENGTH])
    text = clean_text(unicodedata.normalize("NFC", text), MAX_TEXT_LENGTH)
    if len(text) <= MAX_EXCERPT_LENGTH:
        return text or None
    begin, end = _first_place(text, keys) or (0, 0)
    start = _word_start(text, min(max(0, begin - _LEAD), len(text) - MAX_EXCERPT_LENGTH), begin)
    part = text[start:]
    if len(part) <= MAX_EXCERPT_LENGTH:
        return part
    last_space = part.rfind(" ", end - start, MAX_EXCERPT_LENGTH + 1)
    return part[:last_space] if last_space > 0 else cut(part, MAX_EXCERPT_LENGTH)


def _word_start(text: str, start: int, latest: int) -> int:
    """Where the next word begins, no later than ``latest``; where there is none (Japanese, say), the place itself."""
    if start == 0 or text[start - 1] == " ":
        return start
    space = text.find(" ", start, latest)
    return start if space < 0 else space + 1


def _first_place(text: str, keys: Iterable[str]) -> tuple[int, int] | None:
    """Where the first of these names begins and ends in the text."""
    pattern = "|".join(_whole(key) for key in sorted(keys, key=len, reverse=True) if key)
    if not pattern:
        return None
    if text.isascii():
        found = re.search(pattern, text.replace("`", "'").lower())
        return found.span() if found else None
    comparable = [_comparable(character) for character in text]
    found = re.search(pattern, "".join(comparable))
    if not found:
        return None
    ends = list(accumulate(map(len, comparable)))
    begin, last = (next(at for at, end in enumerate(ends) if end > place) for place in (found.start(), found.end() - 1))
    return begin, last + 1


def _whole(key: str) -> str:
    """A pattern of the name that is no part of a longer word, in scripts that part words."""
    before = "(?<![0-9a-z])" if re.match("[0-9a-z]", key) else ""
    behind = "(?![0-9a-z])" if re.search(r"[0-9a-z]\Z", key) else ""
    return f"{before}{re.escape(key)}{behind}"


@cache
def _comparable(character: str) -> str:
    """The character as names compare it. Bounded by the number of characters that there are."""
    return " " if character.isspace() else name_key(character)
