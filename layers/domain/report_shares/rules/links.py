"""Links as people pass them on: the token in an address, and what a sentence or a mail client left around it."""

from html import unescape
from re import split
from urllib.parse import unquote

from report_shares.contract.limits import TOKEN_LENGTH
from report_shares.rules.tokens import is_well_formed

# What is left around a link is short; what is longer is somebody's attempt.
MAX_ADDRESS_LENGTH = 1_000
_MOST_ENCODINGS = 8


def token_in(address: str) -> str | None:
    """The token in what stands behind ``/shared/`` in an address, be it ours or not; None where there is none.

    Around a token may stand whatever is neither a letter nor a digit of any script: punctuation, brackets, slashes,
    white space, characters that nobody sees, percent-encoded any number of times or as HTML entities. What follows a
    question mark, a number sign or an ampersand behind it, encoded by mistake, is a query or a fragment.
    """
    if len(address) > MAX_ADDRESS_LENGTH or _leads_elsewhere(address):
        return None
    text = split("[?#&]", _decoded(address))[0]
    letters = [place for place, character in enumerate(text) if character.isalnum()]
    # The two spare bits of its last character are zero, so that each token ends in a letter or digit.
    end = letters[-1] + 1 if letters else 0
    start = end - TOKEN_LENGTH
    token = text[max(start, 0) : end]
    return token if is_well_formed(token) and letters[0] >= start else None


def way_back(address: str, token: str) -> str:
    """The address of the token, relative to the one behind ``/shared/`` at which it was found.

    A browser counts the slashes that stand there as such, and no encoded ones.
    """
    return "../" * address.count("/") + token


def _decoded(text: str) -> str:
    for _ in range(_MOST_ENCODINGS):
        text, encoded = unescape(unquote(text)), text
        if text == encoded:
            break
    return text


def _leads_elsewhere(address: str) -> bool:
    """Whether dots in place of a name lead up: browsers never send them, so nothing can be relative to them."""
    return any(unquote(name) in (".", "..") for name in address.split("/"))
