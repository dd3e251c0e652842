"""What the contract says is the same name, platform or page: slow and plain, sharing nothing with the product.

For names and addresses as people and assistants write them; hostile ones have properties of their own.
"""

import html
import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote_to_bytes

import idna

_TRADEMARKS = {"REGISTERED SIGN", "TRADE MARK SIGN", "SERVICE MARK"}
_STROKES = {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u034f"
_TRACKING = {"gclid", "fbclid", "msclkid", "srsltid"}
_PLATFORMS = json.loads(
    (Path(__file__).parents[2] / "layers/domain/report_shares/rules/platforms.json").read_text(encoding="utf-8")
)["platforms"]


def name(text: str) -> str:
    """Two names are the same where this is equal."""
    for step in (_entities, _seen, _without_trademarks, _punctuation, _nfkc, _plain, _unaccented, _spaces):
        text = step(text)
    return text.casefold()


def platform(text: str) -> str:
    """The key of a platform: that of the first spelling of its product, where it is a known one."""
    key = _squeezed(text)
    for spellings in _PLATFORMS:
        if key in map(_squeezed, spellings):
            return _squeezed(spellings[0])
    return key


def page(url: str) -> tuple[str, str]:
    """Domain and key of the page at a well-formed address that leads nowhere else."""
    url = url.strip()
    while "&amp;" in url:
        url = url.replace("&amp;", "&")
    url = url.split("#")[0]
    scheme, _, rest = url.partition("//") if "//" in url else ("https:", "", url)
    authority, slash, rest = re.fullmatch(r"([^/?]*)(/?)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr] # matches anything
    path, _, query = f"{slash}{rest}".partition("?")
    host, _, port = authority.rpartition("@")[2].partition(":")
    domain = re.sub(r"^(www\.)+", "", _host(host))
    if port and port != {"http:": "80", "https:": "443"}.get(scheme.lower() or "https:"):
        domain_and_port = f"{domain}:{port}"
    else:
        domain_and_port = domain
    kept = [part for part in query.split("&") if part and not _tracks(part)]
    key = domain_and_port + _encoding(path).rstrip("/") + ("?" + _encoding("&".join(kept)) if kept else "")
    return domain, key


def _entities(text: str) -> str:
    while (decoded := re.sub(r"&#?\w+;", lambda entity: html.unescape(entity[0]), text)) != text:
        text = decoded
    return text


def _seen(text: str) -> str:
    return "".join(
        character
        for character in text
        if character in "\t\n\r"
        or not (
            unicodedata.category(character) in ("Cc", "Cf")
            or "VARIATION SELECTOR" in unicodedata.name(character, "")
            or character in _BLANK_LETTERS
        )
    )


def _without_trademarks(text: str) -> str:
    return "".join(character for character in text if unicodedata.name(character, "") not in _TRADEMARKS)


def _punctuation(text: str) -> str:
    return "".join(map(_one_of_its_kind, text))


def _one_of_its_kind(character: str) -> str:
    title = unicodedata.name(character, "")
    if character == '"' or ("DOUBLE" in title and "QUOTATION" in title):
        return '"'
    if character in "'`´" or "APOSTROPHE" in title or "SINGLE" in title or title == "PRIME":
        return "'"
    return "-" if unicodedata.category(character) == "Pd" or title == "MINUS SIGN" else character


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _plain(text: str) -> str:
    text = text.strip()
    while whole := re.fullmatch(r"(\*+|_+)\s*(\S|\S.*\S)\s*\1", text, re.DOTALL):
        mark, inner = whole[1][0], whole[2]
        if mark in (inner[0], inner[-1]) or re.search(rf"\W\{mark}|\{mark}\W", inner):
            break
        text = inner
    return text


def _unaccented(text: str) -> str:
    kept = ""
    for character in unicodedata.normalize("NFD", text):
        if unicodedata.combining(character) and kept and "LATIN" in unicodedata.name(kept[-1], ""):
            continue
        kept += _STROKES.get(character, character)
    return unicodedata.normalize("NFC", kept)


def _spaces(text: str) -> str:
    return " ".join(text.split())


def _squeezed(text: str) -> str:
    return re.sub("[ _-]", "", name(text))


def _host(host: str) -> str:
    host = host.rstrip(".")
    return host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()


def _tracks(parameter: str) -> bool:
    key = parameter.split("=", maxsplit=1)[0].lower()
    return key.startswith("utm_") or key in _TRACKING


def _encoding(text: str) -> str:
    """Percent-encoding in one form: letters of any script are themselves, the rest as it is, in capitals."""
    pieces = re.split(r"((?:%[0-9a-fA-F]{2})+)", text)
    return "".join(_decoded(piece) if piece.startswith("%") else piece for piece in pieces)


def _decoded(escapes: str) -> str:
    return "".join(
        character
        if character.isalnum() or character in "-._~"
        else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in unquote_to_bytes(escapes).decode()
    )
