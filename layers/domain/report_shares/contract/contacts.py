"""Addresses and telephone numbers of a white label: which are taken, where they lead, and how they are shown.

The patterns are those that callers are told. Python and ECMA-262 in Unicode mode both take them and mean the same.
Which hosts there are no pattern can say: that is for ``hosts.public_host``. ``re`` compiles what it is given when it is
first used, and keeps it: a function that starts does not wait for it.
"""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import quote

from report_shares.hosts import public_host, shown_address, shown_host
from report_shares.text import escaped, visible_pattern

# White space as pydantic strips it.
SPACE = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def whole(pattern: str) -> str:
    """The pattern of a whole text. To Python, ``$`` also stands before a line feed at the end."""
    return escaped(rf"^{pattern}$(?!\n)")


# What may stand in a label, though by far not each of it anywhere: UTS 46 has the tables. Left out are the rest of
# ASCII, what parts labels, what cannot be seen, and private use.
_NO_LETTER = r"\xad\u1680\u2000-\u200b\u200e-\u206f\u3000-\u3002\ue000-\uf8ff\ufeff\uff0e\uff61"
_LETTER = rf"[^\x00-/:-@\[-`{{-\xa0{_NO_LETTER}]"
_LETTER_OR_HYPHEN = rf"[^\x00-,./:-@\[-`{{-\xa0{_NO_LETTER}]"
_BEYOND_ASCII = rf"[^\x00-\xa0{_NO_LETTER}]"
_LABEL = f"{_LETTER}(?:{_LETTER_OR_HYPHEN}{{0,61}}{_LETTER})?"
_TOP = (
    f"(?:[A-Za-z]{{2,63}}|[Xx][Nn]--{_LETTER_OR_HYPHEN}*{_LETTER}"
    f"|{_LETTER_OR_HYPHEN}*{_BEYOND_ASCII}{_LETTER_OR_HYPHEN}*)"
)
_HOST = rf"(?:{_LABEL}[.\u3002\uff0e\uff61])+{_TOP}"

_HTTPS = "[Hh][Tt][Tt][Pp][Ss]://"
_PORT = "(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
# The quotation mark, angle brackets, the backslash and the grave accent are in no URL.
_REST = "(?:[/?#]" + visible_pattern(without=rf'{SPACE}"<>\\`') + "*)?"
WEB_PATTERN = whole(f"{_HTTPS}(?![^:/?#]{{254}}){_HOST}(?::{_PORT})?{_REST}")
_WEB = f"{_HTTPS}(?P<host>[^:/?#@]+)(?::(?P<port>{_PORT}))?(?P<rest>{_REST})"

# What people have before the @, of what RFC 5322 allows: neither quotation marks, nor what means something in a link
# and that a mail program may decode twice.
_WORD = "[A-Za-z0-9!#$&'*+/=_~-]+"
_LOCAL = rf"{_WORD}(?:\.{_WORD})*"
EMAIL_PATTERN = whole(f"(?![^@]{{65}}){_LOCAL}@(?!.{{254}}){_HOST}")
_EMAIL = f"(?P<local>(?![^@]{{65}}){_LOCAL})@(?P<host>[^@]+)"

# Decimal digits of the keyboards that people have: full-width, Arabic, Persian, Devanagari, Bengali and Thai ones.
_DIGIT = r"[0-9\uff10-\uff19\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0e50-\u0e59]"
_OPENING, _CLOSING = r"(\uff08", r")\uff09"
_BETWEEN = r" \xa0\u2000-\u200a\u202f\u3000./\u2010-\u2015\u2212\xb7\u30fb\uff0d-\uff0f-"
_GAP = f"[{_OPENING}{_CLOSING}{_BETWEEN}]*"
_PLUS = rf"(?:[+\uff0b]{_GAP})?"
# White space and parentheses before an extension are a gap's already; what two could read would take quadratic time.
_BEFORE = rf"{_OPENING}\[\uff3b{_BETWEEN}"
_EXTENSION = (
    rf"(?:(?:[,;\[\uff3b][{_BEFORE}]*)?(?:[Ee][Xx][Tt](?:[Ee][Nn][Ss][Ii][Oo][Nn]|[Nn])?|[Xx]|[#\uff03])"
    rf"[:=#\uff03{_BEFORE}]*{_DIGIT}{{1,10}}[{_CLOSING}\]\uff3d{_BETWEEN}]*)?"
)
# Fifteen digits (E.164), and what is dialled or written before or within: 00, 011, (0).
_NUMBER = f"{_GAP}{_PLUS}(?:{_DIGIT}{_GAP}){{3,18}}"
PHONE_PATTERN = whole(f"{_NUMBER}{_EXTENSION}")
_PHONE = f"(?P<number>{_NUMBER})(?P<extension>{_EXTENSION})"
# What E.164 assigns to countries, digit for digit: +2 (010) and +38 (044) have a 0 of Egypt's and Ukraine's code in
# their brackets. Italy is left out (with San Marino and the Vatican), whose numbers begin with a 0 from abroad too.
_COUNTRY = (
    "(?!378)(?:[17]|2[07]|3[0-46]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
    "|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[58]|9[679])[0-9])"
)
# So do those of some countries in Africa and Asia, where a 0 with an area's code is the area's.
_AREAS_WITH_0 = "22[5-79]|24[12]|992"
_FROM_ABROAD = r"(?:\+|00|0?011)\(*"
# The 0 that is dialled at home only. Alone in its brackets it can be nothing else behind a country's code; together
# with an area's code it is told by what is dialled before the country's.
_TRUNK = re.compile(
    rf"\A(?P<kept>\(*(?:{_FROM_ABROAD})?{_COUNTRY}\)*\(+(?=0\))|\(*{_FROM_ABROAD}(?!{_AREAS_WITH_0}){_COUNTRY}\)*\(+)0"
)
# Not 0011, which is what Australians dial; no number of North America begins with a 1.
_ABROAD = re.compile(r"\A00(?!11)(?=[1-9])")


class Contact(NamedTuple):
    """Where a link leads, and what it says."""

    href: str
    text: str


class WebAddress(NamedTuple):
    """An https URL: its host in ASCII as browsers spell it, its port as ``:8443`` or empty, and the rest as given."""

    host: str
    port: str
    rest: str

    @property
    def origin(self) -> str:
        """As a Content-Security-Policy takes it."""
        return f"https://{self.host}{self.port}"

    @property
    def contact(self) -> Contact:
        return Contact(self.origin + self.rest, shown_address(self.host, self.port + self.rest.removesuffix("/")))


def web_address(url: str) -> WebAddress | None:
    """What an https URL on a public host leads to; None for anything else."""
    parts = re.fullmatch(_WEB, url)
    if parts is None or (host := public_host(parts["host"])) is None:
        return None
    port = "" if parts["port"] in (None, "443") else f":{parts['port']}"
    return WebAddress(host, port, parts["rest"])


def email_contact(address: str) -> Contact | None:
    """The link to one e-mail address on a public host; None for anything else."""
    parts = re.fullmatch(_EMAIL, address)
    if parts is None or (host := public_host(parts["host"])) is None:
        return None
    return Contact(f"mailto:{quote(parts['local'], safe='')}@{host}", f"{parts['local']}@{shown_host(host)}")


def phone_contact(number: str) -> Contact | None:
    """The link that dials a telephone number as people write them; None for what is none.

    What is written for those abroad is dialled from anywhere (RFC 3966, "global number"): ``00`` becomes ``+``, and the
    0 that begins a bracket behind a country's code is left out: ``(0)20`` and ``(020)`` are 20.
    """
    parts = re.fullmatch(_PHONE, number)
    if parts is None:
        return None
    dialled = _unbracketed(_TRUNK.sub(r"\g<kept>", _dialling(parts["number"])))
    extension = _unbracketed(_dialling(parts["extension"]))
    return Contact(f"tel:{_ABROAD.sub('+', dialled)}" + (f";ext={extension}" if extension else ""), number.strip())


def _dialling(text: str) -> str:
    """The digits, plus signs and parentheses in it, in ASCII."""
    folded = unicodedata.normalize("NFKC", text)
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in folded)
    return re.sub(r"[^0-9+()]", "", digits)


def _unbracketed(text: str) -> str:
    return re.sub("[()]", "", text)
