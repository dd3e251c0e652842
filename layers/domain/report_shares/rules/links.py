"""Links as people pass them on: the token in an address, and what a sentence or a mail client left around it."""

import re
import unicodedata
from html import unescape
from urllib.parse import unquote

from report_shares.contract.limits import TOKEN_LENGTH
from report_shares.rules.tokens import is_well_formed
from report_shares.text import has_invisible

# What is left around a link is short; what is longer is somebody's attempt.
MAX_ADDRESS_LENGTH = 1_000
_MOST_ENCODINGS = 8
# Letters and decimal digits of any script. Not what Python calls alphanumeric besides: letters that serve as quotation
# marks (Lm), footnote numbers (No).
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lo", "Nd", "Nl"})
# What may stand within an address between letters that belong to it: `T.html`, `T/pdf`, `T;a=b`, `T:443`.
_WITHIN = frozenset("./-_~;:@+$%")
# Entities as attributes have them: without a semicolon, only where no `=` follows. `&micro=1` has no micro sign.
# https://html.spec.whatwg.org/multipage/parsing.html#named-character-reference-state
_ENTITY = "&(?:#[0-9]++;?|#[xX][0-9a-fA-F]++;?|[A-Za-z][A-Za-z0-9]*+(?:;|(?!=)))"


def token_in(address: str) -> str | None:
    """The token in what stands behind ``/shared/`` in an address, be it ours or not; None where there is none.

    Around a token may stand whatever is neither a letter nor a digit of any script: punctuation, brackets, slashes,
    white space, characters that nobody sees, percent-encoded any number of times or as HTML entities. Behind what none
    of our addresses could have (white space, quotes, brackets; encoded by mistake also what begins a query or a
    fragment) anything may follow: the sentence, a tag, the link's text.
    """
    if is_well_formed(address):  # as nearly all are
        return address
    if len(address) > MAX_ADDRESS_LENGTH or _leads_elsewhere(address):
        return None
    text = _decoded(address)
    letters = re.search("a([a.]*a)?", "".join(map(_kind, text)))
    if letters is None:
        return None
    # The two spare bits of its last character are zero, so that each token ends in a letter or digit.
    start = letters.end() - TOKEN_LENGTH
    token = text[max(start, 0) : letters.end()]
    return token if is_well_formed(token) and letters.start() >= start else None


def way_back(address: str, token: str) -> str:
    """The address of the token, relative to the one behind ``/shared/`` at which it was found.

    A browser counts the slashes that stand there as such, and no encoded ones.
    """
    return "../" * address.count("/") + token


def _decoded(text: str) -> str:
    for _ in range(_MOST_ENCODINGS):
        text, encoded = re.sub(_ENTITY, lambda entity: unescape(entity[0]), unquote(text)), text
        if text == encoded:
            break
    return text


def _kind(character: str) -> str:
    """``a`` for a letter or digit, ``.`` for what may stand between them in an address, ``-`` for what may not."""
    if unicodedata.category(character) in _LETTERS and not has_invisible(character):
        return "a"
    return "." if character in _WITHIN else "-"


def _leads_elsewhere(address: str) -> bool:
    """Whether dots in place of a name lead up: browsers never send them, so nothing can be relative to them."""
    return any(unquote(name) in (".", "..") for name in address.split("/"))
