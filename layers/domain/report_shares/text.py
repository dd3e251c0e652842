"""Text that strangers chose: what of it may reach a roll-up, a page or a terminal, and what is refused.

The sets of characters are Unicode 15.1's: general category Cc, and the property Default_Ignorable_Code_Point of
DerivedCoreProperties.txt (what a font shows nothing for: zero-width and direction characters, fillers, variation
selectors, tags), with what else only formats (interlinear annotations, the layout of hieroglyphs) and noncharacters
beside them. What is left of category Cf are signs that are seen, Prepended_Concatenation_Mark in PropList.txt.

From run files such characters are removed (``clean_text``); where somebody can put the text right, they are refused
(``visible``).
"""

import re
import unicodedata
from html import unescape
from html.entities import html5

_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe0e\ufe0f"  # text style and emoji style
_UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
)
# Line ends and tabs are control characters too, but they stand for white space.
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_LINE_ENDS = "\t-\r\x85\u2028\u2029"
# A Braille cell without dots, hieroglyphs' blanks, a note without a head: no white space to Unicode, but to the eye.
BLANKS = "\u2800\U00013441\U00013442\U0001d159"
# All that nobody sees, as the inside of a class of a pattern: the above, and what joins letters.
HIDDEN = f"{_CONTROL}{_UNSEEN}{_JOINERS}{BLANKS}"
# Scripts in which a joiner changes the shape of letters: Arabic and its kin, Indic, Khmer, Mongolian.
_SHAPED = (
    "\u0620-\u0dff\u1000-\u109f\u1780-\u17b3\u17b6-\u180a\u1810-\u18af\u1b00-\u1bff\u1cd0-\u1cff\ua840-\ua8ff"
    "\ua980-\ua9df\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
# What joiners make one of, and what has two styles (emoji-sequences.txt and emoji-variation-sequences.txt).
_EMOJI = "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"

# `re` compiles these when they are first used, and keeps them: a function that starts does not wait for it.
_SURROGATE = "[\ud800-\udfff]"
_HIDDEN = f"[{_CONTROL}{_UNSEEN}]"
_CONTROLS = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f]"
_INVISIBLE = f"[{_CONTROL}{_UNSEEN}{_JOINERS}]"
_BLANK = f"[{BLANKS}]"
_ODD = f"[{HIDDEN}\ud800-\udfff]"
_EDGE = f"\\A[\\s{_CONTROL}\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]+"
_STRAY_JOINER = f"(?!(?<=[{_SHAPED}])[{_JOINERS}][{_SHAPED}]|(?<=[{_EMOJI}])\u200d[{_EMOJI}])[{_JOINERS}]"


# No emoji or accented letter is longer; only a tower of marks is, and that may be cut anywhere.
_LONGEST_GRAPHEME = 32
_SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_LONGEST_ENTITY = max(map(len, html5))
_LONGEST_NUMBER = 7  # digits of U+10FFFF, in decimal
_ENTITY = "&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]+);"
_ENTITY_PARTS = "[&;]|[^&;]+"
_NUMBER = "#(?:[xX]0*(?P<hex>[0-9a-fA-F]*)|0*(?P<decimal>[0-9]*))(?<=[0-9a-fA-F])"


def visible_pattern(*, without: str = "") -> str:
    """A pattern of one character that ``visible`` takes, with the joiners and the style that belong to it.

    Python and ECMA-262 in Unicode mode both take it and mean the same; ``without`` is the inside of a class of
    further characters that it leaves out. All characters stand for themselves: see ``escaped``.
    """
    return (
        f"(?:[{_SHAPED}](?:[{_JOINERS}][{_SHAPED}])*"
        f"|[{_EMOJI}][{_SELECTORS}]?(?:\u200d[{_EMOJI}][{_SELECTORS}]?)*"
        "|[0-9#*]\ufe0f\u20e3"  # a key
        f"|[^{without}{_CONTROL}{_LINE_ENDS}{_UNSEEN}{_JOINERS}{_SHAPED}{_EMOJI}])"
    )


_VISIBLE = f"{visible_pattern()}*"  # compiled when it is first used: it is long
_NOT_PRINTED = "[\x00-\x1f\x7f-\ud7ff\ue000-\uffff]"


def clean_text(text: str, max_length: int) -> str:
    """The text as it may be shown: in one line, without what cannot be seen, of at most so many characters.

    Lone surrogates become U+FFFD; control, direction and invisible characters are removed. A joiner (U+200C, U+200D)
    stays between two letters of a script that needs it or two emoji: Persian and Hindi are misspelled without, and a
    family falls into its members. Variation selectors go: what is lost is a style, never a word.
    """
    return cut(fold_space(without_hidden(text)), max_length)


def without_hidden(text: str) -> str:
    """The text without lone surrogates and without characters that nobody sees, joiners excepted where they shape."""
    if (text.isascii() and text.isprintable()) or not re.search(_ODD, text):
        return text
    text = re.sub(_BLANK, " ", text)
    return re.sub(_STRAY_JOINER, "", re.sub(_HIDDEN, "", re.sub(_SURROGATE, "\ufffd", text)))


def without_control(text: str) -> str:
    """The text without control and direction characters, and without lone surrogates; the rest stays as it is."""
    return text if text.isprintable() else re.sub(_CONTROLS, "", re.sub(_SURROGATE, "\ufffd", text))


def without_invisible(text: str) -> str:
    """The text without any invisible, control or direction character: for comparing, not for showing."""
    return re.sub(_INVISIBLE, "", text)


def has_invisible(text: str) -> bool:
    """Whether there is any invisible, control or direction character in the text."""
    return re.search(_INVISIBLE, text) is not None


def visible(text: str) -> str:
    """The text as it is. Raises ``ValueError`` where nothing of it can be seen, or something in it cannot.

    What cannot be seen are control, direction and invisible characters. A joiner passes where ``clean_text`` leaves
    it, and so does the variation selector that a keyboard puts behind an emoji.
    """
    if not without_hidden(text).strip():
        raise ValueError("must not be blank")
    hidden = first_hidden(text)
    if hidden:
        raise ValueError(f"must not have control, direction or invisible characters: there is U+{ord(hidden):04X}")
    return text


def first_hidden(text: str) -> str:
    """The first character that ``visible`` refuses; empty if there is none."""
    seen = re.match(_VISIBLE, text)
    end = seen.end() if seen else 0
    return text[end : end + 1]


def escaped(pattern: str) -> str:
    """The pattern with characters that cannot be seen in a document written ``\\uXXXX``, as both dialects have it.

    Neither knows the other's escape for what lies beyond U+FFFF, so those stay.
    """
    return re.sub(_NOT_PRINTED, lambda match: f"\\u{ord(match[0]):04x}", pattern)


def trimmed(text: str) -> str:
    """The text without what copying leaves at its ends: white space, control, direction and zero-width characters."""
    if text.isprintable():
        return text.strip()
    return re.sub(_EDGE, "", re.sub(_EDGE, "", text)[::-1])[::-1]


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
    if not re.search(_ENTITY, text):
        return text
    done: list[str] = []
    begun: list[list[str]] = [[]]  # what follows each `&`; before the first, plain text
    for part in re.findall(_ENTITY_PARTS, text):
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
    number = re.fullmatch(_NUMBER, name)
    if not number:
        return None
    digits = number["decimal"] if number["hex"] is None else number["hex"]
    if len(digits) > _LONGEST_NUMBER:
        return "\ufffd"
    return unescape(f"&#{'' if number['hex'] is None else 'x'}{digits or 0};")


def _continues(character: str) -> bool:
    """Whether the character belongs to the one before it."""
    return unicodedata.category(character).startswith("M") or character in _JOINERS or character in _SKIN_TONES
