"""Pages that answers cite: when two addresses are the same page, and what is shown of one.

What is tracking and what only leads on are facts about other people's sites; they stand in
``tracking_parameters.json`` and ``redirectors.json``, each with its source.
"""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from report_shares.hosts import ascii_host, domain_in_title, domain_of_host, without_www
from report_shares.text import has_invisible, trimmed, without_control

MAX_ADDRESS_LENGTH = 2_048

# Pages repeat from answer to answer. What is remembered is bounded in length too.
_REMEMBERED = 8_192
_LONGEST_REMEMBERED = 512

# A redirector within a redirector happens (an AMP page found by Google); a longer chain is a game, and left as it is.
_MAX_REDIRECTS = 5


class Page(NamedTuple):
    """A page: ``key`` is what is compared, ``address`` is what is shown."""

    key: str
    address: str


class Source(NamedTuple):
    """What a citation counts for: a page and its domain, a domain alone, or neither (unresolved)."""

    domain: str | None
    page: Page | None = None


UNRESOLVED = Source(None)


def cited_source(url: str, title: str | None) -> Source | None:
    """What a citation with this address and title counts for; None where the address is none on the web.

    An address without a scheme is one if it begins with ``www.`` or ``//``. A redirector counts for its target; where
    an assistant hides the target, the title tells the domain if all of it is a host name. The page of a page's
    address is that page.
    """
    source = _source(url) if len(url) <= _LONGEST_REMEMBERED else _source.__wrapped__(url)
    if source is not _HIDDEN:
        return source
    domain = domain_in_title(title) if title else None
    return UNRESOLVED if domain is None else Source(domain)


def domain_of_address(address: str) -> str:
    """The domain of a page's address, as ``cited_source`` shows it; empty for what is no address."""
    source = cited_source(address, None) or UNRESOLVED
    return source.domain or ""


# Marks an address that does not say where it leads to.
_HIDDEN = Source("")

_WEB = re.compile(r"(?P<scheme>https?:)?[/\\]{2}(?P<rest>.*)|(?P<bare>www\..*)", re.IGNORECASE)
# A browser takes what stands before the last @ for user-info, and a backslash for a slash.
_PARTS = re.compile(
    r"(?:[^/?#\\]*@)?(?P<host>\[[^\]/?#\\]*\]|[^/?#\\:\[\]]+)(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<path>[/\\][^?#]*)?(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_AMPERSAND = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)+")
# Most of what is cited: nothing to be put right but a `utm_source` at the end.
_PLAIN = re.compile(
    r"(?P<address>https?://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?P<path>(?:/[A-Za-z0-9\-_~!$'()*+,;=:]"
    r"[A-Za-z0-9\-._~!$'()*+,;=:]*)*/?))(?:\?utm_source=[a-z.]*)?"
)

_NOT_IN_ADDRESSES = re.compile(r"(?:%(?![0-9A-Fa-f]{2})|[\x00-\x20\"#<>\[\\\]^`{|}\x7f])+")
_ENCODED = {chr(code): f"%{code:02X}" for code in range(128)}
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_CANONICAL = _ENCODED | {character: character for character in _UNRESERVED}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_NOT_UTF_8 = re.compile("[\udc80-\udcff]")
# Another address in a path or parameter, written plainly or percent-encoded, that has user-info.
_INNER_LOGIN = re.compile(
    r"((?:https?|ftp)(?::|%3A)(?:/|%2F){2})(?:(?!%2F|%3F|%23|%5C)[^/?#&\\])*(?:@|%40)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Address:
    """An address taken apart: ``port`` is None for the scheme's own, path and query have only what may stand there."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def authority(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class _Redirector:
    """Where a site's redirecting addresses have their target: see ``redirectors.json``."""

    path: str | None
    parameters: tuple[str, ...]
    prefixes: tuple[str, ...]
    segment: str | None
    is_base64: bool

    def targets(self, address: _Address) -> Iterator[str]:
        """What may be the target, the likeliest first."""
        if self.segment:
            _, found, rest = address.path.partition(f"/{self.segment}")
            if found:
                yield _unquoted(rest.partition("/")[0])
        for prefix in self.prefixes:
            if address.path.startswith(prefix):
                yield f"//{address.path.removeprefix(prefix)}?{address.query}"
        if self.path in (None, address.path.rstrip("/")):
            given = dict(parameter.partition("=")[::2] for parameter in reversed(address.query.split("&")))
            for name in self.parameters:
                if value := given.get(name):
                    yield _from_base64(value) if self.is_base64 else _unquoted(value)


@lru_cache(maxsize=_REMEMBERED)
def _source(url: str) -> Source | None:
    plain = _PLAIN.fullmatch(url)
    if plain and len(url) <= MAX_ADDRESS_LENGTH:
        text, host, path = plain.groups()
        domain = _domain_that_leads_nowhere(host)
        if domain:
            return Source(domain, Page(f"{domain}{path.rstrip('/')}", text))
    address = _parsed(url)
    if address is None:
        return None
    address = _resolved(address)
    if address.path.startswith(_HIDING_HOSTS.get(address.host, ())):
        return _HIDDEN
    return _counted(address)


def _counted(address: _Address) -> Source | None:
    """The page that an address stands for, which leads no further; None where it is too long."""
    query = _without_tracking(address.query)
    rest = address.path + (f"?{query}" if query else "")
    text = f"{address.scheme}://{address.authority}{rest}"
    if len(text) > MAX_ADDRESS_LENGTH:
        return None
    without_logins = _INNER_LOGIN.sub(r"\1", text)
    if without_logins != text:  # which may lead on now
        return _source.__wrapped__(without_logins)
    domain = without_www(address.host)
    path = _without_dot_segments(_canonical(address.path)).rstrip("/")
    key = f"{domain}{address.authority.removeprefix(address.host)}{path}"
    return Source(domain, Page(f"{key}?{_canonical(query)}" if query else key, text))


def _parsed(url: str) -> _Address | None:
    """The address taken apart as a browser does; None where it is none on the web."""
    text = _AMPERSAND.sub("&", without_control(trimmed(url)))
    web = _WEB.fullmatch(text)
    parts = _PARTS.fullmatch(web["bare"] or web["rest"]) if web else None
    host = ascii_host(parts["host"]) if parts else None
    if web is None or parts is None or host is None:
        return None
    scheme = (web["scheme"] or "https:").lower().removesuffix(":")
    port = int(parts["port"] or _DEFAULT_PORTS[scheme])
    if port > 65_535:
        return None
    path = _quoted((parts["path"] or "").replace("\\", "/"))
    return _Address(scheme, host, None if port == _DEFAULT_PORTS[scheme] else port, path, _quoted(parts["query"] or ""))


def _resolved(address: _Address) -> _Address:
    """Where the address leads to at last; itself where it leads nowhere or on and on."""
    present = address
    for _ in range(_MAX_REDIRECTS):
        target = _target(present)
        if target is None:
            return present
        present = target
    return address if _target(present) else present


def _target(address: _Address) -> _Address | None:
    for redirector in _redirectors_of(without_www(address.host)):
        for text in redirector.targets(address):
            target = _parsed(text)
            if target:
                return target
    return None


# google.com, google.de, google.co.uk, google.com.au: one site to `redirectors.json`, `google.*`.
_COUNTRY = re.compile(r"(?P<name>.+?)\.(?:com?\.[a-z]{2}|com|[a-z]{2})")


@lru_cache(maxsize=_REMEMBERED)
def _redirectors_of(domain: str) -> tuple[_Redirector, ...]:
    """The redirectors of this domain and those above it."""
    country = _COUNTRY.fullmatch(domain)
    return _redirectors_above(domain) + (_redirectors_above(f"{country['name']}.*") if country else ())


@lru_cache(maxsize=_REMEMBERED)
def _domain_that_leads_nowhere(host: str) -> str | None:
    """The domain of a host that has no redirectors; None where it has some, or the host is none."""
    domain = domain_of_host(host)
    return None if domain is None or host in _HIDING_HOSTS or _redirectors_of(domain) else domain


def _redirectors_above(domain: str) -> tuple[_Redirector, ...]:
    found: tuple[_Redirector, ...] = ()
    while domain:
        found += _REDIRECTORS.get(domain, ())
        domain = domain.partition(".")[2]
    return found


def _without_tracking(query: str) -> str:
    return "&".join(kept for parameter in query.split("&") if (kept := _kept(parameter)))


def _kept(parameter: str) -> str:
    """What of a parameter tells pages apart; a second ``?`` is an ``&`` where tracking was just appended."""
    if _is_tracking(parameter):
        return ""
    parts = parameter.split("?")
    while parts and _is_tracking(parts[-1]):
        parts.pop()
    return "?".join(parts)


def _is_tracking(parameter: str) -> bool:
    name = parameter.partition("=")[0]
    name = (_unquoted(name) if "%" in name else name).lower().lstrip("?")
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _quoted(text: str) -> str:
    """The text with what may not stand in an address percent-encoded; visible letters of any script may."""
    text = _NOT_IN_ADDRESSES.sub(lambda match: "".join(map(_ENCODED.__getitem__, match[0])), text)
    return text if text.isascii() else _NOT_ASCII.sub(_quoted_letters, text)


def _quoted_letters(match: re.Match[str]) -> str:
    return "".join(map(_canonical_character, match[0]))


def _canonical(text: str) -> str:
    """The quoted text with its percent-encoding made one: decoded where that changes no meaning, else upper case."""
    return _ESCAPES.sub(_canonical_escapes, text) if "%" in text else text


def _canonical_escapes(match: re.Match[str]) -> str:
    decoded = unquote_to_bytes(match[0]).decode("utf-8", "surrogateescape")
    return "".join(_CANONICAL.get(character) or _canonical_character(character) for character in decoded)


def _canonical_character(character: str) -> str:
    """A character beyond ASCII: itself where one sees it."""
    return character if character.isprintable() and not has_invisible(character) else _percent_encoded(character)


def _percent_encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


def _unquoted(text: str) -> str:
    """The text percent-decoded once; bytes that are no UTF-8 stay encoded."""
    decoded = unquote_to_bytes(text).decode("utf-8", "surrogateescape")
    return _NOT_UTF_8.sub(lambda match: f"%{ord(match[0]) - 0xDC00:02X}", decoded)


def _from_base64(text: str) -> str:
    """What Bing wrote as ``a1`` and URL-safe Base64 without padding; empty where it is something else."""
    try:
        data = urlsafe_b64decode(text.removeprefix("a1") + "==") if text.startswith("a1") else b""
        return data.decode()
    except ValueError:
        return ""


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "".join(f"/{segment}" for segment in kept)


def _read_tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    lines = json.loads(Path(__file__).with_name("tracking_parameters.json").read_bytes())["parameters"]
    names = frozenset(name for line in lines for name in line["names"])
    return names, tuple(prefix for line in lines for prefix in line["prefixes"])


def _read_redirectors() -> tuple[dict[str, tuple[_Redirector, ...]], dict[str, tuple[str, ...]]]:
    known = json.loads(Path(__file__).with_name("redirectors.json").read_bytes())
    by_host: dict[str, tuple[_Redirector, ...]] = {}
    for line in known["redirectors"]:
        redirector = _Redirector(
            line.get("path"),
            tuple(line.get("parameters", ())),
            tuple(line.get("prefixes", ())),
            line.get("segment"),
            line.get("encoding") == "a1 base64url",
        )
        for host in line["hosts"]:
            by_host[host] = (*by_host.get(host, ()), redirector)
    return by_host, {host: tuple(line["prefixes"]) for line in known["hidden"] for host in line["hosts"]}


_TRACKING, _TRACKING_PREFIXES = _read_tracking()
_REDIRECTORS, _HIDING_HOSTS = _read_redirectors()
