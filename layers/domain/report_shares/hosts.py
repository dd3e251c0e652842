"""Hosts: one spelling for each, as a browser would end up with (WHATWG URL, UTS 46), and how each is shown."""

import re
import unicodedata
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import unquote

import idna
from idna.idnadata import codepoint_classes

from report_shares.text import first_hidden, fold_space, without_hidden

_MAX_HOST_LENGTH = 253
_MAX_LABEL_LENGTH = 63
_LONGEST_READ = 2 * _MAX_HOST_LENGTH  # UTS 46 leaves out what is invisible, so that what is longer may be a host

# What a browser refuses in a host.
_FORBIDDEN = re.compile(r"[\x00-\x20#/:<>?@\[\\\]^|%\x7f]")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PLAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}")

# A title that is a host: letters, digits, hyphens, and a last label that can be a top-level domain.
_HOST_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
# Endings of files and names of software that are no top-level domain: `index.html`, `Node.js`.
_NO_TOP_LEVEL_DOMAINS = re.compile(
    "aspx?|avi|bmp|css|csv|docx?|exe|gif|gz|html?|ini|jpe?g|jsx?|json|jsp|log|mdx|mp[34]|odt|pdf|php|png|pptx?|rar|rtf"
    "|svg|tar|tsx?|tsv|txt|wav|webp|xlsx?|xml|ya?ml"
)

# What a Content-Security-Policy can name, and a resolver find: https://www.w3.org/TR/CSP3/#grammardef-host-source,
# RFC 1123, section 2.1. Top-level domains are letters, or in Punycode.
_PUBLIC = re.compile(r"(?:[a-z0-9-]+\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)")
_FULL_STOPS = ".\u3002\uff0e\uff61"
# Names that never lead to a public site: RFC 6761 (localhost, invalid), RFC 6762 with its appendix G, RFC 7686 (onion),
# RFC 8375 (home.arpa), RFC 9476 (alt), ICANN's resolution 2024.07.29.06 (internal), and what routers are set up with.
_PRIVATE = re.compile(
    r"(?:.+\.)?(?:alt|corp|home|home\.arpa|internal|intranet|invalid|lan|local|localdomain|localhost|onion|private)"
)

# The scripts in use today, https://www.unicode.org/reports/tr31/#Table_Recommended_Scripts, by the first word of their
# letters' names; Latin has a rule of its own. Those that are written in one word, as in UTS 39, "Highly Restrictive".
_SCRIPTS = re.compile(
    "ARABIC|ARMENIAN|BENGALI|BOPOMOFO|CJK|CYRILLIC|DEVANAGARI|ETHIOPIC|GEORGIAN|GREEK|GUJARATI|GURMUKHI|HANGUL|HEBREW"
    "|HIRAGANA|KANNADA|KATAKANA|KHMER|LAO|MALAYALAM|MYANMAR|ORIYA|SINHALA|TAMIL|TELUGU|THAANA|THAI|TIBETAN"
)
_SCRIPTS_TOGETHER = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "BOPOMOFO"}),
    frozenset({"CJK", "HANGUL"}),
)
# Latin letters that are taken for what they are: neither the dotless i nor letters of phonetic alphabets.
_PLAIN_LATIN = re.compile("[a-z\xdf-\xf6\xf8-\u0130\u0132-\u0137\u0139-\u017e\u0218-\u021b\u1e00-\u1eff]")
# Letters that look like Latin ones, by https://www.unicode.org/Public/security/latest/confusables.txt, of the scripts
# in which whole words can be made of them; without accents. With the single strokes that look like an l, a slash or a
# dash.
_LIKE_LATIN = frozenset(
    "\u0430\u0433\u0435\u043e\u043f\u0440\u0441\u0443\u0445\u044a\u044c\u0455\u0456\u0458\u0461\u0475\u04ab\u04af\u04bb\u04bd\u04cf"
    "\u04d5\u0501\u050d\u051b\u051d"  # Cyrillic
    "\u03b1\u03b3\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c3\u03c4\u03c5\u03c7\u03c9\u03f2\u03f3"  # Greek
    "\u0561\u0563\u0566\u0570\u0574\u0578\u057c\u057d\u0581\u0582\u0584\u0585"  # Armenian
    "\u10d8\u10dd\u10e7\u10eb\u10ee\u10f0\u10fd\u10ff"  # Georgian
    "\u05d5\u05df\u0627"  # strokes of Hebrew and Arabic
    "\u30ce\u30fc\u3127\u4e00\u4e28\u4e36\u4e3f\u4e40"  # of kana, Bopomofo and Han
)


@lru_cache(maxsize=4_096)
def ascii_host(host: str) -> str | None:
    """The host in lower case and ASCII (UTS 46), without dots at its end; None where it is none on the web.

    A name without a dot is none. IPv6 addresses stand in brackets.
    """
    if _PLAIN.fullmatch(host) and len(host) <= _MAX_HOST_LENGTH:
        return host
    if host.startswith("["):
        return _ipv6(host)
    # A browser decodes a host's percent-encoding first.
    host = without_hidden(unquote(host))
    host = _mapped(host).rstrip(".") if len(host) <= _LONGEST_READ else ""
    labels = host.split(".")
    if len(labels) < 2 or "" in labels or len(host) > _MAX_HOST_LENGTH or _FORBIDDEN.search(host):
        return None
    return _ipv4(host) if _NUMBER.fullmatch(labels[-1]) else host


def public_host(host: str) -> str | None:
    """The host in ASCII where it may be one that the public can reach by name, as browsers spell it; None otherwise.

    That is no address of a machine in any spelling, no private name, and nothing that a browser would refuse. A dot
    at the end, percent-encoding and hidden characters are not taken: a browser keeps the first, and nobody means the
    others.
    """
    name = None if host.endswith(tuple(_FULL_STOPS)) or "%" in host or first_hidden(host) else ascii_host(host)
    if name is None or not _PUBLIC.fullmatch(name) or _PRIVATE.fullmatch(name):
        return None
    labels = name.split(".")
    if max(map(len, labels)) > _MAX_LABEL_LENGTH:
        return None
    try:
        letters = [_decoded(label) for label in labels]
        is_bidi = any(map(_is_right_to_left, letters))
        return name if all(_is_valid(label, is_bidi) for label in letters) else None
    except UnicodeError:
        return None


@lru_cache(maxsize=1_024)
def shown_host(host: str) -> str:
    """A host of ``ascii_host`` as people read it: in its own letters where these cannot pass for others.

    Each label for itself stays in Punycode if it is not of one script, or has anything but letters and digits that
    IDNA 2008 allows, or if all its letters look like Latin ones or strokes and the top-level domain is Latin: as
    browsers do, only stricter. All do where labels would change places.
    """
    labels = host.split(".")
    is_latin = not labels[-1].startswith("xn--")
    shown = list(map(_shown_latin if is_latin else _shown, labels))
    return ".".join(shown) if _are_in_place(shown) else host


def shown_address(host: str, rest: str) -> str:
    """The host of ``ascii_host`` and what follows it (port, path) as people read it.

    Digits and letters behind a host that runs from right to left would be seen before it, as if they were the host;
    so such a host stays in Punycode.
    """
    shown = shown_host(host)
    return (host if rest and _is_right_to_left(shown.rpartition(".")[2]) else shown) + rest


def domain_of_host(host: str) -> str | None:
    """The domain that a host belongs to, as domains are compared and shown: without ``www.``; None for no host.

    ``www.com`` stays: what is left of a domain has a dot.
    """
    name = ascii_host(host.strip())
    return None if name is None else without_www(name)


def without_www(host: str) -> str:
    """The host as ``ascii_host`` gives it, without ``www.``, however often that stands there."""
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return host


def domain_in_title(title: str) -> str | None:
    """The domain where the whole title is a host name; None for prose, file names and anything else."""
    host = ascii_host(fold_space(title))
    if host is None or not _HOST_NAME.fullmatch(host) or _NO_TOP_LEVEL_DOMAINS.fullmatch(host.rpartition(".")[2]):
        return None
    return without_www(host)


def _mapped(host: str) -> str:
    """The host mapped by UTS 46, in Punycode where it is not ASCII; empty where it has no such form.

    As in browsers, a label may have what IDNA 2008 forbids, such as an emoji.
    """
    if host.isascii():
        return host.lower()
    try:
        labels = idna.uts46_remap(host, std3_rules=False).split(".")
        if max(map(len, labels)) > _MAX_LABEL_LENGTH:
            return ""
        encoded = [label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels]
    except UnicodeError:  # idna's own errors are such
        return ""
    return "" if any(len(label) > _MAX_LABEL_LENGTH for label in encoded) else ".".join(encoded)


def _decoded(label: str) -> str:
    """A label in its own letters. Raises ``UnicodeError`` for Punycode that stands for nothing, or is not needed."""
    if not label.startswith("xn--"):
        return label
    letters = label.removeprefix("xn--").encode().decode("punycode")
    if _mapped(letters) != label:
        raise UnicodeError("not what UTS 46 makes of any label")
    return letters


def _is_valid(label: str, is_bidi: bool) -> bool:
    """Whether a browser takes the label, https://www.unicode.org/reports/tr46/#Validity_Criteria, and RFC 5891 too."""
    if label.startswith(("-", "xn--")) or label.endswith("-"):
        return False
    idna.check_initial_combiner(label)
    joined = all(idna.valid_contextj(label, at) for at, letter in enumerate(label) if letter in "\u200c\u200d")
    return joined and (not is_bidi or idna.check_bidi(label, check_ltr=True))


def _is_right_to_left(label: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in label)


def _are_in_place(labels: list[str]) -> bool:
    """Whether labels on one line are seen in their order, from left to right or all from right to left.

    Neighbours that run from right to left are seen in reverse, and so are digits beside them:
    https://www.unicode.org/reports/tr9/
    """
    others = [label for label in labels if not _is_right_to_left(label)]
    return len(others) in (0, len(labels)) or (len(others) == len(labels) - 1 and all(map(_begins_with_letter, others)))


def _begins_with_letter(label: str) -> bool:
    return label[:1].isalpha()


def _shown(label: str) -> str:
    try:
        letters = _decoded(label)
    except UnicodeError:
        return label
    return letters if _is_of_one_script(letters) and all(map(_is_in_idna, letters)) else label


def _is_in_idna(letter: str) -> bool:
    """Whether IDNA 2008 has the letter. UTS 46 has more: parts of Hangul syllables, lines that lengthen a word."""
    return any(idna.intranges_contain(ord(letter), codepoint_classes[name]) for name in ("PVALID", "CONTEXTO"))


def _shown_latin(label: str) -> str:
    """A label below a Latin top-level domain, where nobody expects letters that only look Latin."""
    shown = _shown(label)
    letters = {letter for letter in unicodedata.normalize("NFD", shown) if letter.isalpha()}
    return shown if letters - _LIKE_LATIN else label


def _is_of_one_script(label: str) -> bool:
    own = [letter for letter in label if letter not in "0123456789-"]
    if not all(unicodedata.category(letter)[0] in "LMN" for letter in own):
        return False
    scripts = set(map(_script, own))
    if scripts == {"LATIN"}:
        return all(map(_PLAIN_LATIN.fullmatch, own))
    if len(scripts) == 1:
        return _SCRIPTS.fullmatch(scripts.pop()) is not None
    return any(map(scripts.issubset, _SCRIPTS_TOGETHER))


def _script(letter: str) -> str:
    """The script of a letter, mark or digit, by its name; what belongs to no script, as an accent, has another word."""
    word = re.split("[ -]", unicodedata.name(letter, "").removeprefix("EXTENDED "))[0]
    return "CJK" if word == "IDEOGRAPHIC" else word


def _ipv4(host: str) -> str | None:
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        return None


def _ipv6(host: str) -> str | None:
    try:
        return f"[{IPv6Address(host.removeprefix('[').removesuffix(']'))}]" if host.endswith("]") else None
    except AddressValueError:
        return None
