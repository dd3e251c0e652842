"""Names as AI platforms write them: what is shown of one, and when two are the same.

For businesses, the brand and its aliases, platforms, regions and categories; never for recipients of links, two of
whom must not become one.
"""

import re
import unicodedata
from functools import lru_cache

from report_shares.text import cut, decode_entities, fold_space, without_hidden, without_invisible

MAX_NAME_LENGTH = 300

# Names repeat from answer to answer. What is remembered is bounded in length too.
_REMEMBERED = 4_096
_LONGEST_REMEMBERED = 512

# What one step lays bare (an entity of full-width letters, say) may be work for an earlier one, so that steps are
# repeated until nothing changes. Nobody writes a name that takes so many rounds.
_ROUNDS = 8

# Registered, trade mark, service mark, and Canada's three raised ones. © protects works, not names.
_TRADEMARKS = re.compile("[®™℠\U0001f16a-\U0001f16c]")

# Unicode's property Quotation_Mark, and what people type for one.
_APOSTROPHES = (
    "`\xb4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0374\u0384\u055a\u05f3\u07f4\u07f5\u1fbd\u1fbf\u1fef"
    "\u1ffd\u1ffe\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\ua78b\ua78c\uff07\uff40"
)
_QUOTES = (
    "\u02ba\u02dd\u02ee\u05f4\u07f6\xab\xbb\u201c\u201d\u201e\u201f\u2033\u2036\u2e42\u300c\u300d\u300e\u300f\u301d\u301e"
    "\u301f\ufe41\ufe42\ufe43\ufe44\uff02\uff62\uff63"
)
# Unicode's property Dash, and two that look like one.
_DASHES = (
    "\u02d7\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2053\u207b\u208b\u2212\u2e17\u2e1a\u2e3a"
    "\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\ufe31\ufe32\ufe58\ufe63\uff0d\U00010ead"
)
_PUNCTUATION = str.maketrans(
    dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_QUOTES, '"') | dict.fromkeys(_DASHES, "-")
)

_LATIN_BLOCKS = ((0x41, 0x24F), (0x250, 0x2AF), (0x1D00, 0x1DBF), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF))
_WITH_ACCENT = re.compile("LATIN (?:CAPITAL|SMALL) LETTER (?P<letter>[A-Z]) WITH .*")


def _unaccented_letters() -> dict[int, str]:
    """Latin letters with accents, and the capital each is a form of; Unicode does not take all apart (ø, a stroke)."""
    letters = {0x131: "I"}  # the dotless i
    for start, end in _LATIN_BLOCKS:
        for code in range(start, end + 1):
            match = _WITH_ACCENT.fullmatch(unicodedata.name(chr(code), ""))
            if match:
                letters[code] = match["letter"]
    return letters


_UNACCENTED = _unaccented_letters()
_LATIN = "A-Za-zªºÀ-ÖØ-öø-\u02b8\u1d00-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f\ua722-\ua7ff\uab30-\uab6f"
_ACCENTS = re.compile(f"(?<=[{_LATIN}])[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+")


def clean_name(text: str) -> str:
    """The name as it is shown: entities decoded, on one line, without trademark signs and enclosing emphasis.

    Its letters, accents and punctuation stay as they were written; at most ``MAX_NAME_LENGTH`` characters. Empty
    where nothing of it can be seen. Cleaning a clean name changes nothing.
    """
    if text.isascii() and text.isprintable() and "&" not in text and "  " not in text:
        text = text.strip()
        if len(text) <= MAX_NAME_LENGTH and text[:1] not in ("*", "_"):
            return text
    return _clean(text) if len(text) <= _LONGEST_REMEMBERED else _clean.__wrapped__(text)


def name_key(text: str) -> str:
    """What is compared: two names are the same when their keys are equal. The key of a key is that key."""
    return _key(text) if len(text) <= _LONGEST_REMEMBERED else _key.__wrapped__(text)


@lru_cache(maxsize=_REMEMBERED)
def _clean(text: str) -> str:
    rounds = 0
    while (cleaned := _cleaned_once(text)) != text:
        text, rounds = cleaned, rounds + 1
        if rounds == _ROUNDS:
            text = text.replace("&", "")
    return text


@lru_cache(maxsize=_REMEMBERED)
def _key(text: str) -> str:
    rounds = 0
    while (key := _comparable(clean_name(text))) != text:
        text, rounds = key, rounds + 1
        if rounds == _ROUNDS:
            text = text.replace("&", "")
    return text


def _cleaned_once(text: str) -> str:
    text = _TRADEMARKS.sub("", without_hidden(decode_entities(text)))
    text = cut(fold_space(unicodedata.normalize("NFC", text)), MAX_NAME_LENGTH)
    return _without_emphasis(text)


def _comparable(name: str) -> str:
    """The clean name, made comparable once."""
    if name.isascii():
        return name.replace("`", "'").lower()
    name = unicodedata.normalize("NFKC", without_invisible(name).translate(_PUNCTUATION))[:MAX_NAME_LENGTH]
    name = unicodedata.normalize("NFD", name).translate(_UNACCENTED)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", _ACCENTS.sub("", name)).casefold())


def _without_emphasis(text: str) -> str:
    """The text without the Markdown emphasis that encloses all of it: ``**Acme**``, but not ``*Acme* and *Co*``.

    White space inside the marks, which Markdown does not allow, is taken as meant.
    """
    while text[:1] in ("*", "_"):
        mark, inner = text[0], text.strip(text[0])
        opening = len(text) - len(text.lstrip(mark))
        if len(text) != len(inner) + 2 * opening or _ends_inside(mark, opening, inner):
            break
        text = inner.strip()
    return text


def _ends_inside(mark: str, length: int, inner: str) -> bool:
    """Whether the emphasis ends, or another begins, within: at a mark that does not stand between two letters."""
    inside = re.escape(mark * 2 if length == 2 else mark)
    return re.search(rf"(?<![^\W_]){inside}|{inside}(?![^\W_])", inner) is not None
