"""Text that strangers chose: what of it may reach a roll-up, a page or a terminal.

The sets of characters are Unicode 15.1's: general category Cc, and the property Default_Ignorable_Code_Point of
DerivedCoreProperties.txt (what a font shows nothing for: zero-width and direction characters, fillers, variation
selectors, tags), with the interlinear annotations and noncharacters beside them.
"""

import re
import unicodedata
from html import unescape
from html.entities import html5

_JOINERS = "\u200c\u200d"
_UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Line ends and tabs are control characters too, but they stand for white space.
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
# Scripts in which a joiner changes the shape of letters (Arabic, Indic and the like), and emoji.
_JOINING = (
    "\u0590-\u167f\u1681-\u1cff\u2190-\u27ff\u2900-\u2bff\ua8e0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U0001ffff"
)

_SURROGATE = re.compile("[\ud800-\udfff]")
_HIDDEN = re.compile(f"[{_CONTROL}{_UNSEEN}]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]")
_INVISIBLE = re.compile(f"[{_CONTROL}{_UNSEEN}{_JOINERS}]")
_ODD = re.compile(f"[{_CONTROL}{_UNSEEN}{_JOINERS}\u2800\ud800-\udfff]")
_EDGE = re.compile(f"\\A[\\s{_CONTROL}\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_STRAY_JOINER = re.compile(f"(?<![{_JOINING}])[{_JOINERS}]|[{_JOINERS}](?![{_JOINING}])")

# No emoji or accented letter is longer; only a tower of marks is, and that may be cut anywhere.
_LONGEST_GRAPHEME = 32
_SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_LONGEST_ENTITY = max(map(len, html5))
_LONGEST_NUMBER = 7  # digits of U+10FFFF, in decimal
_ENTITY = re.compile("&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]+);")
_ENTITY_PARTS = re.compile("[&;]|[^&;]+")
_NUMBER = re.compile("#(?:[xX]0*(?P<hex>[0-9a-fA-F]*)|0*(?P<decimal>[0-9]*))(?<=[0-9a-fA-F])")


def clean_text(text: str, max_length: int) -> str:
    """The text as it may be shown: in one line, without what cannot be seen, of at most so many characters.

    Lone surrogates become U+FFFD; control, direction and invisible characters are removed. A joiner (U+200C, U+200D)
    stays between two letters of a script that needs it or two emoji: Persian and Hindi are misspelled without, and a
    family falls into its members. Variation selectors go: what is lost is a style, never a word.
    """
    return cut(fold_space(without_hidden(text)), max_length)


def without_hidden(text: str) -> str:
    """The text without lone surrogates and without characters that nobody sees, joiners excepted where they shape."""
    if not _ODD.search(text):
        return text
    # A Braille cell without dots is no white space to Unicode, but to the eye.
    text = text.replace("\u2800", " ")
    return _STRAY_JOINER.sub("", _HIDDEN.sub("", _SURROGATE.sub("\ufffd", text)))


def without_control(text: str) -> str:
    """The text without control and direction characters, and without lone surrogates; the rest stays as it is."""
    return text if text.isascii() and text.isprintable() else _CONTROLS.sub("", _SURROGATE.sub("\ufffd", text))


def without_invisible(text: str) -> str:
    """The text without any invisible, control or direction character: for comparing, not for showing."""
    return _INVISIBLE.sub("", text)


def has_invisible(text: str) -> bool:
    """Whether there is any invisible, control or direction character in the text."""
    return _INVISIBLE.search(text) is not None


def trimmed(text: str) -> str:
    """The text without what copying leaves at its ends: white space, control, direction and zero-width characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _EDGE.sub("", _EDGE.sub("", text)[::-1])[::-1]


def fold_space(text: str) -> str:
    """The text trimmed, each run of white space in it one space."""
    return " ".join(text.split())


def cut(text: str, max_length: int) -> str:
    """The first ``max_length`` characters, fewer where that would part a letter from its accents or an emoji."""
    if len(text) <= max_length:
        return text
    for end in range(max_length, max(0, max_length - _LONGEST_GRAPHEME), -1):
        if not _continues(text[end]) and text[end - 1] not in _JOINERS:
            return text[:end].rstrip()
    return text[:max_length].rstrip(f" {_JOINERS}")


def decode_entities(text: str) -> str:
    """HTML entities (those with ``;``) decoded until nothing changes, in one pass over the text.

    ``&amp;amp;lt;`` is ``<``: what an entity stands for may itself be part of one. An entity that was begun waits in
    ``begun`` for its semicolon; the innermost comes first, and no order gives another result.
    """
    if not _ENTITY.search(text):
        return text
    done: list[str] = []
    begun: list[list[str]] = [[]]  # what follows each `&`; before the first, plain text
    for part in _ENTITY_PARTS.findall(text):
        waiting = [part]
        while waiting:
            piece = waiting.pop()
            if piece == "&":
                begun.append([])
            elif piece == ";" and len(begun) > 1:
                name = "".join(begun.pop())
                character = _entity(name)
                if character is None:  # nor can what was begun before it be an entity: none has a semicolon inside
                    done.extend(["&".join(map("".join, begun)), "&", name, ";"])
                    begun = [[]]
                else:
                    waiting.extend(reversed(character))
            else:
                begun[-1].append(piece)
    return "".join(done) + "&".join(map("".join, begun))


def _entity(name: str) -> str | None:
    """What ``&name;`` stands for, as browsers take it; None where it is no entity."""
    if not name.startswith("#"):
        return html5.get(f"{name};") if len(name) < _LONGEST_ENTITY else None
    number = _NUMBER.fullmatch(name)
    if not number:
        return None
    digits = number["decimal"] if number["hex"] is None else number["hex"]
    if len(digits) > _LONGEST_NUMBER:
        return "\ufffd"
    return unescape(f"&#{'' if number['hex'] is None else 'x'}{digits or 0};")


def _continues(character: str) -> bool:
    """Whether the character belongs to the one before it."""
    return unicodedata.category(character).startswith("M") or character in _JOINERS or character in _SKIN_TONES
